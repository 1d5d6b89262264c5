//! A plan in the words of the embedded index.

use std::collections::HashMap;

use tantivy::{
    Searcher, Term,
    query::{
        AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Occur,
        PhraseQuery, Query, TermQuery,
    },
    schema::IndexRecordOption,
};

use super::nearest;
use crate::{
    embedded::{schema::Fields, tokenizer},
    query::{
        place::Place,
        plan::{Clause, Condition, EXPANSIONS, Field, Plan},
    },
};

type Boxed = Box<dyn Query>;

/// Turns clauses into queries of one moment of the index.
pub(super) struct Translator<'a> {
    searcher: &'a Searcher,
    fields: &'a Fields,
    /// Which words are like one, by field and slips: several ways ask for the same.
    like: HashMap<(Field, String, usize), Vec<String>>,
}

impl<'a> Translator<'a> {
    pub(super) fn new(searcher: &'a Searcher, fields: &'a Fields) -> Self {
        Self { searcher, fields, like: HashMap::new() }
    }

    /// What is found by its words: the rest of the plan is looked at event by event.
    pub(super) fn plan(mut self, plan: &Plan) -> tantivy::Result<Boxed> {
        let mut must = Vec::new();
        if let Some(words) = &plan.words {
            must.push(self.clause(words)?);
        }
        for condition in &plan.conditions {
            let narrowing = match condition {
                Condition::At(Place::City(city)) => Clause::Key(Field::City, vec![city.clone()]),
                Condition::Named(field, name) => Clause::Phrase(*field, name.clone()),
                _ => continue,
            };
            must.push(self.clause(&narrowing.worth(0))?);
        }
        Ok(all(must, Vec::new()))
    }

    pub(super) fn clause(&mut self, clause: &Clause) -> tantivy::Result<Boxed> {
        Ok(match clause {
            Clause::Key(field, values) => any(values.iter().map(|value| self.term(*field, value)).collect()),
            Clause::Phrase(field, words) => self.phrase(*field, words),
            Clause::Begins(field, with) => {
                let term = Term::from_field_text(self.fields.text(*field), with);
                Box::new(FuzzyTermQuery::new_prefix(term, 0, true))
            }
            Clause::Like(field, word, slips) => {
                let like = self.like(*field, word, *slips)?;
                any(like.iter().map(|word| self.term(*field, word)).collect())
            }
            Clause::All(must, should) => all(self.each(must)?, self.each(should)?),
            Clause::Any(inner) => any(self.each(inner)?),
            Clause::Most(inner, least) => {
                let should = self.each(inner)?.into_iter().map(|query| (Occur::Should, query)).collect();
                Box::new(BooleanQuery::with_minimum_required_clauses(should, *least))
            }
            Clause::Best(inner) => Box::new(DisjunctionMaxQuery::new(self.each(inner)?)),
            Clause::Worth(inner, rank) => {
                // Ranks are small whole numbers, which are exact as such.
                let rank = u16::try_from(*rank).unwrap_or(u16::MAX).into();
                Box::new(ConstScoreQuery::new(self.clause(inner)?, rank))
            }
        })
    }

    fn each(&mut self, clauses: &[Clause]) -> tantivy::Result<Vec<Boxed>> {
        clauses.iter().map(|clause| self.clause(clause)).collect()
    }

    fn term(&self, field: Field, text: &str) -> Boxed {
        let term = Term::from_field_text(self.fields.text(field), text);
        Box::new(TermQuery::new(term, IndexRecordOption::Basic))
    }

    fn phrase(&self, field: Field, text: &str) -> Boxed {
        match tokenizer::words(text)[..] {
            [] => Box::new(EmptyQuery),
            [word] => self.term(field, word),
            ref words => {
                let place = self.fields.text(field);
                Box::new(PhraseQuery::new(
                    words.iter().map(|word| Term::from_field_text(place, word)).collect(),
                ))
            }
        }
    }

    fn like(&mut self, field: Field, word: &str, slips: usize) -> tantivy::Result<Vec<String>> {
        if let Some(known) = self.like.get(&(field, word.to_owned(), slips)) {
            return Ok(known.clone());
        }
        let mut like = nearest::like(self.searcher, self.fields.text(field), word, slips)?;
        like.truncate(EXPANSIONS);
        let like: Vec<String> = like.into_iter().map(|found| found.word).collect();
        self.like.insert((field, word.to_owned(), slips), like.clone());
        Ok(like)
    }
}

/// All of the first; those of the second only count.
fn all(mut must: Vec<Boxed>, should: Vec<Boxed>) -> Boxed {
    if must.is_empty() {
        // Counts nothing, where it would count one by itself.
        must.push(Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0)));
    }
    if must.len() == 1 && should.is_empty() {
        return must.remove(0);
    }
    let must = must.into_iter().map(|query| (Occur::Must, query));
    let both = must.chain(should.into_iter().map(|query| (Occur::Should, query))).collect();
    Box::new(BooleanQuery::with_minimum_required_clauses(both, 0))
}

/// At least one.
fn any(mut inner: Vec<Boxed>) -> Boxed {
    match inner.len() {
        0 => Box::new(EmptyQuery),
        1 => inner.remove(0),
        _ => {
            let should = inner.into_iter().map(|query| (Occur::Should, query)).collect();
            Box::new(BooleanQuery::with_minimum_required_clauses(should, 1))
        }
    }
}
