//! Looking at what can be had, once for all copies of the service.

use std::sync::Arc;

use contracts::id::EventId;
use platform::postgres::StoreError;

use super::{
    Published,
    store::{self, Read, State},
};
use crate::{
    hold,
    seat::{Layout, availability::Snapshot, store as seats},
    state::Booking,
};

/// How often a look is tried when others publish in between.
const TRIES: usize = 3;

/// What can be had of `event` as everybody is told it: read from whoever publishes, or looked at and published where that
/// is us.
///
/// # Errors
/// When a store fails. [`StoreError::Redis`] says that holds are not known.
pub async fn look(app: &Booking, event: EventId, layout: &Layout) -> Result<Arc<Published>, StoreError> {
    let redis = &mut app.redis.clone();
    let known = &app.views.known;
    let mut last = known.last(event);
    for _ in 0..TRIES {
        let version = last.as_ref().map(|last| last.version);
        let Read { leads, now, state } = store::read(redis, event, app.views.copy, version).await?;
        let before = match (state, &last) {
            (State::Nothing, _) | (State::Same { .. }, None) => None,
            (State::Same { looked_at }, Some(last)) => {
                Some(Published { looked_at, ..Published::clone(last) })
            }
            (State::Other(published), _) => Some(published),
        };
        if let Some(before) = before.as_ref().filter(|_| !leads) {
            return Ok(keep(app, event, before.clone()));
        }
        let bits = bits(app, event, layout).await?;
        let next = match (&before, &last) {
            (Some(before), _) => before.next(bits, now),
            // Redis forgot: what we told before must not be told under a lower version.
            (None, Some(last)) => Published { changes: Vec::new(), ..restart(last, bits, now) },
            (None, None) => Published { version: now, looked_at: now, bits, changes: Vec::new() },
        };
        if store::publish(redis, event, before.as_ref().map(|before| before.version), &next).await? {
            return Ok(keep(app, event, next));
        }
        last = known.last(event);
    }
    Err(StoreError::Unexpected("others publish the map all the time".to_owned()))
}

fn restart(last: &Published, bits: Vec<u8>, now: u64) -> Published {
    let version = now.max(last.version + 1);
    Published { version, looked_at: now, bits, changes: Vec::new() }
}

fn keep(app: &Booking, event: EventId, published: Published) -> Arc<Published> {
    let published = Arc::new(published);
    app.views.known.keep(event, Arc::clone(&published));
    published
}

/// Everything of `layout` but what is sold, being paid or held.
async fn bits(app: &Booking, event: EventId, layout: &Layout) -> Result<Vec<u8>, StoreError> {
    let mut taken = seats::taken(&app.catalog, event, app.clock.now()).await?;
    taken.extend(hold::store::held(&mut app.redis.clone(), event).await?);
    Ok(Snapshot::bits(layout, &taken))
}
