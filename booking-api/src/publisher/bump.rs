//! Venues and performers with so many events that one transaction would be too long.

use platform::{
    postgres::{self, StoreError},
    telemetry::Chain,
};

use super::store;
use crate::state::Booking;

/// Goes on with what is to be done until nothing is, or something fails.
pub async fn tick(app: &Booking) {
    loop {
        match step(app).await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "raising the versions of many events stopped");
                return;
            }
        }
    }
}

/// Raises the versions of the next thousand events of one job; `false` when there is no job that nobody works on.
///
/// # Errors
/// When the database fails; the job stays where it was.
pub async fn step(app: &Booking) -> Result<bool, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let Some(job) = store::take_job(&mut tx).await? else { return Ok(false) };
    let last = store::bump_next(&mut tx, &job).await?;
    store::advance_job(&mut tx, &job, last).await?;
    postgres::commit(tx).await?;
    Ok(true)
}
