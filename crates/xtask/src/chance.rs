//! Chance with a seed that means the same on every machine and with every version of every library, so that a
//! catalog made twice is the same catalog.

/// Splitmix64: small, quick, and good enough for invented events. Not for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// The stream of the `index`-th thing of a seed, so that one thing can be made without those before it.
    pub(crate) fn nth(seed: u64, index: u64) -> Self {
        let mut mixed = Self(seed ^ index.wrapping_mul(0xd6e8_feb8_6659_fd93));
        mixed.next();
        Self(mixed.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end - 1`; 0 when `end` is 0.
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        let high = (self.next() >> 32).saturating_mul(u64::from(end)) >> 32;
        u32::try_from(high).unwrap_or(0)
    }

    /// One of `things`.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub(crate) fn pick<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let count = u32::try_from(things.len()).unwrap_or(u32::MAX);
        things.get(usize::try_from(self.below(count)).unwrap_or(0)).expect("there is something to pick from")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let story = |seed| {
            let mut chance = Chance::nth(seed, 0);
            (0..5).map(|_| chance.below(1_000)).collect::<Vec<_>>()
        };
        assert_eq!(story(7), story(7));
        assert_ne!(story(7), story(8));
        assert_ne!(Chance::nth(7, 1).below(1_000_000), Chance::nth(7, 2).below(1_000_000));
    }

    #[test]
    fn every_number_below_the_end_comes_up() {
        let mut chance = Chance::nth(1, 0);
        let mut seen = [0_u32; 10];
        for _ in 0..10_000 {
            seen[usize::try_from(chance.below(10)).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (800..1_200).contains(count)), "{seen:?}");
    }
}
