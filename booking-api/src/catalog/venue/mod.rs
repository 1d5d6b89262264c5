//! Places where events happen.

pub mod delete;
pub mod handler;
pub mod put;
pub mod store;

use contracts::id::{AccountId, VenueId};
use serde::{Deserialize, Serialize};

use super::{check_external_id, country::is_country};
use crate::invalid::{Checks, Invalid};

/// What an organizer says about a venue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VenueFacts {
    /// The organizer's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Street and number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The city.
    pub city: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// A name of the IANA time zone database.
    pub time_zone: String,
}

/// A venue as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Venue {
    /// Which one.
    pub id: VenueId,
    /// Who made it.
    pub owner: AccountId,
    /// What is said about it.
    pub facts: VenueFacts,
    /// Rises with each change.
    pub version: i64,
}

impl VenueFacts {
    /// Whether this can be a venue.
    ///
    /// # Errors
    /// All that cannot be.
    pub fn check(&self) -> Result<(), Invalid> {
        let mut checks = Checks::default();
        check_external_id(&mut checks, self.external_id.as_deref());
        checks.text(&self.name, 300, "/name");
        checks.optional_text(self.address.as_deref(), 500, "/address");
        checks.text(&self.city, 200, "/city");
        checks.that(is_country(&self.country), "/country", "is a country code of ISO 3166-1, such as DE");
        checks.that((-90.0..=90.0).contains(&self.latitude), "/latitude", "lies between -90 and 90 degrees");
        checks.that(
            (-180.0..=180.0).contains(&self.longitude),
            "/longitude",
            "lies between -180 and 180 degrees",
        );
        let zone = self.time_zone.parse::<chrono_tz::Tz>();
        checks.that(
            zone.is_ok(),
            "/timeZone",
            "is a name of the IANA time zone database, such as Europe/Berlin",
        );
        checks.done()
    }

    /// What an import calls a venue that has no name of the organizer's own.
    pub fn default_external_id(&self) -> String {
        format!("{}|{}|{}", self.name, self.city, self.country).to_lowercase()
    }
}
