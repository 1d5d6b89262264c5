//! Instants and money as they are written in each language. The tables are those of the Unicode CLDR, as far as we need them.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use contracts::{language::Language, message::EventBrief, money::Money};

const WEEKDAYS: [[&str; 7]; 5] = [
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    ["segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"],
    ["月", "火", "水", "木", "金", "土", "日"],
];

const MONTHS: [[&str; 12]; 4] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
];

/// An instant as a clock at the venue shows it. A zone that nobody knows leaves UTC, and says so.
pub(super) fn at_the_venue(at: DateTime<Utc>, event: &EventBrief, language: Language) -> String {
    instant(at, event.time_zone.parse().unwrap_or(Tz::UTC), language)
}

/// An instant as a clock in `zone` shows it.
pub(super) fn instant(at: DateTime<Utc>, zone: Tz, language: Language) -> String {
    let local = at.with_timezone(&zone);
    let row = Language::ALL.iter().position(|one| *one == language).unwrap_or_default();
    let weekday = usize::try_from(local.weekday().num_days_from_monday()).unwrap_or_default();
    let weekday = WEEKDAYS[row][weekday];
    let month = usize::try_from(local.month0()).unwrap_or_default();
    // Japanese counts its months.
    let month = MONTHS.get(row).map_or("", |months| months[month]);
    let (year, day, clock) = (local.year(), local.day(), local.format("%H:%M"));
    let zone = local.format("%Z");
    match language {
        Language::En => format!("{weekday}, {day} {month} {year}, {clock} ({zone})"),
        Language::De => format!("{weekday}, {day}. {month} {year}, {clock} Uhr ({zone})"),
        Language::Es | Language::Pt => format!("{weekday}, {day} de {month} de {year}, {clock} ({zone})"),
        Language::Ja => format!("{year}年{}月{day}日({weekday}) {clock} ({zone})", local.month()),
    }
}

/// An amount, with its currency behind it.
pub(super) fn money(amount: Money, language: Language) -> String {
    let (group, point) = match language {
        Language::En | Language::Ja => (',', '.'),
        Language::De | Language::Es | Language::Pt => ('.', ','),
    };
    let digits = usize::try_from(amount.currency.digits()).unwrap_or_default();
    let all = format!("{:0>width$}", amount.minor.unsigned_abs(), width = digits + 1);
    let (whole, part) = all.split_at(all.len() - digits);
    let mut written = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            written.push(group);
        }
        written.push(digit);
    }
    if digits > 0 {
        written.push(point);
        written.push_str(part);
    }
    let sign = if amount.minor < 0 { "-" } else { "" };
    format!("{sign}{written} {}", amount.currency)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_people_write_it() {
        let at = DateTime::from_timestamp(1_798_135_200, 0).unwrap();
        let written = |language| instant(at, Tz::Europe__Berlin, language);
        assert_eq!(written(Language::En), "Thursday, 24 December 2026, 19:00 (CET)");
        assert_eq!(written(Language::De), "Donnerstag, 24. Dezember 2026, 19:00 Uhr (CET)");
        assert_eq!(written(Language::Es), "jueves, 24 de diciembre de 2026, 19:00 (CET)");
        assert_eq!(written(Language::Pt), "quinta-feira, 24 de dezembro de 2026, 19:00 (CET)");
        assert_eq!(written(Language::Ja), "2026年12月24日(木) 19:00 (CET)");
    }

    #[test]
    fn an_amount_has_the_digits_of_its_currency_and_the_signs_of_the_language() {
        let of = |minor, currency: &str, language| {
            money(Money { minor, currency: currency.parse().unwrap() }, language)
        };
        assert_eq!(of(9900, "EUR", Language::En), "99.00 EUR");
        assert_eq!(of(123_456_789, "EUR", Language::En), "1,234,567.89 EUR");
        assert_eq!(of(123_456_789, "EUR", Language::De), "1.234.567,89 EUR");
        assert_eq!(of(5, "USD", Language::Es), "0,05 USD");
        assert_eq!(of(12_000, "JPY", Language::Ja), "12,000 JPY");
        assert_eq!(of(1_234_567, "KWD", Language::Pt), "1.234,567 KWD");
        assert_eq!(of(-150, "EUR", Language::En), "-1.50 EUR");
    }
}
