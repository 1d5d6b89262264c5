//! The budgets of guesses, in Redis: all copies of the service count together.

use std::{sync::LazyLock, time::Duration};

use platform::{http::one_network, postgres::StoreError, redis::Redis};
use redis::Script;

use super::guess::{Guesser, PER_ACCOUNT, PER_ADDRESS};

static GUESS: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("lua/guess.lua")));

/// In how long the budgets of codes that organizers give out are full again.
const MINUTE: Duration = Duration::from_mins(1);

/// So many in a period, refilled evenly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    key: String,
    most: u32,
    period: Duration,
}

impl Budget {
    /// The budget called `name`.
    pub fn new(name: &str, most: u32, period: Duration) -> Self {
        Self { key: format!("{{guess}}:{name}"), most, period }
    }
}

/// What is done with budgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// One is taken from each, or none where one is spent.
    Take,
    /// It is looked whether one could be taken.
    Look,
    /// One is given back to each.
    GiveBack,
}

impl Turn {
    const fn argument(self) -> i32 {
        match self {
            Self::Take => 1,
            Self::Look => 0,
            Self::GiveBack => -1,
        }
    }
}

/// Takes one from `budgets`, looks at them, or gives one back, and tells after how many milliseconds each has one again: 0 when
/// they had. After an error one may have been taken.
///
/// # Errors
/// When Redis fails.
pub async fn budget(redis: &mut Redis, budgets: &[Budget], turn: Turn) -> Result<u64, StoreError> {
    let mut call = GUESS.prepare_invoke();
    call.arg(turn.argument());
    for budget in budgets {
        let millis = u64::try_from(budget.period.as_millis()).unwrap_or(u64::MAX);
        call.key(&budget.key).arg(budget.most).arg(millis);
    }
    Ok(call.invoke_async(redis).await?)
}

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
