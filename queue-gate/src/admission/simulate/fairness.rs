//! Whether every lane had its share, counted call by call and by other means than the rule's own.

use contracts::place::Lane;

use crate::{admission::Spot, lane::Shares};

/// What was seen of the calls.
#[derive(Clone, Debug, Default)]
pub struct Fairness {
    /// In which lanes somebody waited at the last call. As long as they are the same ones, each has its share.
    waits: [bool; Lane::COUNT],
    /// How many calls there were while they were, and how many of them each lane had.
    calls: u64,
    had: [u64; Lane::COUNT],
    /// How many calls in a row went to others while somebody waited: now, and at most.
    in_a_row: [u32; Lane::COUNT],
    passed_over: [u32; Lane::COUNT],
    off_share: [u64; Lane::COUNT],
}

impl Fairness {
    /// Notes the calls of a batch, in their order, of those who waited at the `front`.
    pub fn note(&mut self, front: &[Spot], called: &[Spot], shares: &Shares) {
        let mut left = [0_usize; Lane::COUNT];
        for spot in front {
            left[spot.lane.index()] += 1;
        }
        for spot in called {
            let waits = left.map(|left| left > 0);
            if waits != self.waits {
                (self.waits, self.calls, self.had) = (waits, 0, [0; Lane::COUNT]);
            }
            left[spot.lane.index()] = left[spot.lane.index()].saturating_sub(1);
            self.calls += 1;
            self.had[spot.lane.index()] += 1;
            self.look(spot.lane, shares);
        }
    }

    /// After a call to `called`.
    fn look(&mut self, called: Lane, shares: &Shares) {
        let waits = self.waits;
        let waiting = || Lane::all().filter(|lane| waits[lane.index()]);
        let all: u64 = waiting().map(|lane| u64::from(shares.share(lane))).sum();
        for lane in Lane::all().filter(|lane| *lane == called || !waits[lane.index()]) {
            self.in_a_row[lane.index()] = 0;
        }
        for lane in waiting() {
            let at = lane.index();
            if lane != called {
                self.in_a_row[at] += 1;
                self.passed_over[at] = self.passed_over[at].max(self.in_a_row[at]);
            }
            let due = self.calls * u64::from(shares.share(lane));
            // Where only lanes without a share wait, their order decides.
            let off = (1000 * (self.had[at] * all).abs_diff(due)).checked_div(all).unwrap_or_default();
            self.off_share[at] = self.off_share[at].max(off);
        }
    }

    /// The most calls in a row that went to other lanes while somebody waited in `lane`.
    pub fn passed_over(&self, lane: Lane) -> u32 {
        self.passed_over[lane.index()]
    }

    /// By how many thousandths of a call `lane` was off its share, at most, while the same lanes waited.
    pub fn off_share(&self, lane: Lane) -> u32 {
        u32::try_from(self.off_share[lane.index()]).unwrap_or(u32::MAX)
    }
}
