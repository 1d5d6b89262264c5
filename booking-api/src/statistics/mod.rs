//! What the database knows of how its tables are filled. A sale fills them within seconds, from nothing or to many times what they
//! had, and PostgreSQL's own look (autovacuum) comes once a minute: until then it takes an event's rows for few, whichever index
//! begins with the event for as good as the right one, and reads the whole sale for each order. So a table that grew much is
//! analysed at once.

pub mod store;

use std::time::Duration;

use platform::{
    lifecycle::{self, Lifecycle},
    postgres::{self, StoreError},
    telemetry::Chain,
};

use crate::state::Booking;

/// How often we look.
const PERIOD: Duration = Duration::from_secs(1);

/// Has the tables analysed that changed much since they were last; one copy of the service does it at a time. Returns which.
///
/// # Errors
/// When the database fails.
pub async fn tick(app: &Booking) -> Result<Vec<String>, StoreError> {
    let mut tx = postgres::begin(&app.postgres).await?;
    let changed = if store::alone(&mut tx).await? { store::changed(&mut tx).await? } else { Vec::new() };
    for table in &changed {
        store::analyse(&mut tx, table).await?;
        tracing::debug!(table, "a table that grew was analysed");
    }
    postgres::commit(tx).await?;
    Ok(changed)
}

/// Ticks until told to stop.
pub fn run(app: &Booking, lifecycle: &Lifecycle) {
    let (app, stopping) = (app.clone(), lifecycle.stopping());
    lifecycle.spawn(lifecycle::every(stopping, PERIOD, async move || {
        if let Err(error) = tick(&app).await {
            tracing::debug!(error = %Chain(&error), "the database learns later how its tables are filled");
        }
    }));
}
