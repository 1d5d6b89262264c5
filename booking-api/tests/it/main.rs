//! The service against a real PostgreSQL and a real Redis, through its real router, on a clock that tests move.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers too")]

mod account;
mod allocation;
mod app;
mod bank;
mod best;
mod cancellation;
mod catalog;
mod catalog_life;
mod control;
mod dispute;
mod document;
mod door;
mod feed;
mod given;
mod hold;
mod idle;
mod kill;
mod money;
mod named;
mod order;
mod payment;
mod presale;
mod publisher;
mod race;
mod random;
mod redis;
mod refund;
mod report;
mod seat;
mod shop;
mod stripe;
mod ticket;
mod transfer;
mod voucher;
mod waitlist;
