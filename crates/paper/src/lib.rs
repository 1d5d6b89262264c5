//! A ticket on paper and in a calendar: what booking-api gives for downloading and what the notifier attaches to a mail is
//! made here, so that both are the same.
//!
//! | module | what it makes |
//! |---|---|
//! | [`pdf`] | one page a ticket, with its code |
//! | [`ics`] | the event for a calendar (RFC 5545), with the rules of its time zone |
//! | `font` | text in the fonts that a PDF carries with it |
//!
//! Pure: no I/O, no clock. The same ticket gives the same bytes.

mod font;
pub mod ics;
pub mod pdf;
