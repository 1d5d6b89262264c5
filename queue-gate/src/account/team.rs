//! Who works for an organizer, as of a moment ago: booking-api owns it, the gate reads it.

use std::{sync::Arc, time::Duration};

use contracts::{
    id::{AccountId, EventId, RoomId},
    team::{Member, Scope},
};
use moka::future::Cache;
use platform::postgres::StoreError;

use super::store;
use crate::state::Gate;

/// How old it may be: a role that is taken away steers no room after this long and the time of an answer.
const FRESH: Duration = Duration::from_secs(1);
/// The most accounts that are known.
const ACCOUNTS: u64 = 10_000;

/// The teams of accounts.
pub struct Teams(Cache<AccountId, Arc<Vec<Member>>>);

impl Default for Teams {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(ACCOUNTS).time_to_live(FRESH).build())
    }
}

/// For whom `account` works.
///
/// # Errors
/// When PostgreSQL is away: nobody works for others then.
pub async fn teams(gate: &Gate, account: AccountId) -> Result<Arc<Vec<Member>>, StoreError> {
    let look = async { store::teams(&gate.postgres, account).await.map(Arc::new) };
    let found = gate.teams.0.try_get_with(account, look).await;
    found.map_err(|error| StoreError::Unexpected(error.to_string()))
}

/// The event that the room `id` guards; asked of PostgreSQL only for those who work for some events, and about rooms that
/// live no longer.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn event(gate: &Gate, id: RoomId, scope: &Scope) -> Result<Option<EventId>, StoreError> {
    match (gate.rooms.get(id), scope) {
        (Some(room), _) => Ok(Some(room.event)),
        (None, Scope::All) => Ok(None),
        (None, Scope::Events(_)) => store::event(&gate.postgres, id).await,
    }
}
