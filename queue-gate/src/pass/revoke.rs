//! Passes that hold no longer: every gate reads the slots that ended, several times a second.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::PassId;
use platform::postgres::StoreError;

use super::{store, verify::CONFIRM_WITHIN};
use crate::{metrics, state::Gate};

/// How far each reading goes back behind the last: a transaction that ended a slot may commit this much later.
const OVERLAP: TimeDelta = TimeDelta::seconds(15);

/// How a pass came to its end before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its holder has bought. Whoever heard no answer confirms once more, and has to be told the same again.
    Purchased,
    /// Anything else: it is good for nothing.
    Revoked,
}

impl Ending {
    /// That of a slot that ended because of `cause`.
    pub fn of(cause: &str) -> Self {
        if cause == "purchased" { Self::Purchased } else { Self::Revoked }
    }
}

/// The passes whose slot ended before the pass itself does.
#[derive(Debug, Default)]
pub struct Revoked(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Each with the time from which its own end refuses it anyway.
    passes: HashMap<PassId, (Ending, DateTime<Utc>)>,
    /// The end of the latest slot seen.
    until: Option<DateTime<Utc>>,
}

impl Revoked {
    /// How `pass` came to its end; `None` where it did not.
    pub fn ending(&self, pass: PassId) -> Option<Ending> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.passes.get(&pass).map(|(ending, _)| *ending)
    }

    /// Ends `pass` in this gate at once; the others read it from its slot.
    pub fn add(&self, pass: PassId, ending: Ending, forget_at: DateTime<Utc>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).passes.insert(pass, (ending, forget_at));
    }

    /// Reads what ended since the last time, and forgets what needs no remembering.
    ///
    /// # Errors
    /// When PostgreSQL is away; what was known stays known.
    pub async fn refresh(&self, gate: &Gate) -> Result<(), StoreError> {
        let since = self.0.read().unwrap_or_else(PoisonError::into_inner).until;
        let since = since.map(|until| until - OVERLAP);
        let ended = store::ended_since(&gate.postgres, since).await?;
        let now = gate.clock.now();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for store::EndedPass { pass, ending, ended_at, until } in ended {
            known.until = known.until.max(Some(ended_at));
            known.passes.insert(pass, (ending, until + CONFIRM_WITHIN));
        }
        known.passes.retain(|_, (_, forget_at)| *forget_at > now);
        ::metrics::gauge!(metrics::REVOKED)
            .set(f64::from(u32::try_from(known.passes.len()).unwrap_or(u32::MAX)));
        Ok(())
    }
}
