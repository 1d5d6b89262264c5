//! Friends who wait together: they share one place, the best of theirs, and go in as one.

pub mod find;
pub mod finish;
pub mod handler;
pub mod join;
pub mod leave;
pub mod make;
pub mod store;

use contracts::{id::PartyId, place::PlaceNumber};
use platform::postgres::StoreError;

use crate::{
    lane::Shares,
    line::{LineError, PlaceState, Standing, take::TakeError},
};

/// A party as a member sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// Which one.
    pub party: PartyId,
    /// How many are in it.
    pub members: u32,
    /// How many may be: the event's ticket limit, which they have between them.
    pub limit: u32,
}

/// Why there is no party, or nobody joins it.
#[derive(Debug, thiserror::Error)]
pub enum PartyError {
    /// The visitor has no place to share.
    #[error("the visitor has no place")]
    NoPlace,
    /// There is no such party, or everybody left it.
    #[error("there is no such party")]
    Unknown,
    /// As many are in it as may be.
    #[error("the party has its {0} members")]
    Full(u32),
    /// One of the places was called.
    #[error("one of the places was called")]
    Called,
    /// The visitor shares a place with others.
    #[error("the visitor is in another party")]
    InAnother,
    /// The room does not take this visitor.
    #[error("the room does not take the visitor")]
    Refused(#[from] TakeError),
    /// The line could not be asked.
    #[error("the line could not be asked")]
    Line(#[from] LineError),
    /// The store failed; do the same again.
    #[error("changing a party failed")]
    Store(#[from] StoreError),
}

/// What becomes of two places that become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The place that is given up, where there are two.
    pub given_up: Option<PlaceNumber>,
    /// The place that stays.
    pub kept: Standing,
    /// Whether the party moves to the place of the one who joins.
    pub moves_party: bool,
}

/// What becomes of the place of a `party` and that of somebody who joins it: the one in the lane before stays, else the
/// one with the lower number.
///
/// # Errors
/// [`PartyError::Called`]: places become one only while both wait.
pub fn plan(party: Standing, own: Option<Standing>, shares: &Shares) -> Result<Plan, PartyError> {
    let waits = |standing: &Standing| matches!(standing.state, PlaceState::Waiting | PlaceState::Away);
    let other = own.filter(|own| own.number != party.number);
    if !waits(&party) || other.is_some_and(|other| !waits(&other)) {
        return Err(PartyError::Called);
    }
    let rank = |standing: &Standing| (shares.rank(standing.lane), standing.number);
    Ok(match other {
        None => Plan { given_up: None, kept: party, moves_party: false },
        Some(own) if rank(&own) < rank(&party) => {
            Plan { given_up: Some(party.number), kept: own, moves_party: true }
        }
        Some(own) => Plan { given_up: Some(own.number), kept: party, moves_party: false },
    })
}

#[cfg(test)]
mod tests {
    use contracts::place::Lane;

    use super::*;

    fn standing(number: u64, lane: u8, state: PlaceState) -> Standing {
        let (number, lane) = (PlaceNumber::from_raw(number), Lane::new(lane).unwrap());
        Standing { number, state, lane, ahead: 0, waiting: 0, ends: None, tick: 0 }
    }

    #[test]
    fn the_best_place_stays_and_only_while_both_wait() {
        use PlaceState::{Away, Called, Inside, Waiting};
        let shares = Shares::of(&[1, 1]);
        let party = standing(5, 0, Waiting);
        let plan = |own| plan(party, own, &shares);
        let alone = plan(None).unwrap();
        assert_eq!((alone.given_up, alone.kept), (None, party));
        assert_eq!(plan(Some(party)).unwrap(), alone);
        let later = plan(Some(standing(9, 0, Away))).unwrap();
        assert_eq!(
            (later.given_up, later.kept, later.moves_party),
            (Some(PlaceNumber::from_raw(9)), party, false)
        );
        let earlier = plan(Some(standing(2, 0, Waiting))).unwrap();
        assert_eq!(
            (earlier.given_up, earlier.kept.number.raw(), earlier.moves_party),
            (Some(party.number), 2, true)
        );
        // The lane in front of the other counts more than the number.
        let behind = plan(Some(standing(2, 1, Waiting))).unwrap();
        assert_eq!((behind.kept, behind.moves_party), (party, false));
        for state in [Called, Inside] {
            assert!(matches!(plan(Some(standing(2, 0, state))), Err(PartyError::Called)));
            let party = standing(5, 0, state);
            assert!(matches!(super::plan(party, None, &shares), Err(PartyError::Called)));
        }
    }
}
