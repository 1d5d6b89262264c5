//! What crosses a process boundary: the words in which the services of Usher speak to one another and to a browser.
//!
//! | module | who says it | to whom |
//! |---|---|---|
//! | [`id`] | everybody | everybody: ids inside, and the public references that travel in URLs |
//! | [`key`] | the operator's key files | whoever signs or verifies |
//! | [`email`] | people | everybody: addresses, by their shape |
//! | [`language`] | everybody | everybody: the languages in which we write to people |
//! | [`token`] | — | the one way in which tokens are signed and verified |
//! | [`visitor`] | queue-gate | itself, through the visitor's cookie |
//! | [`place`] | queue-gate | itself, through the fan: a place in line that survives the loss of Redis |
//! | [`lobby`] | queue-gate | itself, through the fan: an entry in a draw, which has no number yet |
//! | [`look`] | queue-gate | itself, through the organizer: the link by which a look of a room is seen before fans see it |
//! | [`party`] | queue-gate | itself, through a link that friends send one another |
//! | [`access_code`] | organizers | queue-gate, booking-api: how codes are written, and what is kept of them |
//! | [`proof`] | queue-gate | itself, through the fan: work done, or time waited, before a place is given |
//! | [`pass`] | queue-gate | itself, through the fan: leave to enter one event |
//! | [`assertion`] | queue-gate | the services behind it: who asks, and what they were admitted to |
//! | [`site`] | queue-gate | the origin of a site that is not ours: who asks for what is guarded |
//! | [`staff`] | queue-gate | itself, through those who work at a site: leave to pass by one line |
//! | [`session`] | booking-api | itself and queue-gate: which account is signed in |
//! | [`team`] | booking-api, queue-gate | themselves: who may do what for an organizer |
//! | [`organizer_key`] | booking-api | queue-gate and itself: what a key of an organizer was exchanged for |
//! | [`ticket_code`] | booking-api | the door: the code on a ticket |
//! | [`revocation`] | booking-api | the door: the codes that are worth nothing any more |
//! | [`door`] | booking-api | itself, through those who work at a door |
//! | [`frame`] | queue-gate | a waiting browser |
//! | [`message`] | booking-api, queue-gate | notifier, through the outbox |
//! | [`webhook`] | booking-api | organizers, through the notifier |
//! | [`release`] | booking-api | queue-gate, through `slot_release` |
//! | [`event`] | booking-api, search-api | a browser: where an event stands, in one way |
//! | [`money`] | everybody | everybody |
//! | [`popularity`] | booking-api, search-api | themselves: both must see the same step |
//!
//! No I/O, no async, no clock: every check takes `now`. A change here is a change of contract.

pub mod access_code;
pub mod assertion;
pub mod door;
pub mod email;
pub mod event;
pub mod frame;
pub mod id;
pub mod key;
pub mod language;
pub mod lobby;
pub mod look;
pub mod message;
pub mod money;
pub mod organizer_key;
pub mod party;
pub mod pass;
pub mod place;
pub mod popularity;
pub mod proof;
pub mod release;
pub mod revocation;
pub mod session;
pub mod site;
pub mod staff;
pub mod team;
pub mod ticket_code;
pub mod token;
pub mod visitor;
pub mod webhook;
