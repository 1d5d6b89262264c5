//! Private servers for a person, a test, a benchmark: never the machine's own, never as root.
//!
//! | module | what it gives |
//! |---|---|
//! | [`place`] | the checkout, its target folder, and folders that the servers' account can reach |
//! | [`account`] | the account that servers run as when we are root |
//! | [`port`](mod@port) | free ports that nobody else in the house takes |
//! | [`process`] | a child that starts, is watched, stops, and never outlives us |
//! | [`postgres`], [`redis`], [`elasticsearch`], [`mail`] | the servers |
//! | [`localstripe`], [`schemathesis`] | from Python's registry, for tests: a process that speaks as Stripe does; one that sends whatever a client may |
//! | [`conformance`] | from Python's registry: programs that judge how HTTP and WebSocket are spoken |
//! | [`openapi_spec_validator`] | the same: says whether a document is OpenAPI |
//! | [`node`], [`cryptography`] | Node, and packages of npm and Python that tests need |
//! | [`keys`] | the key files of an installation |
//! | [`system`] | the services of Usher on such servers, as processes |
//!
//! All of it is plain blocking code: an async test calls it once, at its start and end.

pub mod account;
pub mod conformance;
pub mod cryptography;
pub mod elasticsearch;
pub mod keys;
pub mod localstripe;
pub mod mail;
pub mod node;
pub mod openapi_spec_validator;
pub mod place;
pub mod port;
pub mod postgres;
pub mod probe;
pub mod process;
mod python;
pub mod redis;
pub mod schemathesis;
pub mod system;

pub use place::Home;
