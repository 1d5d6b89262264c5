//! What is so of an event and what is not, looked up in the columns of a segment.

use contracts::money::Currency;
use tantivy::{
    DocId, SegmentReader,
    columnar::{Column, StrColumn},
};

use crate::{
    embedded::schema::{
        self, CATEGORY, CURRENCY, LATITUDE, LOCAL_DAY, LONGITUDE, PRICE_FROM, TAKEABLE, WEEKEND,
    },
    query::{
        place::Place,
        plan::{Condition, Instant},
    },
};

/// The mean radius of the earth in kilometres, as Elasticsearch has it.
const EARTH: f64 = 6_371.008_771_4;

/// Whether something is so of a document.
pub(super) type Test = Box<dyn Fn(DocId) -> bool>;

/// A column of whole numbers.
pub(super) fn numbers(segment: &SegmentReader, name: &str) -> tantivy::Result<Column<i64>> {
    let column = segment.fast_fields().column_opt(&schema::name(name))?;
    Ok(column.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())))
}

/// A column of texts; none where no document of the segment has one.
pub(super) fn texts(segment: &SegmentReader, name: &str) -> tantivy::Result<Option<StrColumn>> {
    segment.fast_fields().str(name)
}

/// What tests `condition`; none where it is asked for by words already.
pub(super) fn test(condition: &Condition, segment: &SegmentReader) -> tantivy::Result<Option<Test>> {
    Ok(Some(match condition {
        Condition::After(instant, moment) => {
            let moment = *moment;
            number(segment, instant.name(), move |at| at > moment)?
        }
        Condition::Until(instant, moment) => {
            let moment = *moment;
            number(segment, instant.name(), move |at| at <= moment)?
        }
        Condition::Days(days) => {
            let days = schema::day(days.from)..=schema::day(days.to);
            number(segment, LOCAL_DAY, move |day| days.contains(&day))?
        }
        Condition::Weekend => number(segment, WEEKEND, |so| so == 1)?,
        Condition::Takeable => number(segment, TAKEABLE, |so| so == 1)?,
        Condition::Categories(categories) => label(segment, CATEGORY, categories)?,
        Condition::Currency(currency) => label(segment, CURRENCY, &[code(*currency).as_str()])?,
        Condition::AtLeast(amount) => {
            let amount = *amount;
            number(segment, PRICE_FROM, move |price| price >= amount)?
        }
        Condition::AtMost(amount) => {
            let amount = *amount;
            number(segment, PRICE_FROM, move |price| price <= amount)?
        }
        Condition::Priced => number(segment, PRICE_FROM, |_| true)?,
        Condition::At(Place::Around { latitude, longitude, radius }) => {
            let (points, from, radius) = (Points::of(segment)?, (*latitude, *longitude), *radius);
            Box::new(move |document| points.distance(document, from, radius).is_some())
        }
        Condition::At(Place::City(_)) | Condition::Named(..) => return Ok(None),
    }))
}

fn number(segment: &SegmentReader, name: &str, so: impl Fn(i64) -> bool + 'static) -> tantivy::Result<Test> {
    let column = numbers(segment, name)?;
    Ok(Box::new(move |document| column.first(document).is_some_and(&so)))
}

fn label(segment: &SegmentReader, name: &str, wanted: &[&str]) -> tantivy::Result<Test> {
    let Some(column) = texts(segment, name)? else { return Ok(Box::new(|_| false)) };
    let mut ordinals = Vec::new();
    for value in wanted {
        ordinals.extend(column.dictionary().term_ord(value)?);
    }
    Ok(Box::new(move |document| column.term_ords(document).any(|ordinal| ordinals.contains(&ordinal))))
}

/// A currency as the document writes it.
fn code(currency: Currency) -> String {
    currency.to_string()
}

/// Where the events of a segment are.
#[derive(Clone)]
pub(super) struct Points {
    latitudes: Column<f64>,
    longitudes: Column<f64>,
}

impl Points {
    pub(super) fn of(segment: &SegmentReader) -> tantivy::Result<Self> {
        let degrees = |name| -> tantivy::Result<Column<f64>> {
            let column = segment.fast_fields().column_opt(name)?;
            Ok(column.unwrap_or_else(|| Column::build_empty_column(segment.max_doc())))
        };
        Ok(Self { latitudes: degrees(LATITUDE)?, longitudes: degrees(LONGITUDE)? })
    }

    pub(super) fn at(&self, document: DocId) -> Option<(f64, f64)> {
        self.latitudes.first(document).zip(self.longitudes.first(document))
    }

    /// How far it is from `from` in kilometres; none beyond `radius`.
    pub(super) fn distance(&self, document: DocId, from: (f64, f64), radius: f64) -> Option<f64> {
        let latitude = self.latitudes.first(document)?;
        // Most are too far north or south, which is told without trigonometry.
        if (latitude - from.0).to_radians().abs() * EARTH > radius {
            return None;
        }
        let distance = kilometres(from, (latitude, self.longitudes.first(document)?));
        (distance <= radius).then_some(distance)
    }
}

/// The great circle between two points (haversine).
pub(super) fn kilometres(from: (f64, f64), to: (f64, f64)) -> f64 {
    let (north, east) = ((to.0 - from.0).to_radians(), (to.1 - from.1).to_radians());
    let half = |angle: f64| (angle / 2.0).sin().powi(2);
    let chord = from.0.to_radians().cos().mul_add(to.0.to_radians().cos() * half(east), half(north));
    2.0 * EARTH * chord.sqrt().min(1.0).asin()
}

/// When an event begins, in milliseconds.
pub(super) fn starts(segment: &SegmentReader) -> tantivy::Result<Column<i64>> {
    numbers(segment, Instant::StartsAt.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let (berlin, paris) = ((52.52, 13.405), (48.8566, 2.3522));
        assert!((kilometres(berlin, paris) - 877.46).abs() < 1.0);
        assert!(kilometres(berlin, berlin).abs() < f64::EPSILON);
        let across = kilometres((0.0, 179.9), (0.0, -179.9));
        assert!((across - 22.24).abs() < 0.1, "over the date line: {across}");
        let half = kilometres((90.0, 0.0), (-90.0, 0.0));
        assert!((half - 20_015.1).abs() < 1.0, "{half}");
    }
}
