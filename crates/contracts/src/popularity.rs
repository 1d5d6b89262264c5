//! How popular an event is: the order of magnitude of what was sold. In steps, so that one sale does not make search
//! write an event again; booking raises an event's version with each step, and search works out the same one.

/// The step of an event of which so many tickets are sold: 0 below 16, then one more each time four times as many are.
pub fn step(sold: i64) -> u8 {
    let magnitude = u64::try_from(sold).unwrap_or(0).checked_ilog(4).unwrap_or(0);
    u8::try_from(magnitude.saturating_sub(1)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_four_times_as_many() {
        for (sold, wanted) in [(-1, 0), (0, 0), (15, 0), (16, 1), (63, 1), (64, 2), (1023, 3), (1024, 4)] {
            assert_eq!(step(sold), wanted, "{sold}");
        }
        assert_eq!(step(i64::MAX), 30);
    }
}
