//! Paths that the operator adds to the route table: each leads to a service behind the gate, or to an origin that is not ours.
//! Pure.
//!
//! Such an origin answers at our own host, so a browser takes its pages for ours: name only what you trust as yourself. It hears
//! neither our cookies nor bearer tokens, which are ours at this host; scripts of its pages could still act as whoever looks at them.

use std::str::FromStr;

use super::route::{self, Service};
use crate::site::Origin;

/// A path prefix and who answers below it, as `/prefix=service` or `/prefix=https://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    prefix: String,
    to: Target,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A service behind the gate, under its usual name.
    Service(Service),
    /// An origin that is not ours.
    Origin(Origin),
}

/// A text that adds no route.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    /// Not of this form.
    #[error("a route is a path, =, and booking-api, search-api, or an origin such as https://pages.example")]
    Form,
    /// The prefix is no plain path.
    #[error(
        "{0:?} is no path to add: it is segments of letters, digits, -, _ and ., none of them . or .., after a / each"
    )]
    Prefix(String),
    /// The prefix has a meaning already, or leads to something that has.
    #[error("{0} meets {1}, which the gate knows already")]
    Taken(String, String),
}

impl FromStr for Added {
    type Err = NoRoute;

    fn from_str(text: &str) -> Result<Self, NoRoute> {
        let (prefix, to) = text.split_once('=').ok_or(NoRoute::Form)?;
        let is_plain = |segment: &str| {
            !matches!(segment, "" | "." | "..")
                && segment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        };
        if !prefix.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_plain)) {
            return Err(NoRoute::Prefix(prefix.to_owned()));
        }
        // A path below one of ours could lose its guard, and one above would take ours away.
        if let Some(own) = route::prefixes().find(|own| meet(prefix, own)) {
            return Err(NoRoute::Taken(prefix.to_owned(), own.to_owned()));
        }
        let to = match Service::named(to) {
            Some(service) => Target::Service(service),
            None => Target::Origin(to.parse().map_err(|_| NoRoute::Form)?),
        };
        Ok(Self { prefix: prefix.to_owned(), to })
    }
}

/// Whether one of two prefixes is below the other, or both are one.
fn meet(one: &str, other: &str) -> bool {
    route::is_under(one, other) || route::is_under(other, one)
}

/// Checks that no added prefix is below another: which of them answers would be a matter of their order.
///
/// # Errors
/// [`NoRoute::Taken`].
pub fn distinct(added: &[Added]) -> Result<(), NoRoute> {
    for (at, one) in added.iter().enumerate() {
        if let Some(other) = added[..at].iter().find(|other| meet(&one.prefix, &other.prefix)) {
            return Err(NoRoute::Taken(one.prefix.clone(), other.prefix.clone()));
        }
    }
    Ok(())
}

/// Who answers `path`, where one of the added routes says so.
pub fn target<'a>(added: &'a [Added], path: &str) -> Option<&'a Target> {
    added.iter().find(|added| route::is_under(path, &added.prefix)).map(|added| &added.to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> Added {
        text.parse().unwrap()
    }

    #[test]
    fn an_added_path_leads_where_it_says_by_whole_segments() {
        let all = [added("/blog=https://pages.example"), added("/help/box=search-api")];
        distinct(&all).unwrap();
        let origin = Target::Origin("https://pages.example".parse().unwrap());
        for path in ["/blog", "/blog/", "/blog/2027/a%20b"] {
            assert_eq!(target(&all, path), Some(&origin), "{path}");
        }
        assert_eq!(target(&all, "/help/box/1"), Some(&Target::Service(Service::Search)));
        for path in ["/blogs", "/help", "/help/boxes", "//blog", "/", "/event"] {
            assert_eq!(target(&all, path), None, "{path}");
        }
    }

    #[test]
    fn nothing_of_ours_is_led_elsewhere() {
        for taken in
            ["/event", "/event/x", "/booking/reserve", "/assets", "/queue/1", "/.well-known", "/account/x"]
        {
            let text = format!("{taken}=https://pages.example");
            assert!(matches!(text.parse::<Added>(), Err(NoRoute::Taken(..))), "{taken}");
        }
        for wrong in ["", "/", "blog", "/blog/", "//blog", "/a/../b", "/a%2fb", "/a b", "/a?b"] {
            let text = format!("{wrong}=https://pages.example");
            assert!(matches!(text.parse::<Added>(), Err(NoRoute::Prefix(_))), "{wrong}");
        }
        for wrong in [
            "/blog",
            "/blog=",
            "/blog=nobody",
            "/blog=ftp://x",
            "/blog=https://x/path",
            "/blog=https://u:p@x",
        ] {
            assert_eq!(wrong.parse::<Added>(), Err(NoRoute::Form), "{wrong}");
        }
        let twice = [added("/a=search-api"), added("/a/b=search-api")];
        assert_eq!(distinct(&twice), Err(NoRoute::Taken("/a/b".to_owned(), "/a".to_owned())));
    }
}
