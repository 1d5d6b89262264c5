//! Putting seats back into the sale that were held back.

use contracts::id::OrderRef;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{Kind, store};
use crate::{
    audit::{self, Actor, Did},
    mirror,
    order::{
        self, IllegalStep, OrderEvent, OrderState,
        write::{self, StepError},
    },
    state::Booking,
    ticket,
};

/// Why they stay.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The event belongs to another organizer.
    #[error("the event is another organizer's")]
    NotYours,
    /// There is no such allocation.
    #[error("there is no such allocation")]
    Unknown,
    /// They are sold or given away: a refund takes them back.
    #[error(transparent)]
    Sold(#[from] IllegalStep),
    /// A store failed.
    #[error("releasing seats failed")]
    Store(#[from] StoreError),
}

impl From<StepError> for ReleaseError {
    fn from(error: StepError) -> Self {
        match error {
            StepError::Illegal(error) => Self::Sold(error),
            StepError::Store(error) => Self::Store(error),
        }
    }
}

/// Releases them; releasing again changes nothing.
///
/// # Errors
/// [`ReleaseError`].
#[instrument(name = "allocation.release", skip_all, fields(order.id = %of.order))]
pub async fn release(app: &Booking, by: &Actor, of: OrderRef) -> Result<(), ReleaseError> {
    let owner = ticket::store::owner(&app.postgres, of.event).await?.ok_or(ReleaseError::Unknown)?;
    if owner != by.organizer {
        return Err(ReleaseError::NotYours);
    }
    let mut tx = postgres::begin(&app.postgres).await?;
    let order = order::store::lock(&mut tx, of.event, of.order).await?.ok_or(ReleaseError::Unknown)?;
    let kind = store::kind(&mut tx, of.event, of.order).await?.ok_or(ReleaseError::Unknown)?;
    if kind == Kind::HeldBack && matches!(order.state, OrderState::Cancelled | OrderState::Expired) {
        return Ok(());
    }
    let now = app.clock.now();
    write::give_up_claims(&mut tx, &order, now).await?;
    write::step(&mut tx, &order, OrderEvent::Cancelled, "the organizer released the seats", now).await?;
    let did = Did::new("allocation.release", of).of(of.event).was("kind", kind);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    mirror::apply::follow(app, of.event).await;
    Ok(())
}
