//! Waits until what the fans set going has come to rest, then reads everything.

use std::time::Duration;

use anyhow::Result;
use tokio::time::{Instant, sleep};

use super::{Facts, store::Stores};
use crate::fan::Stage;

/// Reads until nothing is under way any more, at most for `limit`; what is still under way then is found by the rules.
///
/// # Errors
/// When something cannot be read.
pub async fn settle(stores: &Stores, stage: &Stage, limit: Duration) -> Result<Facts> {
    let began = Instant::now();
    loop {
        let facts = stores.read(stage).await?;
        if is_at_rest(&facts, stage) || began.elapsed() > limit {
            return Ok(facts);
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// No payment under way, no hold, no mail missing.
fn is_at_rest(facts: &Facts, stage: &Stage) -> bool {
    super::money::settled(facts).breaches == 0
        && super::sale::holds_gone(facts).breaches == 0
        && super::mail::one_each(facts, stage).breaches == 0
}
