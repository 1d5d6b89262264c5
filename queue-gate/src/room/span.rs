//! Spans of time in JSON: ISO 8601 durations down to the second, such as `PT2M` or `PT1M30S`.

use chrono::TimeDelta;

/// Reads `PT…H…M…S`; `None` for anything else. Days, months and fractions are no part of it.
pub fn parse(text: &str) -> Option<TimeDelta> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty())?;
    let mut seconds: i64 = 0;
    for (unit, worth) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let digits =
                !number.is_empty() && number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
            seconds += number.parse::<i64>().ok().filter(|_| digits)? * worth;
            rest = after;
        }
    }
    rest.is_empty().then(|| TimeDelta::seconds(seconds))
}

/// Writes it, shortest: `PT2M`, `PT1M30S`, `PT0S`.
pub fn format(span: TimeDelta) -> String {
    let seconds = span.num_seconds().max(0);
    let mut text = "PT".to_owned();
    for (value, unit) in [(seconds / 3600, 'H'), (seconds / 60 % 60, 'M'), (seconds % 60, 'S')] {
        if value > 0 {
            text.push_str(&value.to_string());
            text.push(unit);
        }
    }
    if text.len() == 2 {
        text.push_str("0S");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_reads_back_as_it_was_written() {
        for text in ["PT2M", "PT10M", "PT1M30S", "PT45S", "PT1H", "PT1H5S", "PT0S"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(parse("PT90S"), Some(TimeDelta::seconds(90)));
    }

    #[test]
    fn other_texts_are_no_spans() {
        for text in ["", "PT", "2M", "P2D", "PT-2M", "PTM", "PT2", "PT2M3M", "PT1.5S", "PT2S3M", "PT9999999S"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
