//! An organizer says how they want to be seen.

use contracts::message::Brand;
use platform::postgres::{self, StoreError};
use tracing::instrument;

use super::{read, store};
use crate::{
    audit::{self, Actor, Did},
    invalid::Invalid,
    state::Booking,
};

/// Why nothing is different.
#[derive(Debug, thiserror::Error)]
pub enum PutBrandError {
    /// It cannot be.
    #[error("the brand is not valid")]
    Invalid(#[from] Invalid),
    /// The database failed.
    #[error("writing how an organizer is seen failed")]
    Store(#[from] StoreError),
}

/// Says all of it anew. Mails that are written from now on show it.
///
/// # Errors
/// [`PutBrandError`].
#[instrument(name = "brand.put", skip_all)]
pub async fn put(app: &Booking, by: &Actor, written: Brand) -> Result<Brand, PutBrandError> {
    let brand = read(written)?;
    let mut tx = postgres::begin(&app.postgres).await?;
    audit::store::alone(&mut tx, "brand.put", by.organizer).await?;
    let before = store::find(&mut *tx, by.organizer).await?;
    store::put(&mut tx, by.organizer, &brand).await?;
    let did = Did::new("brand.put", by.organizer).between(&before, &brand);
    audit::store::append(&mut tx, by, did).await?;
    postgres::commit(tx).await?;
    Ok(brand)
}
