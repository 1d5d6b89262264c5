//! The pages of those who hold tickets: a ticket, and accepting one.

pub mod handler;
