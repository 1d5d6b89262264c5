//! The tables that organizers take home.

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};
use contracts::{id::EventId, money::Currency};
use futures_util::stream;
use platform::http::{Path, Problem, internal};
use serde::Serialize;

use super::{
    Sales, Sums, csv,
    find::{self, ReportError},
};
use crate::{extractors::Organizer, state::Booking};

/// The answer of `GET /event/{eventId}/sales`. Amounts are in minor units.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SalesView {
    event_id: EventId,
    currency: Currency,
    time_zone: String,
    rows: Vec<Sales>,
    total: Sums,
}

/// `GET /event/{eventId}/sales`: what was sold and given back, by day and tier.
///
/// # Errors
/// A problem.
pub async fn sales(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<SalesView>, Problem> {
    let report = find::report(&app, organizer.account, event).await?;
    let total = report.total();
    Ok(Json(SalesView {
        event_id: event,
        currency: report.currency,
        time_zone: report.time_zone,
        rows: report.rows,
        total,
    }))
}

/// `GET /event/{eventId}/sales.csv`: the same as a table.
///
/// # Errors
/// A problem.
pub async fn sales_csv(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    let report = find::report(&app, organizer.account, event).await?;
    Ok((head("sales"), csv::sales(&report)).into_response())
}

/// `GET /event/{eventId}/order.csv`: every ticket of every order, read while it is sent. One that breaks off in the middle
/// was not read to its end.
///
/// # Errors
/// A problem.
pub async fn orders_csv(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Response, Problem> {
    let (currency, _) = find::frame(&app, organizer.account, event).await?;
    let pages = stream::try_unfold(None, move |after| {
        let app = app.clone();
        async move {
            let rows = find::page(&app, event, after).await?;
            let Some(last) = rows.last() else { return Ok::<_, platform::postgres::StoreError>(None) };
            let after = Some(last.order.order);
            let lines: String = rows.iter().map(|row| csv::order(row, currency)).collect();
            Ok(Some((lines, after)))
        }
    });
    let top = stream::iter([Ok(csv::line(csv::ORDER_HEAD.iter().copied()))]);
    let whole = futures_util::StreamExt::chain(top, pages);
    Ok((head("orders"), Body::from_stream(whole)).into_response())
}

/// What a browser is told: a table, to be saved, and by nobody on the way.
pub(crate) fn head(name: &str) -> [(HeaderName, String); 4] {
    [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.csv\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ]
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Event(error) => error.into(),
            ReportError::Store(error) => internal(&error),
        }
    }
}
