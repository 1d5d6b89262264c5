//! The OpenAPI document tells of every call of this service, and of no other. What they answer every test holds against it.

use std::sync::Arc;

use clap::Parser;
use platform::clock::SystemClock;
use search_api::{config::Config, embedded::Embedded, query::engine::Engine, routes, state::Search};

#[test]
fn the_document_tells_of_every_call_and_of_no_other() {
    let config = Config::parse_from(["search-api", "--postgres-url", "postgres://unused"]);
    let engine = Engine::Embedded(Embedded::new().unwrap());
    let router = routes::routes(Search::new(&config, engine, None, Arc::new(SystemClock)));
    openapi::routes::hold("search-api", &format!("{router:?}"));
}
