//! What carries a signature: nobody makes one but who has the key, whatever they send.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    assertion::Assertion,
    door::DoorPass,
    id::TicketId,
    key::{PrivateKey, PublicKeys},
    lobby,
    organizer_key::OrganizerKey,
    party,
    pass::{AdmissionToken, Pass, PassKind},
    place::{self, Lane, Place, PlaceNumber},
    proof,
    revocation::Revocations,
    session::{Role, Session},
    site::SiteAssertion,
    staff::StaffToken,
    ticket_code::TicketCode,
    token::{self, Claims},
    visitor::{self, GateSecret},
};
use uuid::Uuid;

/// Keys that stand for ours, and what we signed with them.
struct Ours {
    public: PublicKeys,
    secret: GateSecret,
    genuine: Vec<String>,
}

static OURS: LazyLock<Ours> = LazyLock::new(|| {
    let key = PrivateKey::from_seed([1; 32]);
    let secret = GateSecret::new(&[7; 32]).expect("32 bytes are enough");
    let genuine = sign(&key, &secret);
    Ours { public: key.public(), secret, genuine }
});

/// An id that all things here share.
fn id<T: From<Uuid>>() -> T {
    Uuid::from_u128(5).into()
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap_or_default()
}

/// One of each kind.
fn sign(key: &PrivateKey, secret: &GateSecret) -> Vec<String> {
    let (iat, exp) = (now(), now() + TimeDelta::minutes(5));
    let pass = Pass { sub: id(), jti: id(), room: id(), event: id(), kind: PassKind::Admitted, iat, exp };
    let admission = AdmissionToken { sub: id(), jti: id(), room: id(), iat, exp };
    let session = Session { sub: id(), sid: id(), rot: 0, role: Role::Fan, guest: false, iat, exp };
    let assertion = Assertion { sub: id(), pass: None, iat, exp };
    let mut all = vec![
        token::sign(&pass, key),
        token::sign(&admission, key),
        token::sign(&session, key),
        token::sign(&assertion, key),
        visitor::sign(id(), secret),
        party::sign(id(), id(), secret),
    ];
    for lane in Lane::all().take(2) {
        let place = Place { room: id(), visitor: id(), number: PlaceNumber::new(3, 77), lane };
        all.push(place::sign(place, secret));
        all.push(lobby::sign(id(), id(), lane, secret));
    }
    let ticket = TicketId::new(12).map(|ticket| TicketCode { event: id(), ticket, order: id(), serial: 1 });
    all.extend(ticket.map(|code| code.sign(key)));
    all
}

/// What we signed: the beginning of a corpus.
pub fn genuine() -> Vec<String> {
    OURS.genuine.clone()
}

fn is_token<C: Claims>(text: &str) -> bool {
    token::verify::<C>(text, &OURS.public, now()).is_ok()
}

/// Whether `text` proves something to anybody.
pub(crate) fn proves_something(text: &str) -> bool {
    let secret = &OURS.secret;
    is_token::<Pass>(text)
        || is_token::<AdmissionToken>(text)
        || is_token::<Session>(text)
        || is_token::<Assertion>(text)
        || is_token::<DoorPass>(text)
        || is_token::<OrganizerKey>(text)
        || is_token::<Revocations>(text)
        || is_token::<SiteAssertion>(text)
        || is_token::<StaffToken>(text)
        || visitor::verify(text, secret).is_some()
        || place::verify(text, id(), id(), secret).is_some()
        || lobby::verify(text, id(), id(), secret).is_some()
        || party::verify(text, id(), secret).is_some()
        || proof::verify(text, id(), id(), secret, now()).is_ok()
        || TicketCode::verify(text, &OURS.public).is_some()
}

/// Tokens, cookies, places, entries, links, proofs.
pub(crate) fn signed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    assert!(!proves_something(text) || OURS.genuine.iter().any(|ours| ours == text), "forged: {text}");
}

/// The code of a ticket: as a scanner reads it, which may begin with anything.
pub(crate) fn ticket_code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(code) = TicketCode::verify(text, &OURS.public) {
        assert_eq!(code.sign(&PrivateKey::from_seed([1; 32])), text, "two texts of one ticket");
    }
}
