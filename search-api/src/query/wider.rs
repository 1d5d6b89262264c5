//! How a search that finds nothing is widened: words that only hint at a place or a time need not be found any more,
//! then a wider circle is looked at, then more slips are forgiven and a word or two left out. What was asked for otherwise
//! holds on every step.

use serde::{Deserialize, Serialize};

use super::{
    EventSearch,
    place::{Place, USUAL_RADIUS, WIDEST_RADIUS},
    text::{MOST_WORDS, in_calendar},
};

/// How much wider the circle of each step is.
const STEPS: [f64; 2] = [3.0, 10.0];
/// How many words a city's name may have to be seen in a text.
const LONGEST_NAME: usize = 3;

/// In what a search is wider than it was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wider {
    /// Around which point instead, in degrees, and how many kilometres.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub around: Option<[f64; 3]>,
    /// Which words need not be found.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub soft: Vec<usize>,
    /// Whether words may be written worse than usual, and of several some be missing.
    #[serde(rename = "l", default, skip_serializing_if = "std::ops::Not::not")]
    pub loose: bool,
}

impl Wider {
    /// Whether it is as it was asked.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it can be one of ours.
    pub fn is_sound(&self) -> bool {
        let circle = self.around.is_none_or(|[latitude, longitude, radius]| {
            (-90.0..=90.0).contains(&latitude)
                && (-180.0..=180.0).contains(&longitude)
                && radius > 0.0
                && radius <= WIDEST_RADIUS
        });
        circle && self.soft.len() <= MOST_WORDS && self.soft.iter().all(|at| *at < MOST_WORDS)
    }

    /// The place to look at.
    pub fn place(&self, asked: Option<&Place>) -> Option<Place> {
        match self.around {
            Some([latitude, longitude, radius]) => Some(Place::Around { latitude, longitude, radius }),
            None => asked.cloned(),
        }
    }
}

/// What the index knows of a search that found nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Where the city is that was asked for.
    pub centre: Option<(f64, f64)>,
    /// Which words are a city's name, or a part of one that stands in the text.
    pub cities: Vec<usize>,
}

/// What was learned of a search that found nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// For the steps of widening.
    pub known: Known,
    /// Whether the city that was asked for never had an event.
    pub unknown_city: bool,
    /// A city whose name is like it.
    pub city_like: Option<String>,
}

/// The runs of words that may be a city, each with where it stands.
pub fn city_runs(search: &EventSearch) -> Vec<(std::ops::Range<usize>, String)> {
    let words = search.words.as_ref().map(super::text::Words::telling).unwrap_or_default();
    let mut runs = Vec::new();
    for length in 1..=LONGEST_NAME.min(words.len()) {
        for (at, run) in words.windows(length).enumerate() {
            runs.push((at..at + length, run.join(" ")));
        }
    }
    runs
}

/// The steps for a search that found nothing, the narrowest first. None where there is nothing to widen.
pub fn steps(search: &EventSearch, known: &Known) -> Vec<Wider> {
    let mut steps = Vec::new();
    let soft = soft(search, known);
    if !soft.is_empty() {
        steps.push(Wider { soft: soft.clone(), ..Wider::default() });
    }
    let (centre, radius) = match search.place {
        Some(Place::Around { latitude, longitude, radius }) => (Some((latitude, longitude)), radius),
        Some(Place::City(_)) => (known.centre, USUAL_RADIUS / STEPS[0]),
        None => (None, 0.0),
    };
    if let Some((latitude, longitude)) = centre.filter(|_| radius < WIDEST_RADIUS) {
        for times in STEPS {
            let around = Some([latitude, longitude, (radius * times).min(WIDEST_RADIUS)]);
            steps.push(Wider { around, soft: soft.clone(), loose: false });
        }
    }
    if search.words.is_some() {
        steps.push(Wider { around: None, soft, loose: true });
    }
    steps
}

/// The words that only hint, where others remain.
fn soft(search: &EventSearch, known: &Known) -> Vec<usize> {
    let words = search.words.as_ref().map(super::text::Words::telling).unwrap_or_default();
    let hints = |at: &usize| known.cities.contains(at) || in_calendar(&words[*at]).is_some();
    let soft: Vec<usize> = (0..words.len()).filter(hints).collect();
    if soft.len() < words.len() { soft } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::text::Words;

    #[test]
    fn hints_give_way_before_the_circle_grows() {
        let search = EventSearch {
            words: Some(Words::parse("coldplay berlin june").unwrap()),
            place: Some(Place::parse("52.5,13.4,200").unwrap()),
            ..EventSearch::default()
        };
        let steps = steps(&search, &Known { centre: None, cities: vec![1] });
        let around = |radius| Some([52.5, 13.4, radius]);
        assert_eq!(
            steps.iter().map(|step| (step.around, step.loose)).collect::<Vec<_>>(),
            [(None, false), (around(600.0), false), (around(1000.0), false), (None, true)]
        );
        assert!(steps.iter().all(|step| step.soft == [1, 2] && step.is_sound()));
    }

    #[test]
    fn there_is_not_always_a_way_to_widen() {
        let widest = EventSearch { place: Some(Place::parse("0,0,1000").unwrap()), ..EventSearch::default() };
        assert!(steps(&widest, &Known::default()).is_empty());
        let hints_only = EventSearch { words: Some(Words::parse("june").unwrap()), ..EventSearch::default() };
        let loose = Wider { loose: true, ..Wider::default() };
        assert_eq!(steps(&hints_only, &Known::default()), [loose], "written worse, it may still be meant");
        let city = EventSearch { place: Some(Place::parse("Berlin").unwrap()), ..EventSearch::default() };
        let known = Known { centre: Some((52.5, 13.4)), cities: Vec::new() };
        assert_eq!(steps(&city, &known)[0].around, Some([52.5, 13.4, 50.0]));
    }
}
