//! Opening a door: a session for those who work at it.

use chrono::TimeDelta;
use contracts::{door::DoorPass, id::EventId, token};
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Door, store};
use crate::{
    audit::{self, Actor, Did},
    idempotency::{self, Done, Run},
    invalid::{Checks, Invalid},
    state::Booking,
    ticket,
};

/// The longest that a door stays open, in hours: a festival.
const LONGEST: i64 = 96;

/// Why no door was opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no such event.
    #[error("there is no such event")]
    UnknownEvent,
    /// It belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// The name or the time is none.
    #[error("the door is not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("opening a door failed")]
    Store(#[from] StoreError),
}

/// Opens a door for so many hours.
///
/// # Errors
/// [`OpenError`].
#[instrument(name = "door.open", skip_all, fields(event.id = %event))]
pub async fn open(
    app: &Booking,
    by: &Actor,
    event: EventId,
    (name, hours): (&str, i64),
    run: Option<&Run>,
    answer: impl Fn(&Door) -> Done + Send,
) -> Result<Done, OpenError> {
    let mut checks = Checks::default();
    checks.text(name, 100, "/name");
    checks.that((1..=LONGEST).contains(&hours), "/hours", format!("is 1 to {LONGEST}"));
    checks.done()?;
    let owner = ticket::store::owner(&app.postgres, event).await?.ok_or(OpenError::UnknownEvent)?;
    if owner != by.organizer {
        return Err(OpenError::NotYours);
    }
    let now = app.clock.now();
    let door = Door {
        event,
        id: app.ids.next(),
        name: name.to_owned(),
        created_at: now,
        expires_at: now + TimeDelta::hours(hours),
        revoked_at: None,
    };
    let mut tx = postgres::begin(&app.postgres).await?;
    store::insert(&mut tx, &door).await?;
    let did = Did::new("door.open", door.id).of(event).now("name", name).now("expiresAt", door.expires_at);
    audit::store::append(&mut tx, by, did).await?;
    let done = answer(&door);
    if let Some(run) = run {
        idempotency::store::finish(&mut tx, by.organizer, run, &done).await?;
    }
    postgres::commit(tx).await?;
    Ok(done)
}

/// The session of the door, as a signed token. The same door gives the same token.
pub fn pass(app: &Booking, door: &Door) -> String {
    let pass = DoorPass { jti: door.id, event: door.event, iat: door.created_at, exp: door.expires_at };
    token::sign(&pass, &app.keys.session)
}
