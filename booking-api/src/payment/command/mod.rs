//! Capturing, voiding and refunding: repeated until the provider has done it, or refused for good.

mod together;

use std::time::Duration;

use futures_util::{StreamExt, stream};
use platform::{
    lifecycle::Lifecycle,
    postgres::{self, StoreError},
    telemetry::Chain,
};
use tracing::instrument;

pub use self::together::Capturing;
use super::{AttemptState, Command, CommandKind, Provider, ProviderError, Standing, lease, pause, store};
use crate::{
    metrics, mirror,
    order::{
        self, Order,
        captured::{self, CapturedError},
    },
    refund::end,
    state::Booking,
};

/// How often we look when nothing rings.
const PERIOD: Duration = Duration::from_millis(250);
/// How many commands one tick takes, and how many of them it carries out side by side.
const TAKE: i64 = 64;
const SIDE_BY_SIDE: usize = 16;
/// What the history says of an order whose payment was taken.
const CAPTURED: &str = "the payment was captured";
/// The pauses after a failure.
const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_mins(1);

/// Why a command was left for later.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The provider gave no answer of use.
    #[error("the provider was told in vain")]
    Provider(#[from] ProviderError),
    /// The order could not follow.
    #[error("the order could not follow its payment")]
    Order(#[from] CapturedError),
    /// The database failed.
    #[error("a command could not be read or written")]
    Store(#[from] StoreError),
}

/// Carries out every command that is due; returns how many there were.
pub async fn tick(app: &Booking) -> usize {
    let now = app.clock.now();
    let due = match store::command::due(&app.postgres, now, lease(now), TAKE).await {
        Ok(due) => due,
        Err(error) => {
            tracing::warn!(error = %Chain(&error), "commands that are due could not be read");
            return 0;
        }
    };
    let count = due.len();
    stream::iter(due).for_each_concurrent(SIDE_BY_SIDE, async |command| work(app, &command).await).await;
    count
}

async fn work(app: &Booking, command: &Command) {
    let Err(error) = carry_out(app, command).await else { return };
    ::metrics::counter!(metrics::PAYMENT_COMMANDS_TOTAL, "kind" => command.kind.name(), "outcome" => "failed")
        .increment(1);
    tracing::warn!(payment.command = command.kind.name(), error = %Chain(&error), "a command will be tried again");
    let at = app.clock.now() + pause(FIRST, LONGEST, command.tries);
    let why = Chain(&error).to_string();
    if let Err(error) = store::command::try_later(&app.postgres, command.id, &why, at).await {
        tracing::warn!(error = %Chain(&error), "the next try of a command comes when its lease ends");
    }
}

/// Tells the provider, then writes what came of it with the order in one transaction. Safe to repeat: the provider
/// knows the command by its key, and what has ended is not ended again.
///
/// # Errors
/// [`CommandError`]: try again later.
#[instrument(name = "payment.command", skip_all, fields(payment.command = command.kind.name()))]
pub async fn carry_out(app: &Booking, command: &Command) -> Result<(), CommandError> {
    let (outcome, why) = match app.payments.providers.command(command).await {
        Ok(()) => (Outcome::Done, None),
        Err(ProviderError::Refused { status, standing }) => {
            (Outcome::Refused(standing), Some(format!("refused with {status}, {standing:?}")))
        }
        Err(error) => return Err(error.into()),
    };
    let is_capture = (command.kind, outcome) == (CommandKind::Capture, Outcome::Done);
    if let Some(of) = command.attempt.filter(|_| is_capture)
        && together::write(app, command.id, of).await
    {
        count(command, outcome);
        return Ok(());
    }
    let now = app.clock.now();
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = match command.attempt {
        Some((event, order, _)) => order::store::lock(&mut tx, event, order).await?,
        None => None,
    };
    if store::command::end(&mut tx, &[command.id], why.as_deref(), now).await?.is_empty() {
        return Ok(());
    }
    if let Some(order) = &order {
        follow(app, &mut tx, command, order, outcome).await?;
    }
    postgres::commit(tx).await?;
    count(command, outcome);
    if let Some(order) = order {
        mirror::apply::follow(app, order.event).await;
        app.payments.commands.notify_one();
    }
    Ok(())
}

fn count(command: &Command, outcome: Outcome) {
    ::metrics::counter!(metrics::PAYMENT_COMMANDS_TOTAL, "kind" => command.kind.name(), "outcome" => outcome.name())
        .increment(1);
}

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Done,
    /// For good; the authorization stands here, where the provider says so.
    Refused(Option<Standing>),
}

impl Outcome {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused(_) => "refused",
        }
    }
}

/// What the outcome means for attempt and order.
async fn follow(
    app: &Booking,
    tx: &mut postgres::Tx,
    command: &Command,
    order: &Order,
    outcome: Outcome,
) -> Result<(), CommandError> {
    let attempts = store::attempts(tx, order.event, &[order.id]).await?;
    let n = command.attempt.map(|(_, _, n)| n);
    let Some(attempt) = attempts.into_iter().find(|attempt| Some(attempt.n) == n) else { return Ok(()) };
    let now = app.clock.now();
    if let Some(refund) = command.refund {
        let refused = match outcome {
            Outcome::Done => None,
            Outcome::Refused(standing) => Some(standing),
        };
        return Ok(end::end(app, tx, order, &attempt, refund.id, refused).await?);
    }
    match (command.kind, outcome) {
        (CommandKind::Capture, Outcome::Done) => {
            store::decide(tx, &attempt, AttemptState::Captured, None).await?;
            captured::captured(app, tx, &[order], CAPTURED).await?;
        }
        (CommandKind::Capture, Outcome::Refused(_)) => {
            // Harmless where the provider has let it go itself, and needed where it has not.
            store::decide(tx, &attempt, AttemptState::Voiding, None).await?;
            let (provider, of) = (command.provider, &command.authorization);
            store::command::insert(tx, provider, of, CommandKind::Void, Some(&attempt), now).await?;
            captured::refused(app, tx, order).await?;
        }
        (CommandKind::Void, Outcome::Refused(Some(Standing::Captured))) => {
            let (provider, of) = (command.provider, &command.authorization);
            store::command::insert(tx, provider, of, CommandKind::Refund, Some(&attempt), now).await?;
        }
        (CommandKind::Void, Outcome::Refused(Some(Standing::Declined))) => {
            store::decide(tx, &attempt, AttemptState::Declined, None).await?;
        }
        (CommandKind::Void, _) => store::decide(tx, &attempt, AttemptState::Voided, None).await?,
        (CommandKind::Refund, Outcome::Done) => {
            store::decide(tx, &attempt, AttemptState::Refunded, None).await?;
            captured::refunded(app, tx, order).await?;
        }
        (CommandKind::Refund, Outcome::Refused(standing)) => {
            tracing::error!(order.id = %order.id, ?standing, "a refund was refused: somebody must look at it");
        }
    }
    Ok(())
}

/// Ticks when a command was committed, and every so often, until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(async move {
        loop {
            let rung = tokio::time::timeout(PERIOD, app.payments.commands.notified());
            if stopping.run_until_cancelled(rung).await.is_none() {
                return;
            }
            while tick(&app).await > 0 && !stopping.is_cancelled() {}
        }
    });
}
