//! Amounts of a search. Amounts of two currencies are not compared: whoever names an amount names its currency, and
//! only events in that currency are found. What counts is an event's cheapest price.

use contracts::money::Currency;

/// The most digits of an amount.
const MOST_DIGITS: usize = 12;

/// A range of prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prices {
    /// Of which currency; without it no amount is given.
    pub currency: Option<Currency>,
    /// At least, in minor units.
    pub min: Option<i64>,
    /// At most, in minor units.
    pub max: Option<i64>,
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPrice {
    /// Not a number, or with more digits than the currency has.
    #[error("an amount as it is written, 49.50, with the digits that its currency has")]
    Amount,
    /// Not three letters.
    #[error("three letters, as in EUR")]
    Currency,
    /// An amount without its currency.
    #[error(
        "name the currency of the amounts, as in currency=EUR: amounts of two currencies are not compared"
    )]
    NoCurrency,
    /// The least is more than the most.
    #[error("the lowest price is above the highest")]
    Backwards,
}

/// Reads a currency, in any case.
///
/// # Errors
/// [`BadPrice::Currency`].
pub fn currency(text: &str) -> Result<Currency, BadPrice> {
    text.to_ascii_uppercase().parse().map_err(|_| BadPrice::Currency)
}

/// Reads an amount of `currency` into minor units.
///
/// # Errors
/// [`BadPrice::Amount`].
pub fn amount(text: &str, currency: Currency) -> Result<i64, BadPrice> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = usize::try_from(currency.digits()).unwrap_or_default();
    let sound = !whole.is_empty()
        && whole.len() <= MOST_DIGITS
        && part.len() <= digits
        && !text.ends_with('.')
        && whole.chars().chain(part.chars()).all(|letter| letter.is_ascii_digit());
    if !sound {
        return Err(BadPrice::Amount);
    }
    format!("{whole}{part:0<digits$}").parse().map_err(|_| BadPrice::Amount)
}

/// Minor units as [`amount`] reads them.
pub fn written(minor: i64, currency: Currency) -> String {
    let digits = usize::try_from(currency.digits()).unwrap_or_default();
    let text = format!("{minor:0>width$}", width = digits + 1);
    let (whole, part) = text.split_at(text.len() - digits);
    if part.is_empty() { whole.to_owned() } else { format!("{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_digits_of_their_currency() {
        let of = |text: &str, code: &str| amount(text, currency(code).unwrap());
        assert_eq!(of("49.50", "EUR"), Ok(4950));
        assert_eq!(of("49.5", "eur"), Ok(4950));
        assert_eq!(of("0", "EUR"), Ok(0));
        assert_eq!(of("12000", "JPY"), Ok(12_000));
        assert_eq!(of("1.005", "KWD"), Ok(1005));
        for text in ["", "-1", "1.", ".5", "1.234", "1e9", "49,50", "NaN", "1234567890123", "٤"] {
            assert_eq!(of(text, "EUR"), Err(BadPrice::Amount), "{text}");
        }
        assert_eq!(of("1.0", "JPY"), Err(BadPrice::Amount));
        assert_eq!(currency("EURO"), Err(BadPrice::Currency));
    }

    #[test]
    fn what_is_written_reads_the_same() {
        for (minor, code) in [(0, "EUR"), (5, "EUR"), (4950, "EUR"), (700, "JPY"), (1005, "KWD")] {
            let currency = currency(code).unwrap();
            assert_eq!(amount(&written(minor, currency), currency), Ok(minor), "{minor} {code}");
        }
        assert_eq!(written(2499, currency("EUR").unwrap()), "24.99");
    }
}
