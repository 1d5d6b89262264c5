//! What every part of a gate shares.

use std::{
    io,
    ops::Deref,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chrono::{DateTime, Utc};
use contracts::{
    id::{RoomId, SessionId},
    key::{PrivateKey, PublicKeys},
    pass::Pass,
    session::Session,
    visitor::GateSecret,
};
use dashmap::DashMap;
use platform::{
    clock::{SharedClock, SystemClock},
    genuine::Genuine,
    ids::{Ids, secret},
    keys::{self, KeyFileError},
    lifecycle::{Lifecycle, every},
    postgres::{self, Postgres, StoreError},
    redis::{self, Redis},
    telemetry::Chain,
};

use crate::{
    account::{self, key::Exchanges, refresh::Refreshes, team::Teams},
    admission,
    clock::StoreClock,
    config::{Config, KeyConfig},
    draw::{self, gather::Entries, known::Draws},
    embed,
    forecast::watch::Forecasts,
    gateway::{self, Gateway},
    line::{epoch, join::Joins},
    live::{hub::Hub, presence::Presence, tell},
    look,
    mail::Looks,
    pass::{renew::Renewals, revoke},
    room::{
        self,
        bypass::{self, count::ByRule},
        log::public::PublicLogs,
        registry::Rooms,
        suspension::count::{self, LetThrough},
    },
    shield::memory::{self, Shields},
    stock::watch::{self as stock, Stocks},
};

/// How often settings and revocations are read again. Promise W7 gives them a second.
const REFRESH: Duration = Duration::from_millis(250);
/// How often it is written down who was let through without a turn.
const COUNT: Duration = Duration::from_secs(1);
/// How often the session keys are read again.
const KEYS_AGAIN: Duration = Duration::from_secs(5);

/// A gate; cloning it is cheap.
#[derive(Clone)]
pub struct Gate(Arc<Parts>);

impl Deref for Gate {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The parts of a [`Gate`].
pub struct Parts {
    /// What the operator said.
    pub config: Config,
    /// The record.
    pub postgres: Postgres,
    /// The living line. Clone it to use it.
    pub redis: Redis,
    /// What time it is, for tokens.
    pub clock: SharedClock,
    /// What time it is for rooms: their stores' own clocks, unless a test moves it.
    pub room_clock: RoomClock,
    /// New ids, and chance.
    pub ids: Ids,
    /// What we sign and verify with.
    pub keys: Keys,
    follows: Arc<StoreClock>,
    /// What was seen of rooms a moment ago, for advice.
    pub seen: admission::advise::drive::Seen,
    /// The rooms, as of a moment ago.
    pub rooms: Rooms,
    /// How their pages look.
    pub brands: look::known::Looks,
    /// What everybody may ask about them, as of a moment ago.
    pub told: embed::ask::Told,
    /// Who was let through without a turn.
    pub let_through: LetThrough,
    /// What bypass rules let through.
    pub by_rule: ByRule,
    /// The public logs, as of a moment ago.
    pub public_logs: PublicLogs,
    /// Sessions that go on, on their way to PostgreSQL.
    pub renewals: Renewals,
    /// The passes that were found genuine.
    pub passes: Genuine<Pass>,
    /// The sessions that were found genuine.
    pub sessions: Genuine<Session>,
    /// The passes that hold no longer.
    pub revoked: revoke::Revoked,
    /// The sessions that hold no longer.
    pub ended_sessions: platform::revoked::Revoked<SessionId>,
    /// Who works for an organizer, as of a moment ago.
    pub teams: Teams,
    /// What keys were exchanged for a moment ago.
    pub exchanges: Exchanges,
    /// The sessions that are being refreshed.
    pub refreshes: Refreshes,
    /// What the shields of rooms counted and let through of late.
    pub shields: Shields,
    /// Joins on their way to Redis.
    pub joins: Joins,
    /// Questions to lobbies, on their way to Redis.
    pub entries: Entries,
    /// What is remembered of draws.
    pub draws: Draws,
    /// The waiting fans connected to this process.
    pub hub: Hub,
    /// Up to which epoch of a room its Redis was compared with the one that this gate talks to.
    pub fenced: DashMap<RoomId, u32>,
    /// How the lines of their rooms move.
    pub forecasts: Forecasts,
    /// What is left behind the rooms, as of a moment ago.
    pub stocks: Stocks,
    /// When it was looked last whose turn is near.
    pub looks: Looks,
    /// What the line is told of them.
    pub presence: Presence,
    /// Held while a lost line is recovered: one recovery at a time is enough.
    pub recovering: tokio::sync::Mutex<()>,
    /// The way to the services behind.
    pub gateway: Gateway,
    /// Where tasks are spawned.
    pub lifecycle: Lifecycle,
}

/// Whose clock a room follows. All gates must agree, so it is the store's, and no gate's.
#[derive(Clone)]
pub enum RoomClock {
    /// PostgreSQL's for grants and slots, Redis's for the line.
    Stores,
    /// One that a test moves.
    Moved(SharedClock),
}

impl RoomClock {
    /// The time to use instead of the store's; `None` means: ask the store.
    pub fn now(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Stores => None,
            Self::Moved(clock) => Some(clock.now()),
        }
    }
}

/// Why a gate does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port is taken, or a file cannot be read.
    #[error("the gate cannot use a file or a port")]
    Io(#[from] io::Error),
    /// A key file is not usable.
    #[error("a key is not usable")]
    Key(#[from] KeyFileError),
    /// The secret's file is not usable.
    #[error("{0} does not hold at least 32 bytes in hex")]
    Secret(String),
    /// A store's URL is none.
    #[error("a store's URL is not usable")]
    Store(#[from] StoreError),
    /// The certificate is not usable.
    #[error("TLS cannot be spoken")]
    Tls(#[from] crate::serve::tls::TlsError),
    /// The gateway's settings do not fit.
    #[error("the gateway cannot be set up")]
    Gateway(#[from] crate::gateway::GatewayError),
}

/// What a gate signs and verifies with.
pub struct Keys {
    /// Signs passes, admission tokens and assertions.
    pub signing: PrivateKey,
    own: PublicKeys,
    public: RwLock<Arc<PublicKeys>>,
    /// Signs visitors and places.
    pub secret: GateSecret,
    sessions: RwLock<Arc<PublicKeys>>,
}

impl Keys {
    /// Reads the files.
    ///
    /// # Errors
    /// When one is missing or holds something else.
    pub fn read(config: &KeyConfig) -> Result<Self, StartError> {
        let signing = keys::private(&config.gate_key)?;
        let own = signing.public();
        let more = config.gate_jwks.as_deref().map(keys::public).transpose()?.unwrap_or_default();
        Ok(Self {
            public: RwLock::new(Arc::new(own.clone().and(more))),
            own,
            signing,
            secret: gate_secret(&config.gate_secret)?,
            sessions: RwLock::new(Arc::new(keys::public(&config.session_jwks)?)),
        })
    }

    /// The keys with which sessions are checked.
    pub fn sessions(&self) -> Arc<PublicKeys> {
        Arc::clone(&self.sessions.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys with which passes, admission tokens and assertions are checked: our own, and those before and after it.
    pub fn public(&self) -> Arc<PublicKeys> {
        Arc::clone(&self.public.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read_public_again(&self, file: &Path) {
        match keys::public(file) {
            Ok(more) => replace(&self.public, self.own.clone().and(more)),
            Err(error) => tracing::warn!(error = %Chain(&error), "the keys of passes stay as they were"),
        }
    }

    fn read_sessions_again(&self, file: &Path) {
        match keys::public(file) {
            Ok(read) => replace(&self.sessions, read),
            Err(error) => tracing::warn!(error = %Chain(&error), "the session keys stay as they were"),
        }
    }
}

/// Puts `read` in the place of `keys`. Where they are the same they stay: tokens are known by the very keys that found them genuine.
fn replace(keys: &RwLock<Arc<PublicKeys>>, read: PublicKeys) {
    let mut keys = keys.write().unwrap_or_else(PoisonError::into_inner);
    if **keys != read {
        *keys = Arc::new(read);
    }
}

fn gate_secret(file: &Path) -> Result<GateSecret, StartError> {
    let hex = std::fs::read_to_string(file)?;
    let bytes = hex::decode(hex.trim()).ok();
    bytes
        .and_then(|bytes| GateSecret::new(&bytes))
        .ok_or_else(|| StartError::Secret(file.display().to_string()))
}

impl Gate {
    /// A gate that serves nobody yet.
    ///
    /// # Errors
    /// When a file or a URL is not usable.
    pub fn new(config: Config, lifecycle: &Lifecycle) -> Result<Self, StartError> {
        Self::with_clock(config, lifecycle, Arc::new(SystemClock), RoomClock::Stores)
    }

    /// As [`Gate::new`], with clocks of the caller's. Where rooms follow their stores, so does `clock` from the first
    /// refresh on.
    ///
    /// # Errors
    /// As [`Gate::new`].
    pub fn with_clock(
        config: Config,
        lifecycle: &Lifecycle,
        clock: SharedClock,
        room_clock: RoomClock,
    ) -> Result<Self, StartError> {
        let seed = config.service.seed.unwrap_or_else(|| u64::from_le_bytes(secret()));
        tracing::info!(seed, "chance begins");
        let follows = StoreClock::new(clock.clone());
        let clock = match room_clock {
            RoomClock::Stores => follows.clone(),
            RoomClock::Moved(_) => clock,
        };
        let ids = Ids::new(seed, clock.clone());
        let redis = redis::connect(&config.redis).map_err(StoreError::from)?;
        let postgres = postgres::connect(&config.postgres, "queue-gate")?;
        let hub = Hub::new(&ids, config.line.sockets);
        let patience = config.line.join_patience;
        let node = (hub.node, tell::lease(config.line.tick));
        Ok(Self(Arc::new(Parts {
            renewals: Renewals::start(postgres.clone(), room_clock.clone(), lifecycle),
            public_logs: PublicLogs::default(),
            postgres,
            keys: Keys::read(&config.keys)?,
            rooms: Rooms::default(),
            brands: look::known::Looks::default(),
            told: embed::ask::Told::default(),
            let_through: LetThrough::default(),
            by_rule: ByRule::default(),
            passes: Genuine::default(),
            sessions: Genuine::default(),
            revoked: revoke::Revoked::default(),
            ended_sessions: platform::revoked::Revoked::default(),
            teams: Teams::default(),
            exchanges: Exchanges::default(),
            refreshes: Refreshes::default(),
            shields: Shields::new(&config.shield),
            joins: Joins::start(redis.clone(), room_clock.clone(), lifecycle, patience),
            entries: Entries::start(redis.clone(), lifecycle, patience),
            draws: Draws::default(),
            forecasts: Forecasts::default(),
            stocks: Stocks::default(),
            looks: Looks::default(),
            presence: Presence::start(redis.clone(), room_clock.clone(), node, lifecycle),
            hub,
            gateway: Gateway::new(&config.gateway, lifecycle)?,
            lifecycle: lifecycle.clone(),
            fenced: DashMap::new(),
            follows,
            seen: admission::advise::drive::Seen::default(),
            recovering: tokio::sync::Mutex::new(()),
            redis,
            clock,
            room_clock,
            ids,
            config,
        })))
    }

    /// Reads settings and revocations again. Failing keeps what was read before, and says so.
    pub async fn refresh(&self) {
        let asked = tokio::time::Instant::now();
        match room::store::now(&self.postgres).await {
            Ok(now) => self.follows.follow(now, asked),
            Err(error) => tracing::debug!(error = %Chain(&error), "the clock is carried on"),
        }
        if let Err(error) = self.rooms.refresh(self).await {
            tracing::warn!(error = %Chain(&error), "the rooms are as of {:?}", self.rooms.loaded_at());
        }
        // Both at once: while PostgreSQL stands still they wait together.
        let ended = account::store::ended_since(&self.postgres, self.ended_sessions.since());
        let (revoked, ended) = tokio::join!(revoke::refresh(self), ended);
        if let Err(error) = revoked {
            tracing::warn!(error = %Chain(&error), "revocations could not be read");
        }
        match ended {
            Ok(ended) => {
                self.ended_sessions.learn(ended, self.clock.now());
            }
            Err(error) => tracing::warn!(error = %Chain(&error), "ended sessions could not be read"),
        }
    }

    /// Starts everything that repeats: refreshing, admission, live frames, keys.
    pub fn spawn_loops(&self) {
        let (gate, stopping) = (self.clone(), self.lifecycle.stopping());
        self.lifecycle.spawn(every(stopping.clone(), REFRESH, async move || gate.refresh().await));
        let gate = self.clone();
        self.lifecycle.spawn(every(stopping.clone(), COUNT, async move || {
            count::write_down(&gate).await;
            bypass::count::write_down(&gate).await;
        }));
        let gate = self.clone();
        self.lifecycle.spawn(every(stopping.clone(), REFRESH, async move || epoch::fence(&gate).await));
        let gate = self.clone();
        self.lifecycle.spawn(every(stopping, KEYS_AGAIN, async move || {
            gate.keys.read_sessions_again(&gate.config.keys.session_jwks);
            if let Some(file) = &gate.config.keys.gate_jwks {
                gate.keys.read_public_again(file);
            }
        }));
        let gate = self.clone();
        self.lifecycle.spawn(every(self.lifecycle.stopping(), stock::PERIOD, async move || {
            if let Err(error) = stock::tick(&gate).await {
                tracing::warn!(error = %Chain(&error), "what is left is as of a moment ago");
            }
        }));
        gateway::spawn(self);
        memory::spawn(self);
        admission::run::spawn(self);
        draw::run::spawn(self);
    }
}
