//! Freeing what nobody uses: the slot of a fan whose session ended with neither hold nor order, and the holds of a fan who
//! left.
//!
//! A session that looks idle only because Redis lost its hold keeps its slot to the recorded end: the fan carries the
//! record of the hold and may still confirm.

use std::time::Duration;

use chrono::TimeDelta;
use contracts::release::ReleaseCause;
use metrics::counter;
use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

use super::{
    release,
    store::{self, Closed},
};
use crate::{
    admission::{self, store::Finished},
    metrics::IDLE_TOTAL,
    mirror::{
        self, Life,
        rebuild::{self, RebuildError},
    },
    outbox,
    state::Booking,
};

/// How often we look.
const PERIOD: Duration = Duration::from_secs(1);
/// How many sessions are read at once.
const PAGE: i64 = 500;
/// By how much clocks may differ: a session is over only then, and a life of Redis older only then.
const MARGIN: TimeDelta = TimeDelta::seconds(2);
/// How far back leaving is looked for; releasing again changes nothing.
const LEFT_WITHIN: TimeDelta = TimeDelta::seconds(30);

/// Looks once at all sessions that are over, and at those whose fans left.
pub async fn tick(app: &Booking) {
    if let Err(error) = finished(app).await {
        tracing::warn!(error = %Chain(&error), "sessions that are over could not be looked at");
    }
    if let Err(error) = left(app).await {
        tracing::warn!(error = %Chain(&error), "what fans held who left stays until it ends by itself");
    }
}

async fn finished(app: &Booking) -> Result<(), StoreError> {
    let now = app.clock.now() - MARGIN;
    let mut last: Option<Finished> = None;
    loop {
        let page = admission::store::finished(&app.postgres, now, last.as_ref(), PAGE).await?;
        for session in &page {
            free(app, session).await?;
        }
        last = page.last().copied();
        if i64::try_from(page.len()).unwrap_or(i64::MAX) < PAGE {
            return Ok(());
        }
    }
}

/// Frees the slot of a session that is over if it left nothing behind; reserving is closed to its pass first, so that
/// it cannot hold anything meanwhile. Safe to repeat.
///
/// # Errors
/// When a store failed; the slot is freed later.
#[instrument(name = "hold.idle", skip_all, fields(event.id = %session.event, pass.id = %session.pass))]
pub async fn free(app: &Booking, session: &Finished) -> Result<(), StoreError> {
    let Finished { event, room, pass, .. } = *session;
    let redis = &mut app.redis.clone();
    let mut closed = store::close(redis, event, pass).await?;
    if closed == Closed::Rebuild {
        match rebuild::ensure(app, event).await {
            Ok(_) => closed = store::close(redis, event, pass).await?,
            Err(RebuildError::Rebuilding(_)) => return Ok(()),
            Err(RebuildError::Store(error)) => return Err(error),
        }
    }
    let Closed::Idle { epoch } = closed else { return Ok(()) };
    let knows = match mirror::store::life(&app.postgres, event, epoch).await? {
        Some(Life::First) => true,
        Some(Life::Since(Some(began_at))) => began_at + MARGIN <= session.began_at,
        Some(Life::Since(None)) | None => false,
    };
    if !knows {
        return Ok(());
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    if admission::store::is_paying(&mut tx, event, pass).await? {
        return Ok(());
    }
    outbox::store::release_slots(&mut tx, &[(room, pass)], ReleaseCause::Idle, app.clock.now()).await?;
    postgres::commit(tx).await?;
    counter!(IDLE_TOTAL).increment(1);
    tracing::info!("a session ended with neither hold nor order: its slot is free");
    Ok(())
}

async fn left(app: &Booking) -> Result<(), StoreError> {
    for (event, pass) in admission::store::left(&app.postgres, app.clock.now() - LEFT_WITHIN).await? {
        release::leave_with(app, event, pass).await?;
    }
    Ok(())
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || tick(&app).await));
}
