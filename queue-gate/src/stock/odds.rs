//! Whether somebody in line is likely to find a ticket, from what is left and what those ahead are likely to buy. Pure.

use contracts::frame::Chance;

/// How many must have come and gone before their purchases say anything of those to come.
const ENOUGH: u64 = 20;

/// What a room has sold so far, and to how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sales {
    /// Tickets that are not sold.
    pub left: u64,
    /// Tickets that were sold since the room first called.
    pub sold: u64,
    /// How many were called so far.
    pub called: u64,
    /// How many of them are called or inside still.
    pub inside: u64,
}

/// Up to where in line the chance is what. Worked out once a tick, so that a fan's chance is two comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bands {
    left: u64,
    /// With fewer ahead the chance is high.
    high: u64,
    /// With fewer ahead it is at least fair.
    fair: u64,
}

impl Bands {
    /// What follows from `sales`; `None` while too few have come and gone.
    ///
    /// Everybody ahead and inside buys what everybody bought so far who was called and is gone, `p` tickets on average
    /// (who did not show up bought none, and counts): `D = (ahead + inside)·p`. The chance is high where what is left
    /// exceeds `D` by a quarter and by two standard deviations of a count whose variance is twice `D` (tickets are
    /// bought two at a time), fair where it reaches `D`.
    pub fn of(sales: Sales) -> Option<Self> {
        let gone = sales.called.saturating_sub(sales.inside);
        if sales.left == 0 {
            return Some(Self { left: 0, high: 0, fair: 0 });
        }
        if gone < ENOUGH {
            return None;
        }
        let (left, sold, gone) = (float(sales.left), float(sales.sold), float(gone));
        // Where nobody bought, one of all of them may have been about to.
        let each = sold.max(1.0) / gone;
        // 1.25·D + 2·√(2D) = left, solved for √D.
        let root = ((8.0 + 5.0 * left).sqrt() - 8.0_f64.sqrt()) / 2.5;
        let until = |demand: f64| whole(demand / each).saturating_sub(sales.inside);
        Some(Self { left: sales.left, high: until(root * root), fair: until(left) })
    }

    /// The chance of somebody before whom `ahead` are called.
    pub fn chance(self, ahead: u64) -> Chance {
        match () {
            () if self.left == 0 => Chance::None,
            () if ahead < self.high => Chance::High,
            () if ahead < self.fair => Chance::Fair,
            () => Chance::Low,
        }
    }
}

fn float(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The whole part of a number that is at least 0; what is larger than any line is as good as the largest.
fn whole(number: f64) -> u64 {
    std::time::Duration::try_from_secs_f64(number.max(0.0)).map_or(u64::from(u32::MAX), |span| span.as_secs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_chance_falls_from_the_front_to_the_back() {
        // A thousand came and bought one each; a thousand are left, and a hundred are inside.
        let bands = Bands::of(Sales { left: 1000, sold: 1000, called: 1100, inside: 100 }).unwrap();
        assert_eq!(bands.chance(0), Chance::High);
        assert_eq!(bands.chance(500), Chance::High);
        assert_eq!(bands.chance(750), Chance::Fair);
        assert_eq!(bands.chance(1000), Chance::Low);
        let gone = Bands::of(Sales { left: 0, sold: 2000, called: 1100, inside: 100 }).unwrap();
        assert_eq!(gone.chance(0), Chance::None);
    }

    #[test]
    fn nothing_is_said_before_enough_have_come_and_gone() {
        assert_eq!(Bands::of(Sales { left: 1000, sold: 10, called: 119, inside: 100 }), None);
        assert!(Bands::of(Sales { left: 1000, sold: 10, called: 120, inside: 100 }).is_some());
        assert!(Bands::of(Sales { left: 1000, sold: 0, called: 120, inside: 100 }).is_some());
    }

    fn rank(chance: Chance) -> u8 {
        match chance {
            Chance::High => 3,
            Chance::Fair => 2,
            Chance::Low => 1,
            Chance::None => 0,
        }
    }

    proptest! {
        #[test]
        fn further_back_is_never_better_and_more_left_never_worse(
            left in 0_u64..100_000, more in 0_u64..10_000, sold in 0_u64..100_000, called in 0_u64..100_000,
            inside in 0_u64..5_000, ahead in 0_u64..1_000_000, further in 0_u64..1_000_000,
        ) {
            let sales = Sales { left, sold, called, inside };
            if let (Some(bands), Some(better)) = (Bands::of(sales), Bands::of(Sales { left: left + more, ..sales })) {
                prop_assert!(rank(bands.chance(ahead)) >= rank(bands.chance(ahead + further)));
                prop_assert!(rank(better.chance(ahead)) >= rank(bands.chance(ahead)));
            }
        }
    }
}
