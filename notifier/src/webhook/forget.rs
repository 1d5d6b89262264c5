//! What was told long ago is forgotten, with its log; removed endpoints go once nothing of theirs is left.

use platform::telemetry::Chain;

use super::store;
use crate::state::Notifier;

/// How many notices one look forgets.
const MOST: i64 = 1000;

/// Forgets once.
pub async fn tick(app: &Notifier) {
    let before = app.clock.now() - app.webhooks.rules.kept;
    if let Err(error) = store::forget(&app.postgres, before, MOST).await {
        tracing::warn!(error = %Chain(&error), "what was told long ago is not forgotten");
    }
}
