//! The pages of a purchase: the checkout and the order, and the forms on them, which work without a script.

pub mod form;
pub mod handler;
