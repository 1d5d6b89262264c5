//! Which of a document's folded words and numbers the embedded index holds, and how. The values are those of
//! `document::body`, under the same names, so that both engines look at the same.

use chrono::{Datelike, NaiveDate};
use contracts::id::EventId;
use serde_json::Value;
use tantivy::{
    TantivyDocument, Term,
    schema::{FAST, Field as Place, IndexRecordOption, STORED, Schema, TextFieldIndexing, TextOptions},
};

use super::tokenizer;
use crate::{
    document::{EventDocument, body},
    query::plan::{Field, Instant},
};

/// Names and keys that are counted or compared, not searched.
pub(crate) const CATEGORY: &str = "category";
pub(crate) const CURRENCY: &str = "currency";
pub(crate) const CITY_KEY: &str = "cityKey";
pub(crate) const CITY_NAME: &str = "cityName";
pub(crate) const MONTH: &str = "month";
pub(crate) const PERFORMER_NAME: &str = "performerName";
pub(crate) const VENUE_NAME: &str = "venueName";
const LABELS: [&str; 7] = [CATEGORY, CURRENCY, CITY_KEY, CITY_NAME, MONTH, PERFORMER_NAME, VENUE_NAME];

/// Numbers.
pub(crate) const PRICE_FROM: &str = "priceFrom";
pub(crate) const POPULARITY: &str = "popularity";
/// The day at the venue, counted from the first of the common era.
pub(crate) const LOCAL_DAY: &str = "localDay";
/// What is so or not, as 0 and 1.
pub(crate) const TAKEABLE: &str = "takeable";
pub(crate) const WEEKEND: &str = "stretch.weekend";
/// Degrees.
pub(crate) const LATITUDE: &str = "latitude";
pub(crate) const LONGITUDE: &str = "longitude";
/// The two halves of the id: together they order as its text does.
pub(crate) const ID_HIGH: &str = "idHigh";
pub(crate) const ID_LOW: &str = "idLow";

/// A name in the index: tantivy takes a dot for a step into an object.
pub(crate) fn name(of: &str) -> String {
    of.replace('.', "_")
}

/// Where everything is.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    id: Place,
    /// By the order of [`Field::ALL`].
    texts: Vec<Place>,
    /// The words of names as they are written, for telling what was meant.
    pub(crate) word: Place,
    /// What is shown, as JSON.
    pub(crate) shown: Place,
    labels: Vec<(&'static str, Place)>,
    instants: Vec<(Instant, Place)>,
    numbers: Vec<(&'static str, Place)>,
    degrees: [Place; 2],
    halves: [Place; 2],
}

/// The schema, and where everything is.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str, option| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_fieldnorms(false)
            .set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let key = text("raw", IndexRecordOption::Basic);
    let words = text(tokenizer::NAME, IndexRecordOption::WithFreqsAndPositions);
    let id = schema.add_text_field("id", key.clone());
    let texts = Field::ALL
        .iter()
        .map(|field| {
            schema.add_text_field(field.name(), if field.has_words() { words.clone() } else { key.clone() })
        })
        .collect();
    let word = schema.add_text_field("word", text(tokenizer::NAME, IndexRecordOption::Basic));
    let shown = schema.add_bytes_field("shown", STORED);
    let label = TextOptions::default().set_fast("raw");
    let labels =
        LABELS.map(|label_name| (label_name, schema.add_text_field(label_name, label.clone()))).to_vec();
    let instants =
        Instant::ALL.map(|instant| (instant, schema.add_i64_field(&name(instant.name()), FAST))).to_vec();
    let numbers = [PRICE_FROM, POPULARITY, LOCAL_DAY, TAKEABLE, WEEKEND]
        .map(|number| (number, schema.add_i64_field(&name(number), FAST)))
        .to_vec();
    let degrees = [LATITUDE, LONGITUDE].map(|degree| schema.add_f64_field(degree, FAST));
    let halves = [ID_HIGH, ID_LOW].map(|half| schema.add_u64_field(half, FAST));
    (schema.build(), Fields { id, texts, word, shown, labels, instants, numbers, degrees, halves })
}

/// The two halves of an id.
pub(crate) fn halves(event: EventId) -> (u64, u64) {
    event.uuid().as_u64_pair()
}

/// A day as a number.
pub(crate) fn day(day: NaiveDate) -> i64 {
    day.num_days_from_ce().into()
}

impl Fields {
    /// Where the words of `field` are.
    pub(crate) fn text(&self, field: Field) -> Place {
        let at = Field::ALL.iter().position(|one| *one == field).unwrap_or_default();
        self.texts[at]
    }

    /// What tells an event from all others.
    pub(super) fn key(&self, event: EventId) -> Term {
        Term::from_field_text(self.id, &event.to_string())
    }

    /// The document for the index.
    pub(super) fn document(&self, event: &EventDocument) -> TantivyDocument {
        let body = body::body(event);
        let mut document = TantivyDocument::new();
        document.add_text(self.id, event.event_id.to_string());
        for (field, place) in Field::ALL.iter().zip(&self.texts) {
            each_text(&body[field.name()], |text| document.add_text(*place, text));
        }
        each_text(&body["word"], |text| document.add_text(self.word, text));
        for (name, place) in &self.labels {
            each_text(&body[*name], |text| document.add_text(*place, text));
        }
        for (instant, place) in &self.instants {
            if let Some(moment) = at(&body, instant.name()).as_i64() {
                document.add_i64(*place, moment);
            }
        }
        for (name, place) in &self.numbers {
            let value = match *name {
                LOCAL_DAY => Some(day(event.local_date())),
                name => match at(&body, name) {
                    Value::Bool(so) => Some(i64::from(*so)),
                    number => number.as_i64(),
                },
            };
            if let Some(value) = value {
                document.add_i64(*place, value);
            }
        }
        document.add_f64(self.degrees[0], event.venue.latitude);
        document.add_f64(self.degrees[1], event.venue.longitude);
        let (high, low) = halves(event.event_id);
        document.add_u64(self.halves[0], high);
        document.add_u64(self.halves[1], low);
        document.add_bytes(self.shown, body["shown"].to_string().as_bytes());
        document
    }
}

/// The value at a path with dots in it.
fn at<'a>(body: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(body, |inner, step| &inner[step])
}

/// A text, or each of a list of them.
fn each_text(value: &Value, mut take: impl FnMut(&str)) {
    match value {
        Value::String(text) => take(text),
        Value::Array(all) => all.iter().filter_map(Value::as_str).for_each(take),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::tests::document;

    #[test]
    fn every_value_that_is_looked_at_is_in_the_document() {
        let (schema, fields) = schema();
        let mut event = document();
        event.price_from = Some(contracts::money::Money { minor: 5, currency: "EUR".parse().unwrap() });
        let document = fields.document(&event);
        for (place, entry) in schema.fields() {
            assert!(document.get_first(place).is_some(), "{} is missing", entry.name());
        }
        // Nothing of the body is left out but what the index of Elasticsearch alone needs.
        let body = body::body(&event);
        for name in body.as_object().unwrap().keys().filter(|name| *name != "deleted") {
            let known = ["location", "localDate", "stretch"].contains(&name.as_str());
            assert!(known || schema.get_field(name).is_ok(), "{name} is not looked at");
        }
    }

    #[test]
    fn the_halves_of_an_id_order_as_its_text_does() {
        let ids = [
            "018f0000-0000-7000-8000-000000000001",
            "018f0000-0000-7000-8000-000000000002",
            "f0000000-0000-7000-8000-000000000000",
        ];
        let ids = ids.map(|id| id.parse::<EventId>().unwrap());
        assert!(ids.is_sorted_by_key(ToString::to_string) && ids.is_sorted_by_key(|id| halves(*id)));
    }
}
