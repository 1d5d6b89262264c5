//! Which ways there are to find what is still being typed.

use super::{
    Clause::{self, All, Any, Begins, Best, Like, Phrase},
    Field, rank,
};
use crate::query::parse::Typed;

/// How many names of a kind are looked at, of which the best are shown.
pub const LOOKED_AT: usize = 100;
/// From this length on a slip is forgiven.
const SHORTEST_LIKE: usize = 4;
/// Longer words are looked for as they are.
const LONGEST_LIKE: usize = 12;

/// Where all words that were typed are found, or begin a word, or are like a beginning.
#[derive(Clone, Debug, PartialEq)]
pub struct Ways {
    /// In the title or a performer's name.
    pub name: Clause,
    /// In a performer's name.
    pub performer: Clause,
    /// In the venue's name.
    pub venue: Clause,
    /// Anywhere: the city among it.
    pub place: Clause,
}

impl Ways {
    /// The ways for `typed`.
    pub fn of(typed: &Typed) -> Self {
        let words = typed.words.telling();
        Self {
            name: all(words, Field::Name, Field::Begin),
            performer: all(words, Field::Performer, Field::Begin),
            venue: all(words, Field::Venue, Field::BeginPlace),
            place: all(words, Field::All, Field::BeginPlace),
        }
    }

    /// Any of them.
    pub fn any(&self) -> Clause {
        Any([&self.name, &self.performer, &self.venue, &self.place].map(Clone::clone).to_vec())
    }
}

/// All words are found in `field`, or begin a word of it, or are like a beginning in `begin`.
fn all(words: &[String], field: Field, begin: Field) -> Clause {
    All(words.iter().map(|word| one(word, field, begin)).collect(), Vec::new())
}

fn one(word: &str, field: Field, begin: Field) -> Clause {
    let mut ways = vec![
        Phrase(field, word.to_owned()).worth(rank::NAME),
        Begins(field, word.to_owned()).worth(rank::NAME_BEGINS),
    ];
    if (SHORTEST_LIKE..=LONGEST_LIKE).contains(&word.chars().count()) {
        ways.push(Like(begin, word.to_owned(), 1).worth(rank::LIKE));
    }
    Best(ways)
}
