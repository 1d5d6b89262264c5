//! The calls about charges.

use axum::extract::State;
use contracts::id::{EventId, TierId};
use platform::http::{Json, Path, Problem, internal, kinds::NOT_FOUND};
use serde::{Deserialize, Serialize};

use super::{
    Charges, Rates,
    put::{self, ChargeError},
};
use crate::{
    extractors::Organizer,
    problems::{NOT_YOURS, SALES_BEGUN},
    state::Booking,
};

/// What is charged, as it is said and shown.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChargesBody {
    /// A fixed fee a ticket, in minor units.
    #[serde(default)]
    fee: i64,
    /// A fee by the face value, in parts per million.
    #[serde(default)]
    fee_ppm: i32,
    /// The tax on both, in parts per million.
    #[serde(default)]
    tax_ppm: i32,
    /// Whether the tax is part of the price.
    #[serde(default = "included")]
    tax_included: bool,
    /// Tiers with charges of their own.
    #[serde(default)]
    tiers: Vec<TierCharges>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TierCharges {
    tier_id: TierId,
    #[serde(default)]
    fee: i64,
    #[serde(default)]
    fee_ppm: i32,
    #[serde(default)]
    tax_ppm: i32,
}

fn included() -> bool {
    true
}

impl From<Charges> for ChargesBody {
    fn from(charges: Charges) -> Self {
        let Rates { fee, fee_ppm, tax_ppm } = charges.rates;
        let tiers = charges.tiers.into_iter().map(|(tier_id, Rates { fee, fee_ppm, tax_ppm })| TierCharges {
            tier_id,
            fee,
            fee_ppm,
            tax_ppm,
        });
        Self { fee, fee_ppm, tax_ppm, tax_included: charges.tax_included, tiers: tiers.collect() }
    }
}

/// `GET /event/{eventId}/charge`.
///
/// # Errors
/// A problem.
pub async fn read(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
) -> Result<Json<ChargesBody>, Problem> {
    Ok(Json(put::find(&app, organizer.account, event).await?.into()))
}

/// `PUT /event/{eventId}/charge`: before sales begin.
///
/// # Errors
/// A problem.
pub async fn write(
    State(app): State<Booking>,
    organizer: Organizer,
    Path(event): Path<EventId>,
    Json(body): Json<ChargesBody>,
) -> Result<Json<ChargesBody>, Problem> {
    let rates = Rates { fee: body.fee, fee_ppm: body.fee_ppm, tax_ppm: body.tax_ppm };
    let tiers = body
        .tiers
        .iter()
        .map(|tier| (tier.tier_id, Rates { fee: tier.fee, fee_ppm: tier.fee_ppm, tax_ppm: tier.tax_ppm }));
    let charges = Charges { event, rates, tax_included: body.tax_included, tiers: tiers.collect() };
    put::put(&app, &organizer.actor, &charges).await?;
    Ok(Json(body))
}

impl From<ChargeError> for Problem {
    fn from(error: ChargeError) -> Self {
        match error {
            ChargeError::Invalid(invalid) => invalid.into(),
            ChargeError::Unknown => Self::of(NOT_FOUND),
            ChargeError::NotYours => Self::of(NOT_YOURS),
            ChargeError::Begun => Self::of(SALES_BEGUN),
            ChargeError::Store(error) => internal(&error),
        }
    }
}
