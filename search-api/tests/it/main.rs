//! search-api against a real PostgreSQL and a real Elasticsearch.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod fault;
mod filters;
mod page;
mod proxy;
mod relevance;
mod seed;
mod sync;
mod world;
