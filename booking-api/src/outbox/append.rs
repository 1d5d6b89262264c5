//! Appending a message.

use chrono::{DateTime, Utc};
use contracts::{id::MessageId, message::Message};
use platform::{
    ids::Ids,
    postgres::{StoreError, Tx},
};

use super::store;

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
    let body = serde_json::to_value(message).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    store::insert(tx, ids.next::<MessageId>(), message.kind(), cause, &body, now).await
}
