//! Recognising card numbers, which we refuse to take and never write down.

use serde_json::Value;

/// Whether something in `value` looks like the number of a card: 12 to 19 digits, with or without spaces and dashes
/// between them, that satisfy the check digit (ISO/IEC 7812-1, "Luhn").
pub fn has_raw_card(value: &Value) -> bool {
    match value {
        Value::String(text) => in_text(text),
        Value::Number(number) => in_text(&number.to_string()),
        Value::Array(all) => all.iter().any(has_raw_card),
        Value::Object(all) => all.iter().any(|(name, value)| in_text(name) || has_raw_card(value)),
        Value::Null | Value::Bool(_) => false,
    }
}

fn in_text(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_digit() || c == ' ' || c == '-')).any(|run| {
        let digits: Vec<u32> = run.chars().filter_map(|c| c.to_digit(10)).collect();
        (12..=19).contains(&digits.len()) && luhn(&digits)
    })
}

fn luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { *digit } else { digit * 2 / 10 + digit * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_card_is_found_wherever_it_hides() {
        for card in ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005", "n:6011111111111117;"] {
            assert!(has_raw_card(&json!({"token": card})), "{card}");
        }
        assert!(has_raw_card(&json!({"card": {"number": 4_242_424_242_424_242_u64}})));
        assert!(has_raw_card(&json!([null, {"4111111111111111": true}])));
    }

    #[test]
    fn a_token_is_no_card() {
        for token in [
            "tok_ok",
            "tok_late:90",
            "4242424242424241",
            "42424242424",
            "01932f0e-7f4c-7cc0-8000-3e6f1d5a9b11",
        ] {
            assert!(!has_raw_card(&json!({"provider": "sandbox", "token": token})), "{token}");
        }
    }
}
