//! Who works for whom, as of a moment ago.

use std::{sync::Arc, time::Duration};

use contracts::{id::AccountId, team::Member};
use moka::future::Cache;
use platform::postgres::StoreError;

use super::store;
use crate::state::Booking;

/// How old it may be: a role that is taken away is gone everywhere after this long and the time of an answer, and in the copy that
/// took it sooner.
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

impl Teams {
    /// Has the next who asks about `account` look again.
    pub async fn forget(&self, account: AccountId) {
        self.0.invalidate(&account).await;
    }
}

/// For whom `account` works.
///
/// # Errors
/// When the database is away: nobody works for others then.
pub async fn teams(app: &Booking, account: AccountId) -> Result<Arc<Vec<Member>>, StoreError> {
    let look = async { store::teams(&app.catalog, account).await.map(Arc::new) };
    app.teams.0.try_get_with(account, look).await.map_err(|error| StoreError::Unexpected(error.to_string()))
}
