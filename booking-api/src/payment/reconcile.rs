//! Sending attempts to the provider, and asking about those that stay silent. One loop does both, so that an attempt
//! whose process died right after the commit goes out all the same.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use platform::{lifecycle::Lifecycle, postgres::StoreError, telemetry::Chain};

use super::{Attempt, AttemptState, Provider, ProviderError, Standing, Told, known, lease, pause, store};
use crate::{
    metrics,
    order::{
        self,
        settle::{self, SettleError},
    },
    state::Booking,
};

/// How often we look when nothing rings.
const PERIOD: Duration = Duration::from_millis(250);
/// How many attempts one tick takes, and how many of them it works at side by side.
const TAKE: i64 = 64;
const SIDE_BY_SIDE: usize = 16;
/// The longest pause between two looks.
const LONGEST: Duration = Duration::from_mins(5);
/// The pause after a provider that did not answer.
const AFTER_SILENCE: Duration = Duration::from_millis(500);

/// Why an attempt was left for later.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// The provider gave no answer of use.
    #[error("the provider was asked in vain")]
    Provider(#[from] ProviderError),
    /// What it said could not be settled.
    #[error("the provider's answer could not be settled")]
    Settle(#[from] SettleError),
    /// The database failed.
    #[error("an attempt could not be read or written")]
    Store(#[from] StoreError),
}

/// Works at every attempt that is due; returns how many there were.
pub async fn tick(app: &Booking) -> usize {
    let now = app.clock.now();
    let due = match store::due(&app.postgres, now, lease(now), TAKE).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "attempts that are due could not be read");
            return 0;
        }
    };
    let orders: Vec<_> = due.iter().map(|attempt| (attempt.event, attempt.order)).collect();
    let wanted = match order::store::awaiting(&app.postgres, &orders, now).await {
        Ok(wanted) => wanted,
        Err(error) => {
            // They are due again when their lease ends.
            tracing::warn!(error = %Chain(&error), "orders of attempts could not be read");
            return 0;
        }
    };
    let count = due.len();
    let work = async |attempt: Attempt| work(app, &attempt, wanted.contains(&attempt.order)).await;
    stream::iter(due).for_each_concurrent(SIDE_BY_SIDE, work).await;
    count
}

async fn work(app: &Booking, attempt: &Attempt, wanted: bool) {
    let Err(error) = ask_where(app, attempt, wanted).await else { return };
    ::metrics::counter!(metrics::PAYMENT_LOOKS_TOTAL, "outcome" => "failed").increment(1);
    tracing::warn!(order.id = %attempt.order, error = %Chain(&error), "an attempt will be asked about again");
    let look = app.clock.now() + pause(AFTER_SILENCE, LONGEST, attempt.looks);
    if let Err(error) = store::look_later(&app.postgres, attempt, look).await {
        tracing::warn!(error = %Chain(&error), "the next look at an attempt comes when its lease ends");
    }
}

/// Sends `attempt` if it was never sent and its order still wants it; else asks what became of it. Safe to repeat, and
/// to be done by two copies: the provider knows the attempt by its key.
///
/// # Errors
/// [`ReconcileError`]: ask again later.
pub async fn ask(app: &Booking, attempt: &Attempt) -> Result<(), ReconcileError> {
    let of = [(attempt.event, attempt.order)];
    let wanted = order::store::awaiting(&app.postgres, &of, app.clock.now()).await?;
    ask_where(app, attempt, wanted.contains(&attempt.order)).await
}

/// The same, where it is known whether the order still wants it.
async fn ask_where(app: &Booking, attempt: &Attempt, wanted: bool) -> Result<(), ReconcileError> {
    let provider = &app.payments.providers;
    let told = match (attempt.state, &attempt.token) {
        (AttemptState::Created, Some(token)) if wanted => match provider.authorize(attempt, token).await {
            Ok(told) => {
                // One that is declined at once may have no name.
                if !told.id.is_empty() {
                    note(app, attempt, &told).await?;
                }
                Some(told)
            }
            // It never became an authorization, so there is nothing to void.
            Err(ProviderError::Refused { .. }) => None,
            Err(error) => return Err(error.into()),
        },
        _ => provider.find(attempt).await?,
    };
    ::metrics::counter!(metrics::PAYMENT_LOOKS_TOTAL, "outcome" => "answered").increment(1);
    match told {
        Some(told) if told.state == Standing::Pending => note(app, attempt, &told).await?,
        Some(told) => settle::settle(app, attempt.provider, &told, None).await?,
        None => settle::settle(app, attempt.provider, &never_heard_of(attempt), None).await?,
    }
    Ok(())
}

/// Notes that the provider has it; it is asked about again after some silence.
async fn note(app: &Booking, attempt: &Attempt, told: &Told) -> Result<(), StoreError> {
    let look = app.clock.now() + pause(app.config.payment_silence, LONGEST, attempt.looks - 1);
    // By our own name for it, whatever the provider repeats.
    let told = Told { reference: attempt.key.clone(), ..told.clone() };
    known::sent(app, attempt.provider, told, look).await
}

/// The provider knows nothing of the attempt, or would not have it: as good as declined.
fn never_heard_of(attempt: &Attempt) -> Told {
    Told {
        id: attempt.authorization.clone().unwrap_or_default(),
        reference: attempt.key.clone(),
        state: Standing::Declined,
        amount: attempt.amount,
        challenge: None,
    }
}

/// Ticks when an attempt was committed, and every so often, until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(async move {
        loop {
            let rung = tokio::time::timeout(PERIOD, app.payments.attempts.notified());
            if stopping.run_until_cancelled(rung).await.is_none() {
                return;
            }
            while tick(&app).await > 0 && !stopping.is_cancelled() {}
        }
    });
}
