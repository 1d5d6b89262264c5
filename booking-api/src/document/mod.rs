//! Tickets to take along: on paper, in a calendar, in a wallet.

pub mod handler;
