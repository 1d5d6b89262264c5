//! Which calls a router takes. axum tells nobody what is in a router but by its `Debug`: the paths, and for each the value of
//! `Allow` that it would answer to a method which it does not know. Another version may print that otherwise; then nothing is
//! found, and the comparison says that everything is missing.

use std::collections::{BTreeMap, BTreeSet};

use crate::document;

/// What no document tells of: files of pages, the probes of whoever runs a service, and what goes by no gate.
const NOT_TOLD: [&str; 4] = ["/assets/", "/internal/", "/healthz", "/readyz"];

/// A method in capitals, and the shape of a path.
pub type Call = (String, String);

/// The calls of the router that prints itself as `debug`.
pub fn of_router(debug: &str) -> BTreeSet<Call> {
    let own = debug.split("fallback_router:").next().unwrap_or_default();
    let (mut paths, mut methods) = (BTreeMap::new(), BTreeMap::new());
    for entry in own.split("RouteId(").skip(1) {
        let Some((id, said)) = entry.split_once("): ") else { continue };
        if let Some(path) = said.strip_prefix('"') {
            paths.insert(id, path.split('"').next().unwrap_or_default());
        } else if let Some(allowed) = between(said, "allow_header: Bytes(b\"", "\"") {
            methods.insert(id, allowed);
        }
    }
    let calls = paths.iter().flat_map(|(id, path)| {
        let allowed = methods.get(id).copied().unwrap_or("ANY");
        // Whoever answers GET answers HEAD.
        let told = allowed.split(',').filter(|method| *method != "HEAD");
        told.map(|method| (method.to_owned(), document::shape(path)))
    });
    calls.filter(|(_, path)| !NOT_TOLD.iter().any(|beginning| path.starts_with(beginning))).collect()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split(after).next()
}

/// The calls of the document of `service`.
///
/// # Errors
/// When it cannot be read.
pub fn of_document(service: &str) -> anyhow::Result<BTreeSet<Call>> {
    let document = document::of(service)?;
    Ok(document::calls(&document).map(|(method, path, _)| (method, document::shape(path))).collect())
}

/// Panics where the router of `service` and its document are not about the same calls.
///
/// # Panics
/// As it says.
pub fn hold(service: &str, debug: &str) {
    let told = of_document(service).unwrap_or_else(|error| panic!("{error:#}"));
    let taken = of_router(debug);
    let list = |calls: &mut dyn Iterator<Item = &Call>| {
        let lines: Vec<_> = calls.map(|(method, path)| format!("  {method} {path}\n")).collect();
        lines.concat()
    };
    let (untold, gone) = (list(&mut taken.difference(&told)), list(&mut told.difference(&taken)));
    assert!(
        untold.is_empty() && gone.is_empty(),
        "docs/openapi/{service}.yaml lacks:\n{untold}and tells of what is not there:\n{gone}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_is_read_as_it_prints_itself() {
        let printed = "Router { path_router: PathRouter { routes: {RouteId(2): MethodRouter(MethodRouter { get: Route, \
            allow_header: Bytes(b\"GET,HEAD,POST\") }), RouteId(3): Route(Route)}, node: Node { paths: {RouteId(3): \"/a\", \
            RouteId(2): \"/b/{c}\"} } }, fallback_router: PathRouter { routes: {RouteId(2): Route} } }";
        let call = |method: &str, path: &str| (method.to_owned(), path.to_owned());
        let calls = [call("ANY", "/a"), call("GET", "/b/{}"), call("POST", "/b/{}")];
        assert_eq!(of_router(printed), calls.into());
    }
}
