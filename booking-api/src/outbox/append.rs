//! Appending a message.

use chrono::{DateTime, Utc};
use contracts::{id::MessageId, message::Message};
use platform::{
    ids::Ids,
    postgres::{StoreError, Tx},
};

use super::store::{self, Row};

/// Appends `message` about `cause`; a second one of the same kind about the same cause is none.
///
/// # Errors
/// When the database fails.
pub async fn append(
    tx: &mut Tx,
    ids: &Ids,
    message: &Message,
    cause: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    append_all(tx, ids, &[(message.clone(), cause.to_owned())], now).await
}

/// The same for several, each about its cause.
///
/// # Errors
/// When the database fails.
pub async fn append_all(
    tx: &mut Tx,
    ids: &Ids,
    messages: &[(Message, String)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let row = |(message, cause): &(Message, String)| {
        let body =
            serde_json::to_value(message).map_err(|error| StoreError::Unexpected(error.to_string()))?;
        Ok(Row { id: ids.next::<MessageId>(), kind: message.kind(), cause: cause.clone(), body })
    };
    let rows = messages.iter().map(row).collect::<Result<Vec<_>, StoreError>>()?;
    store::insert(tx, &rows, now).await
}
