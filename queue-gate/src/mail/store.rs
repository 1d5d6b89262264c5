//! The table `turn_mail`, and what the gate appends to `outbox`.

use chrono::{DateTime, Utc};
use contracts::{
    id::{MessageId, RoomId, VisitorId},
    language::Language,
    message::{Brand, EventBrief, Message, Recipient},
    place::PlaceNumber,
};
use platform::postgres::{Postgres, StoreError, Tx, column};

use super::{To, Wish};
use crate::{admission::store::bigint, room::Room};

/// A place whose holder asked for mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The place.
    pub place: PlaceNumber,
    /// When they asked.
    pub asked_at: DateTime<Utc>,
    /// Whether nothing more is said of the turn being near.
    pub near_said: bool,
}

/// A place that was called, and what was asked for it.
#[derive(Clone, Debug)]
pub struct Called {
    /// The place.
    pub place: PlaceNumber,
    /// Where the mail goes.
    pub to: Recipient,
    /// Until when the turn can be taken.
    pub until: DateTime<Utc>,
    /// Whether it still can, and was not yet.
    pub is_called: bool,
}

/// What mails say beside whose turn it is.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The event; none where the room stands before a site that is not ours.
    pub event: Option<EventBrief>,
}

/// A message to be written.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its id.
    pub id: MessageId,
    /// What it is about: there is one of a kind.
    pub cause: String,
    /// What it says.
    pub message: Message,
}

/// Writes what was asked for at a place, over what was before. Says whether nothing more is said of the turn being near.
///
/// # Errors
/// When the database fails.
pub async fn write(
    postgres: &Postgres,
    room: RoomId,
    wish: &Wish,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (account, email) = match &wish.to {
        To::Account(account) => (Some(account.uuid()), None),
        To::Address(address) => (None, Some(address.as_str())),
    };
    let said = sqlx::query_scalar!(
        "insert into turn_mail (room_id, place, visitor_id, account_id, email, language, asked_at, near_said)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (room_id, place) do update set visitor_id = excluded.visitor_id, account_id = excluded.account_id,
           email = excluded.email, language = excluded.language
         returning near_said",
        room.uuid(),
        bigint(wish.place),
        wish.visitor.uuid(),
        account,
        email,
        wish.language.code(),
        now,
        wish.near_said
    );
    Ok(said.fetch_one(postgres).await?)
}

/// Whether anybody in `room` asked for mails.
///
/// # Errors
/// When the database fails.
pub async fn is_any(postgres: &Postgres, room: RoomId) -> Result<bool, StoreError> {
    let any = sqlx::query_scalar!(
        r#"select exists (select from turn_mail where room_id = $1) as "any!""#,
        room.uuid()
    );
    Ok(any.fetch_one(postgres).await?)
}

/// What was asked for at places from behind `after` up to `front`, in their order, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn asked(
    postgres: &Postgres,
    room: RoomId,
    (after, front): (PlaceNumber, u64),
    limit: usize,
) -> Result<Vec<Asked>, StoreError> {
    let rows = sqlx::query!(
        "select place, asked_at, near_said from turn_mail
         where room_id = $1 and place > $2 and place <= $3 order by place limit $4",
        room.uuid(),
        bigint(after),
        bigint(PlaceNumber::from_raw(front)),
        i64::try_from(limit).unwrap_or(i64::MAX)
    )
    .fetch_all(postgres)
    .await?;
    let asked = rows.into_iter().map(|row| Asked {
        place: PlaceNumber::from_raw(row.place.unsigned_abs()),
        asked_at: row.asked_at,
        near_said: row.near_said,
    });
    Ok(asked.collect())
}

/// Takes away what was asked for at places that are called or inside.
///
/// # Errors
/// When the database fails.
pub async fn take_called(tx: &mut Tx, room: RoomId) -> Result<Vec<Called>, StoreError> {
    let rows = sqlx::query!(
        r#"with called as (
             delete from turn_mail using slot
             where turn_mail.room_id = $1 and slot.room_id = $1 and slot.place = turn_mail.place
               and slot.state in ('called', 'active') and slot.until is not null
             returning turn_mail.place, turn_mail.account_id, turn_mail.email, turn_mail.language, slot.state, slot.until
           )
           select place, coalesce(called.email, account.email) as "email!", account.name as "name?",
             called.language, state = 'called' as "is_called!", until as "until!"
           from called left join account using (account_id)"#,
        room.uuid()
    )
    .fetch_all(&mut **tx)
    .await?;
    let called = rows.into_iter().map(|row| Called {
        place: PlaceNumber::from_raw(row.place.unsigned_abs()),
        to: recipient(row.email, row.name, &row.language),
        until: row.until,
        is_called: row.is_called,
    });
    Ok(called.collect())
}

/// Takes away what was asked for at `place`, and says where its mail goes; `None` where nothing is asked for any more.
///
/// # Errors
/// When the database fails.
pub async fn take(tx: &mut Tx, room: RoomId, place: PlaceNumber) -> Result<Option<Recipient>, StoreError> {
    let row = sqlx::query!(
        r#"with taken as (delete from turn_mail where room_id = $1 and place = $2 returning *)
           select coalesce(taken.email, account.email) as "email!", account.name as "name?", taken.language
           from taken left join account using (account_id)"#,
        room.uuid(),
        bigint(place)
    );
    let row = row.fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| recipient(row.email, row.name, &row.language)))
}

/// Notes that it was said that the turn of `place` is near, and says where the mail goes; `None` where it was said already.
///
/// # Errors
/// When the database fails.
pub async fn mark_near(
    tx: &mut Tx,
    room: RoomId,
    place: PlaceNumber,
) -> Result<Option<Recipient>, StoreError> {
    let row = sqlx::query!(
        r#"with said as (
             update turn_mail set near_said = true where room_id = $1 and place = $2 and not near_said returning *
           )
           select coalesce(said.email, account.email) as "email!", account.name as "name?", said.language
           from said left join account using (account_id)"#,
        room.uuid(),
        bigint(place)
    );
    let row = row.fetch_optional(&mut **tx).await?;
    Ok(row.map(|row| recipient(row.email, row.name, &row.language)))
}

/// A place was given up `into` another: what was asked for goes with it, unless something was asked for there.
///
/// # Errors
/// When the database fails.
pub async fn follow(
    tx: &mut Tx,
    room: RoomId,
    given_up: PlaceNumber,
    into: PlaceNumber,
) -> Result<(), StoreError> {
    sqlx::query!(
        "with gone as (delete from turn_mail where room_id = $1 and place = $2 returning *)
         insert into turn_mail (room_id, place, visitor_id, account_id, email, language, asked_at, near_said)
         select room_id, $3, visitor_id, account_id, email, language, asked_at, near_said from gone
         on conflict (room_id, place) do nothing",
        room.uuid(),
        bigint(given_up),
        bigint(into)
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Forgets what `visitor` asked for, and what was asked for at `place`.
///
/// # Errors
/// When the database fails.
pub async fn forget(
    postgres: &Postgres,
    room: RoomId,
    visitor: VisitorId,
    place: Option<PlaceNumber>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from turn_mail where room_id = $1 and (visitor_id = $2 or place = $3)",
        room.uuid(),
        visitor.uuid(),
        place.map(bigint)
    )
    .execute(postgres)
    .await?;
    Ok(())
}

/// Forgets what anybody in `room` asked for: it is closed.
///
/// # Errors
/// When the database fails.
pub async fn forget_room(tx: &mut Tx, room: RoomId) -> Result<(), StoreError> {
    sqlx::query!("delete from turn_mail where room_id = $1", room.uuid()).execute(&mut **tx).await?;
    Ok(())
}

/// What mails about `room` say.
///
/// # Errors
/// When the database fails.
pub async fn about(tx: &mut Tx, room: &Room) -> Result<About, StoreError> {
    let row = sqlx::query!(
        r#"select title, venue.name as venue, city, starts_at, time_zone,
             brand.name as "brand_name?", colour as "colour?", reply_to as "reply_to?", footer as "footer?"
           from event join venue using (venue_id) left join organizer_brand as brand on brand.owner_id = event.owner_id
           where event_id = $1"#,
        room.event.uuid()
    )
    .fetch_optional(&mut **tx)
    .await?;
    let event = row.map(|row| EventBrief {
        title: row.title,
        venue: row.venue,
        city: row.city,
        starts_at: row.starts_at,
        time_zone: row.time_zone,
        brand: Some(Brand {
            name: row.brand_name,
            colour: row.colour,
            reply_to: row.reply_to,
            footer: row.footer,
        }),
    });
    Ok(About { event })
}

/// Appends messages to the outbox, but none of a kind with a cause that is there. They name no event: what is about an event is
/// shown to its organizer when it cannot be delivered, and who waits in line is none of theirs.
///
/// # Errors
/// When the database fails.
pub async fn append(tx: &mut Tx, rows: &[Row], now: DateTime<Utc>) -> Result<(), StoreError> {
    let bodies: Vec<_> = rows
        .iter()
        .map(|row| serde_json::to_value(&row.message))
        .collect::<Result<_, _>>()
        .map_err(|error| StoreError::Unexpected(error.to_string()))?;
    sqlx::query!(
        "insert into outbox (message_id, kind, cause, body, created_at, next_attempt_at)
         select new.*, $5, $5 from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) as new
         on conflict (kind, cause) do nothing",
        &column(rows, |row| row.id.uuid()),
        &column(rows, |row| row.message.kind().to_owned()),
        &column(rows, |row| row.cause.clone()),
        &bodies,
        now
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}

fn recipient(email: String, name: Option<String>, language: &str) -> Recipient {
    Recipient { email, name, language: Language::of(language).unwrap_or_default() }
}
