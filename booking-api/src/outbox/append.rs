//! Appending a message.

use chrono::{DateTime, Utc};
use contracts::{
    email::is_somebodys,
    id::{EventId, MessageId},
    message::Message,
};
use platform::{
    ids::Ids,
    postgres::{StoreError, Tx},
};

use super::store::{self, Row};

/// Appends `message`, which is about `event` if it is about one, for `cause`; a second one of the same kind for the same cause is none.
///
/// # Errors
/// When the database fails.
pub async fn append(
    tx: &mut Tx,
    ids: &Ids,
    (event, message): (impl Into<Option<EventId>>, &Message),
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    append_all(tx, ids, event.into(), &[(message.clone(), cause.to_owned())], now).await
}

/// The same for several about `event`, each for its cause.
///
/// # Errors
/// When the database fails.
pub async fn append_all(
    tx: &mut Tx,
    ids: &Ids,
    event: Option<EventId>,
    messages: &[(Message, String)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = |(message, cause): &(Message, String)| {
        let body =
            serde_json::to_value(message).map_err(|error| StoreError::Unexpected(error.to_string()))?;
        Ok(Row { id: ids.next::<MessageId>(), kind: message.kind(), cause: cause.clone(), body })
    };
    let rows = messages.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    // A guest who has told no address reads nothing: what they bought is on its page.
    let is_read = |row: &Row| row.body["to"]["email"].as_str().is_none_or(is_somebodys);
    let rows: Vec<Row> = rows.into_iter().filter(is_read).collect();
    store::insert(tx, event, &rows, now).await
}
