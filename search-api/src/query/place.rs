//! The place of a search: a city by name, or a circle.

use crate::document::fold;

/// How far around a point, when nobody says, in kilometres.
pub const USUAL_RADIUS: f64 = 50.0;
/// The widest circle, in kilometres.
pub const WIDEST_RADIUS: f64 = 1000.0;
/// The longest name of a city that is looked for, in characters.
const LONGEST_CITY: usize = 200;

/// Where to search.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// In a city: its folded name, with the country behind it where that was given (`berlin de`).
    City(String),
    /// Around a point.
    Around {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// Kilometres.
        radius: f64,
    },
}

/// Why a text is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    /// Numbers, but not those of a circle.
    #[error(
        "a city, or latitude,longitude[,radius in km]: -90 to 90, -180 to 180, above 0 to {WIDEST_RADIUS}"
    )]
    Circle,
    /// No name.
    #[error("a city: a letter at least, and at most {LONGEST_CITY} characters")]
    City,
}

impl Place {
    /// Reads a city or a circle.
    ///
    /// # Errors
    /// [`BadPlace`].
    pub fn parse(text: &str) -> Result<Self, BadPlace> {
        let parts: Vec<&str> = text.split(',').map(str::trim).collect();
        if parts[0].parse::<f64>().is_ok_and(f64::is_finite) {
            return circle(&parts).ok_or(BadPlace::Circle);
        }
        let city = fold::fold(text);
        if city.is_empty() || text.chars().count() > LONGEST_CITY {
            Err(BadPlace::City)
        } else {
            Ok(Self::City(city))
        }
    }
}

fn circle(parts: &[&str]) -> Option<Place> {
    let numbers: Vec<f64> = parts.iter().map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (latitude, longitude, radius) = match numbers[..] {
        [latitude, longitude] => (latitude, longitude, USUAL_RADIUS),
        [latitude, longitude, radius] => (latitude, longitude, radius),
        _ => return None,
    };
    let sound = (-90.0..=90.0).contains(&latitude)
        && (-180.0..=180.0).contains(&longitude)
        && radius > 0.0
        && radius <= WIDEST_RADIUS;
    sound.then_some(Place::Around { latitude, longitude, radius })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_and_a_circle_are_understood() {
        assert_eq!(Place::parse("São Paulo"), Ok(Place::City("sao paulo".to_owned())));
        assert_eq!(Place::parse("Berlin, DE"), Ok(Place::City("berlin de".to_owned())));
        let around = |radius| Ok(Place::Around { latitude: 52.5, longitude: -13.4, radius });
        assert_eq!(Place::parse("52.5,-13.4"), around(50.0));
        assert_eq!(Place::parse("52.5, -13.4, 5"), around(5.0));
    }

    #[test]
    fn numbers_that_are_no_circle_are_refused() {
        for text in ["91,0", "0,181", "0,0,0", "0,0,-1", "0,0,1001", "0,0,NaN", "0", "0,x", "0,0,1,1"] {
            assert_eq!(Place::parse(text), Err(BadPlace::Circle), "{text}");
        }
        for text in ["!!", ",", "NaN"] {
            assert!(!matches!(Place::parse(text), Ok(Place::Around { .. })), "{text}");
        }
        assert_eq!(Place::parse("!!"), Err(BadPlace::City));
    }
}
