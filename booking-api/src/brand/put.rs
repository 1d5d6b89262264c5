//! An organizer says how they want to be seen.

use contracts::{id::AccountId, message::Brand};
use platform::postgres::StoreError;
use tracing::instrument;

use super::{read, store};
use crate::{invalid::Invalid, state::Booking};

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
pub async fn put(app: &Booking, owner: AccountId, written: Brand) -> Result<Brand, PutBrandError> {
    let brand = read(written)?;
    store::put(&app.postgres, owner, &brand).await?;
    Ok(brand)
}
