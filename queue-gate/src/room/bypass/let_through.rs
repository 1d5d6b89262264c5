//! The one question of the gateway: does a rule let this request pass by the line?

use std::net::IpAddr;

use contracts::id::VisitorId;
use http::HeaderMap;

use super::{Attempt, staff};
use crate::{gateway::authenticate::Leave, room::Room, state::Gate};

/// The leave of a request that a rule of `room` lets through; `None` where none does. What is let through is counted.
pub fn let_through(
    gate: &Gate,
    room: &Room,
    visitor: VisitorId,
    client: IpAddr,
    path: &str,
    headers: &HeaderMap,
) -> Option<Leave> {
    let bypass = &room.policy.bypass;
    if bypass.rules.is_empty() {
        return None;
    }
    let asks_for_staff = bypass.rules.iter().any(|rule| rule.staff);
    let is_staff = asks_for_staff && staff::is_staff(gate, room, headers);
    let rule = bypass.rule_for(&Attempt { path, client, is_staff })?;
    gate.by_rule.note(room.id, rule);
    Some(Leave::by_rule(visitor, room.id, room.event, &rule.name, gate.clock.now()))
}
