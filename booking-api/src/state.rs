//! What every verb is given.

use std::{ops::Deref, sync::Arc};

use platform::{clock::SharedClock, ids::Ids, postgres::Postgres, redis::Redis};

use crate::{account::password::Hasher, config::Config, keys::Keys};

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
    /// Hashes passwords, a few at once.
    pub hasher: Hasher,
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
        Self(Arc::new(Parts { config, postgres, catalog, redis, clock, ids, keys, hasher }))
    }
}

impl Deref for Booking {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
