//! The budgets of guesses at the codes that organizers give out.

use std::time::Duration;

use platform::{
    budget::{Budget, Turn, budget},
    http::one_network,
    postgres::StoreError,
    redis::Redis,
};

use super::guess::{Guesser, PER_ACCOUNT, PER_ADDRESS};

/// In how long the budgets are full again.
const MINUTE: Duration = Duration::from_mins(1);

/// Takes one guess from the budgets of `guesser` (with `take`, or else only looks), and tells after how many milliseconds
/// there is one again: 0 when there was one. After an error a guess may have been taken.
///
/// # Errors
/// When Redis fails.
pub async fn guess(redis: &mut Redis, guesser: &Guesser, take: bool) -> Result<u64, StoreError> {
    let mut budgets = vec![Budget::new(&format!("account:{}", guesser.account), PER_ACCOUNT, MINUTE)];
    if let Some(address) = guesser.address {
        budgets.push(Budget::new(&format!("address:{}", one_network(address)), PER_ADDRESS, MINUTE));
    }
    budget(redis, &budgets, if take { Turn::Take } else { Turn::Look }).await
}
