//! Who is signed in, as far as the gate is concerned: which sessions have ended, and the refreshing of those that browsers keep
//! in cookies, so that no page has to; and who works for whom.

mod ask;
pub mod key;
pub mod refresh;
pub mod store;
pub mod team;
