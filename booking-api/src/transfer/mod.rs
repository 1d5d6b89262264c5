//! Sending a ticket to somebody else. The old code is good until the moment in which the new one is given out, in one
//! transaction: at every instant exactly one code opens the door.

pub mod accept;
pub mod cancel;
pub mod handler;
pub mod mine;
pub mod rule;
pub mod send;
pub mod store;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::{AccountId, EventId, OrderId, TicketId, TransferId, TransferRef};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// How long somebody has to accept; never beyond the beginning of the event.
pub const LASTS: TimeDelta = TimeDelta::hours(72);

/// Where a transfer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferState {
    /// It waits for somebody to accept it.
    Offered,
    /// Somebody did.
    Accepted,
    /// The holder took it back.
    Cancelled,
    /// Nobody accepted it in time.
    Expired,
}

impl TransferState {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Offered, Self::Accepted, Self::Cancelled, Self::Expired]
            .into_iter()
            .find(|state| state.name() == name)
    }
}

/// A ticket on its way.
#[derive(Clone, PartialEq, Eq)]
pub struct Transfer {
    /// The event.
    pub event: EventId,
    /// Which transfer.
    pub id: TransferId,
    /// The ticket.
    pub ticket: TicketId,
    /// The serial of the code that it replaces.
    pub serial: u32,
    /// The order that bought the ticket.
    pub order: OrderId,
    /// Who sends it.
    pub from: AccountId,
    /// Where the mail went.
    pub email: String,
    /// The hash of what the mail carries.
    pub secret_hash: Vec<u8>,
    /// Where it stands.
    pub state: TransferState,
    /// Until when it can be accepted.
    pub until: DateTime<Utc>,
    /// Who accepted it.
    pub to: Option<AccountId>,
}

impl Transfer {
    /// The public id.
    pub fn reference(&self) -> TransferRef {
        TransferRef { event: self.event, transfer: self.id }
    }

    /// Whether it can be accepted at `now`.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.state == TransferState::Offered && now < self.until
    }

    /// Whether `secret` is what the mail carries.
    pub fn knows(&self, secret: &[u8]) -> bool {
        hash(secret).ct_eq(&self.secret_hash).into()
    }
}

/// What is kept of a secret.
pub(crate) fn hash(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}
