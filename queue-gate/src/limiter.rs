//! Budgets that refill evenly, one for each key: what the gateway and the shields of rooms are made of.

use std::{hash::Hash, num::NonZeroU32};

use governor::{
    Quota, RateLimiter, clock::DefaultClock, middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

/// A budget for each key.
pub type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Full budgets of `quota` a minute. A whole minute's may be used at once.
pub fn per_minute<K: Clone + Eq + Hash>(quota: NonZeroU32) -> Limiter<K> {
    RateLimiter::keyed(Quota::per_minute(quota)).with_middleware()
}

/// Forgets the keys whose budgets are full again. To be called now and then, or they add up for ever.
pub fn forget_idle<K: Clone + Eq + Hash>(limiter: &Limiter<K>) {
    limiter.retain_recent();
    limiter.shrink_to_fit();
}
