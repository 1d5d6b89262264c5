//! What Prometheus reads: `booking_api_<noun>_<what>_<unit>`.

/// Passwords that were hashed or checked. Label `outcome`: done, busy.
pub const PASSWORDS_TOTAL: &str = "booking_api_account_passwords_total";
