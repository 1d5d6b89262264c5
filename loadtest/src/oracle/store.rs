//! Reads the facts: from PostgreSQL, Redis, the payment sandbox and the mail folder. Writes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use anyhow::{Context, Result};
use contracts::id::OrderId;
use redis::{AsyncCommands, aio::MultiplexedConnection};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{PgPool, postgres::PgPoolOptions};
use url::Url;

use super::{Authorization, Batch, Facts, Limit, Order, Slot, mail};
use crate::{fan::Stage, system::System};

/// What can be asked.
#[derive(Clone, Debug)]
pub struct Stores {
    postgres: PgPool,
    redis: Option<MultiplexedConnection>,
    sandbox: Option<Url>,
    mail_folder: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    admit_per_minute: u32,
    max_active: u32,
}

impl Stores {
    /// Opens what `system` names.
    ///
    /// # Errors
    /// When something of it is not there: better now than after the run.
    pub async fn open(system: &System) -> Result<Self> {
        let postgres = PgPoolOptions::new().max_connections(2).connect(&system.postgres).await;
        let redis = match &system.redis {
            Some(url) => {
                let client = redis::Client::open(url.as_str()).context("the URL of Redis is none")?;
                Some(client.get_multiplexed_async_connection().await.context("Redis is not there")?)
            }
            None => None,
        };
        Ok(Self {
            postgres: postgres.context("PostgreSQL is not there")?,
            redis,
            sandbox: system.sandbox.clone(),
            mail_folder: system.mail_folder.clone(),
        })
    }

    /// Everything about one event and its room.
    ///
    /// # Errors
    /// When something cannot be read.
    pub async fn read(&self, stage: &Stage) -> Result<Facts> {
        let attempts = self.attempts(stage).await?;
        let ledger = self.ledger().await?;
        let strays = match &ledger {
            Some(ledger) => self.strays(ledger).await?,
            None => Vec::new(),
        };
        Ok(Facts {
            batches: self.batches(stage).await?,
            slots: self.slots(stage).await?,
            limits: self.limits(stage).await?,
            orders: self.orders(stage).await?,
            sales: self.sales(stage).await?,
            attempts,
            ledger,
            strays,
            holds: self.holds(stage).await?,
            mails: self.mails().await?,
        })
    }

    async fn batches(&self, stage: &Stage) -> Result<Vec<Batch>> {
        let rows = sqlx::query!(
            "select tick, places, granted_at from batch where room_id = $1 order by tick",
            stage.room.uuid()
        )
        .fetch_all(&self.postgres)
        .await?;
        let batch = |places: Vec<i64>| places.into_iter().map(i64::unsigned_abs).collect();
        Ok(rows
            .into_iter()
            .map(|row| Batch { tick: row.tick, places: batch(row.places), granted_at: row.granted_at })
            .collect())
    }

    async fn slots(&self, stage: &Stage) -> Result<Vec<Slot>> {
        let rows = sqlx::query!(
            "select place, tick, ended_at, cause from slot where room_id = $1",
            stage.room.uuid()
        )
        .fetch_all(&self.postgres)
        .await?;
        let slots = rows.into_iter().map(|row| Slot {
            place: row.place.unsigned_abs(),
            tick: row.tick,
            ended_at: row.ended_at,
            cause: row.cause,
        });
        Ok(slots.collect())
    }

    /// The settings from the room's log: what it was made with, and each change.
    async fn limits(&self, stage: &Stage) -> Result<Vec<Limit>> {
        let rows = sqlx::query!(
            "select at, detail from room_log where room_id = $1 and kind in ('created', 'tuned') order by entry",
            stage.room.uuid()
        )
        .fetch_all(&self.postgres)
        .await?;
        let limit = |row: (chrono::DateTime<chrono::Utc>, Value)| {
            let settings = row.1.get("to").cloned().unwrap_or(row.1);
            let settings: Settings =
                serde_json::from_value(settings).context("the room's log is not as known")?;
            let Settings { admit_per_minute, max_active } = settings;
            Ok(Limit { from: row.0, admit_per_minute, max_active })
        };
        rows.into_iter().map(|row| limit((row.at, row.detail))).collect()
    }

    async fn orders(&self, stage: &Stage) -> Result<Vec<Order>> {
        let rows = sqlx::query!(
            r#"select order_id, state, total_minor, array_agg(ticket_id order by ticket_id) as "tickets!"
               from booking_order join order_line using (event_id, order_id)
               where event_id = $1 group by order_id, state, total_minor"#,
            stage.event.uuid()
        )
        .fetch_all(&self.postgres)
        .await?;
        let orders = rows.into_iter().map(|row| Order {
            id: row.order_id.into(),
            state: row.state,
            total_minor: row.total_minor,
            tickets: row.tickets,
        });
        Ok(orders.collect())
    }

    async fn sales(&self, stage: &Stage) -> Result<Vec<(i32, OrderId)>> {
        let rows =
            sqlx::query!("select ticket_id, order_id from sale where event_id = $1", stage.event.uuid())
                .fetch_all(&self.postgres)
                .await?;
        Ok(rows.into_iter().map(|row| (row.ticket_id, row.order_id.into())).collect())
    }

    async fn attempts(&self, stage: &Stage) -> Result<BTreeMap<String, OrderId>> {
        let rows = sqlx::query!(
            "select provider_key, order_id from payment_attempt where event_id = $1",
            stage.event.uuid()
        )
        .fetch_all(&self.postgres)
        .await?;
        Ok(rows.into_iter().map(|row| (row.provider_key, row.order_id.into())).collect())
    }

    /// The provider's books.
    async fn ledger(&self) -> Result<Option<Vec<Authorization>>> {
        let Some(sandbox) = &self.sandbox else { return Ok(None) };
        let answer =
            reqwest::get(sandbox.join("/ledger")?).await.context("the payment sandbox is not there")?;
        Ok(Some(answer.error_for_status()?.json().await.context("the sandbox's ledger is not as known")?))
    }

    /// References that no attempt of any event knows.
    async fn strays(&self, ledger: &[Authorization]) -> Result<Vec<String>> {
        let references: Vec<String> =
            ledger.iter().map(|authorization| authorization.reference.clone()).collect();
        let known = sqlx::query_scalar!(
            "select provider_key from payment_attempt where provider_key = any($1)",
            &references
        )
        .fetch_all(&self.postgres)
        .await?;
        let known: BTreeSet<_> = known.into_iter().collect();
        Ok(references.into_iter().filter(|reference| !known.contains(reference)).collect())
    }

    /// How many tickets of the event are held.
    async fn holds(&self, stage: &Stage) -> Result<Option<usize>> {
        let Some(redis) = &self.redis else { return Ok(None) };
        let mut redis = redis.clone();
        let mut keys = redis.scan_match::<_, String>(format!("hold:{{{}}}:*", stage.event)).await?;
        let mut held = BTreeSet::new();
        while let Some(key) = keys.next_item().await {
            let key = key?;
            // Only the keys of tickets; others of the family are indexes.
            if key.rsplit(':').next().is_some_and(|ticket| ticket.parse::<u32>().is_ok()) {
                held.insert(key);
            }
        }
        Ok(Some(held.len()))
    }

    async fn mails(&self) -> Result<Option<Vec<contracts::id::OrderRef>>> {
        let Some(folder) = self.mail_folder.clone() else { return Ok(None) };
        let read =
            move || mail::read(&folder).with_context(|| format!("{} cannot be read", folder.display()));
        Ok(Some(tokio::task::spawn_blocking(read).await??))
    }
}
