//! Holds in Redis: the scripts, each all or nothing. The one that places them has a file of its own.

mod place;

pub use self::place::{Call, New, Placed, place};

use std::{sync::LazyLock, time::Duration};

use contracts::id::{AccountId, EventId, HoldId, PassId, TicketId, TierId};
use platform::{postgres::StoreError, redis::Redis};
use redis::{AsyncCommands, Script};

use super::{About, Hold};
use crate::mirror::store::keys as mirror;

macro_rules! script {
    ($($file:literal),+) => {
        LazyLock::new(|| {
            Script::new(concat!(
                include_str!("../../mirror/lua/stamp.lua"),
                $(include_str!(concat!("../", $file))),+
            ))
        })
    };
}

static PLACE: LazyLock<Script> = script!("lua/give_back.lua", "lua/place.lua");
static EXTEND: LazyLock<Script> = script!("lua/extend.lua");
static SAY: LazyLock<Script> = script!("lua/say.lua");
static RELEASE: LazyLock<Script> = script!("lua/give_back.lua", "lua/release.lua");
static HELD: LazyLock<Script> = script!("lua/held.lua");
static REPAIR: LazyLock<Script> = script!("lua/repair.lua");
static CLOSE: LazyLock<Script> = script!("lua/close.lua");

/// How long an `Idempotency-Key` and its answer are remembered.
const KEY_LASTS: Duration = Duration::from_hours(1);

/// How long a pass stays closed: longer than any copy's clock lets it reserve.
const CLOSED_LASTS: Duration = Duration::from_hours(1);

/// The keys of one event, all in one slot. Each ends with the hold it belongs to, or after [`KEY_LASTS`].
mod keys {
    use contracts::id::{AccountId, EventId, HoldId, PassId, PresaleCodeId, TicketId};

    pub(super) fn tickets(event: EventId) -> String {
        format!("hold:{{{event}}}:")
    }

    pub(super) fn ticket(event: EventId, ticket: TicketId) -> String {
        format!("{}{ticket}", tickets(event))
    }

    pub(super) fn holds(event: EventId) -> String {
        format!("hold:{{{event}}}:id:")
    }

    pub(super) fn hold(event: EventId, hold: HoldId) -> String {
        format!("{}{hold}", holds(event))
    }

    pub(super) fn account(event: EventId, account: AccountId) -> String {
        format!("hold:{{{event}}}:account:{account}")
    }

    pub(super) fn pass(event: EventId, pass: PassId) -> String {
        format!("hold:{{{event}}}:pass:{pass}")
    }

    pub(super) fn code(event: EventId, code: PresaleCodeId) -> String {
        format!("hold:{{{event}}}:code:{code}")
    }

    /// Lasts as long as [`super::CLOSED_LASTS`].
    pub(super) fn closed(event: EventId, pass: PassId) -> String {
        format!("hold:{{{event}}}:closed:{pass}")
    }

    /// Never there.
    pub(super) fn nothing(event: EventId) -> String {
        format!("hold:{{{event}}}:closed:")
    }

    pub(super) fn key(event: EventId, account: AccountId, key: &str) -> String {
        format!("hold:{{{event}}}:key:{account}:{key}")
    }
}

/// Reads `{hold, about, tickets, pools, epoch, fence, …}`.
fn hold(parts: &[String]) -> Result<Hold, StoreError> {
    let strange = || StoreError::Unexpected("a hold in Redis cannot be read".to_owned());
    let [id, about, tickets, _, epoch, fence, ..] = parts else { return Err(strange()) };
    Ok(Hold {
        id: id.parse().map_err(|_| strange())?,
        about: serde_json::from_str(about).map_err(|_| strange())?,
        tickets: tickets.split_whitespace().map(ticket).collect::<Result<_, _>>()?,
        epoch: epoch.parse().map_err(|_| strange())?,
        fence: fence.parse().map_err(|_| strange())?,
    })
}

fn ticket(text: &str) -> Result<TicketId, StoreError> {
    let number = text.parse().ok().and_then(TicketId::new);
    number.ok_or_else(|| StoreError::Unexpected(format!("there is no ticket {text}")))
}

fn said(about: &About) -> Result<String, StoreError> {
    serde_json::to_string(about).map_err(|error| StoreError::Unexpected(error.to_string()))
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The hold with this id, while it lasts.
///
/// # Errors
/// When Redis fails.
pub async fn find(redis: &mut Redis, event: EventId, id: HoldId) -> Result<Option<Hold>, StoreError> {
    let fields = ["about", "tickets", "pools", "epoch", "fence"];
    let found: Vec<Option<String>> = redis.hmget(keys::hold(event, id), &fields).await?;
    let Some(found) = found.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let parts: Vec<String> = std::iter::once(id.to_string()).chain(found).collect();
    hold(&parts).map(Some)
}

/// The hold that has `ticket`, while it lasts.
///
/// # Errors
/// When Redis fails.
pub async fn find_by_ticket(
    redis: &mut Redis,
    event: EventId,
    ticket: TicketId,
) -> Result<Option<HoldId>, StoreError> {
    let id: Option<String> = redis.get(keys::ticket(event, ticket)).await?;
    id.map(|id| id.parse().map_err(|_| StoreError::Unexpected(format!("there is no hold {id}")))).transpose()
}

/// Lets `hold` last for `lasts` from now, and remember `about`; `false` when it is gone. Never shortens it; safe to
/// repeat.
///
/// # Errors
/// When Redis fails: it may or may not last longer.
pub async fn extend(
    redis: &mut Redis,
    hold: HoldId,
    about: &About,
    lasts: Duration,
) -> Result<bool, StoreError> {
    let mut call = EXTEND.key(mirror::index(about.event));
    call.key(keys::account(about.event, about.account)).key(keys::hold(about.event, hold));
    call.arg(hold.to_string()).arg(millis(lasts)).arg(keys::tickets(about.event));
    call.arg(mirror::pools(about.event)).arg(said(about)?);
    let done: i64 = call.invoke_async(redis).await?;
    Ok(done == 1)
}

/// Changes what is said of a hold, but for its end; `false` when it is gone. Safe to repeat.
///
/// # Errors
/// When Redis fails: it may or may not be changed.
pub async fn say(redis: &mut Redis, hold: &Hold) -> Result<bool, StoreError> {
    let mut call = SAY.key(keys::hold(hold.about.event, hold.id));
    let done: i64 = call.arg(said(&hold.about)?).invoke_async(redis).await?;
    Ok(done == 1)
}

/// Gives the tickets of a hold back; `false` when it was gone. Safe to repeat.
///
/// # Errors
/// When Redis fails: they may or may not be given back.
pub async fn release(
    redis: &mut Redis,
    event: EventId,
    account: AccountId,
    hold: HoldId,
) -> Result<bool, StoreError> {
    let mut call = RELEASE.key(mirror::index(event));
    call.key(keys::account(event, account)).key(keys::hold(event, hold));
    call.arg(hold.to_string()).arg(keys::tickets(event)).arg(mirror::pools(event));
    let done: i64 = call.invoke_async(redis).await?;
    Ok(done == 1)
}

/// The tickets of `event` that are held now: for the map. One call, whatever the size of the hall.
///
/// # Errors
/// When Redis fails.
pub async fn held(redis: &mut Redis, event: EventId) -> Result<Vec<TicketId>, StoreError> {
    let numbers: Vec<u32> = HELD.key(mirror::index(event)).invoke_async(redis).await?;
    Ok(numbers.into_iter().filter_map(TicketId::new).collect())
}

/// The holds of the account that live now, by the first to end.
///
/// # Errors
/// When Redis fails.
pub async fn of_account(
    redis: &mut Redis,
    event: EventId,
    account: AccountId,
) -> Result<Vec<HoldId>, StoreError> {
    ids(&redis.zrange::<_, Vec<String>>(keys::account(event, account), 0, -1).await?)
}

/// The holds that were placed with the pass and live now.
///
/// # Errors
/// When Redis fails.
pub async fn of_pass(redis: &mut Redis, event: EventId, pass: PassId) -> Result<Vec<HoldId>, StoreError> {
    ids(&redis.zrange::<_, Vec<String>>(keys::pass(event, pass), 0, -1).await?)
}

fn ids(texts: &[String]) -> Result<Vec<HoldId>, StoreError> {
    let strange = |text: &str| StoreError::Unexpected(format!("there is no hold {text}"));
    texts.iter().map(|text| text.parse().map_err(|_| strange(text))).collect()
}

/// What became of closing a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// It holds nothing and never will, in this life of Redis.
    Idle {
        /// Which life.
        epoch: i64,
    },
    /// It holds something.
    Busy,
    /// The mirror must be built first: nobody knows what was held.
    Rebuild,
}

/// Closes reserving to a pass that holds nothing. Safe to repeat.
///
/// # Errors
/// When Redis fails: it may or may not be closed.
pub async fn close(redis: &mut Redis, event: EventId, pass: PassId) -> Result<Closed, StoreError> {
    let mut call = CLOSE.key(mirror::sold(event));
    call.key(keys::pass(event, pass)).key(keys::closed(event, pass)).arg(millis(CLOSED_LASTS));
    let epoch: i64 = call.invoke_async(redis).await?;
    Ok(match epoch {
        0 => Closed::Busy,
        1.. => Closed::Idle { epoch },
        _ => Closed::Rebuild,
    })
}

/// Makes the index and the pools say what the locks of `tickets` say, and tells how many entries were wrong; none when
/// the mirror is to be built first, which sees to it. Safe to repeat.
///
/// # Errors
/// When Redis fails.
pub async fn repair(
    redis: &mut Redis,
    event: EventId,
    tickets: &[(TicketId, Option<TierId>)],
) -> Result<Option<u64>, StoreError> {
    let mut call = REPAIR.key(mirror::sold(event));
    call.key(mirror::index(event)).arg(mirror::pools(event));
    for (ticket, pool) in tickets {
        call.key(keys::ticket(event, *ticket)).arg(ticket.number());
        call.arg(pool.map(|tier| tier.to_string()).unwrap_or_default());
    }
    let wrong: i64 = call.invoke_async(redis).await?;
    Ok(u64::try_from(wrong).ok())
}
