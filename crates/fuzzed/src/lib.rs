//! Whatever reads bytes from outside, as functions that must bear any bytes: they panic only where a promise is broken, such as
//! that a token which nobody signed is none, or that what was read is written back the same.
//!
//! The tests here play each over its corpus, and over some thousands of mutations of it with a fixed seed. The fuzzers in `fuzz/` drive
//! the same functions for as long as one likes (docs/fuzzing.md).
//!
//! | module | what it reads |
//! |---|---|
//! | `signed` | tokens, cookies, places, links, ticket codes |
//! | `gate` | frames of WebSockets, heads and paths of requests, bodies that name an event |
//! | `names` | hosts, ids, codes, addresses, spans of time |
//! | `booking` | tables of codes and events, seating plans, callbacks of payment providers |
//! | `search` | the query of a search, cursors, the replication stream of PostgreSQL |

mod booking;
mod gate;
mod names;
mod search;
mod signed;

pub use signed::genuine;

/// Something that reads bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of the folder of its corpus.
    pub name: &'static str,
    /// What must bear any bytes.
    pub body: fn(&[u8]),
}

/// All of them.
pub const TARGETS: [Target; 14] = [
    Target { name: "websocket", body: gate::websocket },
    Target { name: "head", body: gate::head },
    Target { name: "path", body: gate::path },
    Target { name: "booking_body", body: gate::booking_body },
    Target { name: "signed", body: signed::signed },
    Target { name: "ticket_code", body: signed::ticket_code },
    Target { name: "names", body: names::names },
    Target { name: "access_code", body: names::access_code },
    Target { name: "tables", body: booking::tables },
    Target { name: "seating_plan", body: booking::seating_plan },
    Target { name: "callback", body: booking::callback },
    Target { name: "search", body: search::search },
    Target { name: "cursor", body: search::cursor },
    Target { name: "pgoutput", body: search::pgoutput },
];

/// Runs the target called `name`.
///
/// # Panics
/// When a promise is broken, or there is no such target.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    (target.body)(bytes);
}

#[cfg(test)]
mod tests;
