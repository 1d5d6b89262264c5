//! The route table: who answers a path, which budget it draws on, and which event it is about. Pure.

use contracts::id::{EventId, HoldRef};
use http::Method;

/// A service behind the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Catalog, holds, orders, accounts.
    Booking,
    /// Search and the home page.
    Search,
}

impl Service {
    /// The name in logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Booking => "booking-api",
            Self::Search => "search-api",
        }
    }

    /// The service with this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Booking, Self::Search].into_iter().find(|service| service.name() == name)
    }
}

/// Who answers a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The gate itself: its router knows the path, or nobody does.
    Own,
    /// A service behind it.
    Behind(Service),
}

use Destination::{Behind, Own};

/// Path prefixes by whole segments. `/` alone is search's home page.
const TABLE: &[(&str, Destination)] = &[
    ("/search", Behind(Service::Search)),
    ("/assets/search", Behind(Service::Search)),
    ("/account", Behind(Service::Booking)),
    ("/team", Behind(Service::Booking)),
    ("/venue", Behind(Service::Booking)),
    ("/performer", Behind(Service::Booking)),
    ("/event", Behind(Service::Booking)),
    ("/e", Behind(Service::Booking)),
    ("/booking", Behind(Service::Booking)),
    ("/checkout", Behind(Service::Booking)),
    ("/order", Behind(Service::Booking)),
    ("/payment", Behind(Service::Booking)),
    ("/ticket", Behind(Service::Booking)),
    ("/webhook", Behind(Service::Booking)),
    ("/brand", Behind(Service::Booking)),
    ("/audit", Behind(Service::Booking)),
    ("/assets/booking", Behind(Service::Booking)),
    ("/queue", Own),
    ("/room", Own),
    ("/console", Own),
    ("/docs", Own),
    ("/openapi.json", Own),
    ("/problems", Own),
    ("/.well-known", Own),
    ("/assets/gate", Own),
    ("/assets/web", Own),
    ("/embed", Own),
    ("/healthz", Own),
    ("/readyz", Own),
];

/// Who answers `path`; `None` when nobody does.
pub fn destination(path: &str) -> Option<Destination> {
    if path == "/" {
        return Some(Behind(Service::Search));
    }
    TABLE.iter().find(|(prefix, _)| is_under(path, prefix)).map(|(_, destination)| *destination)
}

/// The prefixes of the table.
pub fn prefixes() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(prefix, _)| *prefix)
}

/// Whether `path` is `prefix`, or below it by whole segments.
pub fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether this is where a payment provider calls back: no browser, so it has no cookies and any origin is as good.
pub fn is_callback(path: &str) -> bool {
    is_under(path, "/payment/callback")
}

/// Whether everybody is answered alike there: files of pages, and what sites that are not ours ask about a room.
pub fn is_shared(path: &str) -> bool {
    let is_told = path.strip_prefix("/room/").and_then(|rest| rest.split_once('/'));
    is_under(path, "/assets") || is_under(path, "/embed") || is_told.is_some_and(|(_, rest)| rest == "public")
}

/// What a request costs: each address has one budget of each class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Places in line, claims, the live socket.
    Line,
    /// Whatever checks or makes credentials.
    SignIn,
    /// Reserve, confirm, give back.
    Booking,
    /// Search.
    Search,
    /// All else.
    Rest,
    /// Whatever a key of an organizer asks for. No path is of it: it comes beside the class of the path.
    Key,
    /// Bookings of an account, beside those of its address.
    Account,
}

impl Class {
    /// The name in headers and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Line => "line",
            Self::SignIn => "sign-in",
            Self::Booking => "booking",
            Self::Search => "search",
            Self::Rest => "rest",
            Self::Key => "key",
            Self::Account => "account",
        }
    }
}

/// The class of a request; `None` for what is never limited: the probes of whoever runs the gate.
pub fn class(method: &Method, path: &str) -> Option<Class> {
    Some(if ["/healthz", "/readyz"].contains(&path) {
        return None;
    } else if is_under(path, "/queue") {
        Class::Line
    } else if is_under(path, "/account") && method == Method::POST {
        Class::SignIn
    } else if is_under(path, "/booking") || (method == Method::POST && is_form(path)) {
        Class::Booking
    } else if is_under(path, "/search") {
        Class::Search
    } else {
        Class::Rest
    })
}

/// Whether a page's form is sent there that reserves, pays or gives back.
fn is_form(path: &str) -> bool {
    is_under(path, "/e")
        || is_under(path, "/checkout")
        || (is_under(path, "/order") && path.ends_with("/cancel"))
}

/// Which event a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// None, or it does not matter which.
    Nothing,
    /// This one; open to anybody, but a pass is passed on.
    About(EventId),
    /// This one; while a room guards it, only with a pass.
    Guarded(EventId),
    /// The one that the body names; guarded. `confirms` when the request only confirms what is held.
    InBody {
        /// Whether it is a confirmation, which a hold may outlive the session for.
        confirms: bool,
    },
    /// A guarded path with something else than an event's id in it: nothing can be there.
    Nowhere,
}

/// Which event a request is about. Empty segments are skipped and what follows is not looked at, so that no other
/// spelling of a guarded path is less guarded.
pub fn subject(method: &Method, path: &str) -> Subject {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).take(4).collect();
    match *segments.as_slice() {
        ["e", event, ..] | ["event", event, "seats" | "availability", ..] => {
            event.parse().map_or(Subject::Nowhere, Subject::Guarded)
        }
        ["event", event] => event.parse().map_or(Subject::Nothing, Subject::About),
        ["booking", "hold", hold, ..] | ["checkout", hold, ..] => {
            hold.parse().map_or(Subject::Nothing, |hold: HoldRef| Subject::About(hold.event))
        }
        ["booking", "reserve", ..] if method == Method::POST => Subject::InBody { confirms: false },
        ["booking", "confirm", ..] if method == Method::PUT => Subject::InBody { confirms: true },
        _ => Subject::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_path_goes_to_its_service_by_whole_segments() {
        assert_eq!(destination("/"), Some(Behind(Service::Search)));
        assert_eq!(destination("/search"), Some(Behind(Service::Search)));
        assert_eq!(destination("/search/suggest"), Some(Behind(Service::Search)));
        assert_eq!(class(&Method::GET, "/search/suggest"), Some(Class::Search));
        for form in ["/e/7", "/checkout/7/pay", "/order/7/cancel"] {
            assert_eq!(class(&Method::POST, form), Some(Class::Booking), "{form}");
            assert_eq!(class(&Method::GET, form), Some(Class::Rest), "{form}");
        }
        assert_eq!(destination("/event/7/seats"), Some(Behind(Service::Booking)));
        assert_eq!(destination("/e/7"), Some(Behind(Service::Booking)));
        assert_eq!(destination("/queue/7"), Some(Own));
        for unknown in ["/eve", "/searching", "/assets", "/assets/other", "//search", ""] {
            assert_eq!(destination(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_everybody_is_told_alike_is_known_by_its_path() {
        for shared in
            ["/assets/gate/gate.css", "/assets/gate/look/plain.css", "/embed/usher.js", "/room/7/public"]
        {
            assert!(is_shared(shared), "{shared}");
        }
        for own in
            ["/room/7", "/room/7/public/x", "/room/public", "/queue/7", "/embedded", "/", "/e/7/public"]
        {
            assert!(!is_shared(own), "{own}");
        }
    }

    #[test]
    fn the_event_of_a_guarded_path_is_found_in_every_spelling() {
        let event = EventId::from(Uuid::from_u128(7));
        for path in
            ["/e/ID", "/e/ID/", "//e/ID/x", "/event/ID/seats", "/event/ID/availability", "/event//ID/seats/"]
        {
            let path = path.replace("ID", &event.to_string());
            assert_eq!(subject(&Method::GET, &path), Subject::Guarded(event), "{path}");
        }
        assert_eq!(subject(&Method::GET, "/e/%37"), Subject::Nowhere);
        assert_eq!(subject(&Method::GET, &format!("/event/{event}")), Subject::About(event));
        assert_eq!(subject(&Method::POST, "/event/import"), Subject::Nothing);
        let hold = HoldRef { event, hold: Uuid::from_u128(8).into() };
        assert_eq!(subject(&Method::GET, &format!("/checkout/{hold}")), Subject::About(event));
        assert_eq!(subject(&Method::POST, "/booking/reserve"), Subject::InBody { confirms: false });
        assert_eq!(subject(&Method::PUT, "/booking/confirm"), Subject::InBody { confirms: true });
        assert_eq!(subject(&Method::GET, "/booking/reserve"), Subject::Nothing);
    }
}
