//! The seats of an event as they stand beside one another: rows of neighbours, the best first. Made once for an event.

use contracts::id::TicketId;

use super::{Kind, Layout, Point, Seat};

/// A gap between neighbours that is so many times the usual one is an aisle.
const AISLE: f32 = 1.6;
/// What a restricted view counts as: farther away than any seat is.
const RESTRICTED: f32 = 1.0e6;

/// All rows of a hall.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The rows, those first whose best seat is nearest to where people look.
    pub all: Vec<Row>,
    /// The names of the sections.
    pub sections: Vec<String>,
    /// Where each ticket is, by its number: the row and the seat in it.
    at: Vec<Option<(usize, usize)>>,
}

/// A row of a section.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The section, by its place among the sections.
    pub section: usize,
    /// Which row of the section it is, from the front.
    pub rank: usize,
    /// How far its best seat is from where people look.
    pub nearest: f32,
    /// Its seats, from one end to the other.
    pub seats: Vec<Place>,
    /// The first and the last of their tickets; no other seat has one in between.
    pub tickets: (TicketId, TicketId),
}

/// A seat in its row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    /// Its ticket.
    pub ticket: TicketId,
    /// The index of its price category.
    pub tier: usize,
    /// For whom it is.
    pub kind: Kind,
    /// Where it stands along the row.
    pub along: f32,
    /// How far it is from where people look; a restricted view is farther than all others.
    pub distance: f32,
    /// Whether an aisle lies before it.
    pub after_aisle: bool,
}

/// Rows as they come: section, seats with their tickets.
type Found<'a> = Vec<(usize, Vec<(TicketId, usize, &'a Seat)>)>;

impl Rows {
    /// The rows of `layout`. Tickets are numbered by section, row and seat, so neighbours follow one another.
    pub fn of(layout: &Layout) -> Self {
        let mut rows = Vec::new();
        let (found, names) = found(layout);
        for (section, name) in names.iter().enumerate() {
            let of_section: Vec<_> =
                found.iter().filter(|(of, _)| *of == section).map(|(_, row)| row).collect();
            let drawn =
                of_section.iter().flat_map(|row| row.iter()).all(|(_, _, seat)| point(seat).is_some());
            let own = layout.focal_points.get(*name).or_else(|| layout.focal_points.get(""));
            let focal = own.copied().filter(|_| drawn).or_else(|| front(&of_section, drawn));
            let focal = focal.unwrap_or(Point { x: 0.0, y: 0.0 });
            let mut section_rows: Vec<Row> = of_section
                .iter()
                .enumerate()
                .filter_map(|(number, row)| make(section, number, row, drawn, focal))
                .collect();
            section_rows.sort_by(|a, b| middle(a).total_cmp(&middle(b)));
            for (rank, row) in section_rows.iter_mut().enumerate() {
                row.rank = rank;
            }
            rows.extend(section_rows);
        }
        rows.sort_by(|a, b| a.nearest.total_cmp(&b.nearest));
        let mut at = vec![None; layout.tickets.len()];
        for (number, row) in rows.iter().enumerate() {
            for (index, seat) in row.seats.iter().enumerate() {
                let ticket = usize::try_from(seat.ticket.number()).ok();
                if let Some(place) = ticket.and_then(|ticket| at.get_mut(ticket)) {
                    *place = Some((number, index));
                }
            }
        }
        let sections = names.into_iter().map(str::to_owned).collect();
        Self { all: rows, sections, at }
    }

    /// Which row a ticket is in, by the row's place in [`Self::all`].
    pub fn number_of(&self, ticket: TicketId) -> Option<usize> {
        self.at.get(usize::try_from(ticket.number()).ok()?).copied().flatten().map(|(row, _)| row)
    }

    /// The row of a ticket, and which seat in it is the ticket's; none for what has no seat.
    pub fn find(&self, ticket: TicketId) -> Option<(&Row, usize)> {
        let (row, seat) = self.at.get(usize::try_from(ticket.number()).ok()?).copied().flatten()?;
        Some((self.all.get(row)?, seat))
    }
}

fn found(layout: &Layout) -> (Found<'_>, Vec<&str>) {
    let (mut found, mut names): (Found<'_>, Vec<&str>) = (Vec::new(), Vec::new());
    let mut last = None;
    for (id, ticket) in layout.numbered() {
        let Some(seat) = &ticket.seat else { continue };
        if names.last() != Some(&seat.section.as_str()) {
            names.push(&seat.section);
        }
        if last != Some((&seat.section, &seat.row)) {
            last = Some((&seat.section, &seat.row));
            found.push((names.len() - 1, Vec::new()));
        }
        if let Some((_, row)) = found.last_mut() {
            row.push((id, ticket.tier, seat));
        }
    }
    (found, names)
}

fn point(seat: &Seat) -> Option<Point> {
    Some(Point { x: seat.x?, y: seat.y? })
}

/// Where people look to when nobody says: the middle of the first row.
fn front(rows: &[&Vec<(TicketId, usize, &Seat)>], drawn: bool) -> Option<Point> {
    let first = rows.first()?;
    if !drawn {
        return Some(Point { x: 0.0, y: 0.0 });
    }
    let points: Vec<Point> = first.iter().filter_map(|(_, _, seat)| point(seat)).collect();
    let count = f32::from(u16::try_from(points.len()).ok()?);
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.x, y + point.y));
    Some(Point { x: x / count, y: y / count })
}

/// One row. Without a drawing seats stand one apart, in the middle of the section, and rows one behind the other.
fn make(
    section: usize,
    number: usize,
    row: &[(TicketId, usize, &Seat)],
    drawn: bool,
    focal: Point,
) -> Option<Row> {
    let small = |number: usize| f32::from(u16::try_from(number).unwrap_or(u16::MAX));
    let centre = small(row.len().saturating_sub(1)) / 2.0;
    let mut seats: Vec<Place> = row
        .iter()
        .enumerate()
        .map(|(index, (ticket, tier, seat))| {
            let at = match point(seat) {
                Some(point) if drawn => point,
                Some(_) | None => Point { x: small(index) - centre, y: small(number) },
            };
            let away = (at.x - focal.x).hypot(at.y - focal.y);
            let distance = if seat.restricted_view { away + RESTRICTED } else { away };
            Place { ticket: *ticket, tier: *tier, kind: seat.kind, along: at.x, distance, after_aisle: false }
        })
        .collect();
    // Rows that run up the drawing rather than along it keep the order of their names.
    let spread = |of: fn(Point) -> f32| {
        let all = row.iter().filter_map(|(_, _, seat)| point(seat)).map(of);
        all.fold((f32::MAX, f32::MIN), |(least, most), at| (least.min(at), most.max(at)))
    };
    let ((left, right), (top, bottom)) = (spread(|point| point.x), spread(|point| point.y));
    if drawn && right - left >= bottom - top {
        seats.sort_by(|a, b| a.along.total_cmp(&b.along));
    }
    mark_aisles(&mut seats);
    let nearest = seats.iter().map(|seat| seat.distance).fold(f32::MAX, f32::min);
    let tickets = (row.first()?.0, row.last()?.0);
    Some(Row { section, rank: number, nearest, seats, tickets })
}

fn mark_aisles(seats: &mut [Place]) {
    let steps: Vec<f32> = seats.windows(2).map(|pair| (pair[1].along - pair[0].along).abs()).collect();
    let mut sorted = steps.clone();
    sorted.sort_by(f32::total_cmp);
    let Some(usual) = sorted.get(sorted.len() / 2).copied().filter(|usual| *usual > 0.0) else { return };
    for (seat, step) in seats.iter_mut().skip(1).zip(steps) {
        seat.after_aisle = step > usual * AISLE;
    }
}

fn middle(row: &Row) -> f32 {
    let count = f32::from(u16::try_from(row.seats.len().max(1)).unwrap_or(u16::MAX));
    row.seats.iter().map(|seat| seat.distance % RESTRICTED).sum::<f32>() / count
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use contracts::id::TierId;
    use uuid::Uuid;

    use super::*;
    use crate::{catalog::event::Tier, seat::Ticket};

    /// A section of so many rows, each of so many seats one apart, in one tier; `change` may alter a seat.
    pub(crate) fn hall(rows: usize, seats: usize, change: impl Fn(usize, usize, &mut Seat)) -> Layout {
        let tier = Tier {
            id: TierId::from(Uuid::from_u128(1)),
            name: "Gold".to_owned(),
            price_minor: 1,
            general_admission: false,
            colour: None,
        };
        let small = |number: usize| f32::from(u16::try_from(number).unwrap());
        let ticket = |row: usize, number: usize| {
            let mut seat = Seat {
                section: "A".to_owned(),
                row: row.to_string(),
                name: number.to_string(),
                x: Some(small(number)),
                y: Some(small(row)),
                kind: Kind::Usual,
                restricted_view: false,
            };
            change(row, number, &mut seat);
            Ticket { tier: 0, seat: Some(seat) }
        };
        Layout {
            event: Uuid::from_u128(2).into(),
            currency: "EUR".parse().unwrap(),
            tiers: vec![tier],
            tickets: (0..rows)
                .flat_map(|row| (0..seats).map(move |seat| (row, seat)))
                .map(|(row, seat)| ticket(row, seat))
                .collect(),
            focal_points: BTreeMap::new(),
            is_settled: true,
        }
    }

    #[test]
    fn rows_begin_with_the_one_nearest_to_where_people_look() {
        let mut layout = hall(3, 5, |_, _, _| {});
        let ranks = |layout: &Layout| {
            Rows::of(layout).all.iter().map(|row| row.seats[0].ticket.number()).collect::<Vec<_>>()
        };
        assert_eq!(ranks(&layout), [0, 5, 10], "the front row, where nobody says");
        layout.focal_points.insert(String::new(), Point { x: 2.0, y: 9.0 });
        assert_eq!(ranks(&layout), [10, 5, 0]);
        layout.focal_points.insert("A".to_owned(), Point { x: 2.0, y: -9.0 });
        assert_eq!(ranks(&layout), [0, 5, 10], "the section's own point counts");
    }

    #[test]
    fn an_aisle_parts_a_row() {
        let layout = hall(1, 6, |_, number, seat| {
            seat.x = seat.x.map(|x| if number >= 3 { x + 2.0 } else { x });
        });
        let aisles: Vec<bool> = Rows::of(&layout).all[0].seats.iter().map(|seat| seat.after_aisle).collect();
        assert_eq!(aisles, [false, false, false, true, false, false]);
    }

    #[test]
    fn a_hall_without_a_drawing_has_its_best_seat_in_the_middle_of_the_first_row() {
        let layout = hall(2, 5, |_, _, seat| (seat.x, seat.y) = (None, None));
        let rows = Rows::of(&layout);
        let best = rows.all[0].seats.iter().min_by(|a, b| a.distance.total_cmp(&b.distance)).unwrap();
        assert_eq!(best.ticket.number(), 2);
        assert!(rows.all[0].nearest < rows.all[1].nearest);
    }
}
