//! The plumbing of every service: how it reads its configuration, starts, logs, refuses, waits and stops.
//! Knows no noun of the domain. A module enters when a second service needs it.
//!
//! A service's `main` is five lines: parse the configuration, hand it to [`lifecycle::run`].

pub mod budget;
pub mod clock;
pub mod config;
pub mod cores;
pub mod genuine;
pub mod health;
pub mod http;
pub mod ids;
pub mod keys;
pub mod lifecycle;
pub mod outbound;
pub mod postgres;
pub mod redis;
pub mod revoked;
pub mod sealed;
pub mod telemetry;
