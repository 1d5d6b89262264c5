//! An organizer brings codes.

use contracts::{
    access_code::import::{Import, Outcome},
    id::RoomId,
};
use platform::postgres::{self, StoreError};

use super::{NewCode, Written, store};
use crate::{
    room::{self, Acting},
    state::Gate,
};

/// Why no codes were imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such room of this organizer.
    #[error("no room {0} of this organizer")]
    UnknownRoom(RoomId),
    /// The store failed; nothing was imported, unless the outcome of the commit is unknown. Import again.
    #[error("importing codes failed")]
    Store(#[from] StoreError),
}

/// Imports `written` codes into the room called `id`, and says of each what became of it, in order. All that can be are
/// imported in one transaction; importing the same again changes nothing.
///
/// # Errors
/// [`ImportError`].
pub async fn import(
    gate: &Gate,
    id: RoomId,
    acting: Acting,
    written: &[Written],
) -> Result<Vec<Outcome>, ImportError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let locked = room::store::lock(&mut tx, id).await?.filter(|room| room.owner == acting.owner);
    let (mut tx, room) = postgres::go_on(tx, locked.ok_or(ImportError::UnknownRoom(id))).await?;
    let import = Import::of(written.iter().map(|code| code.read(&room.policy.lanes)), |new| &new.code);
    let codes: Vec<store::Row<'_>> = import.read().iter().map(|code| row(gate, id, code)).collect();
    let imported = store::insert(&mut tx, id, &codes, gate.clock.now()).await?;
    let detail = serde_json::json!({ "imported": imported.len(), "of": written.len() });
    room::store::append_log(&mut tx, id, Some(acting.by), "codesImported", &detail).await?;
    postgres::commit(tx).await?;
    Ok(import.outcomes(codes.iter().map(|code| imported.contains(&code.id))))
}

fn row<'a>(gate: &Gate, room: RoomId, code: &'a NewCode) -> store::Row<'a> {
    let NewCode { lane, uses_max, .. } = *code;
    let hash = code.code.hash(room, &gate.keys.secret);
    store::Row {
        id: gate.ids.next(),
        hash,
        hint: code.code.hint(),
        label: code.label.as_deref(),
        lane,
        uses_max,
    }
}
