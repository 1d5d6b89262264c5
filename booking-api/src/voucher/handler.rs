//! The calls about vouchers: those of an organizer, and those of a fan with a hold.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use contracts::{
    access_code::import::Report,
    id::{EventId, HoldRef, TierId, VoucherId},
};
use platform::http::{Json, Path, Problem, Query, Raw, internal};
use serde::{Deserialize, Serialize};

use super::{
    Effect, Refusal, Written,
    apply::{self, ApplyError},
    import::{self, ManageError},
    list, revoke,
    store::Kept,
};
use crate::{
    code::{
        EXPORT, PAGE,
        handler::{instant, next, table_head, wants_table, written},
    },
    extractors::{Address, Organizer, SignedIn},
    hold::view::{HoldView, view},
    problems::{HOLD_CONFIRMED, UNKNOWN_VOUCHER, VOUCHER_OVER, VOUCHER_UNFIT, VOUCHER_USED},
    report::csv,
    state::Booking,
};

/// A voucher, as its organizer sees it. What its code reads nobody knows but who made it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VoucherView {
    voucher_id: VoucherId,
    hint: String,
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    off_ppm: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<i64>,
    tiers: Vec<TierId>,
    valid_until: Option<DateTime<Utc>>,
    uses: i32,
    uses_max: Option<i32>,
    per_person: Option<i32>,
    spent: i64,
    budget: Option<i64>,
    created_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Vouchers, in the order of their ids.
#[derive(Clone, Debug, Serialize)]
pub struct Vouchers {
    vouchers: Vec<VoucherView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// The query of `GET /event/{eventId}/voucher`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<VoucherId>,
}

/// The body of `PUT /booking/hold/{holdId}/voucher`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    voucher: String,
}

/// `POST /event/{eventId}/voucher`: imports vouchers, as JSON or as `text/csv`, and reports on each row.
///
/// # Errors
/// A problem.
pub async fn import(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Result<Json<Report>, Problem> {
    let written: Vec<Written> = written(&headers, &body, "vouchers")?;
    Ok(Json(Report::new(import::import(&app, &organizer.actor, event, &written).await?)))
}

/// `GET /event/{eventId}/voucher`: the vouchers with how far each was used, 1,000 at a time; with `Accept: text/csv` all.
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
    let kept = list::list(&app, organizer.account, event, after, most).await?;
    if is_table {
        return Ok((table_head("vouchers"), table(&kept)).into_response());
    }
    let next = next(&kept, |last| format!("/event/{event}/voucher?after={}", last.voucher.id));
    Ok(Json(Vouchers { vouchers: kept.into_iter().map(view_of).collect(), next }).into_response())
}

fn view_of(kept: Kept) -> VoucherView {
    let Kept { voucher, hint, label, created_at, revoked_at } = kept;
    let (mut off, mut off_ppm, mut price) = (None, None, None);
    match voucher.terms.effect {
        Effect::Off(minor) => off = Some(minor),
        Effect::Share(ppm) => off_ppm = Some(ppm),
        Effect::Price(minor) => price = Some(minor),
    }
    VoucherView {
        voucher_id: voucher.id,
        hint,
        label,
        off,
        off_ppm,
        price,
        tiers: voucher.terms.tiers,
        valid_until: voucher.valid_until,
        uses: voucher.uses,
        uses_max: voucher.uses_max,
        per_person: voucher.per_person,
        spent: voucher.spent,
        budget: voucher.budget,
        created_at,
        revoked_at,
    }
}

fn table(kept: &[Kept]) -> String {
    let head = [
        "voucherId",
        "hint",
        "label",
        "off",
        "offPpm",
        "price",
        "tiers",
        "validUntil",
        "uses",
        "usesMax",
        "perPerson",
        "spent",
        "budget",
        "createdAt",
        "revokedAt",
    ];
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    csv::table(head, kept, |kept| {
        let view = view_of(kept.clone());
        let tiers: Vec<String> = view.tiers.iter().map(TierId::to_string).collect();
        vec![
            view.voucher_id.to_string(),
            view.hint,
            view.label.unwrap_or_default(),
            number(view.off),
            number(view.off_ppm.map(i64::from)),
            number(view.price),
            tiers.join(";"),
            instant(view.valid_until),
            view.uses.to_string(),
            view.uses_max.map_or("many".to_owned(), |most| most.to_string()),
            number(view.per_person.map(i64::from)),
            view.spent.to_string(),
            number(view.budget),
            instant(Some(view.created_at)),
            instant(view.revoked_at),
        ]
    })
}

/// `DELETE /event/{eventId}/voucher/{voucherId}`: the voucher is good no longer.
///
/// # Errors
/// A problem.
pub async fn revoke(
    State(app): State<Booking>,
    organizer: Organizer,
    Path((event, voucher)): Path<(EventId, VoucherId)>,
) -> Result<StatusCode, Problem> {
    revoke::revoke(&app, &organizer.actor, event, voucher).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `PUT /booking/hold/{holdId}/voucher`: lays a voucher on one's own hold.
///
/// # Errors
/// A problem.
pub async fn put(
    State(app): State<Booking>,
    fan: SignedIn,
    address: Address,
    Path(hold): Path<HoldRef>,
    Json(body): Json<Apply>,
) -> Result<Json<HoldView>, Problem> {
    Ok(Json(view(&app, apply::apply(&app, &address.of(fan), hold, Some(&body.voucher)).await?)))
}

/// `DELETE /booking/hold/{holdId}/voucher`: takes it off again.
///
/// # Errors
/// A problem.
pub async fn take_off(
    State(app): State<Booking>,
    fan: SignedIn,
    address: Address,
    Path(hold): Path<HoldRef>,
) -> Result<Json<HoldView>, Problem> {
    Ok(Json(view(&app, apply::apply(&app, &address.of(fan), hold, None).await?)))
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown => Self::of(UNKNOWN_VOUCHER),
            Refusal::Over => Self::of(VOUCHER_OVER),
            Refusal::UsedUp => Self::of(VOUCHER_USED).with("limit", "uses"),
            Refusal::PerPerson(most) => Self::of(VOUCHER_USED).with("limit", "perPerson").with("most", most),
            Refusal::Budget(left) => Self::of(VOUCHER_USED).with("limit", "budget").with("left", left),
            Refusal::Unfit => Self::of(VOUCHER_UNFIT),
        }
    }
}

impl From<ManageError> for Problem {
    fn from(error: ManageError) -> Self {
        match error {
            ManageError::Event(error) => error.into(),
            ManageError::UnknownVoucher => Self::of(UNKNOWN_VOUCHER),
            ManageError::Store(error) => internal(&error),
        }
    }
}

impl From<ApplyError> for Problem {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Hold(error) => error.into(),
            ApplyError::Confirmed => Self::of(HOLD_CONFIRMED),
            ApplyError::Refused(refusal) => refusal.into(),
            ApplyError::Store(error) => internal(&error),
        }
    }
}
