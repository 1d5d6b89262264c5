//! Seating plans in the format that pretix and its tools draw: read into seats, and written from them.
//!
//! A plan has zones (our sections) with rows with seats; positions add up: zone, row, seat. What the format has no word for
//! (wheelchairs, companions, restricted views) does not go out, and shapes without seats do not come in. Where a zone names
//! a row twice, a new block begins: `Ground floor 1`, `Ground floor 2`.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::{Layout, Seat};
use crate::invalid::{Checks, Invalid};

/// A plan. Members that say how it is drawn are not looked at.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanFile {
    /// Its name.
    pub name: String,
    /// Its categories: one becomes the tier of the same name.
    pub categories: Vec<Category>,
    /// Its zones.
    pub zones: Vec<Zone>,
    /// How large the drawing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
}

/// A category.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Category {
    /// Its name.
    pub name: String,
    /// Its colour.
    #[serde(default)]
    pub color: String,
}

/// How large a drawing is.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Size {
    /// To the right.
    pub width: f64,
    /// Downwards.
    pub height: f64,
}

/// A zone.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Zone {
    /// Its name.
    pub name: String,
    /// Its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_id: Option<String>,
    /// Where it begins.
    pub position: Position,
    /// Its rows.
    #[serde(default)]
    pub rows: Vec<PlanRow>,
    /// Its shapes.
    #[serde(default)]
    pub areas: Vec<serde_json::Value>,
}

/// A row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanRow {
    /// Its name.
    pub row_number: String,
    /// Where it begins, in its zone.
    pub position: Position,
    /// Its seats.
    pub seats: Vec<PlanSeat>,
}

/// A seat.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PlanSeat {
    /// Its name.
    pub seat_number: String,
    /// The file's own name for it.
    #[serde(default)]
    pub seat_guid: String,
    /// Where it is, in its row.
    pub position: Position,
    /// The name of its category.
    pub category: String,
}

/// A place on the drawing.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Position {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

/// A seat of a plan with the name of its category.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The block.
    pub section: String,
    /// The row.
    pub row: String,
    /// The seat.
    pub name: String,
    /// Where it is drawn.
    pub at: (f32, f32),
    /// The name of its category.
    pub category: String,
}

impl PlanFile {
    /// All seats, in the order of the file.
    ///
    /// # Errors
    /// Categories that are not there.
    pub fn seats(&self) -> Result<Vec<Found>, Invalid> {
        let mut checks = Checks::default();
        let known: HashSet<&str> = self.categories.iter().map(|category| category.name.as_str()).collect();
        let mut found = Vec::new();
        for (index, zone) in self.zones.iter().enumerate() {
            for (row, block) in zone.rows.iter().zip(blocks(zone)) {
                for seat in &row.seats {
                    let at = format!("/seatingPlan/zones/{index}");
                    let category = known.contains(seat.category.as_str());
                    checks.that(
                        category,
                        &at,
                        format!("names the category {}, which is not there", seat.category),
                    );
                    let x = zone.position.x + row.position.x + seat.position.x;
                    let y = zone.position.y + row.position.y + seat.position.y;
                    found.push(Found {
                        section: block.clone(),
                        row: row.row_number.clone(),
                        name: seat.seat_number.clone(),
                        at: (narrow(x), narrow(y)),
                        category: seat.category.clone(),
                    });
                }
            }
        }
        checks.done()?;
        Ok(found)
    }

    /// The plan of `layout`.
    pub fn of(layout: &Layout, name: &str) -> Self {
        let mut zones: Vec<Zone> = Vec::new();
        let mut most = Position::default();
        for (_, ticket) in layout.numbered() {
            let (Some(seat), Some(tier)) = (&ticket.seat, layout.tiers.get(ticket.tier)) else { continue };
            let at = Position { x: seat.x.unwrap_or_default().into(), y: seat.y.unwrap_or_default().into() };
            most = Position { x: most.x.max(at.x), y: most.y.max(at.y) };
            row_of(&mut zones, seat).seats.push(PlanSeat {
                seat_number: seat.name.clone(),
                seat_guid: format!("{}-{}-{}", seat.section, seat.row, seat.name),
                position: at,
                category: tier.name.clone(),
            });
        }
        let seated = layout.tiers.iter().filter(|tier| !tier.general_admission);
        let categories = seated
            .map(|tier| Category { name: tier.name.clone(), color: tier.colour.clone().unwrap_or_default() })
            .collect();
        let size = Some(Size { width: most.x + 50.0, height: most.y + 50.0 });
        Self { name: name.to_owned(), categories, zones, size }
    }
}

/// The block of each row of a zone.
fn blocks(zone: &Zone) -> Vec<String> {
    let (mut block, mut seen, mut numbers) = (1, HashSet::new(), Vec::with_capacity(zone.rows.len()));
    for row in &zone.rows {
        if !seen.insert(row.row_number.as_str()) {
            block += 1;
            seen = HashSet::from([row.row_number.as_str()]);
        }
        numbers.push(block);
    }
    let name = |number| if block == 1 { zone.name.clone() } else { format!("{} {number}", zone.name) };
    numbers.into_iter().map(name).collect()
}

fn row_of<'a>(zones: &'a mut Vec<Zone>, seat: &Seat) -> &'a mut PlanRow {
    let position = Position::default();
    let zone = zones.iter().position(|zone| zone.name == seat.section).unwrap_or_else(|| {
        let (name, zone_id) = (seat.section.clone(), Some(seat.section.clone()));
        zones.push(Zone { name, zone_id, position, rows: Vec::new(), areas: Vec::new() });
        zones.len() - 1
    });
    let rows = &mut zones[zone].rows;
    let row = rows.iter().position(|row| row.row_number == seat.row).unwrap_or_else(|| {
        rows.push(PlanRow { row_number: seat.row.clone(), position, seats: Vec::new() });
        rows.len() - 1
    });
    &mut rows[row]
}

#[expect(clippy::cast_possible_truncation, clippy::as_conversions, reason = "a drawing needs no more")]
fn narrow(number: f64) -> f32 {
    number as f32
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::seat::rows::tests::hall;

    fn plan(rows: &[&str]) -> PlanFile {
        let row = |(index, name): (usize, &&str)| {
            json!({"row_number": name, "position": {"x": 10.0, "y": 5 * index},
                   "seats": [{"seat_number": "1", "seat_guid": "x", "uuid": "u", "position": {"x": 1, "y": 0}, "category": "I", "radius": 3}]})
        };
        let rows: Vec<_> = rows.iter().enumerate().map(row).collect();
        let zone = json!({"name": "Stalls", "zone_id": "z", "position": {"x": 100, "y": 200}, "rows": rows, "areas": [{"shape": "circle"}]});
        serde_json::from_value(json!({"name": "Hall", "categories": [{"name": "I", "color": "#fff"}], "zones": [zone], "size": {"width": 1, "height": 1}})).unwrap()
    }

    #[test]
    fn positions_add_up_and_a_row_that_comes_again_begins_a_block() {
        let seats = plan(&["A", "B"]).seats().unwrap();
        assert_eq!(
            (seats[1].section.as_str(), seats[1].row.as_str(), seats[1].at),
            ("Stalls", "B", (111.0, 205.0))
        );
        let blocks: Vec<_> =
            plan(&["A", "B", "A", "A"]).seats().unwrap().into_iter().map(|seat| seat.section).collect();
        assert_eq!(blocks, ["Stalls 1", "Stalls 1", "Stalls 2", "Stalls 3"]);
        let mut bad = plan(&["A"]);
        bad.categories.clear();
        assert!(bad.seats().is_err());
    }

    #[test]
    fn a_layout_comes_back_as_it_went_out() {
        let layout = hall(3, 4, |_, _, _| {});
        let text = serde_json::to_string(&PlanFile::of(&layout, "Hall")).unwrap();
        let seats = serde_json::from_str::<PlanFile>(&text).unwrap().seats().unwrap();
        let there: Vec<_> = layout.tickets.iter().filter_map(|ticket| ticket.seat.as_ref()).collect();
        assert_eq!(seats.len(), there.len());
        for (found, seat) in seats.iter().zip(there) {
            assert_eq!((&found.section, &found.row, &found.name), (&seat.section, &seat.row, &seat.name));
            assert_eq!(
                (Some(found.at.0), Some(found.at.1), found.category.as_str()),
                (seat.x, seat.y, "Gold")
            );
        }
    }
}
