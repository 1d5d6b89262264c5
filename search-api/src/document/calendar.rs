//! The stretches of time in which an event is "today", "tomorrow", "this weekend": worked out once, by the calendar of
//! the venue, so that a query only asks in which stretch the present moment lies. So nobody's own time zone matters.

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeZone, Timelike, Utc, Weekday};
use chrono_tz::Tz;
use serde_json::{Value, json};

/// What begins from this hour on is in the evening; on Fridays it is the weekend.
const EVENING: u32 = 17;
/// What begins before this hour belongs to the night before.
const NIGHT_ENDS: u32 = 4;

/// The bounds of an event's day and week, as instants in milliseconds.
pub(super) fn stretches(starts_at: DateTime<Utc>, zone: Tz) -> Value {
    let local = starts_at.with_timezone(&zone);
    let (day, hour) = (local.date_naive(), local.hour());
    let monday = day - Days::new(day.weekday().num_days_from_monday().into());
    let at = |day: NaiveDate| midnight(day, zone);
    let weekend = match day.weekday() {
        Weekday::Sat | Weekday::Sun => true,
        Weekday::Fri => hour >= EVENING,
        _ => false,
    };
    let night = match hour {
        NIGHT_ENDS..EVENING => None,
        EVENING.. => Some(day),
        _ => Some(day - Days::new(1)),
    };
    json!({
        "dayBefore": at(day - Days::new(1)),
        "day": at(day),
        "dayAfter": at(day + Days::new(1)),
        "night": night.map(at),
        "weekBefore": at(monday - Days::new(7)),
        "week": at(monday),
        "weekAfter": at(monday + Days::new(7)),
        "weekend": weekend,
    })
}

/// When `day` begins; an hour later where the clocks jump over midnight.
fn midnight(day: NaiveDate, zone: Tz) -> i64 {
    let begins = day.and_hms_opt(0, 0, 0).unwrap_or_default();
    let exact = zone.from_local_datetime(&begins).earliest();
    let late = || zone.from_local_datetime(&(begins + chrono::TimeDelta::hours(1))).earliest();
    exact.or_else(late).map_or_else(|| begins.and_utc().timestamp_millis(), |at| at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(starts_at: &str, zone: Tz) -> Value {
        stretches(starts_at.parse().unwrap(), zone)
    }

    fn millis(text: &str) -> i64 {
        text.parse::<DateTime<Utc>>().unwrap().timestamp_millis()
    }

    #[test]
    fn days_and_weeks_begin_when_the_venue_says_so() {
        // Thursday, the last of the year, an hour before midnight in New York.
        let event = of("2027-01-01T04:00:00Z", Tz::America__New_York);
        assert_eq!(event["day"], millis("2026-12-31T05:00:00Z"));
        assert_eq!(event["dayAfter"], millis("2027-01-01T05:00:00Z"));
        assert_eq!(event["week"], millis("2026-12-28T05:00:00Z"));
        assert_eq!(event["night"], event["day"]);
        assert_eq!(event["weekend"], false);
    }

    #[test]
    fn the_night_goes_on_after_midnight_and_the_weekend_begins_on_friday_evening() {
        let event = |time: &str| of(time, Tz::UTC);
        assert_eq!(event("2026-12-05T02:00:00Z")["night"], millis("2026-12-04T00:00:00Z"));
        assert_eq!(event("2026-12-04T12:00:00Z")["night"], Value::Null);
        for (time, weekend) in [
            ("2026-12-04T16:59:00Z", false),
            ("2026-12-04T17:00:00Z", true),
            ("2026-12-06T23:00:00Z", true),
            ("2026-12-07T00:00:00Z", false),
        ] {
            assert_eq!(event(time)["weekend"], weekend, "{time}");
        }
    }

    #[test]
    fn a_day_without_midnight_begins_an_hour_later() {
        // In Cairo the clocks went from 23:59:59 to 01:00 on 2024-04-26.
        assert_eq!(of("2024-04-26T12:00:00Z", Tz::Africa__Cairo)["day"], millis("2024-04-25T22:00:00Z"));
    }
}
