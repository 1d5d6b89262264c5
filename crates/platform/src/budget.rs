//! Budgets in Redis that refill evenly: all copies of a service count together.

use std::{sync::LazyLock, time::Duration};

use redis::Script;

use crate::{postgres::StoreError, redis::Redis};

static BUDGET: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("budget.lua")));

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
    let mut call = BUDGET.prepare_invoke();
    call.arg(turn.argument());
    for budget in budgets {
        let millis = u64::try_from(budget.period.as_millis()).unwrap_or(u64::MAX);
        call.key(&budget.key).arg(budget.most).arg(millis);
    }
    Ok(call.invoke_async(redis).await?)
}
