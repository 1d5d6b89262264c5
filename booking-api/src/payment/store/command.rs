//! The table `payment_command`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{EventId, OrderId, RefundId},
    money::Money,
};
use platform::postgres::{Postgres, StoreError, Tx, column};
use uuid::Uuid;

use super::provider;
use crate::{
    offer::store::currency,
    order::Order,
    payment::{Attempt, Command, CommandKind, PartRefund, ProviderName},
};

/// Writes a command, to be carried out at once. One that is there, or that the other of capture and void excludes,
/// is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &mut Tx,
    provider: ProviderName,
    authorization: &str,
    kind: CommandKind,
    attempt: Option<&Attempt>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    insert_all(tx, provider, kind, &[(authorization, attempt)], now).await
}

/// The same for many of a kind.
///
/// # Errors
/// When the database fails.
#[expect(clippy::as_conversions, reason = "so the macro is told that a value may be null")]
pub async fn insert_all(
    tx: &mut Tx,
    provider: ProviderName,
    kind: CommandKind,
    of: &[(&str, Option<&Attempt>)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let events: Vec<Option<Uuid>> = column(of, |(_, attempt)| attempt.map(|attempt| attempt.event.uuid()));
    let orders: Vec<Option<Uuid>> = column(of, |(_, attempt)| attempt.map(|attempt| attempt.order.uuid()));
    let numbers: Vec<Option<i32>> = column(of, |(_, attempt)| attempt.map(|attempt| attempt.n));
    sqlx::query!(
        "insert into payment_command (provider, kind, created_at, next_try_at, authorization_id, event_id, order_id, n)
         select $1, $2, $3, $3, new.* from unnest($4::text[], $5::uuid[], $6::uuid[], $7::integer[]) as new
         on conflict do nothing",
        provider.name(),
        kind.name(),
        now,
        &column(of, |(authorization, _)| (*authorization).to_owned()),
        &events as &[Option<Uuid>],
        &orders as &[Option<Uuid>],
        &numbers as &[Option<i32>]
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Writes the command to give a part of what `attempt` took back. One that is there is left as it is.
///
/// # Errors
/// When the database fails.
pub async fn insert_refund(
    tx: &mut Tx,
    attempt: &Attempt,
    authorization: &str,
    refund: PartRefund,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into payment_command (provider, authorization_id, kind, event_id, order_id, n, created_at, next_try_at,
           refund_id, amount_minor)
         values ($1, $2, 'refund', $3, $4, $5, $6, $6, $7, $8) on conflict do nothing",
        attempt.provider.name(),
        authorization,
        attempt.event.uuid(),
        attempt.order.uuid(),
        attempt.n,
        now,
        refund.id.uuid(),
        refund.amount.minor
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Commands that are due, leased until `lease`.
///
/// # Errors
/// When the database fails.
pub async fn due(
    postgres: &Postgres,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Command>, StoreError> {
    let rows = sqlx::query!(
        r#"update payment_command set next_try_at = $2, tries = tries + 1
         where command_id in (
             select command_id from payment_command
             where next_try_at <= $1 and done_at is null and refused_at is null
             order by next_try_at limit $3 for update skip locked)
         returning command_id, provider, authorization_id, kind, event_id, order_id, n, tries, round, refund_id, amount_minor,
           (select currency from booking_order where booking_order.event_id = payment_command.event_id
              and booking_order.order_id = payment_command.order_id) as currency"#,
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
            let refund = match (row.refund_id, row.amount_minor, row.currency) {
                (Some(id), Some(minor), Some(code)) => Some(PartRefund {
                    id: RefundId::from(id),
                    amount: Money { minor, currency: currency(&code)? },
                }),
                _ => None,
            };
            let (id, authorization, tries, round) =
                (row.command_id, row.authorization_id, row.tries, row.round);
            Ok(Command {
                id,
                provider: provider(&row.provider)?,
                authorization,
                kind,
                attempt,
                refund,
                tries,
                round,
            })
        })
        .collect()
}

/// Ends commands, and returns those that had not ended before. Done unless `refused`.
///
/// # Errors
/// When the database fails.
pub async fn end(
    tx: &mut Tx,
    commands: &[i64],
    refused: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    let ended = sqlx::query_scalar!(
        "update payment_command
         set done_at = case when $2::text is null then $3::timestamptz end,
             refused_at = case when $2::text is not null then $3::timestamptz end,
             last_error = coalesce($2, last_error)
         where command_id = any($1) and done_at is null and refused_at is null returning command_id",
        commands,
        refused,
        now
    )
    .fetch_all(&mut **tx)
    .await?;
    Ok(ended)
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

/// Has the refunds of an order that were refused carried out again, or one of them: as new requests, because under the old
/// key the provider would only repeat itself.
///
/// # Errors
/// When the database fails.
pub async fn ask_again(
    tx: &mut Tx,
    order: &Order,
    refund: Option<RefundId>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update payment_command set refused_at = null, next_try_at = $3, round = round + 1
         where event_id = $1 and order_id = $2 and refund_id is not null and refused_at is not null
           and ($4::uuid is null or refund_id = $4)",
        order.event.uuid(),
        order.id.uuid(),
        now,
        refund.map(RefundId::uuid)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
