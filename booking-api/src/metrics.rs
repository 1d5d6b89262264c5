//! What Prometheus reads: `booking_api_<noun>_<what>_<unit>`.

/// Passwords that were hashed or checked. Label `outcome`: done, busy.
pub const PASSWORDS_TOTAL: &str = "booking_api_account_passwords_total";

/// Old answers that were given because a store was away.
pub const STALE_TOTAL: &str = "booking_api_cache_stale_total";

/// Rounds of choosing the best seats; more than one for a request means that rivals took every alternative.
pub const BEST_ROUNDS_TOTAL: &str = "booking_api_hold_best_rounds_total";

/// Tickets that were chosen as the best and found taken by rivals.
pub const BEST_MET_TOTAL: &str = "booking_api_hold_best_met_total";

/// Entries of the index of holds that were wrong and were mended from the locks.
pub const INDEX_REPAIRED_TOTAL: &str = "booking_api_hold_index_repaired_total";

/// Slots that were freed because their sessions ended with neither hold nor order.
pub const IDLE_TOTAL: &str = "booking_api_hold_idle_total";

/// Rows of imports. Label `outcome`: created, updated, unchanged, refused.
pub const IMPORTED_TOTAL: &str = "booking_api_event_imported_total";

/// Times that the payment provider was asked about an attempt. Label `outcome`: answered, failed.
pub const PAYMENT_LOOKS_TOTAL: &str = "booking_api_payment_looks_total";

/// Commands to the payment provider. Labels `kind`: capture, void, refund; `outcome`: done, refused, failed.
pub const PAYMENT_COMMANDS_TOTAL: &str = "booking_api_payment_commands_total";

/// How many orders were placed in one transaction.
pub const CONFIRMED_TOGETHER: &str = "booking_api_order_together_orders";

/// How many payments were settled in one transaction.
pub const SETTLED_TOGETHER: &str = "booking_api_payment_settled_together_payments";

/// How many captured payments were written in one transaction.
pub const CAPTURED_TOGETHER: &str = "booking_api_payment_captured_together_payments";

/// Codes that fans named. Label `outcome`: known, unknown, slowed.
pub const CODES_TOTAL: &str = "booking_api_code_named_total";

/// Payments that were settled. Label `outcome`: sold, voided, declined, known.
pub const PAYMENT_SETTLED_TOTAL: &str = "booking_api_payment_settled_total";
