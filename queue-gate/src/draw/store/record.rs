//! Draws in PostgreSQL: what is published and what must not be taken back. Time is the database's, unless a test moves it.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::id::RoomId;
use platform::postgres::{Postgres, StoreError, Tx};

use crate::draw::{Digest, Phase, Piece, Seed};

/// A draw as its rows say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// SHA-256 of the seed.
    pub commitment: Digest,
    /// The seed, sealed.
    pub sealed: Vec<u8>,
    /// The public value that was named, in words.
    pub beacon: Option<String>,
    /// What it turned out to be.
    pub beacon_value: Option<String>,
    /// How far it is.
    pub phase: Phase,
    /// The epoch whose numbers it gives, once it is opened.
    pub epoch: Option<u32>,
    /// When the lobby began to be closed.
    pub opened_at: Option<DateTime<Utc>>,
    /// The list, once it stands.
    pub list: Option<Frozen>,
    /// The seed, once it is public.
    pub seed: Option<Seed>,
    /// Since when it is.
    pub drawn_at: Option<DateTime<Utc>>,
    /// Since when every place is in the line.
    pub done_at: Option<DateTime<Utc>>,
    /// The epoch of the room's line.
    pub line_epoch: u32,
    /// Since when; none before the first.
    pub line_since: Option<DateTime<Utc>>,
    /// What time it is.
    pub now: DateTime<Utc>,
}

/// A list that is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// How many entries.
    pub entries: u32,
    /// SHA-256 of the list as it is published.
    pub digest: Digest,
    /// Since when.
    pub at: DateTime<Utc>,
}

impl Draw {
    /// Whether the fans are still bringing their entries back after the line was lost.
    pub fn recovers(&self, window: TimeDelta) -> bool {
        self.line_epoch > 1 && self.line_since.is_some_and(|since| self.now < since + window)
    }

    /// Whether a public value was named and is not known yet.
    pub fn lacks_beacon(&self) -> bool {
        self.beacon.is_some() && self.beacon_value.is_none()
    }
}

/// Writes a new draw.
///
/// # Errors
/// When the database is away.
pub async fn insert(
    tx: &mut Tx,
    room: RoomId,
    commitment: &[u8],
    sealed: &[u8],
    beacon: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into room_draw (room_id, commitment, sealed_seed, beacon) values ($1, $2, $3, $4)",
        room.uuid(),
        commitment,
        sealed,
        beacon
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The draw of `room`; `None` where it has none.
///
/// # Errors
/// When the database is away.
pub async fn get(
    postgres: &Postgres,
    room: RoomId,
    now: Option<DateTime<Utc>>,
) -> Result<Option<Draw>, StoreError> {
    let row = sqlx::query!(
        r#"select commitment, sealed_seed, beacon, beacon_value, phase, d.epoch, opened_at, seed, drawn_at, done_at,
                  l.entries as "entries?", l.digest as "digest?", l.frozen_at as "frozen_at?",
                  r.epoch as line_epoch, r.epoch_since, coalesce($2, clock_timestamp()) as "now!"
           from room_draw d join room r using (room_id) left join draw_digest l using (room_id) where room_id = $1"#,
        room.uuid(),
        now
    )
    .fetch_optional(postgres)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let list = match (row.entries, row.digest, row.frozen_at) {
        (Some(entries), Some(digest), Some(at)) => {
            Some(Frozen { entries: count(entries), digest: bytes32(&digest)?, at })
        }
        _ => None,
    };
    Ok(Some(Draw {
        commitment: bytes32(&row.commitment)?,
        sealed: row.sealed_seed,
        beacon: row.beacon,
        beacon_value: row.beacon_value,
        phase: Phase::named(&row.phase)
            .ok_or_else(|| StoreError::Unexpected(format!("no phase of a draw is called {}", row.phase)))?,
        epoch: row.epoch.map(count),
        opened_at: row.opened_at,
        list,
        seed: row.seed.map(|seed| bytes32(&seed).map(Seed::from_bytes)).transpose()?,
        drawn_at: row.drawn_at,
        done_at: row.done_at,
        line_epoch: count(row.line_epoch),
        line_since: row.epoch_since,
        now: row.now,
    }))
}

/// The phase of the draw of `room`; `None` where it has none.
///
/// # Errors
/// When the database is away.
pub async fn phase(postgres: &Postgres, room: RoomId) -> Result<Option<Phase>, StoreError> {
    let name = sqlx::query_scalar!("select phase from room_draw where room_id = $1", room.uuid())
        .fetch_optional(postgres)
        .await?;
    Ok(name.as_deref().and_then(Phase::named))
}

/// Notes what the named public value turned out to be. `false` where none was named, one is known, or the seed is public.
///
/// # Errors
/// When the database is away.
pub async fn give_beacon(tx: &mut Tx, room: RoomId, value: &str) -> Result<bool, StoreError> {
    let given = sqlx::query!(
        "update room_draw set beacon_value = $2
         where room_id = $1 and beacon is not null and beacon_value is null and seed is null",
        room.uuid(),
        value
    )
    .execute(&mut **tx)
    .await?;
    Ok(given.rows_affected() == 1)
}

/// Begins to close the lobby of a room that fans are called in, and fixes the epoch of the draw's numbers. `false` where
/// that was done, or cannot be yet.
///
/// # Errors
/// When the database is away.
pub async fn open(postgres: &Postgres, room: RoomId, now: Option<DateTime<Utc>>) -> Result<bool, StoreError> {
    let opened = sqlx::query!(
        "update room_draw d set phase = 'opened', opened_at = coalesce($2, clock_timestamp()), epoch = r.epoch
         from room r where d.room_id = $1 and r.room_id = $1 and d.phase = 'committed' and r.epoch > 0
           and r.state in ('open', 'paused', 'drained')",
        room.uuid(),
        now
    )
    .execute(postgres)
    .await?;
    Ok(opened.rows_affected() == 1)
}

/// Where the pieces begin that were copied in `epoch`.
///
/// # Errors
/// When the database is away.
pub async fn copied(postgres: &Postgres, room: RoomId, epoch: u32) -> Result<Vec<usize>, StoreError> {
    let firsts = sqlx::query_scalar!(
        "select first from draw_chunk where room_id = $1 and epoch = $2",
        room.uuid(),
        int(epoch)
    )
    .fetch_all(postgres)
    .await?;
    Ok(firsts.into_iter().filter_map(|first| usize::try_from(first).ok()).collect())
}

/// Writes a piece of the lobby that was read in `epoch`, from its entry `first` on. A list that is closed, or a line in another
/// epoch, takes none.
///
/// # Errors
/// When the database is away; safe to repeat.
pub async fn copy(
    postgres: &Postgres,
    room: RoomId,
    epoch: u32,
    first: usize,
    piece: &Piece,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into draw_chunk (room_id, epoch, first, entries, lanes)
         select $1, $2, $3, $4, $5 from room_draw d join room r using (room_id)
         where room_id = $1 and d.phase = 'opened' and r.epoch = $2 for share of d
         on conflict do nothing",
        room.uuid(),
        int(epoch),
        i32::try_from(first).unwrap_or(i32::MAX),
        piece.entries.as_slice(),
        Some(piece.lanes.as_slice()).filter(|lanes| !lanes.is_empty())
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// All pieces.
///
/// # Errors
/// When the database is away.
pub async fn pieces(postgres: &Postgres, room: RoomId) -> Result<Vec<Piece>, StoreError> {
    let rows = sqlx::query!(
        "select entries, lanes from draw_chunk where room_id = $1 order by epoch, first",
        room.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let piece = |entries, lanes: Option<Vec<u8>>| Piece { entries, lanes: lanes.unwrap_or_default() };
    Ok(rows.into_iter().map(|row| piece(row.entries, row.lanes)).collect())
}

/// Closes the list: writes the digest of `entries` entries that `pieces` pieces hold. The room's row must be locked by `tx`.
/// `false` where the list is closed, or there are more pieces by now.
///
/// # Errors
/// When the database is away.
pub async fn freeze(
    tx: &mut Tx,
    room: RoomId,
    (entries, digest): (u32, &Digest),
    pieces: usize,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let frozen = sqlx::query!(
        "update room_draw set phase = 'frozen' where room_id = $1 and phase = 'opened'",
        room.uuid()
    )
    .execute(&mut **tx)
    .await?;
    if frozen.rows_affected() == 0 {
        return Ok(false);
    }
    // Read after the lock: whoever writes a piece holds it too.
    let written = sqlx::query!(
        "insert into draw_digest (room_id, entries, digest, frozen_at)
         select $1, $2, $3, coalesce($4, clock_timestamp())
         where (select count(*) from draw_chunk where room_id = $1) = $5",
        room.uuid(),
        int(entries),
        digest.as_slice(),
        now,
        i64::try_from(pieces).unwrap_or(i64::MAX)
    )
    .execute(&mut **tx)
    .await?;
    Ok(written.rows_affected() == 1)
}

/// Publishes the seed. `false` where it is public, or the list is open.
///
/// # Errors
/// When the database is away, or the seed is not the one that was committed to.
pub async fn reveal(
    tx: &mut Tx,
    room: RoomId,
    seed: &Seed,
    now: Option<DateTime<Utc>>,
) -> Result<bool, StoreError> {
    let revealed = sqlx::query!(
        "update room_draw set phase = 'drawn', seed = $2, drawn_at = coalesce($3, clock_timestamp())
         where room_id = $1 and phase = 'frozen'",
        room.uuid(),
        seed.bytes().as_slice(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(revealed.rows_affected() == 1)
}

/// Notes that every place is in the line. The room's row must be locked by `tx`.
///
/// # Errors
/// When the database is away.
pub async fn finish(tx: &mut Tx, room: RoomId, now: Option<DateTime<Utc>>) -> Result<bool, StoreError> {
    let done = sqlx::query!(
        "update room_draw set phase = 'done', done_at = coalesce($2, clock_timestamp())
         where room_id = $1 and phase = 'drawn'",
        room.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() == 1)
}

fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or_default()
}

fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn bytes32(bytes: &[u8]) -> Result<Digest, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Unexpected("a digest has other than 32 bytes".to_owned()))
}
