//! Money: whole minor units of a currency. Never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ISO 4217 code: three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// The text is not three letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three letters, as in ISO 4217")]
pub struct BadCurrency;

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// How many digits stand behind the point (ISO 4217, "minor unit"): 2 for most, 0 or 3 for some.
    pub fn digits(&self) -> u32 {
        match &self.0 {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF"
            | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl std::str::FromStr for Currency {
    type Err = BadCurrency;

    fn from_str(text: &str) -> Result<Self, BadCurrency> {
        let bytes = <[u8; 3]>::try_from(text.as_bytes()).map_err(|_| BadCurrency)?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Self(bytes)).ok_or(BadCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

/// An amount: `{"minor": 4950, "currency": "EUR"}` is 49.50 €.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Minor units (cents), never negative where a price is meant.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

impl Money {
    /// The sum, or `None` when the currencies differ or it does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The price of `quantity`, or `None` when it does not fit.
    pub fn checked_times(self, quantity: u32) -> Option<Self> {
        Some(Self { minor: self.minor.checked_mul(i64::from(quantity))?, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u64.pow(self.currency.digits());
        let (whole, part) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        let sign = if self.minor < 0 { "-" } else { "" };
        match self.currency.digits() {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            3 => write!(f, "{sign}{whole}.{part:03} {}", self.currency),
            _ => write!(f, "{sign}{whole}.{part:02} {}", self.currency),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_the_digits_of_its_currency() {
        let of = |minor, code: &str| Money { minor, currency: code.parse().unwrap() }.to_string();
        assert_eq!(of(4950, "EUR"), "49.50 EUR");
        assert_eq!(of(-5, "USD"), "-0.05 USD");
        assert_eq!(of(12_000, "JPY"), "12000 JPY");
        assert_eq!(of(1_005, "KWD"), "1.005 KWD");
    }

    #[test]
    fn money_of_two_currencies_has_no_sum() {
        let euro = Money { minor: 1, currency: "EUR".parse().unwrap() };
        let yen = Money { minor: 1, currency: "JPY".parse().unwrap() };
        assert_eq!(euro.checked_add(yen), None);
        assert_eq!(euro.checked_times(3), Some(Money { minor: 3, ..euro }));
        assert!("eur".parse::<Currency>().is_err());
    }
}
