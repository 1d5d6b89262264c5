//! Whether tickets are sold to who asks now: to everybody, or because of their presale code.

use chrono::{DateTime, Utc};
use contracts::id::{PresaleCodeId, TierId};

use super::{Asked, place::PlaceError};
use crate::{
    code::guess::Guesser,
    offer::Offer,
    presale::{self, Open, PresaleCode, Shut},
    seat::Layout,
    state::Booking,
};

/// How the sale is open for who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Opening {
    /// The code, where it is needed.
    pub(super) code: Option<PresaleCodeId>,
    /// How many more seats may be held by it; none where nobody counts them.
    seats: Option<u32>,
    /// Tiers that are not sold to them now.
    pub(super) shut: Vec<TierId>,
}

impl Opening {
    /// The general sale, whatever presales there are.
    ///
    /// # Errors
    /// [`Shut`].
    pub(super) fn general(offer: &Offer, now: DateTime<Utc>) -> Result<Self, Shut> {
        offer.on_sale(now)?;
        Ok(Self::default())
    }

    /// The code with the seats that are left, where they are counted.
    pub(super) fn counted(&self) -> Option<(PresaleCodeId, u32)> {
        self.code.zip(self.seats)
    }

    /// How many seats are left when live holds have `held`.
    pub(super) fn left(&self, held: u32) -> u32 {
        self.seats.unwrap_or_default().saturating_sub(held)
    }
}

/// Checks that what is `asked` is on sale for somebody with this code. An event without presales asks for none.
///
/// # Errors
/// [`PlaceError::Shut`], [`PlaceError::UnknownCode`], [`PlaceError::Slowed`], or when the database fails.
pub(super) async fn check(
    app: &Booking,
    offer: &Offer,
    layout: &Layout,
    asked: &Asked,
    (guesser, code): (&Guesser, Option<&str>),
) -> Result<Opening, PlaceError> {
    let now = app.clock.now();
    if !offer.has_presales {
        return Ok(Opening::general(offer, now)?);
    }
    let presales = presale::store::of_event(&app.postgres, offer.event).await?;
    let code = match code {
        Some(text) => Some(presale::code::named(app, offer.event, guesser, text).await?),
        None => None,
    };
    let class = code.as_ref().map(|(code, _)| code.class.as_str());
    let judged: Vec<(TierId, Result<Open, Shut>)> = tiers(layout, asked)
        .into_iter()
        .map(|tier| (tier, presale::opens(offer, &presales, tier, class, now)))
        .collect();
    let is_choice = matches!(asked, Asked::Best(_));
    let refusal = judged.iter().find_map(|(_, open)| open.clone().err());
    if let Some(shut) = refusal.filter(|_| !is_choice || judged.iter().all(|(_, open)| open.is_err())) {
        return Err(shut.into());
    }
    let is_needed = judged.iter().any(|(_, open)| *open == Ok(Open::WithCode));
    let shut = judged.iter().filter(|(_, open)| open.is_err()).map(|(tier, _)| *tier).collect();
    Ok(match code.filter(|_| is_needed) {
        Some((PresaleCode { id, seats_max, .. }, sold)) => {
            let most = seats_max.map(|most| u32::try_from(most).unwrap_or_default());
            Opening { code: Some(id), seats: most.map(|most| most.saturating_sub(sold)), shut }
        }
        None => Opening { shut, ..Opening::default() },
    })
}

/// The tiers of what is asked for; of a choice, those that may be chosen from.
fn tiers(layout: &Layout, asked: &Asked) -> Vec<TierId> {
    match asked {
        Asked::Tickets(tickets) => {
            let tier = |ticket| Some(layout.tiers.get(layout.ticket(ticket)?.tier)?.id);
            let mut tiers: Vec<TierId> = tickets.iter().copied().filter_map(tier).collect();
            tiers.sort_unstable();
            tiers.dedup();
            tiers
        }
        Asked::Units(tier, _) => vec![*tier],
        Asked::Best(best) => {
            let seated = layout.tiers.iter().filter(|tier| !tier.general_admission).map(|tier| tier.id);
            seated.filter(|tier| best.tier.is_none_or(|named| named == *tier)).collect()
        }
    }
}
