//! Changing the shield of a room.

use super::{Mode, Shield};
use crate::{
    room::change::{Ask, ChangeRoomError, Changed, Entry, change_read},
    state::Gate,
};

/// What to change; what is absent stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reshape {
    /// The version that the caller read, where they say it in the body.
    pub version: Option<i64>,
    /// Work before a place.
    pub proof: Option<Mode>,
    /// New places for each address and network.
    pub joins: Option<Mode>,
    /// Challenges for each address and network.
    pub challenges: Option<Mode>,
    /// Live connections opened from each address and network.
    pub sockets: Option<Mode>,
    /// Live connections of each visitor.
    pub tabs: Option<Mode>,
    /// How many new places a minute are no reason to ask for more work.
    pub normal: Option<u32>,
    /// The zero bits that are asked for then.
    pub easiest: Option<u8>,
    /// The most that are asked for.
    pub hardest: Option<u8>,
    /// How long those who cannot calculate wait, in seconds.
    pub wait: Option<u16>,
}

impl Reshape {
    /// The shield that comes of `shield`.
    fn of(&self, shield: Shield) -> Shield {
        Shield {
            proof: self.proof.unwrap_or(shield.proof),
            joins: self.joins.unwrap_or(shield.joins),
            challenges: self.challenges.unwrap_or(shield.challenges),
            sockets: self.sockets.unwrap_or(shield.sockets),
            tabs: self.tabs.unwrap_or(shield.tabs),
            normal: self.normal.unwrap_or(shield.normal),
            easiest: self.easiest.unwrap_or(shield.easiest),
            hardest: self.hardest.unwrap_or(shield.hardest),
            wait: self.wait.unwrap_or(shield.wait),
            since: shield.since,
        }
    }
}

/// Changes the shield of a room; what is counted begins anew. Who holds a place keeps it, whatever is asked of others from
/// now on.
///
/// # Errors
/// [`ChangeRoomError::NoVersion`] without a version, in the body or in `ask`; [`ChangeRoomError::Stale`] where somebody was
/// faster; [`ChangeRoomError::Wrong`] for a value outside its bounds.
pub async fn reshape(gate: &Gate, ask: &Ask, to: Reshape) -> Result<Changed, ChangeRoomError> {
    let now = gate.clock.now();
    change_read(gate, ask, to.version, move |room| {
        let before = room.policy.shield;
        let after = Shield { since: Some(now), ..to.of(before) };
        after.check()?;
        room.policy.shield = after;
        Ok(Entry { kind: "shielded", detail: serde_json::json!({ "from": before, "to": after }) })
    })
    .await
}
