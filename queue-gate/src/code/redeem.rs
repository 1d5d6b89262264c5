//! A fan uses a code.

use contracts::{id::RoomId, place::Lane};
use platform::postgres::{self, StoreError, Tx};

use super::{
    Code,
    store::{self, Limited, User},
};
use crate::{extractors::Asker, metrics, state::Gate};

/// Why a code opens nothing.
#[derive(Debug, thiserror::Error)]
pub enum RedeemError {
    /// The room has no such code, or it was revoked.
    #[error("the room has no such code")]
    Unknown,
    /// Others have used it as often as it may be.
    #[error("the code was used")]
    Used,
    /// Somebody tries too many: how many seconds to wait.
    #[error("too many codes were tried; wait {0} s")]
    TooMany(u64),
    /// The store failed; use it again.
    #[error("using a code failed")]
    Store(#[from] StoreError),
}

/// Uses a code for `asker`, and says which lane it opens. For the same visitor, or the same account, it counts once,
/// however often they use it: who got no answer uses it again.
///
/// # Errors
/// [`RedeemError`].
pub async fn redeem(gate: &Gate, room: RoomId, asker: &Asker, text: &str) -> Result<Lane, RedeemError> {
    let redeemed = attempt(gate, room, asker, text).await;
    let outcome = match &redeemed {
        Ok(_) => "redeemed",
        Err(RedeemError::Unknown) => "unknown",
        Err(RedeemError::Used) => "used",
        Err(RedeemError::TooMany(_)) => "slowed",
        Err(RedeemError::Store(_)) => "failed",
    };
    ::metrics::counter!(metrics::CODES, "outcome" => outcome).increment(1);
    redeemed
}

async fn attempt(gate: &Gate, room: RoomId, asker: &Asker, text: &str) -> Result<Lane, RedeemError> {
    gate.gateway.take_guess(asker.visitor, asker.client).map_err(RedeemError::TooMany)?;
    let hash = Code::parse(text).ok_or(RedeemError::Unknown)?.hash(room, &gate.keys.secret);
    let user = User { visitor: asker.visitor, account: asker.session.as_ref().map(|session| session.sub) };
    let mut tx = postgres::begin(&gate.postgres).await?;
    let used = use_one(gate, &mut tx, room, &hash, user).await;
    let (tx, (lane, is_news)) = postgres::go_on(tx, used).await?;
    if is_news {
        postgres::commit(tx).await?;
    } else {
        postgres::rollback(tx).await;
    }
    Ok(lane)
}

/// The lane that the code opens, and whether this is its first use by `user`: else nothing of it is to be kept.
async fn use_one(
    gate: &Gate,
    tx: &mut Tx,
    room: RoomId,
    hash: &[u8; 32],
    user: User,
) -> Result<(Lane, bool), RedeemError> {
    let found = store::find(tx, room, hash).await?.ok_or(RedeemError::Unknown)?;
    // Whoever used it before may use it again, revoked or not: they only come back to what they have.
    if store::has_used(tx, found.id, user).await? {
        return Ok((found.lane, false));
    }
    if found.is_revoked {
        return Err(RedeemError::Unknown);
    }
    if found.is_limited && store::count_use(tx, found.id).await? == Limited::UsedUp {
        // A twin of this request may have had the last use while this one waited for the code.
        let is_own = store::has_used(tx, found.id, user).await?;
        return if is_own { Ok((found.lane, false)) } else { Err(RedeemError::Used) };
    }
    // Where a twin noted it this count is taken back.
    let is_news = store::note_use(tx, found.id, user, gate.clock.now()).await?;
    Ok((found.lane, is_news))
}
