//! The days of a search: one day, a range, or a month, each as the venue's calendar has it.

use chrono::{Days as Count, Months, NaiveDate};

/// A range of days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// Why a text is no range of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDays {
    /// Not one of the three forms.
    #[error("a day 2026-12-24, a range 2026-12-01..2026-12-31, or a month 2026-12")]
    Form,
    /// The range ends before it begins.
    #[error("the range ends before it begins")]
    Backwards,
}

impl Days {
    /// Reads a day, a range or a month.
    ///
    /// # Errors
    /// [`BadDays`].
    pub fn parse(text: &str) -> Result<Self, BadDays> {
        if let Some((from, to)) = text.split_once("..") {
            let (from, to) = (day(from)?, day(to)?);
            return if from <= to { Ok(Self { from, to }) } else { Err(BadDays::Backwards) };
        }
        if text.len() == "2026-12".len() {
            let from = day(&format!("{text}-01"))?;
            let to =
                from.checked_add_months(Months::new(1)).and_then(|next| next.checked_sub_days(Count::new(1)));
            return Ok(Self { from, to: to.ok_or(BadDays::Form)? });
        }
        day(text).map(|day| Self { from: day, to: day })
    }
}

fn day(text: &str) -> Result<NaiveDate, BadDays> {
    // The length keeps out signs and missing zeros, which the parser would take.
    let exact = text.len() == "2026-12-24".len() && text.starts_with(|first: char| first.is_ascii_digit());
    if !exact {
        return Err(BadDays::Form);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| BadDays::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_a_range_and_a_month_are_understood() {
        let days = |text| Days::parse(text).map(|days| format!("{} {}", days.from, days.to));
        assert_eq!(days("2026-12-24").as_deref(), Ok("2026-12-24 2026-12-24"));
        assert_eq!(days("2026-12-01..2027-01-05").as_deref(), Ok("2026-12-01 2027-01-05"));
        assert_eq!(days("2028-02").as_deref(), Ok("2028-02-01 2028-02-29"));
        assert_eq!(days("2026-12").as_deref(), Ok("2026-12-01 2026-12-31"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "2026",
            "2026-13",
            "2026-02-30",
            "24.12.2026",
            "2026-12-24..",
            "..",
            "2026-1-1",
            "+026-12-01",
            "٢٠٢٦-12",
        ] {
            assert_eq!(Days::parse(text), Err(BadDays::Form), "{text}");
        }
        assert_eq!(Days::parse("2026-12-02..2026-12-01"), Err(BadDays::Backwards));
    }
}
