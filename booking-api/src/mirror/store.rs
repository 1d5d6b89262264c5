//! The mirror's keys and scripts, and the rows that feed it.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use contracts::id::{EventId, TierId};
use platform::{
    postgres::{Postgres, StoreError, Tx},
    redis::Redis,
};
use redis::Script;

use super::{Life, Mirrored};

macro_rules! script {
    ($file:literal) => {
        LazyLock::new(|| Script::new(concat!(include_str!("lua/stamp.lua"), include_str!($file))))
    };
}

static LOOK: LazyLock<Script> = script!("lua/look.lua");
static BEGIN: LazyLock<Script> = script!("lua/begin.lua");
static APPLY: LazyLock<Script> = script!("lua/apply.lua");
static FINISH: LazyLock<Script> = script!("lua/finish.lua");

/// The keys of one event. All live in one slot of a cluster, and as long as Redis does: an event has one bit and a
/// few bytes for each ticket that was ever taken.
pub(crate) mod keys {
    use contracts::id::{EventId, TierId};

    pub(crate) fn sold(event: EventId) -> String {
        format!("sold:{{{event}}}")
    }

    pub(crate) fn pool(event: EventId, tier: TierId) -> String {
        format!("{}{tier}", pools(event))
    }

    pub(crate) fn pools(event: EventId) -> String {
        format!("pool:{{{event}}}:")
    }

    pub(crate) fn index(event: EventId) -> String {
        format!("hold:{{{event}}}:index")
    }
}

/// Which Redis this is, and the epoch of the mirror if it belongs to it. Changes nothing.
///
/// # Errors
/// When Redis fails.
pub async fn look(redis: &mut Redis, event: EventId) -> Result<(String, Option<i64>), StoreError> {
    let (run, epoch): (String, i64) = LOOK.key(keys::sold(event)).invoke_async(redis).await?;
    Ok((run, (epoch > 0).then_some(epoch)))
}

/// Empties the mirror and marks it as being built under `epoch`. `false` when it stands already, or a later epoch is
/// being built. Safe to repeat before anything was applied.
///
/// # Errors
/// When Redis fails.
pub async fn begin(
    redis: &mut Redis,
    event: EventId,
    pools: &[TierId],
    epoch: i64,
) -> Result<bool, StoreError> {
    let mut call = BEGIN.key(keys::sold(event));
    for tier in pools {
        call.key(keys::pool(event, *tier));
    }
    let begun: i64 = call.arg(epoch).invoke_async(redis).await?;
    Ok(begun == 1)
}

/// Tells the mirror about `tickets`; only higher versions count. Safe to repeat, in any order.
///
/// # Errors
/// When Redis fails.
pub async fn apply(redis: &mut Redis, event: EventId, tickets: &[Mirrored]) -> Result<(), StoreError> {
    let mut call = APPLY.key(keys::sold(event));
    call.key(keys::index(event)).arg(keys::pools(event));
    for one in tickets {
        let pool = one.pool.map(|tier| tier.to_string()).unwrap_or_default();
        call.arg(one.ticket.number()).arg(one.version).arg(i32::from(one.taken)).arg(pool);
    }
    let _: i64 = call.invoke_async(redis).await?;
    Ok(())
}

/// Stamps the mirror. `false` when somebody else began after us, or Redis is not the one that we began in.
///
/// # Errors
/// When Redis fails.
pub async fn finish(redis: &mut Redis, event: EventId, epoch: i64, run: &str) -> Result<bool, StoreError> {
    let done: i64 = FINISH.key(keys::sold(event)).arg(epoch).arg(run).invoke_async(redis).await?;
    Ok(done == 1)
}

/// Takes the lock under which one copy builds, until `tx` ends; `false` when another has it.
///
/// # Errors
/// When the database fails.
pub async fn lock(tx: &mut Tx, event: EventId) -> Result<bool, StoreError> {
    let name = format!("mirror:{event}");
    Ok(sqlx::query_scalar!(r#"select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "got!""#, name)
        .fetch_one(&mut **tx)
        .await?)
}

/// The next epoch, for the Redis called `run`.
///
/// # Errors
/// When the database fails, or there is no such event.
pub async fn next_epoch(
    postgres: &Postgres,
    event: EventId,
    run: &str,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        "insert into mirror_epoch (event_id, epoch, run_id, began_at) values ($1, 1, $2, $3)
         on conflict (event_id) do update
         set epoch = mirror_epoch.epoch + 1, run_id = excluded.run_id, began_at = excluded.began_at
         returning epoch",
        event.uuid(),
        run,
        now
    )
    .fetch_one(postgres)
    .await?)
}

/// Since when the mirror of the event has been in the epoch, as far as anybody remembers; none when that epoch is over.
/// A hold of an earlier time may have been lost. In the first epoch none can have been.
///
/// # Errors
/// When the database fails.
pub async fn life(postgres: &Postgres, event: EventId, epoch: i64) -> Result<Option<Life>, StoreError> {
    let row = sqlx::query_scalar!(
        "select began_at from mirror_epoch where event_id = $1 and epoch = $2",
        event.uuid(),
        epoch
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|began_at| if epoch == 1 { Life::First } else { Life::Since(began_at) }))
}

/// The events that have a mirror and are still sold at `now`, after `after`, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn on_sale(
    postgres: &Postgres,
    now: DateTime<Utc>,
    after: Option<EventId>,
    limit: i64,
) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!(
        "select event_id from mirror_epoch join event using (event_id)
         where sales_end > $1 and ($2::uuid is null or event_id > $2) order by event_id limit $3",
        now,
        after.map(EventId::uuid),
        limit
    )
    .fetch_all(postgres)
    .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// The tiers of the event in which nobody chooses a seat.
///
/// # Errors
/// When the database fails.
pub async fn pools(postgres: &Postgres, event: EventId) -> Result<Vec<TierId>, StoreError> {
    let tiers = sqlx::query_scalar!(
        "select tier_id from tier where event_id = $1 and general_admission",
        event.uuid()
    )
    .fetch_all(postgres)
    .await?;
    Ok(tiers.into_iter().map(TierId::from).collect())
}

/// What the mirror must know, beginning after the ticket `after`: tickets that were ever taken, and all units that
/// nobody chooses.
///
/// # Errors
/// When the database fails.
pub async fn tickets(
    postgres: &Postgres,
    event: EventId,
    after: i32,
    limit: i64,
) -> Result<Vec<Mirrored>, StoreError> {
    let rows = sqlx::query!(
        r#"select ticket_id, version, tier_id, general_admission,
             (exists (select from sale where sale.event_id = ticket.event_id and sale.ticket_id = ticket.ticket_id)
              or exists (select from claim where claim.event_id = ticket.event_id and claim.ticket_id = ticket.ticket_id)
              or exists (select from waitlist_seat as kept
                where kept.event_id = ticket.event_id and kept.ticket_id = ticket.ticket_id)
             ) as "taken!"
           from ticket join tier using (event_id, tier_id)
           where event_id = $1 and ticket_id > $2 and (version > 0 or general_admission)
           order by ticket_id limit $3"#,
        event.uuid(),
        after,
        limit
    )
    .fetch_all(postgres)
    .await?;
    let mirrored = |row: (i32, i64, bool, Option<TierId>)| Mirrored {
        ticket: row.0.into(),
        version: row.1,
        taken: row.2,
        pool: row.3,
    };
    Ok(rows
        .into_iter()
        .map(|row| {
            let pool = row.general_admission.then(|| TierId::from(row.tier_id));
            mirrored((row.ticket_id, row.version, row.taken, pool))
        })
        .collect())
}

/// Events of which the mirror must be told something.
///
/// # Errors
/// When the database fails.
pub async fn changed_events(postgres: &Postgres, limit: i64) -> Result<Vec<EventId>, StoreError> {
    let events = sqlx::query_scalar!("select distinct event_id from mirror_change limit $1", limit)
        .fetch_all(postgres)
        .await?;
    Ok(events.into_iter().map(EventId::from).collect())
}

/// The oldest changes of the event, with their ids. The tickets are looked for by the changes, not the other way round.
///
/// # Errors
/// When the database fails.
pub async fn changes(
    postgres: &Postgres,
    event: EventId,
    limit: usize,
) -> Result<Vec<(i64, Mirrored)>, StoreError> {
    let rows = sqlx::query!(
        r#"select change_id, change.ticket_id as "ticket_id!", version, taken, tier_id, general_admission
           from (select * from mirror_change where event_id = $1 order by change_id limit $2) as change
           cross join lateral (select tier_id from ticket
             where ticket.event_id = $1 and ticket.ticket_id = change.ticket_id offset 0) as ticket
           join tier using (event_id, tier_id) order by change_id"#,
        event.uuid(),
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(postgres)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let pool = row.general_admission.then(|| TierId::from(row.tier_id));
            let ticket = row.ticket_id.into();
            (row.change_id, Mirrored { ticket, version: row.version, taken: row.taken, pool })
        })
        .collect())
}

/// Forgets changes that were applied. The disk is not waited for: one that a crash brings back is applied again, which
/// changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn forget(postgres: &Postgres, changes: &[i64]) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from mirror_change
         where change_id = any($1) and (select set_config('synchronous_commit', 'off', true)) = 'off'",
        changes
    )
    .execute(postgres)
    .await?;
    Ok(())
}
