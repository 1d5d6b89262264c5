//! Somebody in line asks to be mailed.

use std::{net::IpAddr, time::Duration};

use contracts::{email::Email, id::VisitorId, language::Language};
use platform::{
    budget::{Budget, Turn, budget},
    http::one_network,
    postgres::StoreError,
};
use tracing::instrument;

use super::{To, Wish, is_near, outlook, store};
use crate::{
    extractors::Asker,
    line::{self, LineError, PlaceState, with_recovery},
    room::Room,
    state::Gate,
};

/// In how long the budgets are full again.
const PERIOD: Duration = Duration::from_hours(1);
/// How often a visitor asks.
const OF_VISITOR: u32 = 5;
/// How often mails are asked for to one address, whoever asks.
const TO_ADDRESS: u32 = 5;
/// How often a network asks: many people may share it.
const OF_NETWORK: u32 = 60;

/// Why nobody will be mailed.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// What was typed is no address.
    #[error("the address is none")]
    NoAddress,
    /// They have no place.
    #[error("there is no place")]
    NoPlace,
    /// The place was called, or is over.
    #[error("the place waits no longer")]
    NotWaiting,
    /// Too many were asked for: after so many seconds there is another one.
    #[error("too many mails were asked for")]
    Slowed(u64),
    /// The line could not be asked.
    #[error("asking for a mail failed")]
    Line(#[from] LineError),
}

impl From<StoreError> for AskError {
    fn from(error: StoreError) -> Self {
        Self::Line(error.into())
    }
}

/// Writes down that the place of `asker` is to be told by mail: to their account, where they have one, else to the address
/// that they `typed`. Says whether a mail is to come before the turn; none does where the turn is near already. Asking again
/// changes where the mails go, and makes no more of them.
///
/// # Errors
/// [`AskError`].
#[instrument(name = "mail.ask", skip_all, fields(room.id = %room.id))]
pub async fn ask(
    gate: &Gate,
    room: &Room,
    asker: &Asker,
    typed: Option<&str>,
    language: Language,
) -> Result<bool, AskError> {
    // A guest may have told no address yet.
    let to = match asker.session.as_ref().filter(|session| !session.guest) {
        Some(session) => To::Account(session.sub),
        None => To::Address(typed.and_then(Email::parse).ok_or(AskError::NoAddress)?),
    };
    let ask = || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), asker.visitor);
    let standing = with_recovery(gate, room.id, ask).await?.ok_or(AskError::NoPlace)?;
    if !matches!(standing.state, PlaceState::Waiting | PlaceState::Away) {
        return Err(AskError::NotWaiting);
    }
    take(gate, asker.visitor, asker.client, &to).await?;
    let pace = outlook(gate, room).await?.lane(standing.lane).pace;
    let near_said = pace.wait(standing.ahead).is_some_and(is_near);
    let wish = Wish { place: standing.number, visitor: asker.visitor, to, language, near_said };
    Ok(!store::write(&gate.postgres, room.id, &wish, gate.clock.now()).await?)
}

/// Takes leave to mail `to`. The budgets are in Redis, because all gates count together.
async fn take(gate: &Gate, visitor: VisitorId, client: IpAddr, to: &To) -> Result<(), AskError> {
    let whose = match to {
        To::Account(account) => account.to_string(),
        To::Address(address) => gate.keys.secret.nameless("mail", address.as_str()),
    };
    let budgets = [
        Budget::new(&format!("turn-mail:{visitor}"), OF_VISITOR, PERIOD),
        Budget::new(&format!("turn-mail:{whose}"), TO_ADDRESS, PERIOD),
        Budget::new(&format!("turn-mail:{}", one_network(client)), OF_NETWORK, PERIOD),
    ];
    match budget(&mut gate.redis.clone(), &budgets, Turn::Take).await? {
        0 => Ok(()),
        wait => Err(AskError::Slowed(wait.div_ceil(1000))),
    }
}
