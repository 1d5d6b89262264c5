//! The service against a real PostgreSQL and a real Redis, through its real router, on a clock that tests move.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers too")]

mod account;
mod allocation;
mod app;
mod best;
mod catalog;
mod document;
mod door;
mod given;
mod hold;
mod idle;
mod order;
mod payment;
mod publisher;
mod race;
mod redis;
mod seat;
mod shop;
mod ticket;
mod transfer;
