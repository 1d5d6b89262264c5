//! Whom the calls of a batch reach, once more and from the words of `admission/share.rs`.

use std::{cmp::Reverse, collections::VecDeque};

use contracts::place::{Lane, PlaceNumber};
use queue_gate::admission::{Owed, Spot};

use super::line::{LANES, Model};

pub(super) fn lane(number: usize) -> Lane {
    Lane::new(u8::try_from(number).unwrap()).unwrap()
}

pub(super) fn spot((number, of): (u64, usize)) -> Spot {
    Spot { lane: lane(of), number: PlaceNumber::from_raw(number) }
}

pub(super) fn eight(owed: [i64; LANES]) -> Owed {
    let mut all = Owed::default();
    all.0[..LANES].copy_from_slice(&owed);
    all
}

impl Model {
    /// What each lane is owed, as of the last batch.
    fn owed(&self) -> [i64; LANES] {
        self.batches.last().map(|batch| batch.owed).unwrap_or_default()
    }

    /// Whom `most` calls reach, in their order, and what the lanes are owed afterwards. At each call every lane in which
    /// somebody waits is owed its share more; the one that is owed most, of equals the first in order, has the call and pays
    /// all shares for it. Nothing is saved up where nobody waits, and shares that changed leave no more than a call behind.
    pub(super) fn shared_out(&self, most: usize) -> (Vec<(u64, usize)>, [i64; LANES]) {
        let (mut lines, mut owed) = ([const { VecDeque::new() }; LANES], self.owed());
        for (number, lane) in self.live() {
            lines[lane].push_back(number);
        }
        let mut called = Vec::new();
        while called.len() < most {
            let share = |lane: usize| if lines[lane].is_empty() { 0 } else { i64::from(self.shares[lane]) };
            let all: i64 = (0..LANES).map(share).sum();
            for (lane, owed) in owed.iter_mut().enumerate() {
                *owed = if share(lane) > 0 { (*owed).clamp(-all, all) + share(lane) } else { 0 };
            }
            let may = |lane: &usize| if all > 0 { share(*lane) > 0 } else { !lines[*lane].is_empty() };
            let next = (0..LANES).filter(may).max_by_key(|lane| (owed[*lane], Reverse(self.ranks[*lane])));
            let Some(next) = next else { break };
            owed[next] -= all;
            called.extend(lines[next].pop_front().map(|number| (number, next)));
        }
        for lane in (0..LANES).filter(|lane| lines[*lane].is_empty()) {
            owed[lane] = 0;
        }
        (called, owed)
    }
}
