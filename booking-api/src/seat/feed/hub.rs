//! Telling those who stay connected what changes: one look for all of them, and one text for all who know the same.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use contracts::id::EventId;
use platform::lifecycle::{Lifecycle, every};
use tokio::sync::watch;

use crate::{
    seat::availability::{self, Sight},
    state::Booking,
};

/// How often what can be had is looked at for those who are connected.
const PERIOD: Duration = Duration::from_millis(250);

/// How many may be connected to one copy of the service.
const LISTENERS: usize = 20_000;

/// Those who are connected, by event.
#[derive(Debug, Default)]
pub struct Hub(Mutex<HashMap<EventId, watch::Sender<Latest>>>);

/// What one who is connected listens to; it ends when the service stops.
pub type Listening = watch::Receiver<Latest>;

/// What was seen last.
pub type Latest = Option<Sight>;

impl Hub {
    /// Listens to what changes of `event`, which was `seen` so; none when too many listen already.
    pub fn listen(&self, event: EventId, seen: Sight) -> Option<Listening> {
        let mut hub = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let listeners: usize = hub.values().map(watch::Sender::receiver_count).sum();
        if listeners >= LISTENERS {
            return None;
        }
        let sender = hub.entry(event).or_insert_with(|| watch::Sender::new(Some(seen.clone())));
        if sender.receiver_count() == 0 {
            sender.send_replace(Some(seen));
        }
        Some(sender.subscribe())
    }

    /// The events that somebody listens to; the others are forgotten.
    fn wanted(&self) -> Vec<EventId> {
        let mut hub = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hub.retain(|_, sender| sender.receiver_count() > 0);
        hub.keys().copied().collect()
    }

    fn tell(&self, event: EventId, sight: Sight) {
        let hub = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = hub.get(&event) {
            sender.send_if_modified(|last| {
                let known = |sight: &Sight| (sight.seen.value.version, sight.seen.stale);
                let is_new = last.as_ref().is_none_or(|last| {
                    known(last) != known(&sight) || last.presale_until != sight.presale_until
                });
                *last = Some(sight);
                is_new
            });
        }
    }

    /// Ends all connections.
    pub fn close(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Looks once for all who are connected.
pub async fn tick(app: &Booking) {
    for event in app.views.hub.wanted() {
        // What cannot be looked at is told when it can.
        if let Ok(sight) = availability::sight(app, event).await {
            app.views.hub.tell(event, sight);
        }
    }
}

/// Ticks until told to stop; then everybody is let go.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    let (closing, stopped) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(every(stopping, PERIOD, async move || tick(&app).await));
    lifecycle.spawn(async move {
        stopped.cancelled().await;
        closing.views.hub.close();
    });
}
