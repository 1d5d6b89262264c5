//! An organizer gives a room another look.

use contracts::look::ContentId;
use platform::{postgres, telemetry::Chain};
use serde_json::json;
use tracing::instrument;

use super::{Look, store};
use crate::{
    room::{
        WrongSetting,
        change::{self, Ask, ChangeRoomError, Changed, Entry},
    },
    state::Gate,
};

/// What a room shall look like.
#[derive(Clone, Debug)]
pub enum To {
    /// Like this; like a room without a look where it says nothing.
    New(Box<Look>),
    /// As before: a look that the room had, or was shown in.
    Old(ContentId),
}

/// Gives a room another look, with its next version. Every gate shows it within a second (promise W7).
///
/// # Errors
/// [`ChangeRoomError::NoVersion`] without a version, in the body or in `ask`; [`ChangeRoomError::Stale`] where somebody was
/// faster; [`ChangeRoomError::Wrong`] for what is outside its bounds, for a logo and for a look that the room does not know.
#[instrument(name = "look.set", skip_all, fields(room.id = %ask.room))]
pub async fn set(gate: &Gate, ask: &Ask, version: Option<i64>, to: To) -> Result<Changed, ChangeRoomError> {
    change::need_version(ask, version)?;
    let look = find(gate, ask, to).await?;
    let (mut tx, before) = change::begin(gate, ask).await?;
    if let Some(version) = version.filter(|version| *version != before.version) {
        tracing::debug!(version, "the look was changed by somebody else in between");
        postgres::rollback(tx).await;
        return Err(ChangeRoomError::Stale { now: before.version });
    }
    let name = (!look.is_none()).then(|| look.id());
    if name.is_some() {
        let put = put(&mut tx, ask, &look).await;
        (tx, ()) = postgres::go_on(tx, put).await?;
    }
    let from = gate.brands.of(&before).look;
    let mut room = before.clone();
    room.policy.look = name;
    let detail = json!({ "from": told(before.policy.look, &from), "to": told(name, &look) });
    let changed = change::finish(gate, ask, tx, before, room, Entry { kind: "branded", detail }).await?;
    if let Some(name) = name.filter(|_| !changed.is_preview)
        && let Err(error) = gate.brands.take(gate, vec![(name, look)]).await
    {
        tracing::warn!(error = %Chain(&error), "the look is shown with the next refresh");
    }
    Ok(changed)
}

async fn find(gate: &Gate, ask: &Ask, to: To) -> Result<Look, ChangeRoomError> {
    match to {
        To::New(look) => Ok(look.read()?),
        To::Old(name) => {
            let found = store::get(&gate.postgres, ask.room, name).await?;
            let bounds = || "one that this room had".to_owned();
            Ok(found.ok_or_else(|| WrongSetting { field: "look", bounds: bounds() })?)
        }
    }
}

async fn put(tx: &mut postgres::Tx, ask: &Ask, look: &Look) -> Result<(), ChangeRoomError> {
    check_logo(tx, ask, look).await?;
    Ok(store::put(tx, ask.room, look, true).await?)
}

/// Whether the logo of `look` is one that was sent for the room.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] where it is not.
pub async fn check_logo(tx: &mut postgres::Tx, ask: &Ask, look: &Look) -> Result<(), ChangeRoomError> {
    if let Some(logo) = look.logo
        && !store::has_logo(tx, ask.room, logo).await?
    {
        let bounds = "one that was sent for this room".to_owned();
        return Err(WrongSetting { field: "logo", bounds }.into());
    }
    Ok(())
}

/// What the log says of a look: its name, by which it is had again, and what is short.
fn told(name: Option<ContentId>, look: &Look) -> serde_json::Value {
    let Look { name: called, accent, accent_dark, logo, link, languages, language, .. } = look;
    json!({
        "look": name, "name": called, "accent": accent, "accentDark": accent_dark, "logo": logo, "link": link,
        "languages": languages, "language": language,
    })
}
