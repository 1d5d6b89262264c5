//! What happens in a game: whatever fans, gates, organizers and Redis may do.

use proptest::prelude::*;

use super::{
    FANS, GATES,
    line::{LANES, Ranks},
};

/// The lanes, by their numbers, and the orders in which a room may have them.
pub(super) const NAMES: [&str; LANES] = ["main", "members", "press"];
pub(super) const ORDERS: [[usize; LANES]; 4] = [[1, 0, 2], [0, 1, 2], [2, 1, 0], [1, 2, 0]];

/// Where each lane stands in this order.
pub(super) fn ranks(order: [usize; LANES]) -> Ranks {
    let rank = |lane| order.iter().position(|other| *other == lane).unwrap();
    std::array::from_fn(|lane| u8::try_from(rank(lane)).unwrap())
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Takes a place, with a claim to a lane or none; whether the fan hears the answer.
    Join(usize, usize, bool, Option<usize>),
    /// Shows the oldest place that was heard of.
    Prove(usize, usize),
    See(usize, usize),
    Leave(usize, usize),
    Claim(usize, usize),
    /// Gives a claimed slot back.
    Quit(usize, usize),
    /// Everybody is seen.
    Everybody(usize),
    Wait(u32),
    /// Gates tick together; whether they have read the settings before.
    Tick(usize, bool),
    /// A gate dies between grant and apply.
    Grant(usize),
    /// A gate dies between the line's answer and its mark.
    Tell(usize),
    /// A gate that was slow applies a batch of long ago.
    Late(usize, usize),
    /// Redis loses everything.
    Wipe,
    Rate(u32),
    Cap(u32),
    /// The lanes get another order and other shares.
    Lanes(usize, [u32; LANES]),
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (fan, gate) = (0..FANS, 0..GATES);
    let step = prop_oneof![
        6 => (fan.clone(), gate.clone(), prop::bool::weighted(0.8), prop::option::of(0..LANES))
            .prop_map(|(f, g, heard, lane)| Step::Join(f, g, heard, lane)),
        2 => (fan.clone(), gate.clone()).prop_map(|(f, g)| Step::Prove(f, g)),
        2 => (fan.clone(), gate.clone()).prop_map(|(f, g)| Step::See(f, g)),
        1 => (fan.clone(), gate.clone()).prop_map(|(f, g)| Step::Leave(f, g)),
        3 => (fan.clone(), gate.clone()).prop_map(|(f, g)| Step::Claim(f, g)),
        2 => (fan, gate.clone()).prop_map(|(f, g)| Step::Quit(f, g)),
        2 => gate.clone().prop_map(Step::Everybody),
        5 => prop_oneof![100_u32..2000, 5000_u32..40_000, 60_000_u32..130_000].prop_map(Step::Wait),
        8 => (1_usize..1 << GATES, any::<bool>()).prop_map(|(gates, fresh)| Step::Tick(gates, fresh)),
        2 => gate.clone().prop_map(Step::Grant),
        2 => gate.clone().prop_map(Step::Tell),
        1 => (any::<prop::sample::Index>(), gate).prop_map(|(batch, g)| Step::Late(batch.index(1000), g)),
        1 => Just(Step::Wipe),
        1 => prop_oneof![Just(0_u32), Just(1), 2_u32..20, Just(600)].prop_map(Step::Rate),
        1 => (0_u32..6).prop_map(Step::Cap),
        1 => (0..ORDERS.len(), prop::array::uniform3(0_u32..6))
            .prop_filter("somebody has a share", |(_, shares)| shares.iter().any(|share| *share > 0))
            .prop_map(|(order, shares)| Step::Lanes(order, shares)),
    ];
    prop::collection::vec(step, 10..70)
}
