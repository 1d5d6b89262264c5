//! search-api against a real PostgreSQL and a real Elasticsearch, and with its own index beside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

#[macro_use]
mod engines;

mod bounds;
mod child;
mod cluster;
mod documented;
mod embedded;
mod fast;
mod fault;
mod filters;
mod judged;
mod killed;
mod known_items;
mod many;
mod measure;
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
mod truth;
mod words;
mod world;
