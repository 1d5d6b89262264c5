//! The gate against a real PostgreSQL and a real Redis, on a clock that tests move, and before real HTTP services.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, helpers too")]

mod admission;
mod app;
mod code;
mod draw;
mod exception;
mod failure;
mod forecast;
mod forward;
mod gateway;
mod gateway_app;
mod holders;
mod lane;
mod line;
mod live;
mod log;
mod model;
mod opening;
mod party;
mod pass;
mod queue_page;
mod recovery;
mod relay;
mod room;
mod schema;
mod session;
mod shield;
mod sold_out;
mod surroundings;
mod transports;
mod version;
mod watch;
mod what_if;
