//! Times, as a person at some place reads them: `at` is a time with a zone, such as
//! `at.with_timezone(&zone)` of a venue.

use chrono::{DateTime, Datelike, TimeZone, Timelike};
use contracts::language::Language;

use crate::format;

/// `Sunday, 20 June 2027`.
pub fn date<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "date", Names::Long)
}

/// `Sun, 20 Jun 2027`.
pub fn date_short<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "date_short", Names::Short)
}

/// `June 2027`.
pub fn month<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "month", Names::Long)
}

/// `20:05`.
pub fn clock<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "clock", Names::Short)
}

/// `Sunday, 20 June 2027 at 20:05`.
pub fn date_and_clock<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "both", Names::Long)
}

/// `Sun, 20 Jun 2027, 20:05`.
pub fn date_and_clock_short<Tz: TimeZone>(language: Language, at: &DateTime<Tz>) -> String {
    write(language, at, "both_short", Names::Short)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Long,
    Short,
}

fn write<Tz: TimeZone>(language: Language, at: &DateTime<Tz>, pattern: &str, names: Names) -> String {
    let format = format::of(language);
    let (months, days) = match names {
        Names::Long => (&format.months, &format.days),
        Names::Short => (&format.months_short, &format.days_short),
    };
    let nth = |names: &[&'static str], n: u32| {
        usize::try_from(n).ok().and_then(|n| names.get(n)).copied().unwrap_or_default().to_owned()
    };
    let local = at.naive_local();
    let parts = [
        ("weekday", nth(days, local.weekday().num_days_from_monday())),
        ("day", local.day().to_string()),
        ("month", nth(months, local.month0())),
        ("year", local.year().to_string()),
        ("hour", format!("{:02}", local.hour())),
        ("hour_bare", local.hour().to_string()),
        ("minute", format!("{:02}", local.minute())),
    ];
    format.write(pattern, |blank| {
        parts.iter().find(|(name, _)| *name == blank).map_or("", |(_, text)| text.as_str())
    })
}
