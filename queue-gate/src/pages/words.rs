//! Times and counts as the pages say them.

use chrono::{DateTime, Utc};
use contracts::frame::Wait;

/// An interval of waiting in whole minutes, the first rounded down and the last up.
pub(super) fn span(wait: Wait) -> String {
    if wait.to < 60 {
        return "less than a minute".to_owned();
    }
    let (from, to) = ((wait.from / 60).max(1), wait.to.div_ceil(60));
    if from == to { format!("about {to} min") } else { format!("{from} to {to} min") }
}

/// Minutes and seconds until `by`.
pub(super) fn countdown(by: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let left = (by - now).num_seconds().max(0);
    format!("{}:{:02}", left / 60, left % 60)
}

/// A count with a comma at each thousand.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_intervals_read_well() {
        assert_eq!(
            ["7", "999", "1,000", "1,234,567"],
            [7, 999, 1000, 1_234_567].map(grouped).each_ref().map(String::as_str)
        );
        assert_eq!(span(Wait { from: 0, to: 59 }), "less than a minute");
        assert_eq!(span(Wait { from: 61, to: 120 }), "1 to 2 min");
        assert_eq!(span(Wait { from: 120, to: 120 }), "about 2 min");
    }
}
