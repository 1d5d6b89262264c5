//! The only door: waiting rooms, admission, live push, and the gateway to the services behind it.
//!
//! | module | what it does |
//! |---|---|
//! | [`room`] | a waiting room and its settings; what organizers do to it; its log |
//! | [`entry`], [`code`] | who may take a place; access codes |
//! | [`lane`] | priority lanes and their shares |
//! | [`mod@line`] | places in line, in Redis: join, leave, return, restore |
//! | [`draw`] | the lobby of a room whose order is drawn; the draw, and its verification |
//! | [`admission`] | who is called next: decide, grant in PostgreSQL, apply to Redis |
//! | [`party`] | friends who share one place |
//! | [`pass`] | a called place becomes leave to enter: claim, exchange, leave, revoke, verify |
//! | [`forecast`] | how long a wait is likely to be, and how well that was told |
//! | [`stock`] | what is left behind the rooms; a room is drained when everything is sold |
//! | [`live`] | what a waiting fan is told, over WebSocket and by asking |
//! | [`look`] | how the pages of a room look: a name, a colour, a logo, texts |
//! | [`embed`] | what a site of the organizer's own shows of a room |
//! | [`mail`] | mails to those in line who asked for them: the turn is near, the turn came |
//! | [`shield`] | who may take a new place: proof of work, limits, tabs |
//! | [`mod@serve`] | the accept loop: TLS, slow clients, too many |
//! | [`account`] | sessions: which have ended, and refreshing them for browsers |
//! | [`gateway`] | every other path: authenticate, limit, forward |
//! | [`limiter`] | budgets that refill evenly, for the two above |
//! | [`gather`] | questions that arrive together share one call of Redis; too many are turned away |
//! | [`site`] | a site that is not ours, with a room in front of it |
//! | [`pages`] | the queue page and the organizer's console |
//!
//! Any number of gates may run, on one port and on many machines. What must not be taken back stands in PostgreSQL,
//! the living line in Redis, and a gate keeps nothing that it cannot read again.

pub mod account;
pub mod admission;
pub mod clock;
pub mod code;
pub mod config;
pub mod draw;
pub mod embed;
pub mod entry;
pub mod extractors;
pub mod forecast;
pub mod gateway;
pub mod gather;
pub mod lane;
pub mod limiter;
pub mod line;
pub mod live;
pub mod look;
pub mod mail;
pub mod metrics;
pub mod pages;
pub mod party;
pub mod pass;
pub mod problems;
pub mod room;
mod routes;
pub mod serve;
pub mod shield;
pub mod site;
pub mod state;
pub mod stock;
pub mod tool;

use std::net::SocketAddr;

pub use config::Config;
use platform::lifecycle::Lifecycle;
pub use routes::router;
pub use serve::{Place, serve, tls::Tls};
pub use state::{Gate, StartError};

/// Starts a gate: stores, loops, listener. Returns the address once requests are served; ends with the lifecycle.
///
/// # Errors
/// [`StartError`]: a file, a URL or the port is not as it should be. Stores that are away stop nothing.
pub async fn start(config: Config, lifecycle: Lifecycle) -> Result<SocketAddr, StartError> {
    let gate = Gate::new(config, &lifecycle)?;
    let tls = Tls::new(&gate.config.tls)?;
    let listener = platform::http::listen(gate.config.service.listen, true)?;
    gate.refresh().await;
    gate.spawn_loops();
    let connections = gate.config.line.connections.get();
    if let Some(tls) = &tls {
        tls.keep_reading(&gate.lifecycle);
    }
    Ok(serve(listener, router(gate.clone()), &gate, connections, tls)?)
}
