//! What the notifier counts. The questions: do fans get their mails, how soon, and is something stuck?

use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, describe_counter, describe_histogram, histogram};

/// Attempts to send. Label `outcome`: delivered, retried.
pub const ATTEMPTS: &str = "notifier_delivery_attempts_total";
/// Messages set aside: someone must look. Label `cause`: poison, exhausted, refused, late.
pub const GIVEN_UP: &str = "notifier_delivery_given_up_total";
/// From the commit of what is told to the server's acceptance of the mail.
pub const DELAY_SECONDS: &str = "notifier_delivery_delay_seconds";
/// Ticks at which the outbox could not be read.
pub const STORE_FAILURES: &str = "notifier_delivery_store_failures_total";

/// Attempts to tell an endpoint something. Label `outcome`: delivered, retried, failed.
pub const WEBHOOK_ATTEMPTS: &str = "notifier_webhook_attempts_total";
/// Endpoints that were switched off. Label `cause`: gone, failing.
pub const WEBHOOKS_OFF: &str = "notifier_webhook_switched_off_total";
/// Addresses that were not called because they are not public: somebody tries something, or errs.
pub const WEBHOOKS_REFUSED: &str = "notifier_webhook_refused_address_total";

/// Tells the exporter what the names mean.
pub fn describe() {
    describe_counter!(ATTEMPTS, "Attempts to send a message, by outcome");
    describe_counter!(GIVEN_UP, "Messages set aside: refused for good, tried too often, or unreadable");
    describe_histogram!(DELAY_SECONDS, metrics::Unit::Seconds, "From the commit to the accepted mail");
    describe_counter!(STORE_FAILURES, "Failures to read or write the outbox");
    describe_counter!(WEBHOOK_ATTEMPTS, "Attempts to tell an endpoint something, by outcome");
    describe_counter!(WEBHOOKS_OFF, "Endpoints switched off, by cause");
    describe_counter!(WEBHOOKS_REFUSED, "Addresses not called because they are not public");
}

pub(crate) fn delivered(created_at: DateTime<Utc>, now: DateTime<Utc>) {
    counter!(ATTEMPTS, "outcome" => "delivered").increment(1);
    let delay = (now - created_at).max(TimeDelta::zero()).to_std().unwrap_or_default();
    histogram!(DELAY_SECONDS).record(delay.as_secs_f64());
}

pub(crate) fn retried() {
    counter!(ATTEMPTS, "outcome" => "retried").increment(1);
}

pub(crate) fn given_up(cause: &'static str) {
    counter!(GIVEN_UP, "cause" => cause).increment(1);
}

pub(crate) fn store_failed() {
    counter!(STORE_FAILURES).increment(1);
}

pub(crate) fn webhook_attempted(outcome: &'static str) {
    counter!(WEBHOOK_ATTEMPTS, "outcome" => outcome).increment(1);
}

pub(crate) fn webhook_switched_off(cause: &'static str) {
    counter!(WEBHOOKS_OFF, "cause" => cause).increment(1);
}

pub(crate) fn webhook_address_refused() {
    counter!(WEBHOOKS_REFUSED).increment(1);
}
