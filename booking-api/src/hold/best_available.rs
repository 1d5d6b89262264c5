//! Placing a hold on the best seats that can be had.
//!
//! The choice is made from what was last seen, and each who asks is sent to other seats. One call of the script is given
//! several alternatives and holds the first that is still free, so that a herd at many copies of the service seldom comes
//! back with nothing.

use contracts::id::{EventId, TicketId, TierId};
use metrics::counter;

use super::{
    Hold,
    best::{
        Best, Want,
        picks::{Pick, Picks},
    },
    place::{self, PlaceError, Placing, Written},
};
use crate::{
    metrics::{BEST_MET_TOTAL, BEST_ROUNDS_TOTAL},
    offer::Line,
    seat::{Layout, availability, availability::Snapshot, rows::Rows},
    state::Booking,
};

/// How often what can be had is looked at again when rivals took every alternative.
const ROUNDS: usize = 5;

/// A pick that is given back unless something became of it, also when whoever asked hangs up.
struct Taken<'a> {
    picks: &'a Picks,
    event: EventId,
    pick: Option<Pick>,
}

impl Taken<'_> {
    fn settle(mut self, held: Option<(&[TicketId], u64)>, met: &[TicketId]) {
        if let Some(pick) = self.pick.take() {
            self.picks.settle(self.event, &pick, held, met);
        }
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if let Some(pick) = self.pick.take() {
            self.picks.settle(self.event, &pick, None, &[]);
        }
    }
}

/// Holds the best seats for `best`; says whether the hold is new.
///
/// # Errors
/// [`PlaceError`].
pub(super) async fn hold(
    app: &Booking,
    placing: &Placing<'_>,
    best: &Best,
) -> Result<(Hold, bool), PlaceError> {
    let (event, layout) = (placing.offer.event, placing.layout);
    let rows = availability::rows(app, event).await?;
    let tiers = tiers(layout, best, &placing.opening.shut)?;
    let want = want(&rows, &tiers, best)?;
    let _turn = app.views.picks.turn(event).await;
    for _ in 0..ROUNDS {
        counter!(BEST_ROUNDS_TOTAL).increment(1);
        let seen = availability::snapshot(app, event).await?;
        let picks = &app.views.picks;
        let pick = picks.pick(&seen.value, event, &rows, &want, &mut app.ids.stream());
        let Some(pick) = pick else { return Err(PlaceError::SoldOut(left(&rows, &seen.value, &want))) };
        let lines: Vec<Line> =
            pick.alternatives.iter().flatten().filter_map(|ticket| layout.line(*ticket)).collect();
        let taken = Taken { picks, event, pick: Some(pick) };
        match place::write(app, placing, &lines, want.quantity).await {
            Ok(Written::New { hold, met, at, share }) => {
                counter!(BEST_MET_TOTAL).increment(u64::try_from(met.len()).unwrap_or_default());
                picks.share(event, share);
                taken.settle(Some((&hold.tickets, at)), &met);
                return Ok((hold, true));
            }
            Ok(Written::Again(hold)) => return Ok((hold, false)),
            Err(PlaceError::Taken(_, met)) => {
                counter!(BEST_MET_TOTAL).increment(u64::try_from(met.len()).unwrap_or_default());
                taken.settle(None, &met);
                app.views.snapshots.forget(event).await;
            }
            Err(error) => return Err(error),
        }
    }
    Err(PlaceError::Crowded)
}

/// Which tiers will do: those with seats that were asked for, and that are not shut.
fn tiers(layout: &Layout, best: &Best, shut: &[TierId]) -> Result<Vec<bool>, PlaceError> {
    let (from, to) = best.price;
    let fits = |price: i64| from.is_none_or(|from| price >= from) && to.is_none_or(|to| price <= to);
    let tiers: Vec<bool> = layout
        .tiers
        .iter()
        .map(|tier| {
            let named = best.tier.is_none_or(|id| id == tier.id);
            !tier.general_admission && named && fits(tier.price_minor) && !shut.contains(&tier.id)
        })
        .collect();
    if tiers.contains(&true) { Ok(tiers) } else { Err(PlaceError::UnknownTier) }
}

fn want<'a>(rows: &Rows, tiers: &'a [bool], best: &Best) -> Result<Want<'a>, PlaceError> {
    let section = match &best.section {
        Some(name) => {
            let found = rows.sections.iter().position(|section| section == name);
            Some(found.ok_or(PlaceError::UnknownSection)?)
        }
        None => None,
    };
    let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Want { quantity: number(best.quantity), accessible: number(best.accessible), tiers, section })
}

/// How many seats are left that would do.
fn left(rows: &Rows, snapshot: &Snapshot, want: &Want<'_>) -> u32 {
    let wanted = rows.all.iter().filter(|row| want.section.is_none_or(|section| section == row.section));
    let seats = wanted.flat_map(|row| &row.seats);
    let left = seats.filter(|seat| want.takes(seat) && snapshot.has(seat.ticket)).count();
    u32::try_from(left).unwrap_or(u32::MAX)
}
