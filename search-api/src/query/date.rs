//! The days of a search: one day, a range, a month, or a word like "tomorrow", each as the venue's calendar has it.

use chrono::{Datelike, Days as Count, Months, NaiveDate};

/// When.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// These days.
    Days(Days),
    /// What the word means at the venue, at the moment of asking; only what has not begun.
    Word(DayWord),
}

/// A range of days, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// A word for days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayWord {
    /// The venue's present day.
    Today,
    /// From five in the afternoon until four in the morning.
    Tonight,
    /// The day after.
    Tomorrow,
    /// Friday evening to Sunday, of the present week.
    ThisWeekend,
    /// Friday evening to Sunday, of the week after.
    NextWeekend,
    /// Until Sunday.
    ThisWeek,
}

/// Why a text is no range of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDays {
    /// Not one of the forms.
    #[error(
        "a day 2026-12-24, a range 2026-12-01..2026-12-31, a month 2026-12, or one of today, tonight, tomorrow, \
         this-weekend, next-weekend, this-week"
    )]
    Form,
    /// The thirtieth of February, say.
    #[error("a day that is in the calendar")]
    Impossible,
    /// The range ends before it begins.
    #[error("the range ends before it begins")]
    Backwards,
}

impl When {
    /// Reads a day, a range, a month or a word.
    ///
    /// # Errors
    /// [`BadDays`].
    pub fn parse(text: &str) -> Result<Self, BadDays> {
        let word = match text.to_ascii_lowercase().as_str() {
            "today" => DayWord::Today,
            "tonight" => DayWord::Tonight,
            "tomorrow" => DayWord::Tomorrow,
            "this-weekend" => DayWord::ThisWeekend,
            "next-weekend" => DayWord::NextWeekend,
            "this-week" => DayWord::ThisWeek,
            _ => return Days::parse(text).map(Self::Days),
        };
        Ok(Self::Word(word))
    }
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
    // Digits and dashes where they belong: the parser would take signs and missing zeros.
    let digit = |(at, letter): (usize, char)| {
        if at == 4 || at == 7 { letter == '-' } else { letter.is_ascii_digit() }
    };
    if text.len() != "2026-12-24".len() || !text.char_indices().all(digit) {
        return Err(BadDays::Form);
    }
    // There is no year zero, and Elasticsearch refuses to look for it.
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|day| day.year() > 0);
    day.ok_or(BadDays::Impossible)
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
        assert_eq!(When::parse("Tonight"), Ok(When::Word(DayWord::Tonight)));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "2026",
            "24.12.2026",
            "2026-12-24..",
            "..",
            "2026-1-1",
            "+026-12-01",
            "٢٠٢٦-12",
            "someday",
            "2026-12x",
        ] {
            assert_eq!(When::parse(text), Err(BadDays::Form), "{text}");
        }
        for text in ["2026-13", "2026-02-30", "2027-02-29", "2026-01-01..2026-04-31"] {
            assert_eq!(When::parse(text), Err(BadDays::Impossible), "{text}");
        }
        assert_eq!(When::parse("2026-12-02..2026-12-01"), Err(BadDays::Backwards));
    }
}
