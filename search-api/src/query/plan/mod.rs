//! What a search asks of an index, in the words of no engine: which words must be found and what each way to find them
//! is worth, what narrows it down, what counts beside. Made once here; each engine only says it in its own words, so
//! that both mean the same.
//!
//! Each event gets a rank that is a sum of whole numbers, so that paging is exact: for every word how well it was
//! found, then whether the event is still to come, then whether there is something left, then how near it is. Among
//! equals the sooner one comes first. (The usual BM25 scores change with every document that is written, and would
//! shift pages.)

pub mod text;
pub mod typed;

use chrono::{DateTime, Utc};
use contracts::money::Currency;

use super::{
    EventSearch,
    cursor::Cursor,
    date::{DayWord, Days, When},
    place::Place,
    sort::Sort,
    wider::Wider,
};

/// How well a word is found, in steps that the state of an event never outweighs.
pub mod rank {
    /// The word itself, in the title or a performer's name.
    pub const NAME: u32 = 320;
    /// The word itself, elsewhere: venue, city, month, category, or neighbours written together.
    pub const ELSEWHERE: u32 = 256;
    /// It begins a word of the title or of a name.
    pub const NAME_BEGINS: u32 = 192;
    /// It begins a word elsewhere.
    pub const BEGINS: u32 = 128;
    /// Some word is like it.
    pub const LIKE: u32 = 64;
    /// All words stand together in this order in one name.
    pub const TOGETHER: u32 = 64;
    /// The text is all of the title or of a performer's name.
    pub const WHOLE: u32 = 64;
    /// It would be, were it not for blanks.
    pub const WHOLE_TOGETHER: u32 = 32;
    /// A word like "tour" stands in a name.
    pub const NOISE: u32 = 32;
    /// The event has not begun.
    pub const TO_COME: u32 = 16;
    /// There is something left.
    pub const LEFT: u32 = 8;
    /// It is in the inner half of the circle, and once more for half of that, and so on.
    pub const NEAR: u32 = 1;
    /// How many halves there are.
    pub const RINGS: u32 = 4;
}

/// How many words of an index are tried for one that is written wrong; those most like it first.
pub const EXPANSIONS: usize = 30;

/// Folded words of an event, by where they come from (see `document::body`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The title and the performers.
    Name,
    /// Everything else, and neighbours written together.
    All,
    /// Each name as one key.
    Whole,
    /// Month, weekday and year.
    When,
    /// The performers.
    Performer,
    /// The venue's name.
    Venue,
    /// The city, with its country and without, as keys.
    City,
    /// The beginnings of the words of names.
    Begin,
    /// The beginnings of the words of venue and city.
    BeginPlace,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Name,
        Self::All,
        Self::Whole,
        Self::When,
        Self::Performer,
        Self::Venue,
        Self::City,
        Self::Begin,
        Self::BeginPlace,
    ];

    /// Its name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::All => "all",
            Self::Whole => "whole",
            Self::When => "when",
            Self::Performer => "performer",
            Self::Venue => "venue",
            Self::City => "city",
            Self::Begin => "begin",
            Self::BeginPlace => "beginPlace",
        }
    }

    /// Whether it is taken apart into words; otherwise each value stands as it is.
    pub const fn has_words(self) -> bool {
        matches!(self, Self::Name | Self::All | Self::Performer | Self::Venue)
    }
}

/// What must be found in the words of an event. It counts nothing by itself: [`Clause::Worth`] does.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// One of these stands there as it is.
    Key(Field, Vec<String>),
    /// These words stand together in this order.
    Phrase(Field, String),
    /// A word begins so.
    Begins(Field, String),
    /// A word is like this one, with at most so many slips and the same first letter.
    Like(Field, String, usize),
    /// All of the first; those of the second only count.
    All(Vec<Clause>, Vec<Clause>),
    /// At least one.
    Any(Vec<Clause>),
    /// At least so many.
    Most(Vec<Clause>, usize),
    /// At least one, and only the best of them counts.
    Best(Vec<Clause>),
    /// Counts so much, whatever is inside.
    Worth(Box<Clause>, u32),
}

impl Clause {
    /// Counts `rank`.
    #[must_use]
    pub fn worth(self, rank: u32) -> Self {
        Self::Worth(Box::new(self), rank)
    }
}

/// An instant of an event, in milliseconds. The stretches say from when on it is "tomorrow", and the like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Instant {
    /// When it begins.
    StartsAt,
    /// When sales open.
    SalesStart,
    /// When sales close.
    SalesEnd,
    /// When the day before it begins.
    DayBefore,
    /// When its day begins.
    Day,
    /// When the day after it begins.
    DayAfter,
    /// When its night begins; only some have one.
    Night,
    /// When the week before it begins.
    WeekBefore,
    /// When its week begins.
    Week,
    /// When the week after it begins.
    WeekAfter,
}

impl Instant {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::StartsAt,
        Self::SalesStart,
        Self::SalesEnd,
        Self::DayBefore,
        Self::Day,
        Self::DayAfter,
        Self::Night,
        Self::WeekBefore,
        Self::Week,
        Self::WeekAfter,
    ];

    /// Its name in the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StartsAt => "startsAt",
            Self::SalesStart => "salesStart",
            Self::SalesEnd => "salesEnd",
            Self::DayBefore => "stretch.dayBefore",
            Self::Day => "stretch.day",
            Self::DayAfter => "stretch.dayAfter",
            Self::Night => "stretch.night",
            Self::WeekBefore => "stretch.weekBefore",
            Self::Week => "stretch.week",
            Self::WeekAfter => "stretch.weekAfter",
        }
    }
}

/// What narrows a search down. It is so or it is not.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The instant comes after this moment.
    After(Instant, i64),
    /// It does not.
    Until(Instant, i64),
    /// It begins on one of these days, at the venue.
    Days(Days),
    /// It is on a weekend.
    Weekend,
    /// Something is left, and it takes place as announced.
    Takeable,
    /// It is of one of these kinds.
    Categories(Vec<&'static str>),
    /// Its prices are in this currency.
    Currency(Currency),
    /// It costs at least so much.
    AtLeast(i64),
    /// It costs at most so much.
    AtMost(i64),
    /// It has a price.
    Priced,
    /// It is there.
    At(Place),
    /// These words stand together in the field.
    Named(Field, String),
}

/// All that a search asks.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What must be found of the words.
    pub words: Option<Clause>,
    /// What must be so.
    pub conditions: Vec<Condition>,
    /// What counts beside the words, and how much.
    pub bonuses: Vec<(Condition, u32)>,
    /// The order.
    pub sort: Sort,
    /// The point of [`Sort::Distance`] and its radius in kilometres.
    pub near: Option<(f64, f64, f64)>,
}

impl Plan {
    /// The plan of a search. `now` decides what is still to come; a cursor keeps that of the first page.
    pub fn of(search: &EventSearch, wider: &Wider, now: DateTime<Utc>) -> Self {
        let now = search.cursor.as_ref().map_or(now, Cursor::moment).timestamp() * 1000;
        let place = wider.place(search.place.as_ref());
        let mut conditions = filters(search, now);
        conditions.extend(when(search.when, now));
        conditions.extend(place.clone().map(Condition::At));
        let circle = match place {
            Some(Place::Around { latitude, longitude, radius }) => Some((latitude, longitude, radius)),
            Some(Place::City(_)) | None => None,
        };
        let bonuses = if search.sort == Sort::Relevance { bonuses(circle, now) } else { Vec::new() };
        Self {
            words: search.words.as_ref().map(|words| text::text(words, wider)),
            conditions,
            bonuses,
            sort: search.sort,
            near: circle.filter(|_| search.sort == Sort::Distance),
        }
    }
}

/// What counts beside the words. The inner half of a circle counts, half of that once more, and so on.
fn bonuses(circle: Option<(f64, f64, f64)>, now: i64) -> Vec<(Condition, u32)> {
    let mut bonuses =
        vec![(Condition::After(Instant::StartsAt, now), rank::TO_COME), (Condition::Takeable, rank::LEFT)];
    if let Some((latitude, longitude, mut radius)) = circle {
        for _ in 0..rank::RINGS {
            radius /= 2.0;
            bonuses.push((Condition::At(Place::Around { latitude, longitude, radius }), rank::NEAR));
        }
    }
    bonuses
}

/// What narrows the search down beside text, days and place.
fn filters(search: &EventSearch, now: i64) -> Vec<Condition> {
    let asked = &search.filters;
    let mut filters = Vec::new();
    if !asked.categories.is_empty() {
        filters.push(Condition::Categories(asked.categories.clone()));
    }
    for (field, name) in [(Field::Performer, &asked.performer), (Field::Venue, &asked.venue)] {
        filters.extend(name.clone().map(|name| Condition::Named(field, name)));
    }
    if asked.available {
        filters.push(Condition::Takeable);
        filters.push(Condition::Until(Instant::SalesStart, now));
        filters.push(Condition::After(Instant::SalesEnd, now));
        filters.push(Condition::After(Instant::StartsAt, now));
    }
    filters.extend(search.prices.currency.map(Condition::Currency));
    filters.extend(search.prices.min.map(Condition::AtLeast));
    filters.extend(search.prices.max.map(Condition::AtMost));
    if search.sort == Sort::Price {
        filters.push(Condition::Priced);
    }
    filters
}

/// When. The index knows for each event the stretch of time in which it is "tomorrow".
fn when(when: Option<When>, now: i64) -> Vec<Condition> {
    let to_come = Condition::After(Instant::StartsAt, now);
    let within = |from: Instant, to: Instant| {
        vec![to_come.clone(), Condition::Until(from, now), Condition::After(to, now)]
    };
    let weekend = |mut conditions: Vec<Condition>| {
        conditions.push(Condition::Weekend);
        conditions
    };
    match when {
        None => vec![to_come],
        Some(When::Days(days)) => vec![Condition::Days(days)],
        Some(When::Word(word)) => match word {
            DayWord::Today => within(Instant::Day, Instant::DayAfter),
            DayWord::Tonight => within(Instant::Night, Instant::DayAfter),
            DayWord::Tomorrow => within(Instant::DayBefore, Instant::Day),
            DayWord::ThisWeek => within(Instant::Week, Instant::WeekAfter),
            DayWord::ThisWeekend => weekend(within(Instant::Week, Instant::WeekAfter)),
            DayWord::NextWeekend => weekend(within(Instant::WeekBefore, Instant::Week)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_keeps_the_moment_of_the_first_page() {
        let event = uuid::Uuid::from_u128(7).into();
        let wider = Wider::default();
        let cursor =
            Cursor { search: String::new(), now: 1_700_000_000, rank: 46.0, starts: 5, event, wider };
        let search = EventSearch { cursor: Some(cursor), ..EventSearch::default() };
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let plan = Plan::of(&search, &Wider::default(), now);
        assert_eq!(plan.conditions, [Condition::After(Instant::StartsAt, 1_700_000_000_000)]);
    }

    #[test]
    fn only_relevance_counts_what_is_near_and_left() {
        let place = Some(Place::parse("52.5,13.4").unwrap());
        let of = |sort| {
            let search = EventSearch { sort, place: place.clone(), ..EventSearch::default() };
            Plan::of(&search, &Wider::default(), DateTime::UNIX_EPOCH)
        };
        let worth = |plan: &Plan| plan.bonuses.iter().map(|bonus| bonus.1).collect::<Vec<_>>();
        assert_eq!(worth(&of(Sort::Relevance)), [16, 8, 1, 1, 1, 1]);
        assert_eq!(of(Sort::Relevance).near, None);
        assert!(of(Sort::Distance).bonuses.is_empty());
        assert_eq!(of(Sort::Distance).near, Some((52.5, 13.4, 50.0)));
    }
}
