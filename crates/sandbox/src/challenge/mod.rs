//! The second step: the payer proves that it is they who pay, as with 3-D Secure, at an address that the shop sends them to.

pub mod handler;
pub mod prove;
