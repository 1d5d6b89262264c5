//! Calendars: dates of the past moved into the coming year, and local times turned into instants.

use chrono::{DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The first date after `today` that is `date` moved by whole years; a date that is after `today` anyway stays.
/// The 29th of February becomes the 28th in years that have none.
pub(crate) fn after(date: NaiveDate, today: NaiveDate) -> NaiveDate {
    let years = (today.year() - date.year()).max(0);
    (years..=years.saturating_add(1))
        .map(|years| in_year(date, date.year().saturating_add(years)))
        .find(|moved| *moved > today)
        .unwrap_or(date)
}

fn in_year(date: NaiveDate, year: i32) -> NaiveDate {
    date.with_year(year).or_else(|| date.pred_opt()?.with_year(year)).unwrap_or(date)
}

/// The instant at which clocks in `zone` show that date and time. Of two such instants (clocks go back) the
/// earlier; where there is none (clocks go forward) the first after the gap.
pub(crate) fn instant(date: NaiveDate, time: NaiveTime, zone: Tz) -> DateTime<Utc> {
    let shown = date.and_time(time);
    // The longest gap on record is a whole day (the date line moved past Samoa in 2011).
    (0..=96)
        .filter_map(|quarters| shown.checked_add_signed(TimeDelta::minutes(15 * quarters)))
        .find_map(|shown| match zone.from_local_datetime(&shown) {
            LocalResult::Single(instant) | LocalResult::Ambiguous(instant, _) => Some(instant.to_utc()),
            LocalResult::None => None,
        })
        .unwrap_or_else(|| shown.and_utc())
}

/// Midnight UTC that begins the day, `days` after it.
pub(crate) fn midnight(day: NaiveDate, days: u64) -> DateTime<Utc> {
    day.checked_add_days(Days::new(days)).unwrap_or(day).and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_date_moves_by_whole_years_until_it_lies_ahead() {
        let today = day("2026-11-23");
        assert_eq!(after(day("2005-01-02"), today), day("2027-01-02"));
        assert_eq!(after(day("2005-12-24"), today), day("2026-12-24"));
        assert_eq!(after(day("2005-11-23"), today), day("2027-11-23"), "today is not ahead");
        assert_eq!(after(day("2030-05-01"), today), day("2030-05-01"), "the future stays");
    }

    #[test]
    fn a_leap_day_becomes_the_day_before_where_the_year_has_none() {
        assert_eq!(after(day("2012-02-29"), day("2026-11-23")), day("2027-02-28"));
        assert_eq!(after(day("2012-02-29"), day("2027-11-23")), day("2028-02-29"));
    }

    #[test]
    fn a_local_time_is_the_instant_of_its_zone() {
        let at =
            |date: &str, time: &str, zone: Tz| instant(day(date), time.parse().unwrap(), zone).to_rfc3339();
        assert_eq!(at("2026-12-24", "20:00:00", Tz::America__New_York), "2026-12-25T01:00:00+00:00");
        assert_eq!(at("2026-07-01", "20:00:00", Tz::Europe__Berlin), "2026-07-01T18:00:00+00:00");
        // Clocks go back at three: half past two comes twice. They go forward at two: half past two never comes.
        assert_eq!(at("2026-10-25", "02:30:00", Tz::Europe__Berlin), "2026-10-25T00:30:00+00:00");
        assert_eq!(at("2026-03-29", "02:30:00", Tz::Europe__Berlin), "2026-03-29T01:00:00+00:00");
        // The day that Samoa left out.
        assert_eq!(at("2011-12-30", "12:00:00", Tz::Pacific__Apia), "2011-12-30T10:00:00+00:00");
    }
}
