//! The calls about waitlists.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::id::{EventId, TierId, WaitlistEntryId};
use platform::http::{Json, Path, Problem, Query, internal, kinds};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    EntryState, Waitlist,
    enter::{self, EnterError},
    leave,
    manage::{self, ManageError},
    store::Listed,
    view::{self, EntryView},
};
use crate::{
    code::{
        EXPORT, PAGE,
        handler::{instant, next, table_head, wants_table},
    },
    extractors::{Organizer, SignedIn},
    hold,
    order::handler::language,
    presale::Shut,
    problems::{
        NO_WAITLIST_ENTRY, NOT_SOLD_OUT, TOO_MANY_TICKETS, UNKNOWN_EVENT, UNKNOWN_TIER, WAITLIST_CLOSED,
    },
    report::csv,
    state::Booking,
};

/// The body of `POST /event/{eventId}/waitlist`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enter {
    quantity: u32,
    #[serde(default)]
    tiers: Vec<TierId>,
}

/// The body of `PUT /event/{eventId}/waitlist`, and its answer.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaitlistBody {
    open: bool,
    #[serde(default)]
    offer_minutes: Option<i64>,
}

/// The query of `GET /event/{eventId}/waitlist/entry`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<i64>,
}

/// An entry as the organizer sees it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedView {
    entry_id: WaitlistEntryId,
    number: i64,
    email: String,
    quantity: u32,
    tiers: Vec<TierId>,
    state: EntryState,
    entered_at: DateTime<Utc>,
    offered_until: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

impl From<Waitlist> for WaitlistBody {
    fn from(list: Waitlist) -> Self {
        Self { open: list.is_open, offer_minutes: Some(list.offer_lasts.num_minutes()) }
    }
}

/// `POST /event/{eventId}/waitlist`: enters the waitlist of a sold-out event.
///
/// # Errors
/// A problem.
pub async fn enter(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(event): Path<EventId>,
    headers: HeaderMap,
    Json(body): Json<Enter>,
) -> Result<(StatusCode, Json<EntryView>), Problem> {
    let most = u32::try_from(hold::MOST).unwrap_or(u32::MAX);
    if !(1..=most).contains(&body.quantity) {
        return Err(Problem::of(kinds::INVALID_BODY).detail(format!("quantity lies between 1 and {most}.")));
    }
    let fan = (fan.account, language(&headers));
    let (entry, is_new) = enter::enter(&app, fan, event, body.quantity, body.tiers).await?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(view::view(&app, entry).await.map_err(|error| internal(&error))?)))
}

/// `GET /event/{eventId}/waitlist`: one's own entry.
///
/// # Errors
/// A problem.
pub async fn own(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(event): Path<EventId>,
) -> Result<Json<EntryView>, Problem> {
    let own = view::own(&app, fan.account, event).await.map_err(|error| internal(&error))?;
    Ok(Json(own.ok_or_else(|| Problem::of(NO_WAITLIST_ENTRY))?))
}

/// `DELETE /event/{eventId}/waitlist`: leaves.
///
/// # Errors
/// A problem.
pub async fn leave(
    State(app): State<Booking>,
    fan: SignedIn,
    Path(event): Path<EventId>,
) -> Result<StatusCode, Problem> {
    leave::leave(&app, fan.account, event).await.map_err(|error| internal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /event/{eventId}/waitlist`: opens the list, or closes it.
///
/// # Errors
/// A problem.
pub async fn put(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(body): Json<WaitlistBody>,
) -> Result<Json<WaitlistBody>, Problem> {
    Ok(Json(manage::put(&app, &organizer.actor, event, body.open, body.offer_minutes).await?.into()))
}

/// `GET /event/{eventId}/waitlist/entry`: who is on the list, in the order of entry, 1,000 at a time, with how many are where;
/// with `Accept: text/csv` all.
///
/// # Errors
/// A problem.
pub async fn list(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Query(After { after }): Query<After>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_table = wants_table(&headers);
    let most = if is_table { EXPORT } else { PAGE };
    let (list, counts, listed) =
        manage::list(&app, organizer.account, event, after.unwrap_or(0), most).await?;
    if is_table {
        return Ok((table_head("waitlist"), table(&listed)).into_response());
    }
    let next = next(&listed, |last| format!("/event/{event}/waitlist/entry?after={}", last.entry.n));
    let WaitlistBody { open, offer_minutes } = list.into();
    let counts: Map<String, Value> =
        counts.into_iter().map(|(state, count)| (state.name().to_owned(), count.into())).collect();
    let entries: Vec<ListedView> = listed.into_iter().map(view_of).collect();
    let body = json!({"open": open, "offerMinutes": offer_minutes, "counts": counts, "entries": entries, "next": next});
    Ok(Json(body).into_response())
}

fn view_of(listed: Listed) -> ListedView {
    let Listed { entry, email, until, ended_at } = listed;
    ListedView {
        entry_id: entry.id,
        number: entry.n,
        email,
        quantity: entry.quantity,
        tiers: entry.tiers,
        state: entry.state,
        entered_at: entry.entered_at,
        offered_until: until,
        ended_at,
    }
}

fn table(listed: &[Listed]) -> String {
    let head =
        ["entryId", "number", "email", "quantity", "tiers", "state", "enteredAt", "offeredUntil", "endedAt"];
    csv::table(head, listed, |listed| {
        let entry = &listed.entry;
        let tiers: Vec<String> = entry.tiers.iter().map(TierId::to_string).collect();
        vec![
            entry.id.to_string(),
            entry.n.to_string(),
            listed.email.clone(),
            entry.quantity.to_string(),
            tiers.join(";"),
            entry.state.name().to_owned(),
            instant(Some(entry.entered_at)),
            instant(listed.until),
            instant(listed.ended_at),
        ]
    })
}

/// `DELETE /event/{eventId}/waitlist/entry/{entryId}`: the organizer removes somebody.
///
/// # Errors
/// A problem.
pub async fn remove(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, entry)): Path<(EventId, WaitlistEntryId)>,
) -> Result<StatusCode, Problem> {
    leave::remove(&app, &organizer.actor, event, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<EnterError> for Problem {
    fn from(error: EnterError) -> Self {
        match error {
            EnterError::UnknownEvent => Self::of(UNKNOWN_EVENT),
            EnterError::Closed => Self::of(WAITLIST_CLOSED),
            EnterError::NotOnSale(why) => Shut::NotOnSale(why).into(),
            EnterError::UnknownTier => Self::of(UNKNOWN_TIER),
            EnterError::TooMany { limit, have } => {
                Self::of(TOO_MANY_TICKETS).with("limit", limit).with("have", have)
            }
            EnterError::NotSoldOut => Self::of(NOT_SOLD_OUT),
            EnterError::Store(error) => internal(&error),
            EnterError::Away(error) => internal(&error),
        }
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Event(error) => error.into(),
            ManageError::Invalid(invalid) => invalid.into(),
            ManageError::Store(error) => internal(&error),
        }
    }
}
