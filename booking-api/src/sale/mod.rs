//! Who has a ticket in Postgres: a claim while an order is being paid, a sale once it is. Everything here happens
//! under the locks of the tickets.

pub mod store;
