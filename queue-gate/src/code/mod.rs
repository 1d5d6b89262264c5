//! Access codes: each names a lane, and is good for one fan, for several, or for any number. Kept as keyed hashes.

pub mod handler;
pub mod import;
pub mod list;
pub mod redeem;
pub mod revoke;
pub mod store;
pub mod table;

pub use contracts::access_code::{Code, LENGTHS};
use contracts::place::Lane;

use crate::lane::Lanes;

/// The longest label.
pub const LABEL_MAX: usize = 100;
/// How many codes one call imports.
pub const IMPORT_MAX: usize = 10_000;

/// A code as its organizer writes it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The code.
    pub code: String,
    /// The name of the lane; the first of the room where absent.
    pub lane: Option<String>,
    /// How many may use it, or `many`; one where absent.
    pub uses: Option<String>,
    /// A word of the organizer's.
    pub label: Option<String>,
}

/// A code that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCode {
    /// The code.
    pub code: Code,
    /// The lane that it opens.
    pub lane: Lane,
    /// How many may use it; none means any number.
    pub uses_max: Option<i32>,
    /// A word of the organizer's.
    pub label: Option<String>,
}

impl Written {
    /// What is meant.
    ///
    /// # Errors
    /// What is wrong, in words for the organizer.
    pub fn read(&self, lanes: &Lanes) -> Result<NewCode, String> {
        let code = Code::parse(&self.code).ok_or_else(|| {
            format!("a code has {} to {} letters and digits", LENGTHS.start(), LENGTHS.end())
        })?;
        let given = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        };
        let lane = match given(&self.lane) {
            Some(name) => lanes.named(&name).ok_or_else(|| format!("the room has no lane {name}"))?,
            None => lanes.first(),
        };
        let uses_max = match given(&self.uses).as_deref() {
            None => Some(1),
            Some("many") => None,
            Some(number) => {
                let number = number.parse().ok().filter(|number| *number > 0);
                Some(number.ok_or_else(|| "uses is a number from 1 on, or many".to_owned())?)
            }
        };
        let label = given(&self.label);
        if label.as_deref().is_some_and(|label| label.chars().count() > LABEL_MAX || label.contains('\0')) {
            return Err(format!("a label has at most {LABEL_MAX} characters"));
        }
        Ok(NewCode { code, lane, uses_max, label })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_says_its_lane_and_its_uses_or_what_is_wrong() {
        let lanes = Lanes::default();
        let written = |uses: &str, lane: &str, label: &str| {
            let text = |text: &str| Some(text.to_owned());
            Written { code: "ABCD1234".to_owned(), lane: text(lane), uses: text(uses), label: text(label) }
                .read(&lanes)
        };
        let one = written("", "", "").unwrap();
        assert_eq!((one.lane, one.uses_max, one.label), (Lane::MAIN, Some(1), None));
        assert_eq!(written("many", "main", "press").unwrap().uses_max, None);
        assert_eq!(written(" 25 ", "main", "press").unwrap().uses_max, Some(25));
        for (uses, lane, why) in [
            ("0", "main", "uses is a number"),
            ("-1", "main", "uses is a number"),
            ("lots", "main", "uses is a number"),
            ("99999999999", "main", "uses is a number"),
            ("1", "vip", "the room has no lane vip"),
        ] {
            assert!(written(uses, lane, "").unwrap_err().contains(why), "{uses} {lane}");
        }
        assert!(written("1", "main", &"x".repeat(101)).unwrap_err().contains("100 characters"));
    }
}
