//! The charges in the tables `event` and `tier`.

use contracts::id::{EventId, TierId};
use platform::postgres::{StoreError, Tx};
use sqlx::PgConnection;

use super::{Charges, Rates};

/// The charges of the event.
///
/// # Errors
/// When the database fails.
pub async fn find(database: &mut PgConnection, event: EventId) -> Result<Option<Charges>, StoreError> {
    let row = sqlx::query!(
        "select fee_minor, fee_ppm, tax_ppm, tax_included from event where event_id = $1",
        event.uuid()
    )
    .fetch_optional(&mut *database)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let tiers = sqlx::query!(
        r#"select tier_id, fee_minor as "fee_minor!", fee_ppm as "fee_ppm!", tax_ppm as "tax_ppm!"
           from tier where event_id = $1 and fee_minor is not null order by rank, tier_id"#,
        event.uuid()
    )
    .fetch_all(database)
    .await?;
    let rates = |fee, fee_ppm, tax_ppm| Rates { fee, fee_ppm, tax_ppm };
    Ok(Some(Charges {
        event,
        rates: rates(row.fee_minor, row.fee_ppm, row.tax_ppm),
        tax_included: row.tax_included,
        tiers: tiers
            .into_iter()
            .map(|tier| (TierId::from(tier.tier_id), rates(tier.fee_minor, tier.fee_ppm, tier.tax_ppm)))
            .collect(),
    }))
}

/// Whether anybody ever ordered a ticket of the event.
///
/// # Errors
/// When the database fails.
pub async fn is_ordered(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from booking_order where event_id = $1) as "ordered!""#,
        event.uuid()
    )
    .fetch_one(&mut **tx)
    .await?)
}

/// Writes the charges of an event that is locked; the tiers that it has not are the answer.
///
/// # Errors
/// When the database fails.
pub async fn write(tx: &mut Tx, charges: &Charges) -> Result<Vec<TierId>, StoreError> {
    sqlx::query!(
        "update event set fee_minor = $2, fee_ppm = $3, tax_ppm = $4, tax_included = $5, version = version + 1
         where event_id = $1",
        charges.event.uuid(),
        charges.rates.fee,
        charges.rates.fee_ppm,
        charges.rates.tax_ppm,
        charges.tax_included
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update tier set fee_minor = null, fee_ppm = null, tax_ppm = null where event_id = $1 and fee_minor is not null",
        charges.event.uuid()
    )
    .execute(&mut **tx)
    .await?;
    let mut unknown = Vec::new();
    for (tier, rates) in &charges.tiers {
        let written = sqlx::query!(
            "update tier set fee_minor = $3, fee_ppm = $4, tax_ppm = $5 where event_id = $1 and tier_id = $2",
            charges.event.uuid(),
            tier.uuid(),
            rates.fee,
            rates.fee_ppm,
            rates.tax_ppm
        )
        .execute(&mut **tx)
        .await?;
        if written.rows_affected() == 0 {
            unknown.push(*tier);
        }
    }
    Ok(unknown)
}
