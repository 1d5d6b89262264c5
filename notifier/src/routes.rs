//! Which path leads where.

use axum::{Router, routing::get};
use platform::{http::dress, lifecycle::Lifecycle};

use crate::{email::transport::Transport, mailbox, state::Notifier};

/// The routes: health always, the mails only where they are in a folder.
pub(crate) fn routes(app: &Notifier, lifecycle: &Lifecycle) -> Router {
    let routes = match &app.transport {
        Transport::Smtp(_) => Router::new(),
        Transport::Folder(folder) => Router::new()
            .route("/mail", get(mailbox::handler::list))
            .route("/mail/{name}", get(mailbox::handler::show))
            .with_state(folder.clone()),
    };
    dress(routes, lifecycle)
}
