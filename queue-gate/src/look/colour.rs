//! Colours, and what can be read in them: the contrast of WCAG 2.2. Pure.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

/// A colour of the screen (sRGB), written as `#1a2b3c`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour([u8; 3]);

/// Black.
pub const BLACK: Colour = Colour([0; 3]);
/// White.
pub const WHITE: Colour = Colour([255; 3]);
/// What text needs against what it stands on (WCAG 2.2, 1.4.3, level AA).
pub const TEXT: f64 = 4.5;

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a colour is # and six hexadecimal digits, such as #1a2b3c")]
pub struct NoColour;

impl FromStr for Colour {
    type Err = NoColour;

    fn from_str(text: &str) -> Result<Self, NoColour> {
        let digits = text.strip_prefix('#').ok_or(NoColour)?;
        let mut bytes = [0; 3];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| NoColour)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Colour {
    /// How bright it is, from 0 for black to 1 for white: the relative luminance of WCAG 2.2
    /// (<https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>).
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The contrast between two, from 1 to 21 (<https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>).
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance() + 0.05, other.luminance() + 0.05);
        one.max(two) / one.min(two)
    }

    /// Black or white, whichever is read better on it. One of them always has a contrast of at least √21 (4.58): for black
    /// `(L + 0.05) / 0.05`, for white `1.05 / (L + 0.05)`, and their product is 21.
    #[must_use]
    pub fn text(self) -> Self {
        if self.contrast(WHITE) >= self.contrast(BLACK) { WHITE } else { BLACK }
    }

    /// The one that is nearest to it, on the way to `end`, and can be read as text on each of `grounds`.
    #[must_use]
    pub fn readable(self, end: Self, grounds: &[Self]) -> Self {
        let is_read = |colour: &Self| grounds.iter().all(|ground| colour.contrast(*ground) >= TEXT);
        (0..=STEPS).map(|step| self.towards(end, step)).find(is_read).unwrap_or(end)
    }

    /// `step` of [`STEPS`] of the way to `end`.
    fn towards(self, end: Self, step: u16) -> Self {
        let mut mixed = self.0;
        for (channel, end) in mixed.iter_mut().zip(end.0) {
            let sum = u16::from(*channel) * (STEPS - step) + u16::from(end) * step;
            *channel = u8::try_from(sum / STEPS).unwrap_or(u8::MAX);
        }
        Self(mixed)
    }
}

/// In how many steps a colour is darkened to black, or lightened to white.
const STEPS: u16 = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn colour(text: &str) -> Colour {
        text.parse().unwrap()
    }

    #[test]
    fn contrasts_are_those_of_the_guidelines() {
        // Known pairs: the ends, and the greys that just reach 4.5 on white and just do not.
        assert!((BLACK.contrast(WHITE) - 21.0).abs() < 1e-9);
        assert!((WHITE.contrast(WHITE) - 1.0).abs() < 1e-9);
        assert!(colour("#767676").contrast(WHITE) >= TEXT && colour("#777777").contrast(WHITE) < TEXT);
        assert!((colour("#ff0000").contrast(WHITE) - 3.998).abs() < 0.001);
        assert_eq!(colour("#ffd400").text(), BLACK);
        assert_eq!(colour("#2b4bc4").text(), WHITE);
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        assert_eq!(colour("#2b4bc4").readable(BLACK, &[WHITE]), colour("#2b4bc4"));
        assert_ne!(colour("#ffd400").readable(BLACK, &[WHITE]), colour("#ffd400"));
        assert_eq!(WHITE.readable(WHITE, &[BLACK]), WHITE);
    }

    proptest! {
        #[test]
        fn whatever_the_colour_what_stands_on_it_and_what_is_written_in_it_can_be_read(bytes: [u8; 3]) {
            let accent = Colour(bytes);
            prop_assert!(accent.contrast(accent.text()) >= TEXT);
            let (light, dark) = ([WHITE, colour("#f4f3ef")], [colour("#1b202a"), colour("#232b40")]);
            prop_assert!(light.iter().all(|ground| accent.readable(BLACK, &light).contrast(*ground) >= TEXT));
            prop_assert!(dark.iter().all(|ground| accent.readable(WHITE, &dark).contrast(*ground) >= TEXT));
            prop_assert_eq!(accent.to_string().parse(), Ok(accent));
        }
    }
}
