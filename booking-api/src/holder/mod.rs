//! The pages of those who hold tickets: all that one has, a ticket, and accepting one.

pub mod handler;
pub mod mine;
