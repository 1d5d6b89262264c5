//! In which currency a country's events are sold, and roughly what a price in cents of a euro is there.

/// The currency of an event in `country`, an ISO 3166 code: the euro and the bigger currencies; the dollar elsewhere.
pub(crate) fn of(country: &str) -> &'static str {
    match country {
        "AT" | "BE" | "CY" | "DE" | "EE" | "ES" | "FI" | "FR" | "GR" | "HR" | "IE" | "IT" | "LT" | "LU"
        | "LV" | "MT" | "NL" | "PT" | "SI" | "SK" => "EUR",
        "GB" => "GBP",
        "CH" | "LI" => "CHF",
        "DK" => "DKK",
        "NO" => "NOK",
        "SE" => "SEK",
        "PL" => "PLN",
        "CZ" => "CZK",
        "CA" => "CAD",
        "AU" => "AUD",
        "NZ" => "NZD",
        "JP" => "JPY",
        "KR" => "KRW",
        "SG" => "SGD",
        "ZA" => "ZAR",
        "IN" => "INR",
        "BR" => "BRL",
        "MX" => "MXN",
        _ => "USD",
    }
}

/// A price of that many euro cents, in minor units of `currency`: a round figure, not a rate of exchange.
pub(crate) fn price(currency: &str, euro_cents: i64) -> i64 {
    match currency {
        "JPY" => euro_cents.saturating_mul(3) / 2,
        "KRW" => euro_cents.saturating_mul(15),
        "DKK" | "NOK" | "SEK" => euro_cents.saturating_mul(10),
        "CZK" | "ZAR" | "MXN" => euro_cents.saturating_mul(20),
        "INR" => euro_cents.saturating_mul(50),
        "PLN" | "BRL" => euro_cents.saturating_mul(4),
        _ => euro_cents,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_in_the_currency_of_the_place() {
        assert_eq!((of("DE"), price(of("DE"), 4_950)), ("EUR", 4_950));
        // The yen has no minor unit: 49.50 euro are some 7,425 yen.
        assert_eq!((of("JP"), price(of("JP"), 4_950)), ("JPY", 7_425));
        assert_eq!(of("TZ"), "USD");
    }
}
