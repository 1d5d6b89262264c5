//! The budgets of guesses, in Redis: all copies of the service count together.

use std::sync::LazyLock;

use platform::{http::one_network, postgres::StoreError, redis::Redis};
use redis::Script;

use super::guess::{Guesser, PER_ACCOUNT, PER_ADDRESS};

static GUESS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/guess.lua")));

/// Takes one guess from the budgets of `guesser` (with `take`, or else only looks), and tells after how many milliseconds
/// there is one again: 0 when there was one. After an error a guess may have been taken.
///
/// # Errors
/// When Redis fails.
pub async fn guess(redis: &mut Redis, guesser: &Guesser, take: bool) -> Result<u64, StoreError> {
    let mut call = GUESS.key(format!("{{guess}}:account:{}", guesser.account));
    call.arg(i32::from(take)).arg(PER_ACCOUNT);
    if let Some(address) = guesser.address {
        call.key(format!("{{guess}}:address:{}", one_network(address))).arg(PER_ADDRESS);
    }
    Ok(call.invoke_async(redis).await?)
}
