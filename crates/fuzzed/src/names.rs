//! Small things that have a form: what was read is written back, and reads the same.

use std::{fmt::Debug, str::FromStr};

use booking_api::{account::Email, mail_code::Digits, session::RefreshToken};
use contracts::{
    access_code::{Code, LENGTHS},
    id::{EventId, HoldRef, OrderRef, TicketRef, TransferRef},
    lobby::PlaceId,
    money::Currency,
    organizer_key,
};
use queue_gate::{
    draw::listed::Listed,
    live::seen::Seen,
    room::{RoomState, span},
    site::address::{Host, Origin},
};

/// What `text` reads as is written so that it reads the same.
fn reads_back<T: FromStr + ToString + PartialEq + Debug>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        assert_eq!(written.parse::<T>().ok(), Some(read), "{text:?} as {written:?}");
    }
}

/// Ids, references, hosts, origins, spans of time, addresses of mail, digits, keys, frames that were seen.
pub(crate) fn names(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    reads_back::<EventId>(text);
    reads_back::<TicketRef>(text);
    reads_back::<HoldRef>(text);
    reads_back::<OrderRef>(text);
    reads_back::<TransferRef>(text);
    reads_back::<PlaceId>(text);
    reads_back::<Listed>(text);
    reads_back::<Seen>(text);
    reads_back::<Host>(text);
    reads_back::<Origin>(text);
    let _ = text.parse::<Currency>();
    let _ = text.parse::<RoomState>();
    if let Ok(origin) = text.parse::<Origin>() {
        assert!(origin.uri().is_ok(), "an origin that no client can ask: {text:?}");
    }
    if let Some(read) = span::parse(text) {
        assert_eq!(span::parse(&span::format(read)), Some(read), "{text:?}");
    }
    if let Some(email) = Email::parse(text) {
        assert!(!email.as_str().contains(char::is_control));
        assert_eq!(Email::parse(email.as_str()).as_ref(), Some(&email), "{text:?}");
    }
    if let Some(digits) = Digits::parse(text) {
        assert_eq!(digits.shown().len(), 9);
    }
    if let Some(token) = RefreshToken::parse(text) {
        assert_eq!(token.text(), text);
    }
    if let Some((prefix, secret)) = organizer_key::parse(text) {
        assert_eq!((prefix.len(), secret.len()), (12, 64));
    }
}

/// A code that an organizer gave out, as somebody types it.
pub(crate) fn access_code(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(code) = Code::parse(text) {
        assert!(LENGTHS.contains(&code.as_str().len()));
        assert_eq!(code.hint().len(), 3);
        assert_eq!(Code::parse(code.as_str()), Some(code));
    }
}
