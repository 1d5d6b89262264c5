//! The line: who was called when (W1), and how many (W2).

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{Facts, Limit, Verdict};
use crate::fan::Journey;

/// How long a place may be live before a batch must count with it: the batch's snapshot is older than its grant.
const SNAPSHOT_AGE: TimeDelta = TimeDelta::seconds(3);

/// W1: nobody overtakes a live place.
///
/// A number says when its fan joined. A larger number called before a smaller one is no breach by itself: the smaller
/// place may have been away. So a fan counts as overtaken only where the fan's own socket was live from
/// `SNAPSHOT_AGE` before a grant until after it, and the grant called a larger number while the fan was not called
/// yet.
pub fn order(facts: &Facts, journeys: &[Journey]) -> Verdict {
    let mut breaches = Vec::new();
    let mut called: BTreeMap<u64, i64> = BTreeMap::new();
    for batch in &facts.batches {
        if !batch.places.is_sorted_by(|one, next| one < next) {
            breaches.push(format!("W1: tick {} calls {:?}, which is out of order", batch.tick, batch.places));
        }
        for place in &batch.places {
            called.entry(*place).or_insert(batch.tick);
        }
    }
    breaches.extend(called_again(facts));
    breaches.extend(shared_numbers(journeys));
    for span in journeys.iter().flat_map(|journey| &journey.live) {
        let mine = called.get(&span.number).copied().unwrap_or(i64::MAX);
        let live = facts.batches.iter().filter(|batch| {
            batch.tick < mine && batch.granted_at > span.from + SNAPSHOT_AGE && batch.granted_at < span.to
        });
        let overtaken = live.filter_map(|batch| {
            let larger = batch.places.iter().find(|place| **place > span.number)?;
            Some(format!(
                "W1: place {} was live and waited while tick {} called {larger}",
                span.number, batch.tick
            ))
        });
        breaches.extend(overtaken.take(1));
    }
    let calls: usize = facts.batches.iter().map(|batch| batch.places.len()).sum();
    Verdict::new("W1 order", format!("{calls} calls in {} batches", facts.batches.len()), breaches)
}

/// A place is called again only after it did not come.
fn called_again(facts: &Facts) -> Vec<String> {
    let mut by_place: BTreeMap<u64, Vec<_>> = BTreeMap::new();
    for slot in &facts.slots {
        by_place.entry(slot.place).or_default().push(slot);
    }
    let mut breaches = Vec::new();
    for (place, mut slots) in by_place {
        slots.sort_by_key(|slot| slot.tick);
        let early = slots.iter().rev().skip(1).find(|slot| slot.cause.as_deref() != Some("no_show"));
        if early.is_some() {
            breaches.push(format!("W1: place {place} was called again although it had come"));
        }
    }
    breaches
}

/// No number is given to two fans.
fn shared_numbers(journeys: &[Journey]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let numbers = journeys.iter().filter_map(|journey| journey.number);
    numbers
        .filter(|number| !seen.insert(*number))
        .map(|number| format!("W1: two fans have the number {number}"))
        .collect()
}

/// What the fans were told is consistent: their own number, ticks that do not fall, positions that grow only with a reason.
pub fn frames(journeys: &[Journey]) -> Verdict {
    let frames: u64 = journeys.iter().map(|journey| journey.frames).sum();
    let wrong = journeys.iter().flat_map(|journey| journey.wrong_frames.clone()).collect();
    Verdict::new("W1 what fans were told", format!("{frames} frames"), wrong)
}

/// The settings in force at an instant.
fn limit_at(limits: &[Limit], at: DateTime<Utc>) -> Option<&Limit> {
    limits.iter().rev().find(|limit| limit.from <= at)
}

/// W2: in any half-open span of 60 s no more calls than the rate. A count over such spans is largest where one ends with
/// a grant, so those are looked at, each against the rate in force at that grant.
pub fn rate(facts: &Facts) -> Verdict {
    let mut breaches = Vec::new();
    let mut largest = 0;
    for last in &facts.batches {
        let Some(limit) = limit_at(&facts.limits, last.granted_at) else {
            breaches.push(format!("W2: tick {} was granted before the room had settings", last.tick));
            continue;
        };
        let from = last.granted_at - TimeDelta::seconds(60);
        let inside = facts.batches.iter().filter(|batch| batch.tick <= last.tick && batch.granted_at > from);
        let calls: usize = inside.map(|batch| batch.places.len()).sum();
        largest = largest.max(calls);
        if calls > to_usize(limit.admit_per_minute) {
            breaches.push(format!(
                "W2: {calls} calls in the 60 s up to {}, {} allowed",
                last.granted_at, limit.admit_per_minute
            ));
        }
    }
    Verdict::new("W2 rate", format!("at most {largest} calls in 60 s"), breaches)
}

/// W2: never more called or inside than the cap. The number grows only with a grant, so it is counted at each, against
/// the cap in force then.
pub fn active(facts: &Facts) -> Verdict {
    let granted: BTreeMap<i64, _> =
        facts.batches.iter().map(|batch| (batch.tick, batch.granted_at)).collect();
    let mut breaches = Vec::new();
    let mut largest = 0;
    for slot in facts.slots.iter().filter(|slot| !granted.contains_key(&slot.tick)) {
        breaches.push(format!("W2: the slot of place {} has no grant", slot.place));
    }
    for batch in &facts.batches {
        let now = batch.granted_at;
        let inside = facts
            .slots
            .iter()
            .filter(|slot| slot.tick <= batch.tick && slot.ended_at.is_none_or(|ended| ended > now));
        let inside = inside.count();
        largest = largest.max(inside);
        let cap = limit_at(&facts.limits, now).map_or(0, |limit| limit.max_active);
        // A cap that was lowered below those inside expels nobody: it only calls nobody.
        if inside > to_usize(cap) && !batch.places.is_empty() {
            breaches.push(format!("W2: {inside} called or inside at {now}, {cap} allowed"));
        }
    }
    Verdict::new("W2 cap", format!("at most {largest} called or inside"), breaches)
}

/// From when on, at or after `at`, the cap in force left room for a call. `None` where it did not any more.
pub fn has_room_from(facts: &Facts, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let granted: BTreeMap<i64, _> =
        facts.batches.iter().map(|batch| (batch.tick, batch.granted_at)).collect();
    let has_room = |now: DateTime<Utc>| {
        let inside = facts.slots.iter().filter(|slot| {
            let is_granted = granted.get(&slot.tick).is_some_and(|granted| *granted <= now);
            is_granted && slot.ended_at.is_none_or(|ended| ended > now)
        });
        let cap = limit_at(&facts.limits, now).map_or(0, |limit| limit.max_active);
        inside.count() < to_usize(cap)
    };
    let ends = facts.slots.iter().filter_map(|slot| slot.ended_at).filter(|ended| *ended > at);
    std::iter::once(at).chain(ends).filter(|now| has_room(*now)).min()
}

fn to_usize(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fan::{LiveSpan, Outcome},
        oracle::{Batch, Slot},
    };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn batch(tick: i64, places: &[u64]) -> Batch {
        Batch { tick, places: places.to_vec(), granted_at: at(tick) }
    }

    fn slot(tick: i64, place: u64, ended: Option<(i64, &str)>) -> Slot {
        let (ended_at, cause) = (ended.map(|(when, _)| at(when)), ended.map(|(_, cause)| cause.to_owned()));
        Slot { place, tick, ended_at, cause }
    }

    fn live(number: u64, from: i64, to: i64) -> Journey {
        let live = vec![LiveSpan { number, from: at(from), to: at(to) }];
        Journey {
            outcome: Outcome::SoldOut,
            lag: std::time::Duration::ZERO,
            laps: Vec::new(),
            number: Some(number),
            live,
            wrong_frames: Vec::new(),
            frames: 1,
            was_searched: true,
            seats_lost: 0,
            turned_away: 0,
        }
    }

    fn facts(batches: Vec<Batch>, slots: Vec<Slot>, limits: &[(i64, u32, u32)]) -> Facts {
        let limits = limits.iter().map(|(from, admit_per_minute, max_active)| Limit {
            from: at(*from),
            admit_per_minute: *admit_per_minute,
            max_active: *max_active,
        });
        Facts { batches, slots, limits: limits.collect(), ..Facts::default() }
    }

    #[test]
    fn a_live_fan_who_is_overtaken_is_found() {
        let facts = facts(vec![batch(10, &[1, 3]), batch(11, &[2])], vec![], &[]);
        let verdict = order(&facts, &[live(1, 0, 10), live(2, 0, 11), live(3, 0, 10)]);
        assert_eq!(verdict.breaches, 1);
        assert!(verdict.examples[0].contains("place 2 was live and waited while tick 10 called 3"));
    }

    #[test]
    fn a_fan_who_was_away_or_had_just_come_is_not_overtaken() {
        let facts = facts(vec![batch(10, &[1, 3]), batch(20, &[2])], vec![], &[]);
        assert_eq!(order(&facts, &[live(2, 8, 20)]).breaches, 0, "the snapshot may be older");
        assert_eq!(order(&facts, &[live(2, 0, 9)]).breaches, 0, "the socket was gone");
    }

    #[test]
    fn a_batch_out_of_order_a_number_given_twice_and_a_second_call_are_found() {
        let mixed = facts(vec![batch(1, &[2, 1])], vec![], &[]);
        assert_eq!(order(&mixed, &[]).breaches, 1);
        let fine = facts(vec![batch(1, &[1, 2])], vec![], &[]);
        assert_eq!(order(&fine, &[live(1, 0, 1), live(1, 0, 1)]).breaches, 1);
        let twice = |cause| facts(vec![], vec![slot(1, 5, Some((2, cause))), slot(3, 5, None)], &[]);
        assert_eq!(order(&twice("no_show"), &[]).breaches, 0);
        assert_eq!(order(&twice("purchased"), &[]).breaches, 1);
    }

    #[test]
    fn one_call_too_many_in_sixty_seconds_is_found_and_the_half_open_end_is_not() {
        let batches = vec![batch(0, &[1, 2]), batch(59, &[3]), batch(60, &[4, 5])];
        assert_eq!(rate(&facts(batches.clone(), vec![], &[(-1, 3, 9)])).breaches, 0);
        let too_soon = vec![batch(0, &[1, 2]), batch(59, &[3, 4])];
        assert_eq!(rate(&facts(too_soon, vec![], &[(-1, 3, 9)])).breaches, 1);
        let lowered = facts(batches, vec![], &[(-1, 3, 9), (60, 2, 9)]);
        assert_eq!(rate(&lowered).breaches, 1, "a lowered rate binds at once");
    }

    #[test]
    fn room_is_there_when_somebody_has_gone() {
        let slots = vec![slot(10, 1, Some((15, "left"))), slot(10, 2, None), slot(20, 3, None)];
        let facts = facts(vec![batch(10, &[1, 2]), batch(20, &[3])], slots, &[(0, 600, 2)]);
        assert_eq!(has_room_from(&facts, at(5)), Some(at(5)));
        assert_eq!(has_room_from(&facts, at(12)), Some(at(15)));
        assert_eq!(has_room_from(&facts, at(21)), None);
    }

    #[test]
    fn one_inside_too_many_is_found_and_an_end_at_the_same_instant_makes_room() {
        let batches = vec![batch(1, &[1, 2]), batch(5, &[3])];
        let slots = |ended| vec![slot(1, 1, Some((ended, "left"))), slot(1, 2, None), slot(5, 3, None)];
        assert_eq!(active(&facts(batches.clone(), slots(5), &[(0, 9, 2)])).breaches, 0);
        assert_eq!(active(&facts(batches.clone(), slots(6), &[(0, 9, 2)])).breaches, 1);
        assert_eq!(active(&facts(vec![], slots(5), &[(0, 9, 9)])).breaches, 3, "slots without a grant");
    }
}
