//! The tables `webhook_delivery` and `webhook_attempt`, as the organizer looks at them.

use chrono::{DateTime, Utc};
use contracts::id::{NoticeId, WebhookId};
use platform::postgres::{Postgres, StoreError, Tx};
use serde::{Deserialize, Serialize};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It is sent now, or again later.
    Due,
    /// It arrived.
    Delivered,
    /// It did not, and is sent no more.
    Failed,
}

impl State {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    fn named(name: &str) -> Result<Self, StoreError> {
        let found = [Self::Due, Self::Delivered, Self::Failed].into_iter().find(|state| state.name() == name);
        found.ok_or_else(|| StoreError::Unexpected(format!("there is no state {name}")))
    }
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What was told.
    pub notice: NoticeId,
    /// Its kind.
    pub kind: String,
    /// Where it stands.
    pub state: State,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// When it is sent next, while it is due.
    pub next_attempt_at: DateTime<Utc>,
    /// Since when it is sent no more.
    pub done_at: Option<DateTime<Utc>>,
    /// How each attempt went, the first one first.
    pub log: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Of which notice.
    pub notice: NoticeId,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How long it took.
    pub duration_ms: i32,
    /// What was answered.
    pub status: Option<i16>,
    /// What went wrong where nothing was.
    pub error: Option<String>,
}

/// The newest deliveries to `endpoint` before `before`, at most `most`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    postgres: &Postgres,
    endpoint: WebhookId,
    before: Option<NoticeId>,
    state: Option<State>,
    most: i64,
) -> Result<Vec<Delivery>, StoreError> {
    let rows = sqlx::query!(
        "select notice_id, kind, state, webhook_delivery.created_at, next_attempt_at, done_at
         from webhook_delivery join webhook_notice using (notice_id)
         where endpoint_id = $1 and ($2::uuid is null or notice_id < $2) and ($3::text is null or state = $3)
         order by notice_id desc limit $4",
        endpoint.uuid(),
        before.map(NoticeId::uuid),
        state.map(State::name),
        most
    )
    .fetch_all(postgres)
    .await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        found.push(Delivery {
            notice: row.notice_id.into(),
            kind: row.kind,
            state: State::named(&row.state)?,
            created_at: row.created_at,
            next_attempt_at: row.next_attempt_at,
            done_at: row.done_at,
            log: Vec::new(),
        });
    }
    for attempt in attempts(postgres, endpoint, &found).await? {
        if let Some(of) = found.iter_mut().find(|delivery| delivery.notice == attempt.notice) {
            of.log.push(attempt);
        }
    }
    Ok(found)
}

async fn attempts(
    postgres: &Postgres,
    endpoint: WebhookId,
    of: &[Delivery],
) -> Result<Vec<Attempt>, StoreError> {
    let rows = sqlx::query!(
        "select notice_id, at, duration_ms, status, error from webhook_attempt
         where endpoint_id = $1 and notice_id = any($2) order by notice_id, attempt",
        endpoint.uuid(),
        &of.iter().map(|delivery| delivery.notice.uuid()).collect::<Vec<_>>()
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Attempt {
            notice: row.notice_id.into(),
            at: row.at,
            duration_ms: row.duration_ms,
            status: row.status,
            error: row.error,
        })
        .collect())
}

/// One delivery, with what was told.
///
/// # Errors
/// When the database fails.
pub async fn find(
    postgres: &Postgres,
    endpoint: WebhookId,
    notice: NoticeId,
) -> Result<Option<(Delivery, String)>, StoreError> {
    let row = sqlx::query!(
        "select kind, state, webhook_delivery.created_at, next_attempt_at, done_at, body
         from webhook_delivery join webhook_notice using (notice_id) where endpoint_id = $1 and notice_id = $2",
        endpoint.uuid(),
        notice.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let mut found = Delivery {
        notice,
        kind: row.kind,
        state: State::named(&row.state)?,
        created_at: row.created_at,
        next_attempt_at: row.next_attempt_at,
        done_at: row.done_at,
        log: Vec::new(),
    };
    found.log = attempts(postgres, endpoint, std::slice::from_ref(&found)).await?;
    Ok(Some((found, row.body)))
}

/// Makes a delivery due now, unless it is on its way: the log has no line for its last attempt then. `false` when there is
/// no such delivery.
///
/// # Errors
/// When the database fails.
pub async fn again(
    tx: &mut Tx,
    endpoint: WebhookId,
    notice: NoticeId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let found = sqlx::query!(
        "select notice_id from webhook_delivery where endpoint_id = $1 and notice_id = $2 for update",
        endpoint.uuid(),
        notice.uuid()
    );
    if found.fetch_optional(&mut **tx).await?.is_none() {
        return Ok(false);
    }
    sqlx::query!(
        "update webhook_delivery set state = 'due', tries = 0, next_attempt_at = $3, done_at = null
         where endpoint_id = $1 and notice_id = $2
           and (attempts = 0 or exists (
             select from webhook_attempt
             where webhook_attempt.endpoint_id = webhook_delivery.endpoint_id
               and webhook_attempt.notice_id = webhook_delivery.notice_id and attempt = attempts))",
        endpoint.uuid(),
        notice.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(true)
}

/// Makes up to `most` deliveries due now that were told since `since`, were tried and did not arrive; says how many.
///
/// # Errors
/// When the database fails.
pub async fn again_since(
    tx: &mut Tx,
    endpoint: WebhookId,
    since: DateTime<Utc>,
    most: i64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let replayed = sqlx::query!(
        "update webhook_delivery set state = 'due', tries = 0, next_attempt_at = $4, done_at = null
         where endpoint_id = $1 and notice_id in (
           select notice_id from webhook_delivery
           where endpoint_id = $1 and created_at >= $2 and state <> 'delivered' and tries > 0
             and exists (
               select from webhook_attempt
               where webhook_attempt.endpoint_id = webhook_delivery.endpoint_id
                 and webhook_attempt.notice_id = webhook_delivery.notice_id and attempt = attempts)
           order by notice_id limit $3 for update)",
        endpoint.uuid(),
        since,
        most,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(replayed.rows_affected())
}
