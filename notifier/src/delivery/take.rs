//! Takes what is due.

use platform::postgres::StoreError;

use super::{Delivery, store};
use crate::state::Notifier;

/// Leases the next messages that are due. Fewer than a whole batch means that no more are.
///
/// # Errors
/// The database did not answer; the next tick asks again.
pub async fn take(app: &Notifier) -> Result<Vec<Delivery>, StoreError> {
    let now = app.clock.now();
    store::take(&app.postgres, now, now + app.rules.lease, app.rules.batch).await
}
