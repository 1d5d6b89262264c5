//! The table `payment_attempt`; those of commands and callbacks have files of their own.

pub mod callback;
pub mod command;

use std::collections::HashMap;

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

/// The orders that the attempts with these keys are of. Says nothing about their state: lock the order, then read again.
///
/// # Errors
/// When the database fails.
pub async fn orders_of(
    postgres: &Postgres,
    provider: ProviderName,
    keys: &[String],
) -> Result<HashMap<String, (EventId, OrderId)>, StoreError> {
    let rows = sqlx::query!(
        "select provider_key, event_id, order_id from payment_attempt where provider = $1 and provider_key = any($2)",
        provider.name(),
        keys
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.provider_key, (row.event_id.into(), row.order_id.into()))).collect())
}

/// The attempts of `orders`, those of each oldest first. Whoever writes them has locked the order.
///
/// # Errors
/// When the database fails.
pub async fn attempts(tx: &mut Tx, event: EventId, orders: &[OrderId]) -> Result<Vec<Attempt>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        "select event_id, order_id, n, provider, provider_key, token, state, authorization_id,
           amount_minor, currency, looks, challenge_url, created_at
         from payment_attempt where event_id = $1 and order_id = any($2) order by order_id, n",
        event.uuid(),
        &column(orders, |order| order.uuid())
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

/// Notes that `provider` took attempts in: their tokens are forgotten, and each is asked about from its instant on. An
/// attempt that was decided meanwhile keeps its state. The keys are named twice so that the rows are found by them however
/// few the table has.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn sent(
    postgres: &Postgres,
    provider: ProviderName,
    all: &[(Told, DateTime<Utc>)],
) -> Result<(), StoreError> {
    let challenges: Vec<Option<String>> = column(all, |(told, _)| told.challenge.clone());
    sqlx::query!(
        "update payment_attempt as attempt set state = 'pending', authorization_id = new.authorization_id, token = null,
           next_look_at = new.look, challenge_url = new.challenge_url
         from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[])
           as new (provider_key, authorization_id, look, challenge_url)
         where attempt.provider = $1 and attempt.provider_key = any($2) and attempt.provider_key = new.provider_key
           and attempt.state in ('created', 'pending')",
        provider.name(),
        &column(all, |(told, _)| told.reference.clone()),
        &column(all, |(told, _)| told.id.clone()),
        &column(all, |(_, look)| *look),
        &challenges as &[Option<String>]
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
    decide_all(tx, attempt.event, &[(attempt, authorization)], state).await
}

/// The same for attempts of one event, each with what the provider calls it where that is new.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn decide_all(
    tx: &mut Tx,
    event: EventId,
    attempts: &[(&Attempt, Option<&str>)],
    state: AttemptState,
) -> Result<(), StoreError> {
    let authorizations: Vec<Option<String>> = column(attempts, |(_, id)| id.map(str::to_owned));
    // As above, the orders are named twice.
    sqlx::query!(
        "update payment_attempt as attempt set state = $5, token = null, next_look_at = null, challenge_url = null,
           authorization_id = coalesce(new.authorization_id, attempt.authorization_id)
         from unnest($2::uuid[], $3::integer[], $4::text[]) as new (order_id, n, authorization_id)
         where attempt.event_id = $1 and attempt.order_id = any($2) and attempt.order_id = new.order_id
           and attempt.n = new.n",
        event.uuid(),
        &column(attempts, |(attempt, _)| attempt.order.uuid()),
        &column(attempts, |(attempt, _)| attempt.n),
        &authorizations as &[Option<String>],
        state.name()
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

/// Orders whose newest attempt was made between these instants, is not decided, and waits for nobody but the provider; those of
/// which that was told are left out.
///
/// # Errors
/// When the database fails.
pub async fn unconfirmed(
    postgres: &Postgres,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
    limit: i64,
) -> Result<Vec<(EventId, OrderId)>, StoreError> {
    let rows = sqlx::query!(
        "select attempt.event_id, attempt.order_id
         from payment_attempt as attempt join booking_order using (event_id, order_id)
         where attempt.next_look_at is not null and attempt.state in ('created', 'pending')
           and attempt.challenge_url is null and attempt.created_at between $1 and $2
           and booking_order.state = 'awaiting_payment' and attempt.told_at is null
         order by attempt.created_at limit $3",
        from,
        to,
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows.into_iter().map(|row| (row.event_id.into(), row.order_id.into())).collect())
}

/// Notes that the fan was told that the attempt waits.
///
/// # Errors
/// When the database fails.
pub async fn told(tx: &mut Tx, attempt: &Attempt, now: DateTime<Utc>) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_attempt set told_at = $4 where event_id = $1 and order_id = $2 and n = $3",
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
