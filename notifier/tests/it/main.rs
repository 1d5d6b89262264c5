//! The notifier on a real database, with a real SMTP server of ours and real files.
#![expect(clippy::unwrap_used, reason = "in a test, to fail is to say so")]

mod delivery;
mod email;
mod guard;
mod language;
mod mailbox;
mod receiver;
mod sign_in_code;
mod sink;
mod support;
mod transfer;
mod turn;
mod webhook;
