//! The page of those who work at a door. It works without a network, too: a service worker keeps the page, and the page
//! keeps keys, tickets, the list of revoked codes, and what it scanned until that was taken in.

pub mod handler;
