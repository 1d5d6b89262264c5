//! Parties and merged places in PostgreSQL.

use chrono::{DateTime, Utc};
use contracts::{
    id::{PartyId, RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use platform::postgres::{Postgres, StoreError, Tx};

use super::Plan;
use crate::admission::store::{bigint, lane};

/// A party as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its place.
    pub place: PlaceNumber,
    /// How many are in it.
    pub members: u32,
    /// How many may be.
    pub limit: u32,
}

/// A visitor who joins friends at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// Who joins.
    pub visitor: VisitorId,
    /// The place that is given up for it, where there is one.
    pub given_up: Option<PlaceNumber>,
    /// The place that stays.
    pub into: PlaceNumber,
    /// Its lane.
    pub lane: Lane,
}

/// The party in `room` that `visitor` is in.
///
/// # Errors
/// When the database is away.
pub async fn of(
    postgres: &Postgres,
    room: RoomId,
    visitor: VisitorId,
) -> Result<Option<PartyId>, StoreError> {
    let party = sqlx::query_scalar!(
        "select party_id from party_member where room_id = $1 and visitor_id = $2",
        room.uuid(),
        visitor.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(party.map(PartyId::from))
}

/// The party called `party` in `room`. The ticket limit is the event's, whose table is booking-api's.
///
/// # Errors
/// When the database is away.
pub async fn get(postgres: &Postgres, room: RoomId, party: PartyId) -> Result<Option<Kept>, StoreError> {
    let row = sqlx::query!(
        r#"select place, (select count(*) from party_member where party_id = $2) as "members!",
                  coalesce((select ticket_limit from event join room using (event_id) where room_id = $1), 4) as "limit!"
           from party where room_id = $1 and party_id = $2"#,
        room.uuid(),
        party.uuid()
    )
    .fetch_optional(postgres)
    .await?;
    Ok(row.map(|row| kept(row.place, row.members, row.limit)))
}

/// As [`get`], and nobody else changes it until `tx` ends.
///
/// # Errors
/// When the database is away.
pub async fn lock(tx: &mut Tx, room: RoomId, party: PartyId) -> Result<Option<Kept>, StoreError> {
    // The members are counted by a statement of its own: one that waited for the lock would count those from before.
    let place = sqlx::query_scalar!(
        "select place from party where room_id = $1 and party_id = $2 for update",
        room.uuid(),
        party.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(place) = place else { return Ok(None) };
    let row = sqlx::query!(
        r#"select (select count(*) from party_member where party_id = $2) as "members!",
                  coalesce((select ticket_limit from event join room using (event_id) where room_id = $1), 4) as "limit!""#,
        room.uuid(),
        party.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    Ok(Some(kept(place, row.members, row.limit)))
}

fn kept(place: i64, members: i64, limit: i32) -> Kept {
    Kept {
        place: PlaceNumber::from_raw(place.unsigned_abs()),
        members: u32::try_from(members).unwrap_or(u32::MAX),
        limit: u32::try_from(limit).unwrap_or_default(),
    }
}

/// Writes a new party around `place`.
///
/// # Errors
/// When the database is away.
pub async fn insert(
    tx: &mut Tx,
    room: RoomId,
    party: PartyId,
    place: PlaceNumber,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "insert into party (party_id, room_id, place, created_at) values ($1, $2, $3, $4)",
        party.uuid(),
        room.uuid(),
        bigint(place),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds a member. `false` where they are in a party already.
///
/// # Errors
/// When the database is away.
pub async fn add_member(
    tx: &mut Tx,
    room: RoomId,
    party: PartyId,
    visitor: VisitorId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let added = sqlx::query!(
        "insert into party_member (room_id, visitor_id, party_id, joined_at) values ($1, $2, $3, $4)
         on conflict (room_id, visitor_id) do nothing",
        room.uuid(),
        visitor.uuid(),
        party.uuid(),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(added.rows_affected() == 1)
}

/// Takes `visitor` out of a party in which they are alone. `false` where others are in it.
///
/// # Errors
/// When the database is away.
pub async fn leave_empty(tx: &mut Tx, room: RoomId, visitor: VisitorId) -> Result<bool, StoreError> {
    let others = sqlx::query_scalar!(
        r#"select exists (select from party_member own join party_member other using (party_id)
             where own.room_id = $1 and own.visitor_id = $2 and other.visitor_id <> $2) as "others!""#,
        room.uuid(),
        visitor.uuid()
    )
    .fetch_one(&mut **tx)
    .await?;
    if !others {
        remove_member(tx, room, visitor, None).await?;
    }
    Ok(!others)
}

/// A member of `party` who is not `visitor`: the one who has been in it longest.
///
/// # Errors
/// When the database is away.
pub async fn another(
    tx: &mut Tx,
    party: PartyId,
    visitor: VisitorId,
) -> Result<Option<VisitorId>, StoreError> {
    let other = sqlx::query_scalar!(
        "select visitor_id from party_member where party_id = $1 and visitor_id <> $2
         order by joined_at, visitor_id limit 1",
        party.uuid(),
        visitor.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(other.map(VisitorId::from))
}

/// Takes `visitor` out of their party; a slot that is called in their name is called in that of `keeper`.
///
/// # Errors
/// When the database is away.
pub async fn remove_member(
    tx: &mut Tx,
    room: RoomId,
    visitor: VisitorId,
    keeper: Option<VisitorId>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from party_member where room_id = $1 and visitor_id = $2",
        room.uuid(),
        visitor.uuid()
    )
    .execute(&mut **tx)
    .await?;
    if let Some(keeper) = keeper {
        sqlx::query!(
            "update slot set visitor_id = $3 where room_id = $1 and visitor_id = $2 and state = 'called'",
            room.uuid(),
            visitor.uuid(),
            keeper.uuid()
        )
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// Writes that a place is given up, where `plan` says so, and where the party is from now on.
///
/// # Errors
/// When the database is away.
pub async fn merge(
    tx: &mut Tx,
    room: RoomId,
    party: PartyId,
    visitor: VisitorId,
    plan: &Plan,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(given_up) = plan.given_up else { return Ok(()) };
    sqlx::query!(
        "insert into merged_place (room_id, place, into_place, lane, party_id, visitor_id, moves_party, merged_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (room_id, place) do nothing",
        room.uuid(),
        bigint(given_up),
        bigint(plan.kept.number),
        i16::from(plan.kept.lane.number()),
        party.uuid(),
        visitor.uuid(),
        plan.moves_party,
        now
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("update party set place = $2 where party_id = $1", party.uuid(), bigint(plan.kept.number))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// The merges of `room` of which the line was not told.
///
/// # Errors
/// When the database is away.
pub async fn unapplied(postgres: &Postgres, room: RoomId) -> Result<Vec<Merge>, StoreError> {
    let rows = sqlx::query!(
        "select place, into_place, lane, visitor_id from merged_place
         where room_id = $1 and applied_at is null order by merged_at limit 1000",
        room.uuid()
    )
    .fetch_all(postgres)
    .await?;
    let merge = rows.into_iter().map(|row| Merge {
        visitor: row.visitor_id.into(),
        given_up: Some(PlaceNumber::from_raw(row.place.unsigned_abs())),
        into: PlaceNumber::from_raw(row.into_place.unsigned_abs()),
        lane: lane(row.lane),
    });
    Ok(merge.collect())
}

/// Every merge of `room`: the place that was given up, the one that stayed, its lane. Of these a lost line is told again.
///
/// # Errors
/// When the database is away.
pub async fn merged(
    postgres: &Postgres,
    room: RoomId,
) -> Result<Vec<(PlaceNumber, PlaceNumber, Lane)>, StoreError> {
    let rows =
        sqlx::query!("select place, into_place, lane from merged_place where room_id = $1", room.uuid())
            .fetch_all(postgres)
            .await?;
    let number = |place: i64| PlaceNumber::from_raw(place.unsigned_abs());
    let merged = rows.into_iter().map(|row| (number(row.place), number(row.into_place), lane(row.lane)));
    Ok(merged.collect())
}

/// Notes that the line was told that `given_up` is given up.
///
/// # Errors
/// When the database is away.
pub async fn applied(
    tx: &mut Tx,
    room: RoomId,
    given_up: PlaceNumber,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update merged_place set applied_at = coalesce(applied_at, $3) where room_id = $1 and place = $2",
        room.uuid(),
        bigint(given_up),
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes a merge back of which the line was not told, because one of its places was called: the member is none, and the
/// party is where it was.
///
/// # Errors
/// When the database is away.
pub async fn undo(tx: &mut Tx, room: RoomId, given_up: PlaceNumber) -> Result<(), StoreError> {
    sqlx::query!(
        "with undone as (
           delete from merged_place where room_id = $1 and place = $2 and applied_at is null
           returning party_id, visitor_id, place, into_place, moves_party
         ), left_by as (
           delete from party_member using undone
           where party_member.room_id = $1 and party_member.visitor_id = undone.visitor_id
             and party_member.party_id = undone.party_id
         )
         update party set place = undone.place from undone
         where party.party_id = undone.party_id and undone.moves_party and party.place = undone.into_place",
        room.uuid(),
        bigint(given_up)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
