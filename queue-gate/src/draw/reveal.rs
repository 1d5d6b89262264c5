//! What the named public value turned out to be: the organizer says it, for everybody to check.

use contracts::id::RoomId;
use platform::postgres::{self, Tx};

use super::{BEACON_MAX, store::record};
use crate::{
    room::{self, Acting, WrongSetting, change::ChangeRoomError, check_text},
    state::Gate,
};

/// Notes the value of the public value that was named for the draw of `room`, once. It may be said from the beginning of the
/// lobby on; the draw waits for it with its list closed, which is the better order: nobody can plan any more.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] where none was named, one was said before, or the text is none.
pub async fn give(gate: &Gate, room: RoomId, acting: Acting, value: &str) -> Result<(), ChangeRoomError> {
    check_text("beacon", value, BEACON_MAX)?;
    let mut tx = postgres::begin(&gate.postgres).await?;
    let written = write(&mut tx, room, acting, value).await;
    let (tx, ()) = postgres::go_on(tx, written).await?;
    postgres::commit(tx).await?;
    Ok(())
}

async fn write(tx: &mut Tx, room: RoomId, acting: Acting, value: &str) -> Result<(), ChangeRoomError> {
    let locked = room::store::lock(tx, room).await?;
    locked.filter(|room| room.owner == acting.owner).ok_or(ChangeRoomError::UnknownRoom(room))?;
    if !record::give_beacon(tx, room, value).await? {
        let bounds = "said once, before the draw, where one was named for it".to_owned();
        return Err(WrongSetting { field: "beacon", bounds }.into());
    }
    let detail = serde_json::json!({ "value": value });
    room::store::append_log(tx, room, Some(acting.by), "beaconGiven", &detail).await?;
    Ok(())
}
