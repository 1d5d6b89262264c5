//! Calling an event off, with everybody's money going back.
//!
//! One row is committed with the event's new state; a loop goes on from it until no order is left: those that await a
//! payment are cancelled, those that are paid are refunded, one transaction each. A process that ends in the middle is
//! followed by the next, and an order that was seen to is not seen to again: its state says so, and a constraint.

pub mod carry_on;
pub mod find;
pub mod handler;
pub mod start;
pub mod store;

use chrono::{DateTime, Utc};
use contracts::{
    id::{AccountId, EventId},
    money::Money,
};

/// An event that was called off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cancellation {
    /// Which.
    pub event: EventId,
    /// By whom.
    pub by: AccountId,
    /// Why, in words for the fans.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// How far the refunds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Orders that nobody has seen to yet.
    pub open: i64,
    /// Among them: a bank decides about the money.
    pub disputed: i64,
    /// Refunds that the provider is being told of.
    pub pending: i64,
    /// Refunds whose money went back.
    pub done: i64,
    /// Refunds that the provider refused: somebody must look at them.
    pub refused: i64,
    /// What went back.
    pub given_back: Money,
    /// What is still to go back: of pending and refused refunds.
    pub owed: Money,
}

impl Progress {
    /// Whether nothing is left to do but what a person must look at.
    pub fn is_done(&self) -> bool {
        self.open == self.disputed && self.pending == 0
    }
}
