//! The reference: the document of all services as it is served, and a page that shows it. The page is made once, out of the
//! document alone; it needs no script, and whoever looks for something on it asks their browser.

mod document;
mod example;
pub mod handler;
mod view;

use std::sync::LazyLock;

use minijinja::{context, value::Serde};

use super::render;
use document::Document;

/// The document, as `cargo xtask openapi` joins it; a test holds it to the documents of the services.
const TEXT: &str = include_str!("../../../../docs/openapi/usher.json");

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    serde_json::from_str(TEXT).expect("the document is what the reference can show: a test shows it")
});

/// The page.
///
/// # Errors
/// Never: a test renders it.
fn page() -> Result<String, minijinja::Error> {
    let view = view::view(&DOCUMENT);
    render("reference.html", context! { view => Serde(view) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_call_every_schema_and_every_kind_of_problem() {
        let page = page().unwrap();
        let document: serde_json::Value = serde_json::from_str(TEXT).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (_, call) in methods.as_object().unwrap() {
                let id = call["operationId"].as_str().unwrap();
                assert!(page.contains(&format!("id=\"{id}\"")), "{id} of {path} is not shown");
            }
        }
        for (name, _) in document["components"]["schemas"].as_object().unwrap() {
            assert!(page.contains(&format!("id=\"schema-{name}\"")), "{name} is not shown");
        }
        for kind in document["x-problem-types"].as_array().unwrap() {
            let name = kind["type"].as_str().unwrap().trim_start_matches("/problems/");
            assert!(page.contains(&format!("id=\"problem-{name}\"")), "{name} is not shown");
        }
    }

    #[test]
    fn every_link_on_the_page_leads_somewhere_on_it() {
        let page = page().unwrap();
        let links: Vec<_> =
            page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(links.len() > 300, "{} links", links.len());
        for link in links {
            assert!(page.contains(&format!("id=\"{link}\"")), "#{link} leads nowhere");
        }
    }

    #[test]
    fn nothing_on_the_page_runs_or_comes_from_elsewhere() {
        let page = page().unwrap();
        for word in ["<script", "<style", " style=", "src=\"http", "href=\"http", "@import", "onclick"] {
            assert!(!page.contains(word), "{word}");
        }
    }
}
