//! search-api against a real PostgreSQL and a real Elasticsearch.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod bounds;
mod child;
mod fault;
mod filters;
mod killed;
mod known_items;
mod many;
mod network;
mod page;
mod pages_of_results;
mod parameters;
mod proxy;
mod rebuild;
mod refused;
mod relevance;
mod seed;
mod servers;
mod slot;
mod suggest;
mod sync;
mod toll;
mod words;
mod world;
