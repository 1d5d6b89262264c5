//! Placing a hold.

use std::time::Duration;

use contracts::id::{EventId, HoldId, PassId, PresaleCodeId, TicketId, TierId};
use platform::{postgres::StoreError, redis::Redis};
use uuid::Uuid;

use super::{
    super::{About, Asked, Hold},
    KEY_LASTS, PLACE, hold, keys, millis, said, ticket,
};
use crate::{mirror::store::keys as mirror, offer::Line};

/// A hold that is to be placed.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// Its id, if it is placed.
    pub id: HoldId,
    /// What is to be known of it.
    pub about: &'a About,
    /// What is asked.
    pub asked: &'a Asked,
    /// The tickets asked for by name; where there is a choice, those of the first alternative first.
    pub lines: &'a [Line],
    /// Of how many tickets an alternative consists; all of `lines` when it is none.
    pub per: usize,
    /// Which copy of the service chose the tickets; none where they are the fan's choice.
    pub chosen_by: Option<Uuid>,
    /// Whether the tickets are kept for who asks: then nobody asks whether they are taken.
    pub offered: bool,
    /// How long it lasts.
    pub lasts: Duration,
    /// The most tickets that the account may hold at once.
    pub limit: u32,
    /// The pass, and the most tickets that all who share it may hold at once; none where it is not asked about.
    pub pass: Option<(PassId, u32)>,
    /// The presale code, and the most seats that all who use it may hold at once; none where nobody counts them.
    pub code: Option<(PresaleCodeId, u32)>,
    /// The `Idempotency-Key` and the hash of its body, both as hex.
    pub key: Option<(&'a str, &'a str)>,
    /// Whether asking the same again gives the same hold.
    pub again: bool,
    /// The hold of the account that it replaces.
    pub instead_of: Option<HoldId>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is placed.
    Held {
        /// The hold.
        hold: Hold,
        /// Others had these, which would have done as well.
        met: Vec<TicketId>,
        /// When, by the clock of Redis in milliseconds.
        at: u64,
        /// Among how many copies of the service the hall is shared out, and which of them this one is.
        share: (usize, usize),
    },
    /// It had been placed before; this is that hold.
    Again(Hold),
    /// Others have these tickets; nothing was placed.
    Taken(Vec<TicketId>),
    /// So few units are left; nothing was placed.
    SoldOut(u32),
    /// The account holds so many already; nothing was placed.
    Limit(u32),
    /// All who share the pass hold so many already; nothing was placed.
    PassLimit(u32),
    /// All who use the code hold so many already; nothing was placed.
    CodeLimit(u32),
    /// Nothing more is reserved with the pass; nothing was placed.
    Closed,
    /// The key came with another body.
    KeyReused,
    /// The mirror must be built first.
    Rebuild,
}

/// A reservation, ready for the script.
#[derive(Clone, Debug)]
pub struct Call {
    keys: Vec<String>,
    arguments: Vec<String>,
    /// How many tickets it names.
    pub tickets: usize,
}

impl Call {
    /// The call that places `new`.
    ///
    /// # Errors
    /// When what is known of the hold cannot be written.
    pub fn of(new: &New<'_>) -> Result<Self, StoreError> {
        let About { event, account, .. } = *new.about;
        let (key, body) = new.key.unwrap_or_default();
        let of_account = keys::account(event, account);
        let (pool, units) = match new.asked {
            Asked::Units(tier, units) => (mirror::pool(event, *tier), *units),
            Asked::Tickets(_) | Asked::Best(_) => (mirror::sold(event), 0),
        };
        let (of_pass, closed) = match new.pass {
            Some((pass, _)) => (keys::pass(event, pass), keys::closed(event, pass)),
            None => (of_account.clone(), keys::nothing(event)),
        };
        let of_code = new.code.map_or_else(|| keys::nothing(event), |(code, _)| keys::code(event, code));
        let hold = keys::hold(event, new.id);
        let mut keys = vec![of_account, hold, keys::key(event, account, key), pool, of_pass, closed, of_code];
        keys.extend(new.lines.iter().map(|line| self::keys::ticket(event, line.ticket)));
        let (pass, most_of_pass) = new.pass.map(|(pass, most)| (pass.to_string(), most)).unwrap_or_default();
        let (code, most_of_code) = new.code.map(|(code, most)| (code.to_string(), most)).unwrap_or_default();
        let is = |it: bool| if it { "1" } else { "0" }.to_owned();
        let mut arguments = vec![
            new.id.to_string(),
            millis(new.lasts).to_string(),
            new.limit.to_string(),
            said(new.about)?,
            body.to_owned(),
            new.asked.label(),
            is(new.again),
            units.to_string(),
            most_of_pass.to_string(),
            pass,
            new.per.max(1).to_string(),
            new.chosen_by.map(|copy| copy.to_string()).unwrap_or_default(),
            most_of_code.to_string(),
            code,
            is(new.offered),
            new.instead_of.map(|hold| hold.to_string()).unwrap_or_default(),
        ];
        for line in new.lines {
            arguments.push(line.ticket.to_string());
            arguments.push(line.pool.map(|tier: TierId| tier.to_string()).unwrap_or_default());
        }
        Ok(Self { keys, arguments, tickets: new.lines.len() })
    }
}

/// Places holds of `event`, of each all tickets or none, and says in order what became of them. Atomic; asking the same
/// again gives a hold again (`again`, or the same key), so a caller that got an error asks again.
///
/// # Errors
/// When Redis fails: they may or may not be placed.
pub async fn place(redis: &mut Redis, event: EventId, calls: &[Call]) -> Result<Vec<Placed>, StoreError> {
    let mut script = PLACE.key(mirror::sold(event));
    script.key(mirror::index(event));
    script.arg(keys::tickets(event)).arg(mirror::pools(event)).arg(keys::holds(event)).arg(millis(KEY_LASTS));
    for call in calls {
        script.key(&call.keys);
        script.arg(call.keys.len()).arg(call.arguments.len()).arg(&call.arguments);
    }
    let answers: Vec<Vec<String>> = script.invoke_async(redis).await?;
    answers.iter().map(|answer| placed(answer)).collect()
}

fn placed(answer: &[String]) -> Result<Placed, StoreError> {
    let strange = || StoreError::Unexpected(format!("the script for holds answered {answer:?}"));
    let (tag, rest) = answer.split_first().ok_or_else(strange)?;
    let count = || rest.first().and_then(|text| text.parse().ok()).ok_or_else(strange);
    let number = |index: usize| rest.get(index).and_then(|text| text.parse().ok());
    let tickets = |text: &str| text.split_whitespace().map(ticket).collect::<Result<_, _>>();
    Ok(match tag.as_str() {
        "held" => Placed::Held {
            hold: hold(rest)?,
            met: tickets(rest.get(6).map_or("", String::as_str))?,
            at: rest.get(7).and_then(|text| text.parse().ok()).ok_or_else(strange)?,
            share: (number(8).ok_or_else(strange)?, number(9).ok_or_else(strange)?),
        },
        "again" => Placed::Again(hold(rest)?),
        "taken" => Placed::Taken(rest.iter().map(|text| ticket(text)).collect::<Result<_, _>>()?),
        "soldout" => Placed::SoldOut(count()?),
        "limit" if rest.get(1).is_some_and(|whose| whose == "pass") => Placed::PassLimit(count()?),
        "limit" if rest.get(1).is_some_and(|whose| whose == "code") => Placed::CodeLimit(count()?),
        "limit" => Placed::Limit(count()?),
        "closed" => Placed::Closed,
        "reused" => Placed::KeyReused,
        "rebuild" => Placed::Rebuild,
        _ => return Err(strange()),
    })
}
