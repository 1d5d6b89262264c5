//! Which lane each call goes to.

use contracts::place::{Lane, PlaceNumber};

use super::Spot;
use crate::lane::Shares;

/// What each lane is owed after a batch, in parts of a call: the sum of the shares makes one. It goes on from batch to
/// batch, so that no fraction of a share is lost however small the batches are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Owed(pub [i64; Lane::COUNT]);

/// The first `most` calls among `front`, which is in order: shared out over the lanes in which somebody waits, within a
/// lane by number. Says what each lane is owed afterwards.
///
/// At each call every lane in which somebody waits is owed its share more, and the one that is called pays one call. It is
/// the lane whose next call is due first, among those that may have one without being ahead of their share: the rule of
/// R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980), which keeps each of n lanes within
/// 1 - 1/(2n - 2) calls of its share as long as the same lanes wait. (To call the lane that is owed most, which is smooth
/// weighted round robin, leaves lanes more than a call behind where many have uneven shares.) So the lanes take turns, and
/// one with a share above 0 is never passed over for ever. A lane in which nobody waits saves nothing up: what it does not
/// use goes to the others. Equals are settled by the room's order.
pub fn share_out(front: &[Spot], most: usize, shares: &Shares, owed: Owed) -> (Vec<Spot>, Owed) {
    let mut queues: [Vec<PlaceNumber>; Lane::COUNT] = Default::default();
    // The next of a lane stands at its end.
    for place in front.iter().rev() {
        queues[place.lane.index()].push(place.number);
    }
    let Owed(mut owed) = owed;
    let mut called = Vec::with_capacity(most.min(front.len()));
    while called.len() < most {
        let waits = |lane: &Lane| !queues[lane.index()].is_empty();
        let total: i64 = Lane::all().filter(waits).map(|lane| i64::from(shares.share(lane))).sum();
        for lane in Lane::all() {
            let share = if waits(&lane) { i64::from(shares.share(lane)) } else { 0 };
            // Shares that were changed since the last batch must not leave more behind than one call.
            let owes = &mut owed[lane.index()];
            *owes = if share > 0 { (*owes).clamp(-total, total) + share } else { 0 };
        }
        let next = if total > 0 { next_due(waits, total, shares, &owed) } else { first_of(waits, shares) };
        let Some(next) = next else { break };
        let Some(number) = queues[next.index()].pop() else { break };
        called.push(Spot { lane: next, number });
        owed[next.index()] -= total;
    }
    for lane in Lane::all().filter(|lane| queues[lane.index()].is_empty()) {
        owed[lane.index()] = 0;
    }
    (called, Owed(owed))
}

/// The lane that is called next where shares count: `owed` says what each is owed with this call, in parts of one of which
/// `total` make a call.
fn next_due(waits: impl Fn(&Lane) -> bool, total: i64, shares: &Shares, owed: &[i64]) -> Option<Lane> {
    let share = |lane: Lane| i64::from(shares.share(lane));
    let sharing = || Lane::all().filter(|lane| waits(lane) && share(*lane) > 0);
    // 2n - 2, of which a whole call has so many parts; one lane alone is due whenever somebody is called.
    let parts = i64::try_from(2 * sharing().count()).unwrap_or(i64::MAX).saturating_sub(2).max(1);
    let owes = |lane: Lane| owed[lane.index()];
    // How much longer a lane could wait for its call, times its share and those parts.
    let spare = |lane: Lane| (parts - 1) * total - parts * owes(lane);
    let sooner = |a: &Lane, b: &Lane| {
        let (a, b) = (*a, *b);
        let due = (spare(a) * share(b)).cmp(&(spare(b) * share(a)));
        due.then_with(|| (shares.rank(a), a).cmp(&(shares.rank(b), b)))
    };
    let due = sharing().filter(|lane| parts * owes(*lane) >= total).min_by(sooner);
    // When a lane ends, what the others are owed need not make a whole call any more; then nobody need be due.
    due.or_else(|| sharing().min_by_key(|lane| (-owes(*lane), shares.rank(*lane), *lane)))
}

/// The lane that is called next where nobody waits who has a share: the first in the room's order.
fn first_of(waits: impl Fn(&Lane) -> bool, shares: &Shares) -> Option<Lane> {
    Lane::all().filter(waits).min_by_key(|lane| (shares.rank(*lane), *lane))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lane(number: usize) -> Lane {
        Lane::new(u8::try_from(number).unwrap()).unwrap()
    }

    /// Lanes of these lengths; their numbers are interleaved as if everybody had come in turn.
    fn lines(lengths: &[usize]) -> Vec<Spot> {
        let spot = |of: usize, n: usize| Spot {
            lane: lane(of),
            number: PlaceNumber::from_raw(u64::try_from(n * lengths.len() + of + 1).unwrap()),
        };
        (0..lengths.len()).flat_map(|of| (0..lengths[of]).map(move |n| spot(of, n))).collect()
    }

    fn counts(called: &[Spot]) -> [usize; Lane::COUNT] {
        let mut counts = [0; Lane::COUNT];
        for spot in called {
            counts[spot.lane.index()] += 1;
        }
        counts
    }

    #[test]
    fn two_lanes_take_turns_by_their_shares() {
        let front = lines(&[20, 20]);
        let (called, owed) = share_out(&front, 8, &Shares::of(&[1, 3]), Owed::default());
        let turns: Vec<_> = called.iter().map(|spot| spot.lane.number()).collect();
        assert_eq!((turns, owed), (vec![1, 0, 1, 1, 1, 0, 1, 1], Owed::default()));
    }

    proptest! {
        /// What fans are told of their chance rests on this.
        #[test]
        fn how_many_are_called_before_somebody_follows_from_the_shares(
            lengths in prop::collection::vec(1_usize..60, 1..6),
            given in prop::collection::vec(0_u32..6, 6),
            of: prop::sample::Index,
            at: prop::sample::Index,
        ) {
            let given = &given[..lengths.len()];
            prop_assume!(given.iter().any(|share| *share > 0));
            let (of, shares) = (of.index(lengths.len()), Shares::of(given));
            let ahead = at.index(lengths[of]);
            let (called, _) = share_out(&lines(&lengths), usize::MAX, &shares, Owed::default());
            let mut own = called.iter().enumerate().filter(|(_, spot)| spot.lane == lane(of));
            let before = i64::try_from(own.nth(ahead).unwrap().0).unwrap();
            let waiting = lengths.iter().enumerate().map(|(of, count)| (lane(of), u64::try_from(*count).unwrap()));
            let told = shares.called_before(lane(of), u64::try_from(ahead).unwrap(), waiting);
            // Turns are even to within a call of each lane.
            let own = given[of].max(1);
            let within: u32 = given.iter().map(|share| 2 + share.div_ceil(own)).sum();
            prop_assert!((before - i64::try_from(told).unwrap()).abs() <= i64::from(within), "{before} {told}");
        }
    }

    #[test]
    fn one_call_at_a_time_is_shared_like_many_at_once() {
        let shares = Shares::of(&[5, 2, 1]);
        let mut front = lines(&[200, 200, 200]);
        let (at_once, _) = share_out(&front, 100, &shares, Owed::default());
        let (mut owed, mut one_by_one) = (Owed::default(), Vec::new());
        for _ in 0..100 {
            let (called, owes) = share_out(&front, 1, &shares, owed);
            front.retain(|spot| !called.contains(spot));
            one_by_one.extend(called);
            owed = owes;
        }
        assert_eq!(one_by_one, at_once);
    }

    #[test]
    fn many_lanes_of_uneven_shares_are_never_a_call_behind() {
        let given = [15, 1, 15, 3, 1, 15, 3];
        let (called, _) = share_out(&lines(&[53; 7]), 53, &Shares::of(&given), Owed::default());
        let mut had = [0_u32; 7];
        for (calls, spot) in (1..).zip(called) {
            had[spot.lane.index()] += 1;
            let off = (0..7).map(|of| (53 * had[of]).abs_diff(calls * given[of]));
            assert!(off.max().unwrap() < 53, "{had:?} of {calls}");
        }
        assert_eq!(had, given);
    }

    #[test]
    fn a_lane_that_was_empty_saves_nothing_up() {
        let shares = Shares::of(&[1, 1]);
        let (_, owed) = share_out(&lines(&[1000]), 500, &shares, Owed::default());
        let (called, _) = share_out(&lines(&[100, 100]), 10, &shares, owed);
        assert_eq!(counts(&called)[..2], [5, 5]);
    }

    #[test]
    fn a_lane_without_a_share_is_called_when_nobody_else_waits() {
        let shares = Shares::of(&[1, 0, 0]);
        let (called, _) = share_out(&lines(&[3, 2, 2]), 6, &shares, Owed::default());
        let lanes: Vec<_> = called.iter().map(|spot| spot.lane.number()).collect();
        assert_eq!(lanes, [0, 0, 0, 1, 1, 2]);
    }

    #[test]
    fn shares_that_change_leave_no_old_debt() {
        let (_, owed) = share_out(&lines(&[9000, 9000]), 1, &Shares::of(&[1000, 999]), Owed::default());
        let (called, _) = share_out(&lines(&[100, 100]), 20, &Shares::of(&[1, 1]), owed);
        let counts = counts(&called);
        assert!(counts[0].abs_diff(counts[1]) <= 2, "{counts:?}");
    }

    proptest! {
        /// While all lanes wait, each has its share to within less than one call, over any number of batches of any sizes;
        /// nobody starves; a lane's calls are its lowest numbers.
        #[test]
        fn every_lane_has_its_share(
            shares in prop::collection::vec(1_u32..=20, 1..=8),
            batches in prop::collection::vec(0_usize..40, 1..40),
        ) {
            let mut front = lines(&vec![batches.iter().sum::<usize>() + 1; shares.len()]);
            let total: u64 = shares.iter().map(|share| u64::from(*share)).sum();
            let (table, mut owed) = (Shares::of(&shares), Owed::default());
            let (mut had, mut calls) = ([0_u64; Lane::COUNT], 0_u64);
            let parts = u64::try_from(2 * shares.len()).unwrap().saturating_sub(2).max(1);
            for most in batches {
                let (called, owes) = share_out(&front, most, &table, owed);
                owed = owes;
                prop_assert_eq!(called.len(), most);
                for spot in &called {
                    let first = front.iter().find(|waiting| waiting.lane == spot.lane);
                    prop_assert_eq!(first, Some(spot), "somebody overtook");
                    front.retain(|waiting| waiting != spot);
                    (had[spot.lane.index()], calls) = (had[spot.lane.index()] + 1, calls + 1);
                    for (of, share) in shares.iter().enumerate() {
                        let off = (had[of] * total).abs_diff(calls * u64::from(*share));
                        prop_assert!(off * parts <= total * (parts - 1), "lane {of} had {} of {calls}", had[of]);
                    }
                }
            }
        }

        /// Whoever comes and goes: as many are called as may be, nobody overtakes within a lane, what is owed stays within
        /// one call, and a lane in which somebody waits is called within so many calls as the shares of all make.
        #[test]
        fn nobody_starves_and_no_call_is_wasted(
            shares in prop::collection::vec(0_u32..=5, 2..=8),
            turns in prop::collection::vec((prop::collection::vec(0_usize..6, 8), 0_usize..8), 1..60),
        ) {
            prop_assume!(shares.iter().any(|share| *share > 0));
            let (table, mut owed) = (Shares::of(&shares), Owed::default());
            let total: usize = shares.iter().map(|share| usize::try_from(*share).unwrap()).sum();
            let (mut front, mut next): (Vec<Spot>, u64) = (Vec::new(), 0);
            let mut passed_over = vec![0; shares.len()];
            for (joins, most) in turns {
                for (of, joins) in joins.iter().take(shares.len()).enumerate() {
                    for _ in 0..*joins {
                        next += 1;
                        front.push(Spot { lane: lane(of), number: PlaceNumber::from_raw(next) });
                    }
                }
                front.sort_unstable();
                let (called, owes) = share_out(&front, most, &table, owed);
                owed = owes;
                prop_assert_eq!(called.len(), most.min(front.len()));
                for spot in called {
                    let first = front.iter().find(|waiting| waiting.lane == spot.lane).copied();
                    prop_assert_eq!(first, Some(spot), "somebody overtook");
                    for (of, times) in passed_over.iter_mut().enumerate() {
                        let waits = front.iter().any(|waiting| waiting.lane == lane(of));
                        *times = if waits && lane(of) != spot.lane { *times + 1 } else { 0 };
                        prop_assert!(shares[of] == 0 || *times <= 2 * total, "lane {of} was passed over {times} times");
                    }
                    front.retain(|waiting| *waiting != spot);
                }
                let most_owed = i64::try_from(total).unwrap();
                prop_assert!(owed.0.iter().all(|owes| owes.abs() <= 2 * most_owed), "{owed:?}");
            }
        }
    }
}
