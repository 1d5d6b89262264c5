//! One attempt to deliver one message.

use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::message::{Message, SEALED_CODE, SignInCode};
use platform::{postgres::StoreError, sealed::NotOpen, telemetry::Chain};
use tracing::instrument;

use super::{Delivery, give_up, pause_after, store};
use crate::{
    email::{ComposeError, Email, transport::SendError},
    metrics,
    state::Notifier,
};

/// Why an attempt did not end with an accepted mail.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// No attempt will ever succeed: the body is not a message that this version knows.
    #[error("the body is not a message")]
    Unreadable(#[from] serde_json::Error),
    /// No attempt will ever succeed: no mail can be made of it.
    #[error("no mail can be made of the message")]
    Uncomposable(#[from] ComposeError),
    /// The transport did not accept it; a later attempt may do better.
    #[error("the mail was not accepted")]
    NotAccepted(#[from] SendError),
    /// The transport did not answer in time; it may have accepted.
    #[error("the mail server did not answer in time")]
    TimedOut,
    /// What it says is sealed under a key that we do not have yet, or any more.
    #[error("the message cannot be opened")]
    Sealed(#[from] NotOpen),
    /// What it says is not true any more.
    #[error("the message is not worth reading any more")]
    TooLate,
}

impl AttemptError {
    /// Whether trying again is pointless.
    pub fn is_poison(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Uncomposable(_))
    }

    /// Whether the mail server refused the mail for good.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NotAccepted(error) if error.is_for_good())
    }
}

/// Sends the message once and writes the outcome down. Safe to repeat: a repeated mail has the same `Message-ID`.
///
/// # Errors
/// The outcome could not be written; the message is due again when its lease ends.
#[instrument(name = "delivery.attempt", skip_all, fields(message.id = %delivery.id, delivery.attempt = delivery.attempt))]
pub async fn attempt(app: &Notifier, delivery: &Delivery) -> Result<(), StoreError> {
    if delivery.attempt > app.rules.attempts {
        // Its takers died before they could write down how it went.
        return give_up::exhausted(app, delivery, "no taker of the message lived to tell").await;
    }
    let Err(error) = send(app, delivery).await else { return delivered(app, delivery).await };
    let (why, is_poison, is_refusal) = (Chain(&error).to_string(), error.is_poison(), error.is_refusal());
    let is_late = matches!(error, AttemptError::TooLate);
    drop(error);
    if is_late {
        give_up::late(app, delivery).await
    } else if is_poison {
        give_up::poison(app, delivery, &why).await
    } else if is_refusal {
        give_up::refused(app, delivery, &why).await
    } else if delivery.attempt == app.rules.attempts {
        give_up::exhausted(app, delivery, &why).await
    } else {
        let pause = pause_after(delivery.attempt, app.chance());
        tracing::warn!(error = discreet(&why), delivery.pause = %pause, "a mail did not go out and is tried again");
        metrics::retried();
        store::retry(&app.postgres, delivery, app.clock.now() + pause, &why).await
    }
}

async fn send(app: &Notifier, delivery: &Delivery) -> Result<(), AttemptError> {
    let message: Message = serde::Deserialize::deserialize(&delivery.body)?;
    let message = opened(app, message)?;
    let ends = message.worth_reading(delivery.created_at);
    if ends.is_some_and(|ends| ends < app.clock.now()) {
        return Err(AttemptError::TooLate);
    }
    let mail =
        Email::about(&message, delivery.created_at)?.address(&app.from, delivery.id, delivery.created_at)?;
    let sent = app.transport.send(delivery.id, &mail);
    tokio::time::timeout(app.rules.attempt_lasts, sent).await.map_err(|_| AttemptError::TimedOut)??;
    Ok(())
}

/// The message with what was sealed in it.
fn opened(app: &Notifier, message: Message) -> Result<Message, AttemptError> {
    let Message::SignInCode(sealed) = message else { return Ok(message) };
    if !sealed.sealed {
        return Ok(Message::SignInCode(sealed));
    }
    let bytes = STANDARD.decode(&sealed.code).map_err(|_| NotOpen::NoKey)?;
    let code = app.seals.open(SEALED_CODE, sealed.to.email.as_bytes(), &bytes)?;
    let code = String::from_utf8_lossy(&code).into_owned();
    Ok(Message::SignInCode(SignInCode { code, sealed: false, ..sealed }))
}

async fn delivered(app: &Notifier, delivery: &Delivery) -> Result<(), StoreError> {
    let now = app.clock.now();
    if store::mark_delivered(&app.postgres, delivery, now).await? {
        metrics::delivered(delivery.created_at, now);
        tracing::info!("a mail was accepted");
    } else {
        tracing::warn!("a mail was accepted after its lease had ended: another copy may have sent it too");
    }
    Ok(())
}

/// The text without addresses, which servers like to repeat: logs name nobody.
pub(super) fn discreet(text: &str) -> String {
    let hide = |word: &str| if word.contains('@') { "(address)".to_owned() } else { word.to_owned() };
    text.split(' ').map(hide).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_names_nobody() {
        assert_eq!(discreet("550 <ada@example.com>: no such user"), "550 (address) no such user");
    }
}
