//! Measurements side by side: our services, the floor below which nobody gets, and a peer, in one run and in turn.
//!
//! | module | what it does |
//! |---|---|
//! | `join`, `depth`, `admit`, `called`, `draw`, `push`, `storm`, `crowd`, `overload` | the benches of the waiting room |
//! | `proxy` | the bench of the gateway |
//! | `hold`, `sale`, `take`, `hotseat`, `sellout`, `spread` | the benches of booking |
//! | `visible`, `query` | the benches of search: from a commit to a search that finds it, and building an index anew; questions beside Elasticsearch raw |
//! | `script`, [`raw`], `bare` | floors: the bare join script, a bare epoll writer, a bare tokio-tungstenite |
//! | `replay`, `pgbench` | floors: the bare script of holds, bare statements |
//! | [`relay`], `origin` | the floor of a proxy: bare hyper; what stands behind every proxy |
//! | `nchan`, `nginx` | the peers: nginx with nchan, nginx as a proxy |
//! | `servers`, `stand`, `shop`, `catalog` | the product: private servers, real gate processes, a real booking-api, a real search-api |
//! | `sockets`, `calls`, `requests`, `fans` | clients: many WebSockets, many requests, joins, fans who book |
//! | [`heard`] | what clients say of their sockets |
//! | `eavesdrop` | a way to a server on which requests are learned |
//! | `child` | parts that run as processes of their own |
//! | `measure`, `slow_log`, `wire` | processor time and memory; what Redis noted; a few bytes of HTTP and WebSocket |
//! | [`ratio`] | the report |

mod admit;
mod bare;
mod called;
mod calls;
mod catalog;
mod child;
mod crowd;
mod depth;
mod draw;
mod eavesdrop;
mod fans;
pub mod heard;
mod hold;
mod hotseat;
mod join;
mod measure;
mod nchan;
mod nginx;
mod origin;
mod overload;
mod pgbench;
mod proxy;
mod push;
mod query;
pub mod ratio;
pub mod raw;
pub mod relay;
mod replay;
mod requests;
mod sale;
mod script;
mod sellout;
mod servers;
mod shop;
mod slow_log;
mod sockets;
mod spread;
mod stand;
mod storm;
mod take;
mod visible;
mod wire;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use self::ratio::Report;

/// Which bench, and how large.
#[derive(Clone, Debug, Args)]
pub struct Bench {
    /// Which; all when none is named.
    pub names: Vec<Name>,
    /// One line of JSON for each instead of a table.
    #[arg(long)]
    pub json: bool,
    /// How large.
    #[command(flatten)]
    pub sizes: Sizes,
}

/// A bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Name {
    /// Joining over HTTP against the bare script.
    Join,
    /// Batches from a long line: exact, and short for Redis.
    Admit,
    /// Joining a long line against joining a short one.
    Depth,
    /// From the grant of a batch to the frames that say so.
    Called,
    /// A lobby is drawn.
    Draw,
    /// A position for everybody.
    Push,
    /// Everybody connects at once.
    Storm,
    /// One in a hundred stops reading.
    Slow,
    /// More connections than a gate has places.
    Full,
    /// Three times too many joins.
    Overload,
    /// Requests of fans with a pass, passed on, against a bare proxy and nginx; and while many wait and are told.
    Proxy,
    /// Holding seats over HTTP against the bare script.
    Hold,
    /// Confirming, durably, against bare statements.
    Sale,
    /// General admission against the one row that everybody wants.
    Ga,
    /// The best seat against `SKIP LOCKED`.
    Best,
    /// A crowd wants one seat.
    Hotseat,
    /// A hall is sold to the last seat, and paid for.
    Sellout,
    /// One event against the same load on many.
    Spread,
    /// From a commit to a search that finds it, while many events change, and while the index is built anew.
    Visible,
    /// Questions over HTTP against the same sent to Elasticsearch raw, and the index of the process beside them.
    Query,
}

/// How large a bench is. The defaults end within a minute or two.
#[derive(Clone, Debug, Args)]
pub struct Sizes {
    /// How often each side is measured, in turn.
    #[arg(long, default_value = "3")]
    rounds: u32,
    /// How long joins are counted, each time.
    #[arg(long, default_value = "5")]
    seconds: u32,
    /// How many gates share the port. With many sockets there are as many as it takes.
    #[arg(long, default_value = "1")]
    gates: u16,
    /// Kills one of several gates halfway through each rate of `admit`, as a power cut would.
    #[arg(long)]
    lose_one: bool,
    /// How many sockets are open, on each side.
    #[arg(long, default_value = "10000")]
    sockets: usize,
    /// How many sockets are open while some of them are called.
    #[arg(long, default_value = "5000")]
    called_sockets: usize,
    /// How many stand in the long line that is joined; ten thousand stand in the short one.
    #[arg(long, default_value = "200000")]
    depth: usize,
    /// How many connections join.
    #[arg(long, default_value = "64")]
    connections: usize,
    /// Joins a second in the open loop.
    #[arg(long, default_value = "10000")]
    rate: u32,
    /// Requests a second that are passed on in the open loop.
    #[arg(long, default_value = "4000")]
    passed_rate: u32,
    /// How many sockets wait and are told where they stand while requests are passed on.
    #[arg(long, default_value = "1000")]
    pushed_sockets: usize,
    /// How many stand in line while others are called.
    #[arg(long, default_value = "100000")]
    waiting: usize,
    /// How many seconds nothing happens.
    #[arg(long, default_value = "10")]
    idle: u32,
    /// How many handshakes of a client process are under way at a time.
    #[arg(long, default_value = "256")]
    in_flight: usize,
    /// How many clients book at a time; booking-api has as many connections to PostgreSQL, and so have the floors.
    #[arg(long, default_value = "32")]
    clients: usize,
    /// How many seats an event has.
    #[arg(long, default_value = "20000", value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(12..=99_996))]
    seats: usize,
    /// How many seats are sold to the last.
    #[arg(long, default_value = "2000")]
    hall: usize,
    /// How many want one seat.
    #[arg(long, default_value = "1000")]
    crowd: usize,
    /// Over how many events the same load is spread.
    #[arg(long, default_value = "100")]
    events: usize,
    /// How many events are searched while some of them change.
    #[arg(long, default_value = "20000")]
    indexed: usize,
    /// How many events change a second.
    #[arg(long, default_value = "500")]
    changes: u32,
}

/// A part that runs as a process of its own.
#[derive(Clone, Debug, Subcommand)]
pub enum Part {
    /// Many WebSockets.
    Sockets(heard::Sockets),
    /// Many WebSockets that note when they are called.
    Called(heard::Sockets),
    /// A bare epoll writer.
    Raw(raw::Listen),
    /// A bare tokio-tungstenite.
    Bare(raw::Listen),
    /// A bare proxy on hyper.
    Relay(relay::Relay),
    /// What stands behind a proxy.
    Origin(raw::Listen),
}

/// Runs the named benches. `false` when something of what came out was wrong: lost, doubled, refused.
///
/// # Errors
/// When a server, a gate or a part does not start or ends.
pub fn run(bench: &Bench, mut show: impl FnMut(&Report) -> Result<()>) -> Result<bool> {
    let names = if bench.names.is_empty() { Name::value_variants().to_vec() } else { bench.names.clone() };
    let mut is_clean = true;
    for name in names {
        let report = match name {
            Name::Join => join::run(&bench.sizes),
            Name::Admit => admit::run(&bench.sizes),
            Name::Depth => depth::run(&bench.sizes),
            Name::Called => called::run(&bench.sizes),
            Name::Draw => draw::run(&bench.sizes),
            Name::Push => push::run(&bench.sizes),
            Name::Storm => storm::run(&bench.sizes),
            Name::Slow => crowd::slow(&bench.sizes),
            Name::Full => crowd::full(&bench.sizes),
            Name::Overload => overload::run(&bench.sizes),
            Name::Proxy => proxy::run(&bench.sizes),
            Name::Hold => hold::run(&bench.sizes),
            Name::Sale => sale::run(&bench.sizes),
            Name::Ga => take::general(&bench.sizes),
            Name::Best => take::best(&bench.sizes),
            Name::Hotseat => hotseat::run(&bench.sizes),
            Name::Sellout => sellout::run(&bench.sizes),
            Name::Spread => spread::run(&bench.sizes),
            Name::Visible => visible::run(&bench.sizes),
            Name::Query => query::run(&bench.sizes),
        }?;
        is_clean &= report.is_clean();
        show(&report)?;
    }
    Ok(is_clean)
}

/// Runs a part, until its parent has gone.
///
/// # Errors
/// When it cannot listen, or is told something that it does not know.
pub fn part(part: Part) -> Result<()> {
    match part {
        Part::Sockets(options) => sockets::run(options),
        Part::Called(options) => called::part(&options),
        Part::Raw(options) => raw::run(&options),
        Part::Bare(options) => bare::run(&options),
        Part::Relay(options) => relay::run(&options),
        Part::Origin(options) => origin::run(&options),
    }
}
