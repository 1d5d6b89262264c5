//! Who is signed in, as far as the gate is concerned: which sessions have ended, and the refreshing of those that browsers keep
//! in cookies, so that no page has to.

pub mod refresh;
pub mod store;
