//! What the embedded index knows of a search that found nothing: where its city is, and which of its words are cities.
//! It looks at past events too.

use tantivy::{
    DocAddress, Searcher, Term, collector::DocSetCollector, query::TermQuery, schema::IndexRecordOption,
};

use super::{
    LookError,
    columns::{self, Points},
    nearest,
};
use crate::{
    embedded::Embedded,
    query::{
        EventSearch,
        place::Place,
        plan::Field,
        spelling,
        wider::{Learned, city_runs},
    },
};

/// What is learned.
///
/// # Errors
/// [`LookError`].
pub fn learned(embedded: &Embedded, search: &EventSearch) -> Result<Learned, LookError> {
    let searcher = embedded.searcher();
    let field = embedded.fields().text(Field::City);
    let in_city = |name: &str| -> tantivy::Result<Vec<DocAddress>> {
        let query = TermQuery::new(Term::from_field_text(field, name), IndexRecordOption::Basic);
        Ok(searcher.search(&query, &DocSetCollector)?.into_iter().collect())
    };
    let mut learned = Learned::default();
    for (at, name) in city_runs(search) {
        if !in_city(&name)?.is_empty() {
            learned.known.cities.extend(at);
        }
    }
    learned.known.cities.sort_unstable();
    learned.known.cities.dedup();
    if let Some(Place::City(city)) = &search.place {
        learned.known.centre = centre(&searcher, &in_city(city)?)?;
        learned.unknown_city = learned.known.centre.is_none();
        learned.city_like = nearest::nearest(&searcher, field, city, spelling::SHORTEST_CITY)?;
    }
    Ok(learned)
}

/// Where the last of these events is.
fn centre(searcher: &Searcher, events: &[DocAddress]) -> tantivy::Result<Option<(f64, f64)>> {
    let mut last: Option<(i64, (f64, f64))> = None;
    for (segment, reader) in (0_u32..).zip(searcher.segment_readers()) {
        let (starts, points) = (columns::starts(reader)?, Points::of(reader)?);
        for event in events.iter().filter(|event| event.segment_ord == segment) {
            let at = starts.first(event.doc_id).zip(points.at(event.doc_id));
            if let Some(at) = at.filter(|at| last.is_none_or(|last| at.0 > last.0)) {
                last = Some(at);
            }
        }
    }
    Ok(last.map(|(_, point)| point))
}
