//! A link that shows the pages of a room in a look, to whoever has it: in any state and language, without a place.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::look::{self, ContentId};
use platform::postgres;
use tracing::instrument;

use super::{Look, set, store, upload};
use crate::{
    room::{
        Room, WrongSetting,
        change::{self, Ask, ChangeRoomError},
    },
    state::Gate,
};

/// How long a link may hold at most. A look that no room has is kept for a day longer.
const LASTS_MAX: TimeDelta = TimeDelta::days(7);
/// How long at least.
const LASTS_MIN: TimeDelta = TimeDelta::minutes(1);

/// A link that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The look that it shows.
    pub look: ContentId,
    /// What proves it.
    pub token: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Makes a link to `look`, which no fan sees by it; to the one that the room has where there is none. It holds for `lasts`.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] for what is outside its bounds, [`ChangeRoomError::UnknownRoom`].
#[instrument(name = "look.link", skip_all, fields(room.id = %ask.room))]
pub async fn link(
    gate: &Gate,
    ask: &Ask,
    look: Option<Look>,
    lasts: TimeDelta,
) -> Result<Made, ChangeRoomError> {
    if !(LASTS_MIN..=LASTS_MAX).contains(&lasts) {
        return Err(WrongSetting { field: "lasts", bounds: "between PT1M and PT168H".to_owned() }.into());
    }
    let look = look.map(Look::read).transpose()?;
    let (mut tx, room) = change::begin(gate, ask).await?;
    if let Some(look) = look.as_ref().filter(|look| !look.is_none()) {
        (tx, ()) = upload::make_room(tx, ask).await?;
        let kept = keep(&mut tx, ask, look).await;
        (tx, ()) = postgres::go_on(tx, kept).await?;
    }
    postgres::commit(tx).await?;
    let name =
        look.map_or_else(|| room.policy.look.unwrap_or_else(|| Look::default().id()), |look| look.id());
    let until = gate.clock.now() + lasts;
    Ok(Made { look: name, token: look::sign(room.id, name, until, &gate.keys.secret), until })
}

async fn keep(tx: &mut postgres::Tx, ask: &Ask, look: &Look) -> Result<(), ChangeRoomError> {
    set::check_logo(tx, ask, look).await?;
    Ok(store::put(tx, ask.room, look, false).await?)
}

/// The look that `token` shows of `room`; `None` where it shows none, or no more.
///
/// # Errors
/// When PostgreSQL is away.
pub async fn shown(gate: &Gate, room: &Room, token: &str) -> Result<Option<Look>, postgres::StoreError> {
    let Some(name) = look::verify(token, room.id, gate.clock.now(), &gate.keys.secret) else {
        return Ok(None);
    };
    if name == Look::default().id() {
        return Ok(Some(Look::default()));
    }
    store::get(&gate.postgres, room.id, name).await
}
