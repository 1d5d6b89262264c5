//! Tickets that were issued: their codes, checking them, and the list of those that are worth nothing any more.

pub mod check;
pub mod handler;
pub mod issue;
pub mod revoke;
pub mod store;

use contracts::id::{AccountId, OrderId};
use serde::Serialize;

/// Why a code is worth nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Because {
    /// The ticket went back: its sale was taken back.
    Returned,
    /// It went to somebody else, with another code.
    Transferred,
    /// It was made void; the seat stays sold.
    Voided,
}

impl Because {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Returned => "returned",
            Self::Transferred => "transferred",
            Self::Voided => "voided",
        }
    }

    /// The reason with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Returned, Self::Transferred, Self::Voided].into_iter().find(|because| because.name() == name)
    }
}

/// A code that was given out, as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where its ticket is, in words.
    pub place: String,
    /// Why it is worth nothing any more, if so.
    pub revoked: Option<Because>,
}

/// The living code of a ticket, and who holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Living {
    /// The order that bought it.
    pub order: OrderId,
    /// The issue.
    pub serial: u32,
    /// The holder.
    pub holder: AccountId,
}
