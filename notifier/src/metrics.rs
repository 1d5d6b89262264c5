//! What the notifier counts. The questions: do fans get their mails, how soon, and is something stuck?

use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, describe_counter, describe_histogram, histogram};

/// Attempts to send. Label `outcome`: delivered, retried.
pub const ATTEMPTS: &str = "notifier_delivery_attempts_total";
/// Messages set aside: someone must look. Label `cause`: poison, exhausted.
pub const GIVEN_UP: &str = "notifier_delivery_given_up_total";
/// From the commit of what is told to the server's acceptance of the mail.
pub const DELAY_SECONDS: &str = "notifier_delivery_delay_seconds";
/// Ticks at which the outbox could not be read.
pub const STORE_FAILURES: &str = "notifier_delivery_store_failures_total";

/// Tells the exporter what the names mean.
pub fn describe() {
    describe_counter!(ATTEMPTS, "Attempts to send a message, by outcome");
    describe_counter!(GIVEN_UP, "Messages set aside after too many attempts or because they cannot be read");
    describe_histogram!(DELAY_SECONDS, metrics::Unit::Seconds, "From the commit to the accepted mail");
    describe_counter!(STORE_FAILURES, "Failures to read or write the outbox");
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
