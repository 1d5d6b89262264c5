//! What can be had, told as it changes: server-sent events, each with the version as its id, so that who comes back goes
//! on where they were.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, stream};

use super::hub::Listening;
use crate::seat::{
    Layout,
    handler::{AvailabilityView, Told},
};

/// How often silence is broken, so that nobody in between takes the connection for dead.
const COMMENT: Duration = Duration::from_secs(15);
/// The longest that one connection lasts; the browser comes back by itself.
const LONGEST: Duration = Duration::from_mins(15);

/// One who is connected.
struct Listener {
    listening: Listening,
    layout: Arc<Layout>,
    told: Told,
    until: tokio::time::Instant,
}

/// Tells what is known at once, and then what changes, until the service stops, the pass ends (`lasts`) or a quarter of an
/// hour is over.
pub fn stream(
    listening: Listening,
    layout: Arc<Layout>,
    since: Option<u64>,
    lasts: Option<Duration>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let until = tokio::time::Instant::now() + lasts.unwrap_or(LONGEST).min(LONGEST);
    let listener = Listener { listening, layout, told: Told::since(since), until };
    let events = stream::unfold(listener, async |mut listener| {
        loop {
            let view = {
                let seen = listener.listening.borrow_and_update();
                seen.as_ref()
                    .and_then(|seen| AvailabilityView::news(&listener.layout, seen, &mut listener.told))
            };
            if let Some(view) = view {
                return Some((Ok(event(&view)), listener));
            }
            match tokio::time::timeout_at(listener.until, listener.listening.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return None,
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(COMMENT))
}

fn event(view: &AvailabilityView) -> Event {
    let event = Event::default().id(view.version().to_string()).event("availability");
    event.json_data(view).unwrap_or_default()
}
