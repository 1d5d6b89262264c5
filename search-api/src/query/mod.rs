//! What a fan asks of search, and what comes back. Words, days and places are understood here, once for every engine.

pub mod accept;
pub mod ask;
pub mod cursor;
pub mod date;
pub mod elasticsearch;
pub mod embedded;
pub mod engine;
pub mod facet;
pub mod filter;
pub mod fit;
pub mod handler;
pub mod parse;
pub mod place;
pub mod plan;
pub mod price;
pub mod share;
pub mod shield;
pub mod sort;
pub mod spelling;
pub mod suggest;
pub mod tag;
pub mod text;
pub mod view;
pub mod wider;

use crate::document::EventDocument;
use cursor::Cursor;
use date::When;
use facet::{Facet, Facets};
use filter::Filters;
pub use parse::{BadParameter, PARAMETERS};
use place::Place;
use price::Prices;
use sort::Sort;
use text::Words;
pub use view::{EventView, SearchView};
use wider::Wider;

/// How many events a page has when nobody says.
pub const USUAL_LIMIT: u16 = 20;
/// The most events of one page.
pub const HIGHEST_LIMIT: u16 = 100;

/// One search, understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventSearch {
    /// What the event is called, who performs, where: all of it must be found.
    pub words: Option<Words>,
    /// Where.
    pub place: Option<Place>,
    /// When, by the venue's own days. Without it only what has not begun is found.
    pub when: Option<When>,
    /// What narrows it down beside.
    pub filters: Filters,
    /// For how much.
    pub prices: Prices,
    /// In which order.
    pub sort: Sort,
    /// What to count.
    pub facets: Vec<Facet>,
    /// How many events at once.
    pub limit: u16,
    /// After which event to go on.
    pub cursor: Option<Cursor>,
}

impl EventSearch {
    /// Tells searches apart, whatever their page: a cursor belongs to one.
    pub fn fingerprint(&self) -> String {
        let asked = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?}",
            self.words, self.place, self.when, self.filters, self.prices, self.sort
        );
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, asked.as_bytes()).simple().to_string()[..12].to_owned()
    }
}

/// One page of found events, as an engine told it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The events, best first.
    pub events: Vec<EventDocument>,
    /// How many there are on all pages.
    pub total: u64,
    /// Where the next page begins.
    pub cursor: Option<Cursor>,
    /// What was counted.
    pub facets: Option<Facets>,
    /// What may have been meant.
    pub suggestion: Option<String>,
    /// In what more was looked at than was asked.
    pub wider: Wider,
}
