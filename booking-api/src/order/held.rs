//! Finding the hold that is confirmed, also when Redis has forgotten it.

use contracts::{id::EventId, token};
use platform::postgres::StoreError;

use super::confirm::{Confirm, ConfirmError, Which};
use crate::{
    hold::{self, Hold, Record},
    mirror::rebuild::{self, RebuildError},
    state::Booking,
};

/// The hold, extended past the end of the claim that is about to begin. When Redis has lost it (its life is younger
/// than the hold) or cannot be reached, the record proves it and Postgres picks the winner (promise B2).
pub(super) async fn find(app: &Booking, event: EventId, asked: &Confirm) -> Result<Hold, ConfirmError> {
    let recorded = asked.record.as_deref().and_then(|record| recorded(app, record, asked));
    let epoch = match rebuild::ensure(app, event).await {
        Ok(epoch) => epoch,
        Err(RebuildError::Store(StoreError::Redis(error))) => {
            return recorded.ok_or(ConfirmError::Store(StoreError::Redis(error)));
        }
        Err(error) => return Err(error.into()),
    };
    let redis = &mut app.redis.clone();
    let id = match asked.which {
        Which::Hold(hold) => Some(hold.hold),
        Which::Ticket(of) => hold::store::find_by_ticket(redis, event, of.ticket).await?,
    };
    let found = match id {
        Some(id) => hold::store::find(redis, event, id).await?,
        None => None,
    };
    match found {
        Some(hold) if hold.about.account == asked.account => {
            if hold::extend::extend(app, &hold).await? {
                Ok(hold)
            } else {
                Err(ConfirmError::HoldExpired)
            }
        }
        Some(hold) => match (asked.which, recorded) {
            (Which::Ticket(_), Some(record)) if record.epoch < epoch => {
                tracing::info!(hold.id = %hold.id, "a hold of an earlier life of Redis meets a later one");
                Ok(record)
            }
            (Which::Ticket(of), _) => Err(ConfirmError::Taken(event, vec![of.ticket])),
            (Which::Hold(_), _) => Err(ConfirmError::NotYours),
        },
        None => recorded.filter(|record| record.epoch < epoch).ok_or(ConfirmError::HoldExpired),
    }
}

/// The hold that `record` proves, if it is the one that is asked for.
fn recorded(app: &Booking, record: &str, asked: &Confirm) -> Option<Hold> {
    let record = token::verify::<Record>(record, &app.keys.sessions.current(), app.clock.now()).ok()?;
    let hold = Hold::from(record);
    let is_meant = match asked.which {
        Which::Hold(of) => of == hold.reference(),
        Which::Ticket(of) => of.event == hold.about.event && hold.tickets.contains(&of.ticket),
    };
    (is_meant && hold.about.account == asked.account).then_some(hold)
}
