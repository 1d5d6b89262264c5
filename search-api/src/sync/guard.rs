//! Watches the slot in every copy, whoever leads: how much of the log PostgreSQL keeps for it, and how much more it will
//! keep before it gives the slot up.

use std::time::Duration;

use platform::telemetry::Chain;

use super::{
    Sync,
    store::{self, Kept},
};
use crate::metrics;

/// How often it is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It is not there (yet), or has room enough.
    Fine,
    /// PostgreSQL keeps the log for it without an end: a copy that stays away fills the disk.
    Unbounded,
    /// More than half of what PostgreSQL keeps for a slot is used.
    Filling,
    /// PostgreSQL gives it up, or has.
    Lost,
}

/// How a slot is of which PostgreSQL says this.
pub fn judge(kept: Option<&Kept>) -> Health {
    match kept {
        Some(kept) if kept.status == "lost" || kept.status == "unreserved" => Health::Lost,
        Some(Kept { room: None, .. }) => Health::Unbounded,
        Some(Kept { bytes, room: Some(room), .. }) if bytes > room => Health::Filling,
        None | Some(_) => Health::Fine,
    }
}

/// Looks now and then, measures, and complains when it became worse.
pub(super) async fn watch(sync: &Sync) {
    let mut before = Health::Fine;
    loop {
        match store::kept(&sync.postgres, sync.number()).await {
            Ok(kept) => {
                let health = judge(kept.as_ref());
                if let Some(kept) = &kept {
                    metrics::kept(kept.bytes, kept.unconfirmed, kept.room);
                }
                if health != before {
                    complain(health, kept.as_ref());
                }
                before = health;
            }
            Err(error) => tracing::debug!(error = %Chain(&error), "the slot could not be looked at"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn complain(health: Health, kept: Option<&Kept>) {
    match health {
        Health::Fine => tracing::info!("the slot has room enough"),
        Health::Unbounded => tracing::warn!(
            "PostgreSQL keeps its log for the slot without an end: set max_slot_wal_keep_size, or a copy that stays away \
             fills the disk"
        ),
        Health::Filling => tracing::warn!(
            ?kept,
            "PostgreSQL will give the slot up soon: is Elasticsearch away? What is missed then is found by comparing"
        ),
        Health::Lost => tracing::error!(?kept, "PostgreSQL gives the slot up: everything will be compared"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_while_something_can_be_done() {
        let kept =
            |status: &str, bytes, room| Kept { status: status.to_owned(), bytes, unconfirmed: 0, room };
        assert_eq!(judge(None), Health::Fine);
        assert_eq!(judge(Some(&kept("reserved", 40, Some(60)))), Health::Fine);
        assert_eq!(judge(Some(&kept("extended", 60, Some(40)))), Health::Filling);
        assert_eq!(judge(Some(&kept("unreserved", 101, Some(-1)))), Health::Lost);
        assert_eq!(judge(Some(&kept("lost", 0, None))), Health::Lost);
        assert_eq!(judge(Some(&kept("reserved", 1, None))), Health::Unbounded);
    }
}
