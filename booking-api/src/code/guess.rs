//! Guessing codes is slow: so many wrong ones a minute for an account and for an address, whatever copy of the service is
//! asked. Who has the right code never notices.

use std::net::IpAddr;

use contracts::id::{AccountId, EventId};
use metrics::counter;
use platform::postgres::StoreError;

use super::{Code, store};
use crate::{metrics::CODES_TOTAL, state::Booking};

/// How many wrong codes an account may try a minute; whoever has one needs a few tries at most.
pub const PER_ACCOUNT: u32 = 10;
/// How many wrong codes may come from one address a minute: many fans may share one, and accounts cost little.
pub const PER_ADDRESS: u32 = 100;

/// Who tries a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesser {
    /// The account.
    pub account: AccountId,
    /// The address, where the gate told it.
    pub address: Option<IpAddr>,
}

/// Too many wrong codes were tried: nobody is told anything about another one before so many seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many codes were tried")]
pub struct Slowed(pub u64);

/// What `guesser` is told of the code for `purpose` at `event` that `text` may be; `look` finds one by its hash. A wrong one is
/// counted; a right one is refused, too, while the budget is spent, or else it would stand out among wrong ones.
///
/// # Errors
/// [`Slowed`] inside; outside when a store fails.
pub(crate) async fn named<T, F: Future<Output = Result<Option<T>, StoreError>>>(
    app: &Booking,
    guesser: &Guesser,
    (purpose, event, text): (&str, EventId, &str),
    look: impl FnOnce([u8; 32]) -> F,
) -> Result<Result<Option<T>, Slowed>, StoreError> {
    let found = match Code::parse(text) {
        Some(code) => look(app.keys.codes.hash(purpose, event, &code)).await?,
        None => None,
    };
    let wait = store::guess(&mut app.redis.clone(), guesser, found.is_none()).await?;
    let outcome = match (wait, &found) {
        (1.., _) => "slowed",
        (0, Some(_)) => "known",
        (0, None) => "unknown",
    };
    counter!(CODES_TOTAL, "outcome" => outcome).increment(1);
    Ok(if wait > 0 { Err(Slowed(wait.div_ceil(1000))) } else { Ok(found) })
}
