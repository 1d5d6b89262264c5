//! The gate's metrics. Labels come from enums, never from ids or paths.

/// Joins answered. Label `outcome`: new, again, failed, shed.
pub const JOINS: &str = "queue_gate_line_joins_total";
/// How many joins shared a call of Redis.
pub const JOIN_BATCH: &str = "queue_gate_line_join_batch_visitors";
/// Places parked at the front because nobody was there.
pub const PARKED: &str = "queue_gate_line_parked_total";
/// Places brought back from what fans carry, after Redis lost them.
pub const RESTORED: &str = "queue_gate_line_restored_total";
/// Epochs raised: how often Redis was found to have lost something.
pub const EPOCHS: &str = "queue_gate_line_epochs_total";
/// Places called.
pub const CALLED: &str = "queue_gate_admission_called_total";
/// Time of one tick of one room. Label `outcome`: done, failed.
pub const TICK_SECONDS: &str = "queue_gate_admission_tick_seconds";
/// Slots ended. Label `cause`.
pub const SLOTS_ENDED: &str = "queue_gate_admission_slots_ended_total";
/// Passes given for admission tokens.
pub const PASSES: &str = "queue_gate_pass_given_total";
/// Passes given anew because their sessions go on.
pub const RENEWED: &str = "queue_gate_pass_renewed_total";
/// Sessions ended because the service behind said so.
pub const ENDED_BY_ORIGIN: &str = "queue_gate_pass_ended_by_origin_total";
/// Passes known to hold no longer.
pub const REVOKED: &str = "queue_gate_pass_revoked_count";
/// Waiting fans connected to this process.
pub const SOCKETS: &str = "queue_gate_live_sockets_count";
/// Sockets cut off or refused. Label `why`: slow, silent, full, gone, tabs.
pub const SOCKETS_CUT: &str = "queue_gate_live_sockets_cut_total";
/// Frames handed to sockets.
pub const FRAMES: &str = "queue_gate_live_frames_total";
/// Visitors let through without a turn, in `bypass` and by rooms that failed open.
pub const LET_THROUGH: &str = "queue_gate_room_let_through_total";
/// Requests that a bypass rule let through. Label `by`: what the rule looks at.
pub const LET_THROUGH_BY_RULE: &str = "queue_gate_room_let_through_by_rule_total";
/// Connections open.
pub const CONNECTIONS: &str = "queue_gate_http_connections_count";
/// Connections refused because all places were taken.
pub const TURNED_AWAY: &str = "queue_gate_http_turned_away_total";
/// Requests refused because their address had spent its budget. Label `class`.
pub const LIMITED: &str = "queue_gate_gateway_limited_total";
/// What shields of rooms said. Labels `measure`: proof, joins, challenges, sockets, tabs; `outcome`: passed, wouldRefuse,
/// refused.
pub const SHIELD: &str = "queue_gate_shield_judged_total";
/// Budgets of shielded rooms that were not charged because as many addresses are kept as may be.
pub const SHIELD_FULL: &str = "queue_gate_shield_full_total";
/// Requests that got no answer from their service. Label `outcome`: shed, unreachable, broken, late.
pub const UNANSWERED: &str = "queue_gate_gateway_unanswered_total";
/// Access codes that fans tried. Label `outcome`: redeemed, unknown, used, slowed, failed.
pub const CODES: &str = "queue_gate_code_tries_total";
