//! Who shows a short token has read the answer that it came in, and with it the refresh token.

use contracts::session::Session;
use platform::telemetry::Chain;

use super::store;
use crate::state::Booking;

/// Writes down, once a refresh, that the owner of `session` has its tokens. Where that fails the refresh token before them is
/// good for a while longer, and the next copy that is asked tries again.
pub async fn confirm(app: &Booking, session: &Session) {
    let shown = (session.sid, session.rot);
    if session.rot == 0 || app.confirmed.contains_key(&shown) {
        return;
    }
    match store::confirm(&app.postgres, session.sid, session.rot).await {
        Ok(()) => app.confirmed.insert(shown, ()).await,
        Err(error) => tracing::debug!(error = %Chain(&error), "a session is confirmed later"),
    }
}
