//! Passes that hold no longer: every gate reads the slots that ended, several times a second.

use contracts::{id::PassId, release::ReleaseCause};
use platform::postgres::StoreError;

use super::store;
use crate::{metrics, state::Gate};

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
        if cause == ReleaseCause::Purchased.name() { Self::Purchased } else { Self::Revoked }
    }
}

/// The passes whose slot ended before the pass itself does.
pub type Revoked = platform::revoked::Revoked<PassId, Ending>;

/// Reads what ended since the last time, and forgets what needs no remembering.
///
/// # Errors
/// When PostgreSQL is away; what was known stays known.
pub async fn refresh(gate: &Gate) -> Result<(), StoreError> {
    let ended = store::ended_since(&gate.postgres, gate.revoked.since()).await?;
    let known = gate.revoked.learn(ended, gate.clock.now());
    ::metrics::gauge!(metrics::REVOKED).set(f64::from(u32::try_from(known).unwrap_or(u32::MAX)));
    Ok(())
}
