//! What must be true after a run. Each rule is a function over what was read ([`Facts`]) and what the fans saw, so that
//! a breach can be fed to it in a test.

pub mod line;
pub mod mail;
pub mod money;
pub mod sale;
pub mod settle;
pub mod store;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::id::{OrderId, OrderRef};
use serde::{Deserialize, Serialize};

use crate::fan::{Journey, Outcome, Stage};

/// What was read after the run, of one event and its room.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The grants, by tick.
    pub batches: Vec<Batch>,
    /// The slots.
    pub slots: Vec<Slot>,
    /// The settings, each from an instant on, oldest first.
    pub limits: Vec<Limit>,
    /// The orders.
    pub orders: Vec<Order>,
    /// The sales: ticket and order.
    pub sales: Vec<(i32, OrderId)>,
    /// The payment attempts: the provider's reference and the order.
    pub attempts: BTreeMap<String, OrderId>,
    /// What the provider's ledger says; none where it was not asked.
    pub ledger: Option<Vec<Authorization>>,
    /// References in the ledger that no attempt of any event knows.
    pub strays: Vec<String>,
    /// Tickets that are still held; none where Redis was not asked.
    pub holds: Option<usize>,
    /// The orders that mails are about, one entry a mail; none where the folder was not read.
    pub mails: Option<Vec<OrderRef>>,
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its tick.
    pub tick: i64,
    /// Who was called, in order.
    pub places: Vec<u64>,
    /// When.
    pub granted_at: DateTime<Utc>,
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whose.
    pub place: u64,
    /// The tick of its grant.
    pub tick: i64,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ended.
    pub cause: Option<String>,
}

/// Settings in force from an instant on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// From when.
    pub from: DateTime<Utc>,
    /// The most calls in 60 seconds.
    pub admit_per_minute: u32,
    /// The most called or inside.
    pub max_active: u32,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Its state.
    pub state: String,
    /// What it costs.
    pub total_minor: i64,
    /// The tickets on it.
    pub tickets: Vec<i32>,
}

/// One authorisation at the provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Authorization {
    /// Its id there.
    pub id: String,
    /// Our reference.
    pub reference: String,
    /// Its state there.
    pub state: String,
    /// How much.
    pub amount: contracts::money::Money,
}

/// What became of one promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Which promise.
    pub promise: &'static str,
    /// What was looked at, counted; or why nothing was.
    pub checked: String,
    /// How often it was broken.
    pub breaches: usize,
    /// The first breaches, in words.
    pub examples: Vec<String>,
}

/// How many breaches of one promise are shown.
const SHOWN: usize = 5;

impl Verdict {
    /// A promise that was checked.
    pub fn new(promise: &'static str, checked: String, breaches: Vec<String>) -> Self {
        let count = breaches.len();
        Self { promise, checked, breaches: count, examples: breaches.into_iter().take(SHOWN).collect() }
    }
}

/// Checks everything.
pub fn judge(facts: &Facts, journeys: &[Journey], stage: &Stage) -> Vec<Verdict> {
    vec![
        line::order(facts, journeys),
        line::frames(journeys),
        line::rate(facts),
        line::active(facts),
        sale::once(facts),
        sale::acknowledged(facts, journeys, stage),
        sale::all_sold(facts, journeys, stage),
        sale::holds_gone(facts),
        money::settled(facts),
        mail::one_each(facts, stage),
        answered(journeys),
    ]
}

/// Every fan got an answer.
fn answered(journeys: &[Journey]) -> Verdict {
    let breaches = journeys.iter().filter_map(|journey| match &journey.outcome {
        Outcome::Failed { at, why } => Some(format!("at {at:?}: {why}")),
        _ => None,
    });
    Verdict::new("no fan without an answer", format!("{} fans", journeys.len()), breaches.collect())
}
