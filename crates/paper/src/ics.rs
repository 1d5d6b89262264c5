//! An event for a calendar, as iCalendar (RFC 5545). The rules of the venue's time zone stand in the file, so that a
//! program which has none of its own shows the right hour, also beside a change of the clocks.

use chrono::{DateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetComponents, OffsetName, Tz};
use contracts::message::EventBrief;

/// How far around the event the rules of its time zone are told.
const AROUND: TimeDelta = TimeDelta::days(370);

/// The entry of `event`. `uid` stays the same for the same ticket or order, so that a calendar that takes the file in
/// twice has one entry; `stamp` is when what it says was written.
pub fn ics(event: &EventBrief, uid: &str, stamp: DateTime<Utc>, details: &[String], url: &str) -> String {
    let zone: Tz = event.time_zone.parse().unwrap_or(Tz::UTC);
    let local = event.starts_at.with_timezone(&zone).naive_local();
    // A local time that happens twice means its first occurrence there; the second can only be told in UTC.
    let is_plain = zone != Tz::UTC
        && zone.from_local_datetime(&local).earliest() == Some(event.starts_at.with_timezone(&zone));
    let start = if is_plain {
        format!("DTSTART;TZID={}:{}", zone.name(), local.format("%Y%m%dT%H%M%S"))
    } else {
        format!("DTSTART:{}", in_utc(event.starts_at))
    };
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Usher//Tickets//EN".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
    ];
    if is_plain {
        lines.extend(rules(zone, event.starts_at));
    }
    lines.extend([
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", text(uid)),
        format!("DTSTAMP:{}", in_utc(stamp)),
        start,
        format!("SUMMARY:{}", text(&event.title)),
        format!("LOCATION:{}", text(&format!("{}, {}", event.venue, event.city))),
        format!("DESCRIPTION:{}", text(&details.join("\n"))),
        format!("URL:{url}"),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ]);
    lines.iter().map(|line| folded(line)).collect()
}

fn in_utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// `VTIMEZONE`: the offset before, and every change of it, within [`AROUND`] of `at`.
fn rules(zone: Tz, at: DateTime<Utc>) -> Vec<String> {
    let offset = |at: DateTime<Utc>| zone.offset_from_utc_datetime(&at.naive_utc());
    let first = at - AROUND;
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{}", zone.name())];
    let seconds = |at: DateTime<Utc>| offset(at).fix().local_minus_utc();
    let mut tell = |onset: DateTime<Utc>, before: i32| {
        let here = offset(onset);
        let kind = if here.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
        let local = onset.naive_utc() + TimeDelta::seconds(before.into());
        lines.push(format!("BEGIN:{kind}"));
        lines.push(format!("DTSTART:{}", local.format("%Y%m%dT%H%M%S")));
        lines.push(format!("TZOFFSETFROM:{}", hours(before)));
        lines.push(format!("TZOFFSETTO:{}", hours(here.fix().local_minus_utc())));
        if let Some(name) = here.abbreviation() {
            lines.push(format!("TZNAME:{}", text(name)));
        }
        lines.push(format!("END:{kind}"));
    };
    tell(first, seconds(first));
    let mut day = first;
    while day < at + AROUND {
        let next = day + TimeDelta::days(1);
        if seconds(day) != seconds(next) {
            let (mut before, mut after) = (day, next);
            while after - before > TimeDelta::seconds(1) {
                let middle = before + (after - before) / 2;
                let middle = DateTime::from_timestamp(middle.timestamp(), 0).unwrap_or(middle);
                if seconds(middle) == seconds(day) { before = middle } else { after = middle }
            }
            let onset = DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after);
            tell(onset, seconds(day));
        }
        day = next;
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines
}

/// `+0530`, with seconds where there are any.
fn hours(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let all = seconds.abs();
    let (hours, minutes, rest) = (all / 3600, all / 60 % 60, all % 60);
    if rest == 0 {
        format!("{sign}{hours:02}{minutes:02}")
    } else {
        format!("{sign}{hours:02}{minutes:02}{rest:02}")
    }
}

/// A value of type TEXT (section 3.3.11); other control characters have no place in it.
fn text(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for letter in value.chars() {
        match letter {
            '\\' | ';' | ',' => escaped.extend(['\\', letter]),
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A content line of at most 75 octets, and what is left over on lines that begin with a space (section 3.1).
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut octets = 0;
    for letter in line.chars() {
        if octets + letter.len_utf8() > 75 {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(letter);
        octets += letter.len_utf8();
    }
    folded + "\r\n"
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;
    use icalendar::parser::{Component, read_calendar, unfold};

    use super::*;

    fn event(starts_at: &str, zone: &str) -> EventBrief {
        EventBrief {
            title: "Night; of \\ Strings, live".to_owned(),
            venue: "Harbour Hall".to_owned(),
            city: "Hamburg".to_owned(),
            starts_at: starts_at.parse().unwrap(),
            time_zone: zone.to_owned(),
            brand: None,
        }
    }

    fn made(starts_at: &str, zone: &str) -> String {
        let stamp = "2027-01-01T00:00:00Z".parse().unwrap();
        let details = ["Row C, seat 4".to_owned(), "Řada 5, místo 6, ".repeat(9)];
        ics(&event(starts_at, zone), "o@usher", stamp, &details, "https://usher.example/ticket/x")
    }

    fn value<'a>(of: &'a Component<'_>, name: &str) -> &'a str {
        of.find_prop(name).unwrap_or_else(|| panic!("no {name}")).val.as_ref()
    }

    fn local(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
    }

    fn offset(text: &str) -> TimeDelta {
        let number: i64 = text[1..].parse().unwrap();
        let seconds = number / 100 * 3600 + number % 100 * 60;
        TimeDelta::seconds(if text.starts_with('-') { -seconds } else { seconds })
    }

    /// When the file says that the event begins: read by another library, and by nothing but the rules in the file.
    fn read(file: &str) -> DateTime<Utc> {
        let plain = unfold(file);
        let calendar = read_calendar(&plain).unwrap();
        let part = |name: &str| calendar.components.iter().find(|part| part.name == name);
        let start = part("VEVENT").unwrap().find_prop("DTSTART").unwrap();
        if let Some(utc) = start.val.as_ref().strip_suffix('Z') {
            return local(utc).and_utc();
        }
        let start = local(start.val.as_ref());
        // The observance that began last before the event, by the local clock (section 3.6.5).
        let zone = part("VTIMEZONE").unwrap();
        let began = zone.components.iter().filter(|rule| local(value(rule, "DTSTART")) <= start);
        let rule = began.max_by_key(|rule| local(value(rule, "DTSTART"))).unwrap();
        (start - offset(value(rule, "TZOFFSETTO"))).and_utc()
    }

    #[test]
    fn another_reader_finds_the_instant_on_both_sides_of_every_change_of_the_clocks() {
        for (zone, change) in [
            ("Europe/Berlin", "2027-03-28T01:00:00Z"),
            ("Europe/Berlin", "2027-10-31T01:00:00Z"),
            ("America/New_York", "2027-03-14T07:00:00Z"),
            ("America/New_York", "2027-11-07T06:00:00Z"),
            ("Australia/Lord_Howe", "2027-04-03T15:00:00Z"),
            ("Australia/Lord_Howe", "2027-10-02T15:30:00Z"),
            ("Europe/Dublin", "2027-10-31T01:00:00Z"),
            ("America/St_Johns", "2027-03-14T05:30:00Z"),
            ("Asia/Tokyo", "2027-06-20T18:00:00Z"),
            ("Asia/Kolkata", "2027-06-20T18:00:00Z"),
        ] {
            let change: DateTime<Utc> = change.parse().unwrap();
            for minutes in [-4320, -90, -60, -31, -30, -1, 0, 1, 29, 30, 59, 60, 90, 4320] {
                let at = change + TimeDelta::minutes(minutes);
                assert_eq!(read(&made(&at.to_rfc3339(), zone)), at, "{zone} {at}");
            }
        }
    }

    #[test]
    fn a_zone_that_nobody_knows_leaves_utc() {
        let file = made("2027-06-20T18:00:00Z", "Mars/Olympus");
        assert!(file.contains("DTSTART:20270620T180000Z\r\n") && !file.contains("VTIMEZONE"), "{file}");
    }

    #[test]
    fn what_people_wrote_is_text_and_lines_are_short() {
        let file = made("2027-06-20T18:00:00Z", "Europe/Berlin");
        assert!(file.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "{file}");
        let plain = unfold(&file);
        let calendar = read_calendar(&plain).unwrap();
        let entry = calendar.components.iter().find(|part| part.name == "VEVENT").unwrap();
        assert!(file.contains("SUMMARY:Night\\; of \\\\ Strings\\, live\r\n"), "{file}");
        // The other reader takes the escapes away.
        assert_eq!(value(entry, "SUMMARY"), event("2027-06-20T18:00:00Z", "UTC").title);
        assert!(value(entry, "DESCRIPTION").starts_with("Row C, seat 4\nŘada 5, místo 6, "));
        assert_eq!(value(entry, "URL"), "https://usher.example/ticket/x");
        let zone = calendar.components.iter().find(|part| part.name == "VTIMEZONE").unwrap();
        assert_eq!(value(zone, "TZID"), "Europe/Berlin");
        assert!(zone.components.iter().any(|rule| rule.name == "DAYLIGHT"));
    }
}
