//! What each call takes of who makes it.

use super::Permission::{self, Audit, Buyers, Catalog, Codes, Door, Figures, Look, Money, Room, Sell, Team};

/// What a call of an organizer is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The event that its path names, itself or by an order or a room.
    OneEvent,
    /// Everything of the organizer's: who works for some events only may not.
    Everything,
    /// Events that the call itself looks at.
    Looked,
}

/// What the call of `method` at `path` takes. The path is that of the route, with its parameters in braces by any name. `None`:
/// nobody may make it, for nobody has decided.
pub fn needed(method: &str, path: &str) -> Option<(Permission, About)> {
    let same = |listed: &str| {
        let (mut one, mut two) = (listed.split('/'), path.split('/'));
        loop {
            match (one.next(), two.next()) {
                (None, None) => return true,
                (Some("{}"), Some(parameter)) if parameter.starts_with('{') => {}
                (Some(one), Some(two)) if one == two => {}
                _ => return false,
            }
        }
    };
    let row = CALLS
        .iter()
        .find(|(methods, listed, ..)| methods.split(' ').any(|one| one == method) && same(listed));
    row.map(|(_, _, permission, about)| (*permission, *about))
}

use About::{Everything, Looked, OneEvent};

/// Every call that takes an organizer.
pub const CALLS: &[(&str, &str, Permission, About)] = &[
    ("GET", "/venue", Look, Everything),
    ("POST", "/venue", Catalog, Everything),
    ("PUT DELETE", "/venue/{}", Catalog, Everything),
    ("GET", "/performer", Look, Everything),
    ("POST", "/performer", Catalog, Everything),
    ("PUT DELETE", "/performer/{}", Catalog, Everything),
    ("GET", "/event", Look, Looked),
    ("POST", "/event", Catalog, Everything),
    ("POST", "/event/import", Catalog, Everything),
    ("PUT DELETE", "/event/{}", Catalog, OneEvent),
    ("GET", "/event/{}/plan", Look, OneEvent),
    ("PUT", "/event/{}/plan", Catalog, OneEvent),
    ("GET", "/event/{}/seating-plan", Look, OneEvent),
    ("GET", "/event/{}/charge", Look, OneEvent),
    ("PUT", "/event/{}/charge", Catalog, OneEvent),
    ("GET", "/event/{}/order", Buyers, OneEvent),
    ("GET", "/event/{}/order.csv", Buyers, OneEvent),
    ("GET", "/event/{}/sales", Figures, OneEvent),
    ("GET", "/event/{}/sales.csv", Figures, OneEvent),
    ("GET", "/event/{}/cancel", Look, OneEvent),
    ("POST", "/event/{}/cancel", Money, OneEvent),
    ("POST", "/order/{}/refund", Money, OneEvent),
    ("POST", "/order/{}/refund/{}/retry", Money, OneEvent),
    ("GET", "/event/{}/allocation", Buyers, OneEvent),
    ("POST", "/event/{}/allocation", Sell, OneEvent),
    ("DELETE", "/event/{}/allocation/{}", Sell, OneEvent),
    ("GET POST", "/event/{}/door", Door, OneEvent),
    ("DELETE", "/event/{}/door/{}", Door, OneEvent),
    ("POST", "/ticket/check", Door, Looked),
    ("PUT", "/event/{}/transfer", Catalog, OneEvent),
    ("GET POST", "/event/{}/voucher", Codes, OneEvent),
    ("DELETE", "/event/{}/voucher/{}", Codes, OneEvent),
    ("GET PUT", "/event/{}/presale", Codes, OneEvent),
    ("GET POST", "/event/{}/presale/code", Codes, OneEvent),
    ("DELETE", "/event/{}/presale/code/{}", Codes, OneEvent),
    ("PUT", "/event/{}/waitlist", Catalog, OneEvent),
    ("GET", "/event/{}/waitlist/entry", Buyers, OneEvent),
    ("DELETE", "/event/{}/waitlist/entry/{}", Sell, OneEvent),
    ("GET", "/event/{}/mail", Buyers, OneEvent),
    ("POST", "/event/{}/mail/{}/retry", Buyers, OneEvent),
    ("GET", "/audit", Audit, Looked),
    ("GET", "/brand", Look, Everything),
    ("PUT", "/brand", Catalog, Everything),
    ("GET POST", "/webhook", Team, Everything),
    ("GET PUT DELETE", "/webhook/{}", Team, Everything),
    ("POST", "/webhook/{}/secret", Team, Everything),
    ("POST", "/webhook/{}/test", Team, Everything),
    ("POST", "/webhook/{}/replay", Team, Everything),
    ("GET", "/webhook/{}/delivery", Team, Everything),
    ("GET", "/webhook/{}/delivery/{}", Team, Everything),
    ("POST", "/webhook/{}/delivery/{}/replay", Team, Everything),
    ("GET", "/team", Team, Everything),
    ("POST", "/team/member", Team, Everything),
    ("PUT DELETE", "/team/member/{}", Team, Everything),
    ("GET POST", "/team/key", Team, Everything),
    ("DELETE", "/team/key/{}", Team, Everything),
    ("GET", "/room", Look, Looked),
    ("POST", "/room", Room, Looked),
    ("GET", "/room/{}", Look, OneEvent),
    ("PUT DELETE", "/room/{}", Room, OneEvent),
    ("POST", "/room/{}/open", Room, OneEvent),
    ("POST", "/room/{}/pause", Room, OneEvent),
    ("POST", "/room/{}/resume", Room, OneEvent),
    ("POST", "/room/{}/drain", Room, OneEvent),
    ("POST", "/room/{}/reopen", Room, OneEvent),
    ("POST", "/room/{}/bypass", Room, OneEvent),
    ("POST", "/room/{}/reject", Room, OneEvent),
    ("POST", "/room/{}/restore", Room, OneEvent),
    ("POST", "/room/{}/close", Room, OneEvent),
    ("POST", "/room/{}/lobby", Room, OneEvent),
    ("POST", "/room/{}/beacon", Room, OneEvent),
    ("GET", "/room/{}/shield", Look, OneEvent),
    ("PUT", "/room/{}/shield", Room, OneEvent),
    ("GET POST", "/room/{}/code", Codes, OneEvent),
    ("DELETE", "/room/{}/code/{}", Codes, OneEvent),
    ("GET", "/room/{}/entry", Look, OneEvent),
    ("PUT", "/room/{}/entry", Room, OneEvent),
    ("GET", "/room/{}/brand", Look, OneEvent),
    ("PUT", "/room/{}/brand", Room, OneEvent),
    ("POST", "/room/{}/brand/preview", Room, OneEvent),
    ("POST", "/room/{}/logo", Room, OneEvent),
    ("GET", "/room/{}/lane", Look, OneEvent),
    ("PUT", "/room/{}/lane", Room, OneEvent),
    ("GET", "/room/{}/log", Look, OneEvent),
    ("GET", "/room/{}/log/chain", Look, OneEvent),
    ("GET", "/room/{}/log.csv", Look, OneEvent),
    ("GET", "/room/{}/live", Look, OneEvent),
    ("GET", "/room/{}/live/stream", Look, OneEvent),
    ("GET", "/room/{}/history", Look, OneEvent),
    ("GET", "/room/{}/history.csv", Look, OneEvent),
    ("GET", "/room/{}/opening", Look, OneEvent),
    ("POST", "/room/{}/opening", Room, OneEvent),
    ("PUT DELETE", "/room/{}/opening/{}", Room, OneEvent),
    ("GET", "/room/{}/preview", Look, OneEvent),
    ("POST", "/room/{}/simulate", Look, OneEvent),
    ("GET", "/room/{}/advice", Look, OneEvent),
    ("PUT DELETE", "/room/{}/drive", Room, OneEvent),
    ("GET", "/room/{}/forecast", Look, OneEvent),
    ("GET PUT", "/room/{}/bypass/rules", Room, OneEvent),
    ("POST", "/room/{}/bypass/test", Room, OneEvent),
    ("POST", "/room/{}/staff-token", Room, OneEvent),
    ("DELETE", "/room/{}/staff-token/{}", Room, OneEvent),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_nobody_has_decided_about_is_nobodys() {
        assert_eq!(needed("PUT", "/event/{eventId}"), Some((Catalog, OneEvent)));
        assert_eq!(needed("DELETE", "/event/{event_id}/door/{door_id}"), Some((Door, OneEvent)));
        for (method, path) in [
            ("PATCH", "/event/{eventId}"),
            ("PUT", "/event/import"),
            ("GET", "/event/{eventId}/door/{doorId}/more"),
            ("GET", "/event/door"),
            ("GET", ""),
        ] {
            assert_eq!(needed(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn a_call_is_listed_once() {
        let all: Vec<_> = CALLS
            .iter()
            .flat_map(|(methods, path, ..)| methods.split(' ').map(move |one| (one, path)))
            .collect();
        for (at, call) in all.iter().enumerate() {
            assert!(!all[..at].contains(call), "{call:?}");
        }
    }
}
