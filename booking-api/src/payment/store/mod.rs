//! The table `payment_attempt`; those of commands and callbacks have files of their own.

pub mod callback;
pub mod command;

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx, column};
use uuid::Uuid;

use super::{Attempt, AttemptState, ProviderName, Told};
use crate::offer::store::currency;

struct Row {
    event_id: Uuid,
    order_id: Uuid,
    n: i32,
    provider: String,
    provider_key: String,
    token: Option<String>,
    state: String,
    authorization_id: Option<String>,
    amount_minor: i64,
    currency: String,
    looks: i32,
    challenge_url: Option<String>,
    created_at: DateTime<Utc>,
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
            provider: provider(&row.provider)?,
            key: row.provider_key,
            token: row.token,
            state,
            authorization: row.authorization_id,
            amount: Money { minor: row.amount_minor, currency: currency(&row.currency)? },
            looks: row.looks,
            challenge: row.challenge_url,
            created_at: row.created_at,
        })
    }
}

/// Writes new attempts, to be sent at once. The table lets an order have one live attempt.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn insert(tx: &mut Tx, attempts: &[Attempt]) -> Result<(), StoreError> {
    let tokens: Vec<Option<String>> = column(attempts, |attempt| attempt.token.clone());
    sqlx::query!(
        "insert into payment_attempt (event_id, order_id, n, provider, provider_key, token, state, amount_minor,
           currency, created_at, next_look_at)
         select new.*, new.created_at from unnest($1::uuid[], $2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[],
           $7::text[], $8::bigint[], $9::text[], $10::timestamptz[])
           as new (event_id, order_id, n, provider, provider_key, token, state, amount_minor, currency, created_at)",
        &column(attempts, |attempt| attempt.event.uuid()),
        &column(attempts, |attempt| attempt.order.uuid()),
        &column(attempts, |attempt| attempt.n),
        &column(attempts, |attempt| attempt.provider.name().to_owned()),
        &column(attempts, |attempt| attempt.key.clone()),
        &tokens as &[Option<String>],
        &column(attempts, |attempt| attempt.state.name().to_owned()),
        &column(attempts, |attempt| attempt.amount.minor),
        &column(attempts, |attempt| attempt.amount.currency.as_str().to_owned()),
        &column(attempts, |attempt| attempt.created_at)
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
    provider: ProviderName,
    key: &str,
) -> Result<Option<(EventId, OrderId)>, StoreError> {
    let row = sqlx::query!(
        "select event_id, order_id from payment_attempt where provider = $1 and provider_key = $2",
        provider.name(),
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
        "select event_id, order_id, n, provider, provider_key, token, state, authorization_id,
           amount_minor, currency, looks, challenge_url, created_at
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
        "select event_id, order_id, n, provider, provider_key, token, state, authorization_id,
           amount_minor, currency, looks, challenge_url, created_at
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
         returning event_id, order_id, n, provider, provider_key, token, state, authorization_id,
           amount_minor, currency, looks, challenge_url, created_at",
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
    told: &Told,
    look: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_attempt set state = 'pending', authorization_id = $4, token = null, next_look_at = $5,
           challenge_url = $6
         where event_id = $1 and order_id = $2 and n = $3 and state in ('created', 'pending')",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        told.id,
        look,
        told.challenge
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
           next_look_at = null, challenge_url = null
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

/// Reads the name of a provider that we once wrote.
fn provider(name: &str) -> Result<ProviderName, StoreError> {
    ProviderName::named(name).ok_or_else(|| StoreError::Unexpected(format!("there is no provider {name}")))
}

/// The attempt that `provider` calls `authorization`. Says nothing about its state: lock the order, then read again.
///
/// # Errors
/// When the database fails.
pub async fn find_authorized(
    postgres: &Postgres,
    provider: ProviderName,
    authorization: &str,
) -> Result<Option<(EventId, OrderId, i32)>, StoreError> {
    let row = sqlx::query!(
        "select event_id, order_id, n from payment_attempt where provider = $1 and authorization_id = $2",
        provider.name(),
        authorization
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| (row.event_id.into(), row.order_id.into(), row.n)))
}
