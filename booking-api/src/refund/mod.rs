//! Giving tickets back and money with them, by the organizer's word: the whole order or some of its tickets.
//!
//! What is asked for is committed first: the tickets are void and their seats free, the order says so, and the command to
//! the provider waits in the same queue as captures. The money has gone back when the provider says so; then the fan is
//! mailed.

pub mod ask;
pub mod end;
pub mod give_back;
pub mod handler;
pub mod retry;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, OrderRef, RefundId, TicketId},
    money::Money,
};
use serde::Serialize;

use crate::order::OrderLine;

/// One refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Which one.
    pub id: RefundId,
    /// Of which order.
    pub order: OrderRef,
    /// What it came of.
    pub cause: Cause,
    /// Why, in the organizer's words.
    pub reason: String,
    /// Who asked for it.
    pub by: AccountId,
    /// How much.
    pub amount: Money,
    /// Where it stands.
    pub state: RefundState,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
}

/// What a refund came of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// The organizer asked for this one.
    Organizer,
    /// The event was called off.
    EventCancelled,
}

impl Cause {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Organizer => "organizer",
            Self::EventCancelled => "event_cancelled",
        }
    }

    /// The cause with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Organizer, Self::EventCancelled].into_iter().find(|cause| cause.name() == name)
    }
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RefundState {
    /// The provider is being told.
    Pending,
    /// The money went back.
    Done,
    /// The provider refused for good: somebody must look at it.
    Refused,
}

impl RefundState {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Refused => "refused",
        }
    }

    /// The state with this name in the database.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Pending, Self::Done, Self::Refused].into_iter().find(|state| state.name() == name)
    }
}

/// Why these tickets cannot be given back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotThese {
    /// The order has no such tickets.
    #[error("the order has no tickets {0:?}")]
    Unknown(Vec<TicketId>),
    /// They were given back before.
    #[error("the tickets {0:?} were given back before")]
    Again(Vec<TicketId>),
}

/// The lines that are given back: those of `asked`, or all that were not before.
///
/// # Errors
/// [`NotThese`]; then none is.
pub fn chosen(lines: &[OrderLine], asked: Option<&[TicketId]>) -> Result<Vec<OrderLine>, NotThese> {
    let is_live = |line: &&OrderLine| line.returned_at.is_none();
    let Some(asked) = asked else { return Ok(lines.iter().filter(is_live).cloned().collect()) };
    let find = |ticket: &TicketId| lines.iter().find(|line| line.line.ticket == *ticket);
    let unknown: Vec<TicketId> = asked.iter().copied().filter(|ticket| find(ticket).is_none()).collect();
    if !unknown.is_empty() {
        return Err(NotThese::Unknown(unknown));
    }
    let again: Vec<TicketId> =
        asked.iter().copied().filter(|ticket| find(ticket).is_some_and(|line| !is_live(&line))).collect();
    if !again.is_empty() {
        return Err(NotThese::Again(again));
    }
    Ok(lines.iter().filter(|line| asked.contains(&line.line.ticket)).cloned().collect())
}
