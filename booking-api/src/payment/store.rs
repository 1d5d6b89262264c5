//! The tables `payment_attempt`, `payment_command` and `payment_callback`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx};
use uuid::Uuid;

use super::{Attempt, AttemptState, Command, CommandKind};
use crate::offer::store::currency;

struct Row {
    event_id: Uuid,
    order_id: Uuid,
    n: i32,
    provider_key: String,
    token: Option<String>,
    state: String,
    authorization_id: Option<String>,
    amount_minor: i64,
    currency: String,
    looks: i32,
}

impl TryFrom<Row> for Attempt {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = AttemptState::named(&row.state)
            .ok_or_else(|| StoreError::Unexpected(format!("there is no state {}", row.state)))?;
        Ok(Self {
            event: row.event_id.into(),
            order: row.order_id.into(),
            n: row.n,
            key: row.provider_key,
            token: row.token,
            state,
            authorization: row.authorization_id,
            amount: Money { minor: row.amount_minor, currency: currency(&row.currency)? },
            looks: row.looks,
        })
    }
}

/// Writes a new attempt, to be sent at once. The table lets an order have one live attempt.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    attempt: &Attempt,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payment_attempt (event_id, order_id, n, provider, provider_key, token, state, amount_minor,
           currency, created_at, next_look_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        provider,
        attempt.key,
        attempt.token,
        attempt.state.name(),
        attempt.amount.minor,
        attempt.amount.currency.as_str(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The order that the attempt with this key is of. Says nothing about its state: lock the order, then read again.
///
/// # Errors
/// When the database fails.
pub async fn order_of(
    postgres: &Postgres,
    provider: &str,
    key: &str,
) -> Result<Option<(EventId, OrderId)>, StoreError> {
    let row = sqlx::query!(
        "select event_id, order_id from payment_attempt where provider = $1 and provider_key = $2",
        provider,
        key
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| (row.event_id.into(), row.order_id.into())))
}

/// The attempts of an order, oldest first. Whoever writes them has locked the order.
///
/// # Errors
/// When the database fails.
pub async fn attempts(tx: &mut Tx, event: EventId, order: OrderId) -> Result<Vec<Attempt>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select event_id, order_id, n, provider_key, token, state, authorization_id, amount_minor, currency, looks
         from payment_attempt where event_id = $1 and order_id = $2 order by n",
        event.uuid(),
        order.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// The newest attempt of an order, for looking.
///
/// # Errors
/// When the database fails.
pub async fn newest(
    postgres: &Postgres,
    event: EventId,
    order: OrderId,
) -> Result<Option<Attempt>, StoreError> {
    let row = sqlx::query_as!(
        Row,
        "select event_id, order_id, n, provider_key, token, state, authorization_id, amount_minor, currency, looks
         from payment_attempt where event_id = $1 and order_id = $2 order by n desc limit 1",
        event.uuid(),
        order.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    row.map(Attempt::try_from).transpose()
}

/// Attempts that are due to be sent or asked about, leased until `lease` so that other copies leave them alone.
///
/// # Errors
/// When the database fails.
pub async fn due(
    postgres: &Postgres,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Attempt>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "update payment_attempt set next_look_at = $2, looks = looks + 1
         where (event_id, order_id, n) in (
             select event_id, order_id, n from payment_attempt where next_look_at <= $1
             order by next_look_at limit $3 for update skip locked)
         returning event_id, order_id, n, provider_key, token, state, authorization_id, amount_minor, currency, looks",
        now,
        lease,
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// Notes that the provider took the attempt in: its token is forgotten, and it is asked about from `look` on. An
/// attempt that was decided meanwhile keeps its state.
///
/// # Errors
/// When the database fails.
pub async fn sent(
    postgres: &Postgres,
    attempt: &Attempt,
    authorization: &str,
    look: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_attempt set state = 'pending', authorization_id = $4, token = null, next_look_at = $5
         where event_id = $1 and order_id = $2 and n = $3 and state = 'created'",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        authorization,
        look
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Puts the next look at an open attempt off until `look`.
///
/// # Errors
/// When the database fails.
pub async fn look_later(
    postgres: &Postgres,
    attempt: &Attempt,
    look: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_attempt set next_look_at = $4
         where event_id = $1 and order_id = $2 and n = $3 and state in ('created', 'pending')",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        look
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Writes what was decided about an attempt. There is nothing left to ask. The order is locked.
///
/// # Errors
/// When the database fails.
pub async fn decide(
    tx: &mut Tx,
    attempt: &Attempt,
    state: AttemptState,
    authorization: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_attempt set state = $4, authorization_id = coalesce($5, authorization_id), token = null,
           next_look_at = null
         where event_id = $1 and order_id = $2 and n = $3",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        state.name(),
        authorization
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes a command, to be carried out at once. One that is there, or that the other of capture and void excludes,
/// is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn command(
    tx: &mut Tx,
    provider: &str,
    authorization: &str,
    kind: CommandKind,
    attempt: Option<&Attempt>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payment_command (provider, authorization_id, kind, event_id, order_id, n, created_at, next_try_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7) on conflict do nothing",
        provider,
        authorization,
        kind.name(),
        attempt.map(|attempt| attempt.event.uuid()),
        attempt.map(|attempt| attempt.order.uuid()),
        attempt.map(|attempt| attempt.n),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Commands that are due, leased until `lease`.
///
/// # Errors
/// When the database fails.
pub async fn due_commands(
    postgres: &Postgres,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Command>, StoreError> {
    let rows = sqlx::query!(
        "update payment_command set next_try_at = $2, tries = tries + 1
         where command_id in (
             select command_id from payment_command
             where next_try_at <= $1 and done_at is null and refused_at is null
             order by next_try_at limit $3 for update skip locked)
         returning command_id, authorization_id, kind, event_id, order_id, n, tries",
        now,
        lease,
        limit
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kind = CommandKind::named(&row.kind)
                .ok_or_else(|| StoreError::Unexpected(format!("there is no command {}", row.kind)))?;
            let attempt = row
                .event_id
                .zip(row.order_id)
                .zip(row.n)
                .map(|((event, order), n)| (EventId::from(event), OrderId::from(order), n));
            let (id, authorization, tries) = (row.command_id, row.authorization_id, row.tries);
            Ok(Command { id, authorization, kind, attempt, tries })
        })
        .collect()
}

/// Ends a command; `false` when it had ended before. Done unless `refused`.
///
/// # Errors
/// When the database fails.
pub async fn end_command(
    tx: &mut Tx,
    command: i64,
    refused: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "update payment_command
         set done_at = case when $2::text is null then $3::timestamptz end,
             refused_at = case when $2::text is not null then $3::timestamptz end,
             last_error = coalesce($2, last_error)
         where command_id = $1 and done_at is null and refused_at is null",
        command,
        refused,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Puts a command off, with what went wrong.
///
/// # Errors
/// When the database fails.
pub async fn try_later(
    postgres: &Postgres,
    command: i64,
    error: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_command set next_try_at = $2, last_error = $3 where command_id = $1",
        command,
        at,
        error
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Takes a callback in; `false` when it was taken in before.
///
/// # Errors
/// When the database fails.
pub async fn take_in(
    tx: &mut Tx,
    provider: &str,
    id: &str,
    body: &serde_json::Value,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        "insert into payment_callback (provider, callback_id, body, received_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        provider,
        id,
        body,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Forgets callbacks that came before `before`.
///
/// # Errors
/// When the database fails.
pub async fn purge(postgres: &Postgres, before: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!("delete from payment_callback where received_at < $1", before).execute(postgres).await?;
    Ok(())
}
