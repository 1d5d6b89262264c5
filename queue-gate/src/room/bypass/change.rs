//! Another set of rules.

use super::{Rule, check};
use crate::{
    room::change::{self, Ask, ChangeRoomError, Changed, Entry},
    state::Gate,
};

/// Gives a room these rules instead of those that it has; on its log stand both.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] for rules that a room may not have.
pub async fn set(gate: &Gate, ask: &Ask, rules: Vec<Rule>) -> Result<Changed, ChangeRoomError> {
    change::change(gate, ask, move |room| {
        check(&rules)?;
        let detail = serde_json::json!({ "from": room.policy.bypass.rules, "to": rules });
        room.policy.bypass.rules = rules;
        Ok(Entry { kind: "bypassRulesChanged", detail })
    })
    .await
}
