//! What a service behind the gate is told about who asks: the signed assertion of each request.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    assertion::{Admitted, Assertion, LASTS},
    id::{EventId, PassId, RoomId, VisitorId},
    key::PrivateKey,
    pass::PassKind,
    site::{SiteAssertion, SiteKind},
    token,
};
use dashmap::DashMap;
use http::HeaderValue;
use uuid::Uuid;

use crate::extractors::Visitor;

/// How long one assertion is used again for the same visitor and pass. A signature costs more than a small request; half
/// the life of an assertion leaves its receiver as much time.
const USED_FOR: TimeDelta = TimeDelta::seconds(30);

/// Leave to ask about one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leave {
    /// What the service is told.
    pub admitted: Admitted,
    /// When the slot ends: no assertion outlives it.
    pub ends: DateTime<Utc>,
    /// The bypass rule that let the request through, if one did.
    pub rule: Option<String>,
}

impl Leave {
    /// Leave for everybody, of a room in `bypass`. It lives as long as one assertion and is the same for a visitor each
    /// time, so that what was begun under one can be finished under the next.
    pub fn bypass(visitor: VisitorId, room: RoomId, event: EventId, now: DateTime<Utc>) -> Self {
        let id: PassId = Uuid::new_v5(&room.uuid(), visitor.uuid().as_bytes()).into();
        let until = now + LASTS;
        Self {
            admitted: Admitted { id, room, event, kind: PassKind::Bypass, until },
            ends: until,
            rule: None,
        }
    }

    /// Whether anybody would have been given it: the room lets everybody through.
    pub fn is_for_everybody(&self) -> bool {
        self.admitted.kind == PassKind::Bypass && self.rule.is_none()
    }

    /// Leave by a bypass rule of a room: as in `bypass`, and another for each rule.
    pub fn by_rule(visitor: VisitorId, room: RoomId, event: EventId, rule: &str, now: DateTime<Utc>) -> Self {
        let mut leave = Self::bypass(visitor, room, event, now);
        leave.admitted.id = Uuid::new_v5(&leave.admitted.id.uuid(), rule.as_bytes()).into();
        leave.rule = Some(rule.to_owned());
        leave
    }
}

/// Which requests may share an assertion.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    visitor: VisitorId,
    pass: Option<(PassId, EventId)>,
}

struct Kept {
    header: HeaderValue,
    until: DateTime<Utc>,
    /// A bypass pass ends later with every request; all others end when they end.
    ends: Option<DateTime<Utc>>,
}

/// The assertions that are in use.
#[derive(Default)]
pub struct Assertions(DashMap<Key, Kept>);

impl Assertions {
    /// The value of the assertion's header for `visitor` with `leave`: one that was signed a moment ago, or a new one.
    /// `keep` it only for visitors who came with a cookie: one without would never ask for it again.
    pub fn vouch(
        &self,
        visitor: VisitorId,
        leave: Option<&Leave>,
        keep: bool,
        key: &PrivateKey,
        now: DateTime<Utc>,
    ) -> HeaderValue {
        let admitted = leave.map(|leave| leave.admitted.clone());
        let sign = |exp| token::sign(&Assertion { sub: visitor, pass: admitted, iat: now, exp }, key);
        self.kept_or(visitor, leave, keep, now, sign)
    }

    /// As [`Self::vouch`], for the origin of the site at `host`.
    pub fn vouch_to_site(
        &self,
        visitor: Visitor,
        leave: &Leave,
        host: &str,
        key: &PrivateKey,
        now: DateTime<Utc>,
    ) -> HeaderValue {
        let (room, aud, rule) = (leave.admitted.room, host.to_owned(), leave.rule.clone());
        let (kind, pass) = match (&rule, leave.admitted.kind) {
            (Some(_), _) => (SiteKind::Rule, None),
            (None, PassKind::Admitted) => (SiteKind::Admitted, Some(leave.admitted.id)),
            (None, PassKind::Bypass) => (SiteKind::Bypass, Some(leave.admitted.id)),
        };
        let (sub, iat) = (visitor.id, now);
        let claims = |exp| SiteAssertion { aud, sub, room, kind, pass, rule, iat, exp };
        // What such a room guards is no event, so that no service's assertion is kept under the same key.
        self.kept_or(visitor.id, Some(leave), !visitor.is_new, now, |exp| token::sign(&claims(exp), key))
    }

    /// The header that is kept for `visitor` with `leave`, or a new one that `sign` makes to hold until then.
    fn kept_or(
        &self,
        visitor: VisitorId,
        leave: Option<&Leave>,
        keep: bool,
        now: DateTime<Utc>,
        sign: impl FnOnce(DateTime<Utc>) -> String,
    ) -> HeaderValue {
        let pass = leave.map(|leave| (leave.admitted.id, leave.admitted.event));
        let ends = leave.filter(|leave| leave.admitted.kind != PassKind::Bypass).map(|leave| leave.ends);
        let slot = Key { visitor, pass };
        if let Some(kept) = self.0.get(&slot).filter(|kept| kept.ends == ends && kept.until > now) {
            return kept.header.clone();
        }
        let exp = leave.map_or(now + LASTS, |leave| leave.ends.min(now + LASTS));
        let token = sign(exp);
        // A token is base64 and dots.
        let header = HeaderValue::try_from(token).unwrap_or_else(|_| HeaderValue::from_static(""));
        if keep {
            let until = exp.min(now + USED_FOR);
            self.0.insert(slot, Kept { header: header.clone(), until, ends });
        }
        header
    }

    /// Forgets those that are used no more. To be called now and then.
    pub fn forget_old(&self, now: DateTime<Utc>) {
        self.0.retain(|_, kept| kept.until > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leave(now: DateTime<Utc>, lasts: TimeDelta) -> Leave {
        let id = Uuid::from_u128(1);
        let ends = now + lasts;
        let kind = PassKind::Admitted;
        Leave {
            admitted: Admitted { id: id.into(), room: id.into(), event: id.into(), kind, until: ends },
            ends,
            rule: None,
        }
    }

    fn read(header: &HeaderValue, key: &PrivateKey, now: DateTime<Utc>) -> Assertion {
        token::verify(header.to_str().unwrap(), &key.public(), now).unwrap()
    }

    #[test]
    fn an_assertion_ends_after_a_minute_and_never_after_the_slot() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let key = PrivateKey::from_seed([1; 32]);
        let visitor = VisitorId::from(Uuid::from_u128(5));
        let vouched = |leave: Option<&Leave>| {
            read(&Assertions::default().vouch(visitor, leave, true, &key, now), &key, now)
        };
        assert_eq!(vouched(None).exp, now + LASTS);
        assert_eq!(vouched(Some(&leave(now, TimeDelta::minutes(9)))).exp, now + LASTS);
        let short = leave(now, TimeDelta::seconds(9));
        assert_eq!(vouched(Some(&short)).exp, short.ends);
        assert_eq!(vouched(Some(&short)).pass, Some(short.admitted));
    }

    #[test]
    fn an_assertion_is_used_again_for_half_a_minute_by_the_same_visitor_with_the_same_pass() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let key = PrivateKey::from_seed([1; 32]);
        let assertions = Assertions::default();
        let [one, two] = [5, 6].map(|id| VisitorId::from(Uuid::from_u128(id)));
        let first = assertions.vouch(one, None, true, &key, now);
        let later = |seconds| now + TimeDelta::seconds(seconds);
        assert_eq!(assertions.vouch(one, None, true, &key, later(29)), first);
        assert_ne!(assertions.vouch(two, None, true, &key, later(29)), first);
        let pass = leave(now, TimeDelta::seconds(40));
        let with_pass = assertions.vouch(one, Some(&pass), true, &key, later(29));
        assert_ne!(with_pass, first);
        assert_ne!(
            assertions.vouch(one, Some(&leave(now, TimeDelta::seconds(20))), true, &key, later(1)),
            with_pass
        );
        assert_ne!(assertions.vouch(one, None, true, &key, later(30)), first);
        assertions.forget_old(later(61));
        assert_eq!(assertions.0.len(), 0);
    }

    #[test]
    fn bypass_is_the_same_pass_each_time() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let id = Uuid::from_u128(1);
        let [first, later] = [0, 90]
            .map(|s| Leave::bypass(id.into(), id.into(), id.into(), now + TimeDelta::seconds(s)).admitted.id);
        assert_eq!(first, later);
    }
}
