//! What is kept of a draw: the record in PostgreSQL, the lobby in Redis.

pub mod line;
pub mod record;
