//! The pages of a purchase: the checkout and the order.

pub mod handler;
