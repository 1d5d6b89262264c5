//! The table `organizer_brand`.

use contracts::{id::AccountId, message::Brand};
use platform::postgres::{StoreError, Tx};
use sqlx::PgExecutor;

/// How `owner` wants to be seen.
///
/// # Errors
/// When the database fails.
pub async fn find(database: impl PgExecutor<'_>, owner: AccountId) -> Result<Brand, StoreError> {
    let brand = sqlx::query_as!(
        Brand,
        "select name, colour, reply_to, footer from organizer_brand where owner_id = $1",
        owner.uuid()
    );
    Ok(brand.fetch_optional(database).await?.unwrap_or_default())
}

/// Writes how `owner` wants to be seen.
///
/// # Errors
/// When the database fails.
pub async fn put(tx: &mut Tx, owner: AccountId, brand: &Brand) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into organizer_brand (owner_id, name, colour, reply_to, footer) values ($1, $2, $3, $4, $5)
         on conflict (owner_id) do update
         set name = excluded.name, colour = excluded.colour, reply_to = excluded.reply_to, footer = excluded.footer",
        owner.uuid(),
        brand.name,
        brand.colour,
        brand.reply_to,
        brand.footer
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
