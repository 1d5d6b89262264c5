//! search-api against a real PostgreSQL and a real Elasticsearch.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bounds;
mod fault;
mod filters;
mod known_items;
mod page;
mod pages_of_results;
mod parameters;
mod proxy;
mod relevance;
mod seed;
mod suggest;
mod sync;
mod words;
mod world;
