//! Asking again and again, for whom neither a WebSocket nor events come about: each question waits for its answer.

use std::time::Duration;

use super::listen::{Listener, Told};

/// How long a question waits; shorter than the patience of any proxy that we know.
pub const PATIENCE: Duration = Duration::from_secs(25);

/// What became of a question.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The next frame.
    Frame(Told),
    /// Nothing new; ask again.
    Nothing,
    /// The visitor has newer connections.
    Crowded,
    /// The gate stops; ask again, it will be another.
    Stopping,
}

/// Waits for what comes after the frame that was seen, for `patience` at most. The seat is given up when this ends or is dropped.
pub async fn wait(mut listener: Listener, patience: Duration) -> Answer {
    let stopping = listener.gate().lifecycle.stopping();
    tokio::select! {
        () = stopping.cancelled() => Answer::Stopping,
        told = listener.next() => match told {
            Some(told) => Answer::Frame(told),
            None if listener.is_crowded() => Answer::Crowded,
            None => Answer::Nothing,
        },
        () = tokio::time::sleep(patience) => Answer::Nothing,
    }
}
