//! Looks and logos in PostgreSQL. Neither ever changes, so writing one again is no change.

use chrono::TimeDelta;
use contracts::{id::RoomId, look::ContentId};
use platform::postgres::{Postgres, StoreError, Tx};

use super::{
    Look,
    logo::{Kind, Picture},
};
use crate::room::store::interval;

/// A logo, and the file that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// What it is called.
    pub id: ContentId,
    /// What kind of picture.
    pub picture: Picture,
    /// The file.
    pub bytes: Vec<u8>,
}

struct LogoRow {
    logo_id: Vec<u8>,
    kind: String,
    width: i32,
    height: i32,
    bytes: Vec<u8>,
}

impl TryFrom<LogoRow> for Logo {
    type Error = StoreError;

    fn try_from(row: LogoRow) -> Result<Self, StoreError> {
        let kind = Kind::named(&row.kind);
        let kind =
            kind.ok_or_else(|| StoreError::Unexpected(format!("a logo is of the kind {}", row.kind)))?;
        let (width, height) = (row.width.unsigned_abs(), row.height.unsigned_abs());
        Ok(Self { id: id(&row.logo_id)?, picture: Picture { kind, width, height }, bytes: row.bytes })
    }
}

fn id(bytes: &[u8]) -> Result<ContentId, StoreError> {
    let bytes =
        bytes.try_into().map_err(|_| StoreError::Unexpected("a look has a strange name".to_owned()))?;
    Ok(ContentId::from_bytes(bytes))
}

fn look(written: serde_json::Value) -> Result<Look, StoreError> {
    serde_json::from_value(written)
        .map_err(|error| StoreError::Unexpected(format!("a look is none: {error}")))
}

/// Writes `look` for `room`. Nothing where it is there already, but that it was used.
///
/// # Errors
/// When the database is away.
pub async fn put(tx: &mut Tx, room: RoomId, look: &Look, was_used: bool) -> Result<(), StoreError> {
    let written = serde_json::to_value(look).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let name = look.id();
    sqlx::query!(
        "insert into room_look (room_id, look_id, look, logo_id, was_used, made_at)
         values ($1, $2, $3, $4, $5, clock_timestamp())
         on conflict (room_id, look_id) do update
           set was_used = room_look.was_used or excluded.was_used, made_at = excluded.made_at",
        room.uuid(),
        name.bytes().as_slice(),
        written,
        look.logo.as_ref().map(|logo| logo.bytes().as_slice()),
        was_used
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// The look of `room` that is called `name`.
///
/// # Errors
/// When the database is away.
pub async fn get(postgres: &Postgres, room: RoomId, name: ContentId) -> Result<Option<Look>, StoreError> {
    let found = sqlx::query_scalar!(
        "select look from room_look where room_id = $1 and look_id = $2",
        room.uuid(),
        name.bytes().as_slice()
    )
    .fetch_optional(postgres)
    .await?;
    found.map(look).transpose()
}

/// The looks that are called so, of whatever room.
///
/// # Errors
/// When the database is away.
pub async fn all(postgres: &Postgres, names: &[ContentId]) -> Result<Vec<(ContentId, Look)>, StoreError> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| name.bytes().to_vec()).collect();
    let rows = sqlx::query!(
        "select distinct on (look_id) look_id, look from room_look where look_id = any($1) order by look_id",
        &names
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(|row| Ok((id(&row.look_id)?, look(row.look)?))).collect()
}

/// Writes the logo of `room`.
///
/// # Errors
/// When the database is away.
pub async fn put_logo(tx: &mut Tx, room: RoomId, logo: &Logo) -> Result<(), StoreError> {
    let side = |points: u32| i32::try_from(points).unwrap_or(i32::MAX);
    sqlx::query!(
        "insert into room_logo (room_id, logo_id, kind, width, height, bytes, made_at)
         values ($1, $2, $3, $4, $5, $6, clock_timestamp())
         on conflict (room_id, logo_id) do update set made_at = excluded.made_at",
        room.uuid(),
        logo.id.bytes().as_slice(),
        logo.picture.kind.name(),
        side(logo.picture.width),
        side(logo.picture.height),
        logo.bytes
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Whether `room` has a logo that is called `name`.
///
/// # Errors
/// When the database is away.
pub async fn has_logo(tx: &mut Tx, room: RoomId, name: ContentId) -> Result<bool, StoreError> {
    let found = sqlx::query_scalar!(
        r#"select exists (select from room_logo where room_id = $1 and logo_id = $2) as "found!""#,
        room.uuid(),
        name.bytes().as_slice()
    );
    Ok(found.fetch_one(&mut **tx).await?)
}

/// The logos that are called so, of whatever room.
///
/// # Errors
/// When the database is away.
pub async fn logos(postgres: &Postgres, names: &[ContentId]) -> Result<Vec<Logo>, StoreError> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| name.bytes().to_vec()).collect();
    let rows = sqlx::query_as!(
        LogoRow,
        "select distinct on (logo_id) logo_id, kind, width, height, bytes from room_logo
         where logo_id = any($1) order by logo_id",
        &names
    )
    .fetch_all(postgres)
    .await?;
    rows.into_iter().map(Logo::try_from).collect()
}

/// Forgets the looks of `room` that it never had and the logos that none of its looks has, once they are older than `age`.
///
/// # Errors
/// When the database is away.
pub async fn forget_unused(tx: &mut Tx, room: RoomId, age: TimeDelta) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from room_look where room_id = $1 and not was_used and made_at < clock_timestamp() - $2::interval",
        room.uuid(),
        interval(age)
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "delete from room_logo where room_id = $1 and made_at < clock_timestamp() - $2::interval
           and not exists (select from room_look
                           where room_look.room_id = room_logo.room_id and room_look.logo_id = room_logo.logo_id)",
        room.uuid(),
        interval(age)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// How many looks and logos of `room` nobody uses yet.
///
/// # Errors
/// When the database is away.
pub async fn unused(tx: &mut Tx, room: RoomId) -> Result<u64, StoreError> {
    let count = sqlx::query_scalar!(
        r#"select (select count(*) from room_look where room_id = $1 and not was_used)
                + (select count(*) from room_logo where room_id = $1
                   and not exists (select from room_look where room_look.room_id = room_logo.room_id
                                   and room_look.logo_id = room_logo.logo_id and room_look.was_used)) as "count!""#,
        room.uuid()
    );
    Ok(count.fetch_one(&mut **tx).await?.unsigned_abs())
}
