//! The view `guarded_event`, all that this service reads of rooms.

use contracts::id::{EventId, RoomId};
use platform::postgres::{Postgres, StoreError};

/// The room that guards `event`.
///
/// # Errors
/// When the database fails.
pub async fn room(postgres: &Postgres, event: EventId) -> Result<Option<RoomId>, StoreError> {
    let room = sqlx::query_scalar!(
        r#"select room_id as "room_id!" from guarded_event where event_id = $1"#,
        event.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(room.map(RoomId::from))
}
