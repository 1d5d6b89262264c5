//! An organizer brings codes.

use std::collections::HashSet;

use contracts::id::{AccountId, RoomId};
use platform::postgres::{self, StoreError};

use super::{NewCode, Written, store};
use crate::{room, state::Gate};

/// What became of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is good from now on.
    Imported,
    /// The room had it already, and it stays as it was.
    Unchanged,
    /// It is none, for this reason.
    Refused(String),
}

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
    actor: AccountId,
    written: &[Written],
) -> Result<Vec<Outcome>, ImportError> {
    let mut tx = postgres::begin(&gate.postgres).await?;
    let locked = room::store::lock(&mut tx, id).await?.filter(|room| room.owner == actor);
    let (mut tx, room) = postgres::go_on(tx, locked.ok_or(ImportError::UnknownRoom(id))).await?;
    let (mut outcomes, mut new, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for code in written {
        outcomes.push(match code.read(&room.policy.lanes) {
            Ok(code) if !seen.insert(code.code.clone()) => {
                Outcome::Refused(format!("the code that ends in {} is there twice", code.code.hint()))
            }
            Ok(code) => {
                new.push((outcomes.len(), code));
                Outcome::Unchanged
            }
            Err(why) => Outcome::Refused(why),
        });
    }
    let codes: Vec<store::Row<'_>> = new.iter().map(|(_, code)| row(gate, id, code)).collect();
    let imported = store::insert(&mut tx, id, &codes, gate.clock.now()).await?;
    for ((index, _), code) in new.iter().zip(&codes) {
        if imported.contains(&code.id) {
            outcomes[*index] = Outcome::Imported;
        }
    }
    let detail = serde_json::json!({ "imported": imported.len(), "of": written.len() });
    room::store::append_log(&mut tx, id, Some(actor), "codesImported", &detail).await?;
    postgres::commit(tx).await?;
    Ok(outcomes)
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
