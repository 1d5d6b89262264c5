//! A fan takes a place, by whatever gives them a claim to one.

use contracts::place::{self, Lane, Place, PlaceNumber};
use platform::postgres::StoreError;

use super::{Joined, LineError, Standing, join, restore, store, with_recovery};
use crate::{
    code::redeem::{self, RedeemError},
    draw::{self, known::Claim},
    extractors::Asker,
    room::Room,
    shield::judge,
    state::Gate,
};

/// What a fan shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shown<'a> {
    /// A signed place that they were given before.
    pub place: Option<&'a str>,
    /// An access code.
    pub code: Option<&'a str>,
}

/// A place that was taken, or found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Its number.
    pub number: PlaceNumber,
    /// The lane that it is in.
    pub lane: Lane,
    /// Live places of its lane ahead of it.
    pub ahead: u64,
    /// Whether it is new.
    pub is_new: bool,
    /// The place, signed, for the fan to carry.
    pub token: String,
}

/// Why nobody takes a place.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The room takes those who are signed in.
    #[error("the room takes those who are signed in")]
    SignIn,
    /// The room takes another class of accounts.
    #[error("the room takes other accounts")]
    WrongAccount,
    /// The room takes those who have a code.
    #[error("the room takes those who have a code")]
    CodeRequired,
    /// The code opens nothing.
    #[error("the code was refused")]
    Code(#[from] RedeemError),
    /// The line could not be asked; the place may be held all the same, so take it again.
    #[error("taking a place failed")]
    Line(#[from] LineError),
}

impl From<StoreError> for TakeError {
    fn from(error: StoreError) -> Self {
        Self::Line(error.into())
    }
}

/// Takes a place in the line of `room`: one for each visitor, and one for each account, whatever visitors it comes with.
/// Its lane is the first in the room's order that their account or their code opens. A signed place that the line has lost
/// comes back. Who has a place already finds it, whatever the room asks of newcomers.
///
/// # Errors
/// [`TakeError`].
pub async fn take(gate: &Gate, room: &Room, asker: &Asker, shown: Shown<'_>) -> Result<Taken, TakeError> {
    let lanes = &room.policy.lanes;
    let by_code = match shown.code {
        Some(code) => Some(redeem::redeem(gate, room.id, asker, code).await?),
        None => None,
    };
    if let Some(refused) = refused_account(room, asker) {
        return found(gate, room, asker).await?.ok_or(refused);
    }
    let restored = match shown.place {
        Some(token) => restore::restore(gate, room, asker.visitor, token).await?,
        None => None,
    };
    if room.policy.entry.code && by_code.is_none() && restored.is_none() {
        return found(gate, room, asker).await?.ok_or(TakeError::CodeRequired);
    }
    let by_account = asker.session.as_ref().and_then(|session| lanes.of_account(session));
    let lane = lanes.better(by_account, by_code);
    let joined = join::join(gate, room, asker, lane).await?;
    let Joined { number, lane, ahead, again } = joined;
    if !again {
        judge::joined(gate, room, asker.who());
    }
    Ok(taken(gate, room, asker, (number, lane, ahead), !again && restored.is_none()))
}

/// What `asker` has a claim to in the lobby of a draw: what the room asks of those who take a place, it asks there. Who has an
/// entry already keeps it, whatever the room asks of newcomers.
///
/// # Errors
/// [`TakeError`].
pub async fn admit(gate: &Gate, room: &Room, asker: &Asker, code: Option<&str>) -> Result<Claim, TakeError> {
    if gate.draws.is_settled(room.id) {
        return Ok(Claim::default());
    }
    let by_code = match code {
        Some(code) => Some(redeem::redeem(gate, room.id, asker, code).await?),
        None => None,
    };
    if draw::stand::stand(gate, room, asker.visitor).await?.is_none() {
        if let Some(refused) = refused_account(room, asker) {
            return Err(refused);
        }
        if room.policy.entry.code && by_code.is_none() {
            return Err(TakeError::CodeRequired);
        }
    }
    let (lanes, session) = (&room.policy.lanes, asker.session.as_ref());
    let by_account = session.and_then(|session| lanes.of_account(session));
    let asks_for_accounts = room.policy.entry.account.is_some();
    let account = session.filter(|_| asks_for_accounts).map(|session| session.sub);
    Ok(Claim { lane: lanes.better(by_account, by_code), account })
}

/// Why the account of `asker` gets no place; `None` where it may have one.
pub fn refused_account(room: &Room, asker: &Asker) -> Option<TakeError> {
    let class = room.policy.entry.account?;
    match &asker.session {
        None => Some(TakeError::SignIn),
        Some(session) if class.has(session) => None,
        Some(_) => Some(TakeError::WrongAccount),
    }
}

/// The place that the visitor has already.
async fn found(gate: &Gate, room: &Room, asker: &Asker) -> Result<Option<Taken>, LineError> {
    let ask = || store::stand(&gate.redis, room.id, gate.room_clock.now(), asker.visitor);
    let standing = with_recovery(gate, room.id, ask).await?;
    let place = |Standing { number, lane, ahead, .. }| taken(gate, room, asker, (number, lane, ahead), false);
    Ok(standing.map(place))
}

fn taken(
    gate: &Gate,
    room: &Room,
    asker: &Asker,
    (number, lane, ahead): (PlaceNumber, Lane, u64),
    is_new: bool,
) -> Taken {
    let place = Place { room: room.id, visitor: asker.visitor, number, lane };
    Taken { number, lane, ahead, is_new, token: place::sign(place, &gate.keys.secret) }
}
