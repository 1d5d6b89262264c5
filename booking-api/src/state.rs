//! What every verb is given.

use std::{ops::Deref, sync::Arc, time::Duration};

use contracts::{
    assertion::Assertion,
    id::{EventId, SessionId},
    session::Session,
};
use platform::{
    clock::SharedClock, genuine::Genuine, ids::Ids, outbound::Reach, postgres::Postgres, redis::Redis,
    revoked::Revoked,
};
use tokio::sync::{Mutex, Notify};

use crate::{
    account::password::Hasher,
    admission::Guards,
    cache::Cache,
    catalog::event::store::EventDetail,
    config::Config,
    each::Each,
    gather::Gather,
    hold::{best::picks::Picks, together::Reserving},
    keys::Keys,
    mirror::apply::Turn,
    oidc::discover::Sources,
    order::{place::Queue, settle::Settling},
    payment::{Payments, command::Capturing, provider::Providers, sandbox::Sandbox, stripe::Stripe},
    seat::{
        Layout, availability,
        availability::Snapshot,
        compact::Compact,
        feed::{Known, hub::Hub},
        map::MapBytes,
        rows::Rows,
    },
    team::known::Teams,
};

/// How old an event's title, time and place may be.
const DETAIL_FRESH: Duration = Duration::from_secs(2);
/// The most events that are kept in memory.
const EVENTS: u64 = 10_000;
/// The most sessions that are remembered to be confirmed; one takes about a hundred bytes.
const CONFIRMED: u64 = 100_000;
/// The most tickets whose places are kept in memory; one takes about 150 bytes.
const TICKETS: u64 = 1_000_000;
/// The most bytes of seat maps that are kept in memory.
const MAP_BYTES: u64 = 128 << 20;

/// The running service; cloning it is cheap.
#[derive(Clone)]
pub struct Booking(Arc<Parts>);

/// What the service is made of.
pub struct Parts {
    /// What the operator set.
    pub config: Config,
    /// For bookings and changes.
    pub postgres: Postgres,
    /// For looking at the catalog. Apart, so that a rush of bookings does not take viewing down.
    pub catalog: Postgres,
    /// Where holds live.
    pub redis: Redis,
    /// What time it is.
    pub clock: SharedClock,
    /// New ids, and chance.
    pub ids: Ids,
    /// Keys.
    pub keys: Keys,
    /// Sessions that were shown before.
    pub sessions: Genuine<Session>,
    /// Sessions that were ended before their time.
    pub ended: Revoked<SessionId>,
    /// Whose owners are known to have which tokens.
    pub confirmed: moka::future::Cache<(SessionId, u32), ()>,
    /// Who works for an organizer, as of a moment ago.
    pub teams: Teams,
    /// What the gate asserted before.
    pub assertions: Genuine<Assertion>,
    /// Hashes passwords, a few at once.
    pub hasher: Hasher,
    /// What guards which event.
    pub guards: Guards,
    /// Who signs people in beside ourselves.
    pub providers: Sources,
    /// Payments.
    pub payments: Payments,
    /// Whose turn it is to tell the mirror.
    pub turns: Each<Turn>,
    /// Who confirms in the same moment.
    pub queues: Each<Queue>,
    /// Who reserves in the same moment.
    pub reserving: Each<Reserving>,
    /// Whose payments are told of in the same moment.
    pub settling: Each<Settling>,
    /// Whose payments are taken in the same moment.
    pub capturing: Each<Capturing>,
    /// Who builds a mirror, or looks for it, for all who wait for it.
    pub builds: Each<Mutex<()>>,
    /// What many look at.
    pub views: Views,
}

/// What many look at, worked out once for all.
pub struct Views {
    /// What an event's page tells.
    pub details: Cache<Arc<EventDetail>>,
    /// What can be had.
    pub snapshots: Cache<Arc<Snapshot>>,
    /// What is sold; it never changes.
    pub layouts: moka::future::Cache<EventId, Arc<Layout>>,
    /// The seats as they stand beside one another; it never changes.
    pub rows: moka::future::Cache<EventId, Arc<Rows>>,
    /// Who is being given which seats.
    pub picks: Picks,
    /// What this copy knows of what is published.
    pub known: Known,
    /// Who stays connected.
    pub hub: Hub,
    /// Which copy of the service this is.
    pub copy: uuid::Uuid,
    /// The seat maps as they are sent.
    pub maps: moka::future::Cache<EventId, Arc<MapBytes>>,
    /// The same for our own pages: small, and called by their hash.
    pub plans: moka::future::Cache<EventId, Arc<Compact>>,
}

impl Views {
    fn new(copy: uuid::Uuid) -> Self {
        let size = |size: usize| u32::try_from(size).unwrap_or(u32::MAX);
        Self {
            details: Cache::new(DETAIL_FRESH, EVENTS),
            snapshots: Cache::new(availability::FRESH, EVENTS),
            layouts: moka::future::Cache::builder()
                .max_capacity(TICKETS)
                .weigher(move |_, layout: &Arc<Layout>| size(layout.tickets.len()))
                .build(),
            rows: moka::future::Cache::builder()
                .max_capacity(TICKETS)
                .weigher(move |_, rows: &Arc<Rows>| {
                    rows.all.iter().map(|row| size(row.seats.len())).fold(0, u32::saturating_add)
                })
                .build(),
            picks: Picks::default(),
            known: Known::default(),
            hub: Hub::default(),
            copy,
            maps: moka::future::Cache::builder()
                .max_capacity(MAP_BYTES)
                .weigher(move |_, map: &Arc<MapBytes>| size(map.json.len()))
                .build(),
            plans: moka::future::Cache::builder()
                .max_capacity(MAP_BYTES)
                .weigher(move |_, map: &Arc<Compact>| size(map.json.len() + map.gzip.len()))
                .build(),
        }
    }

    /// Has the next who asks about `event` look again, after a change by this copy. The others follow within seconds.
    pub async fn forget(&self, event: EventId) {
        self.details.forget(event).await;
        self.snapshots.forget(event).await;
        self.layouts.invalidate(&event).await;
        self.rows.invalidate(&event).await;
        self.maps.invalidate(&event).await;
        self.plans.invalidate(&event).await;
    }
}

/// The servers behind us.
pub struct Stores {
    /// For bookings and changes.
    pub postgres: Postgres,
    /// For looking at the catalog.
    pub catalog: Postgres,
    /// Where holds live.
    pub redis: Redis,
}

impl Booking {
    /// Puts the service together; nothing runs yet.
    pub fn new(config: Config, stores: Stores, clock: SharedClock, ids: Ids, keys: Keys) -> Self {
        let Stores { postgres, catalog, redis } = stores;
        let hasher = Hasher::new(config.passwords_at_once);
        let views = Views::new(ids.next());
        let payments = payments(&config, &keys);
        let providers = Sources::new(&keys.providers);
        let guards = Guards::default();
        Self(Arc::new(Parts {
            config,
            postgres,
            catalog,
            redis,
            clock,
            ids,
            keys,
            sessions: Genuine::default(),
            ended: Revoked::default(),
            confirmed: moka::future::Cache::new(CONFIRMED),
            teams: Teams::default(),
            assertions: Genuine::default(),
            hasher,
            guards,
            providers,
            payments,
            turns: Each::default(),
            queues: Each::default(),
            reserving: Each::default(),
            settling: Each::default(),
            capturing: Each::default(),
            builds: Each::default(),
            views,
        }))
    }
}

impl Parts {
    /// Which addresses of organizers may be called.
    pub fn reach(&self) -> Reach {
        Reach { loopback: self.config.outbound.webhook_loopback }
    }
}

fn payments(config: &Config, keys: &Keys) -> Payments {
    let callback = config.sandbox.sandbox_callback_url.clone().unwrap_or_else(|| {
        format!("{}/payment/callback/sandbox", config.public.public_url.as_str().trim_end_matches('/'))
    });
    Payments {
        providers: Providers {
            sandbox: Sandbox::new(&config.sandbox.sandbox_url, callback, config.payment_deadline),
            stripe: keys.stripe.as_ref().map(|keys| {
                let (url, back) = (&config.stripe.stripe_url, config.stripe.stripe_return_url.clone());
                Stripe::new(url, keys.api.clone(), back, config.payment_deadline)
            }),
        },
        attempts: Notify::new(),
        commands: Notify::new(),
        looking: Gather::default(),
        sending: Gather::default(),
    }
}

impl Deref for Booking {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
