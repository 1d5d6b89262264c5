//! What the forms of the checkout and of an order do.

pub mod handler;
