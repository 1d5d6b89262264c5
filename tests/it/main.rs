//! Tests of the whole: the rules of the house, the documents, and the running system.

#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

mod architecture;
mod bad_input;
mod canary;
mod compose;
mod crash;
mod docs;
mod documents;
mod entry;
mod fair;
mod fuzz;
mod gates;
mod identity;
mod import;
mod kill;
mod licences;
mod problems;
mod promises;
mod purchase;
mod rate;
mod roles;
mod rotation;
mod sold_out;
mod sources;
mod streams;
mod tenants;
mod turn_mail;
mod webhook;
