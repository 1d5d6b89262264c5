//! Tickets that were issued: their codes, and checking them.

pub mod check;
pub mod handler;
pub mod issue;
pub mod qr;
pub mod store;
