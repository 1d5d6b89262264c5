//! Real venues with their true coordinates, as one knows them.

use std::sync::LazyLock;

use chrono_tz::Tz;

use crate::organizer;

/// What a venue is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VenueKind {
    Stadium,
    Arena,
    Hall,
    Theatre,
    Club,
}

/// One row of `venues.csv`.
#[derive(Clone, Debug)]
pub(crate) struct DemoVenue {
    pub(crate) kind: VenueKind,
    pub(crate) zone: Tz,
    pub(crate) body: organizer::Venue,
}

/// All of them, in the file's order.
pub(crate) static VENUES: LazyLock<Vec<DemoVenue>> = LazyLock::new(|| {
    include_str!("venues.csv").lines().skip(1).map(|line| parse(line).expect("venues.csv is ours")).collect()
});

fn parse(line: &str) -> Option<DemoVenue> {
    let [kind, name, city, country, latitude, longitude, zone]: [&str; 7] =
        line.split(',').collect::<Vec<_>>().try_into().ok()?;
    let kind = match kind {
        "stadium" => VenueKind::Stadium,
        "arena" => VenueKind::Arena,
        "hall" => VenueKind::Hall,
        "theatre" => VenueKind::Theatre,
        "club" => VenueKind::Club,
        _ => return None,
    };
    let body = organizer::Venue {
        external_id: format!("demo/{city}/{name}"),
        name: name.to_owned(),
        address: None,
        city: city.to_owned(),
        country: country.to_owned(),
        latitude: latitude.parse().ok()?,
        longitude: longitude.parse().ok()?,
        time_zone: zone.to_owned(),
    };
    Some(DemoVenue { kind, zone: zone.parse().ok()?, body })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_row_of_the_file_is_a_venue_with_a_name_of_its_own() {
        let names: HashSet<_> = VENUES.iter().map(|venue| &venue.body.external_id).collect();
        assert_eq!(names.len(), VENUES.len());
        assert!(VENUES.len() >= 150, "{} venues", VENUES.len());
    }

    #[test]
    fn coordinates_agree_with_the_time_zone() {
        for DemoVenue { body, zone, .. } in VENUES.iter() {
            assert_eq!(body.country.len(), 2, "{body:?}");
            // Clocks follow the sun: a zone is at most three hours off the mean time of the longitude.
            let noon = chrono::NaiveDate::from_ymd_opt(2026, 1, 15).unwrap().and_hms_opt(12, 0, 0).unwrap();
            let offset = chrono::TimeZone::offset_from_utc_datetime(zone, &noon);
            let seconds = f64::from(chrono::Offset::fix(&offset).local_minus_utc());
            assert!((seconds / 3_600.0 - body.longitude / 15.0).abs() < 3.0, "{body:?}");
        }
    }
}
