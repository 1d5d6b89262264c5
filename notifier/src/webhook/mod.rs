//! Webhooks: what organizers asked to be told goes out by HTTP, as Standard Webhooks says. booking-api writes what is told
//! and who is told it in the transaction of what happened; here it is delivered, at least once, in no order.
//!
//! An endpoint that is slow or dead keeps nobody else waiting: each is worked on apart, a few notices at a time, and after
//! some failures in a row it is left alone for a while, then tried with one.

pub mod attempt;
pub mod forget;
pub mod request;
pub mod run;
pub mod send;
pub mod store;
pub mod switch_off;

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::{NoticeId, WebhookId},
    webhook::Secret,
};
use platform::{config::OutboundConfig, outbound::Reach};

use self::send::Client;
use crate::config::WebhookConfig;

/// One notice for one endpoint, leased to this process.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The endpoint.
    pub endpoint: WebhookId,
    /// The notice; `webhook-id` follows from it.
    pub notice: NoticeId,
    /// Where it goes.
    pub url: String,
    /// What signs: one secret, or two while they rotate.
    pub secrets: Vec<Secret>,
    /// The bytes.
    pub body: String,
    /// Which attempt this is, from 1. Also the fence.
    pub attempt: i32,
    /// Which one since it was last asked for, from 1.
    pub turn: i32,
}

/// How organizers are told.
#[derive(Clone)]
pub struct Webhooks {
    /// How patient we are.
    pub rules: Rules,
    /// What sends.
    pub client: Arc<Client>,
}

/// How patient we are.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How many endpoints are worked on at once.
    pub endpoints_at_once: usize,
    /// How many notices one endpoint gets at once.
    pub at_once: u16,
    /// How long a taken notice is left to its taker.
    pub lease: TimeDelta,
    /// How long an endpoint may fail before it is switched off.
    pub failing: TimeDelta,
    /// How long everything is kept.
    pub kept: TimeDelta,
}

impl Webhooks {
    /// What `config` says.
    ///
    /// # Errors
    /// When a lease is no longer than an attempt, or the certificates cannot be read.
    pub fn new(config: &WebhookConfig, outbound: OutboundConfig) -> anyhow::Result<Self> {
        anyhow::ensure!(
            config.webhook_lease > config.webhook_lasts,
            "the lease of webhooks must be longer than an attempt, or two copies would tell the same"
        );
        let reach = Reach { loopback: outbound.webhook_loopback };
        let client = Client::new(reach, config.webhook_lasts, config.webhook_roots.as_deref())?;
        Ok(Self {
            rules: Rules {
                endpoints_at_once: usize::from(config.webhook_endpoints_at_once.get()),
                at_once: config.webhook_at_once.get(),
                lease: TimeDelta::from_std(config.webhook_lease)?,
                failing: TimeDelta::from_std(config.webhook_failing)?,
                kept: TimeDelta::from_std(config.webhook_kept)?,
            },
            client: Arc::new(client),
        })
    }
}

/// The pauses after the first, second … attempt, in seconds: those that the standard proposes. All attempts together
/// last a little over three days.
const PAUSES: [i64; 9] = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600];

/// The longest pause that an endpoint may ask for.
const LONGEST_ASKED: TimeDelta = TimeDelta::hours(1);

/// The pause after attempt number `turn` (from 1) failed, or `None` when it was the last. `chance` (0 to 1) adds up to a
/// fifth, so that what failed together does not all come back together; `asked` is what the endpoint said by `Retry-After`.
pub fn pause_after(turn: i32, asked: Option<TimeDelta>, chance: f64) -> Option<TimeDelta> {
    let seconds = *PAUSES.get(usize::try_from(turn.checked_sub(1)?).ok()?)?;
    let whole = TimeDelta::seconds(seconds);
    let jitter = whole.to_std().unwrap_or_default().mul_f64(chance.clamp(0.0, 1.0) / 5.0);
    let own = whole + TimeDelta::from_std(jitter).unwrap_or_default();
    Some(own.max(asked.unwrap_or_default().min(LONGEST_ASKED)))
}

/// From so many failures in a row on an endpoint is left alone between attempts, and then gets one notice at a time.
pub const TIRED_AFTER: i32 = 5;

/// How long an endpoint is left alone after `failures` in a row: 30 s from [`TIRED_AFTER`] on, doubling to 15 min.
pub fn rest_after(failures: i32) -> Option<TimeDelta> {
    let doublings = u32::try_from(failures.checked_sub(TIRED_AFTER)?).ok()?.min(5);
    Some(TimeDelta::seconds(30 << doublings).min(TimeDelta::minutes(15)))
}

/// So many failures in a row are the least before an endpoint is switched off, however long they took.
pub const OFF_AFTER: i32 = 10;

/// Whether an endpoint that failed `failures` times in a row since `since` is given up.
pub fn is_hopeless(rules: &Rules, failures: i32, since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    failures >= OFF_AFTER && now - since >= rules.failing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_go_on_for_a_little_over_three_days() {
        let sum = |chance| (1..=9).filter_map(|turn| pause_after(turn, None, chance)).sum::<TimeDelta>();
        assert!(
            sum(0.0) >= TimeDelta::hours(72) && sum(1.0) <= TimeDelta::hours(92),
            "{} {}",
            sum(0.0),
            sum(1.0)
        );
        assert_eq!(pause_after(1, None, 0.0), Some(TimeDelta::seconds(5)));
        assert_eq!(pause_after(1, None, 1.0), Some(TimeDelta::seconds(6)));
        assert_eq!(pause_after(10, None, 0.0), None);
        assert_eq!(pause_after(i32::MAX, None, 0.0), None);
    }

    #[test]
    fn an_endpoint_is_given_the_time_it_asks_for_up_to_an_hour() {
        let asked = |seconds| pause_after(2, Some(TimeDelta::seconds(seconds)), 0.0).unwrap().num_seconds();
        assert_eq!((asked(1), asked(900), asked(86_400)), (300, 900, 3600));
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_for_longer_and_longer() {
        let rest = |failures| rest_after(failures).map(|rest| rest.num_seconds());
        assert_eq!([4, 5, 6, 10, i32::MAX].map(rest), [None, Some(30), Some(60), Some(900), Some(900)]);
    }

    #[test]
    fn an_endpoint_is_given_up_after_days_and_many_failures_only() {
        let rules = Rules {
            endpoints_at_once: 1,
            at_once: 1,
            lease: TimeDelta::minutes(1),
            failing: TimeDelta::days(3),
            kept: TimeDelta::days(30),
        };
        let since = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let is = |failures, hours| is_hopeless(&rules, failures, since, since + TimeDelta::hours(hours));
        assert!(is(10, 72));
        assert!(!is(9, 720) && !is(1000, 71));
    }
}
