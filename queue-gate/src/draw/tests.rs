//! The draw as a rule, and beside it a second one: written from the words of docs/waiting-room.md alone, on another library.
//! An entry is its place id and the number of its lane.

use std::collections::BTreeMap;

use ::hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{
    published::Published,
    verify::{Evidence, verify},
    *,
};
use crate::draw::known::Drawn;

/// The list as text, and its lines in their drawn order: by the words.
fn by_the_words(entries: &[([u8; 16], u8)], seed: [u8; 32], beacon: &str) -> (String, Vec<String>) {
    let mut once = BTreeMap::new();
    for (place, lane) in entries {
        let known = once.entry(*place).or_insert(*lane);
        *known = (*known).max(*lane);
    }
    let line = |(place, lane): (&[u8; 16], &u8)| match lane {
        0 => hex::encode(place),
        lane => format!("{} {lane}", hex::encode(place)),
    };
    let list: String = once.iter().map(|entry| line(entry) + "\n").collect();
    let key = [seed.as_slice(), &Sha256::digest(list.as_bytes()), beacon.as_bytes()].concat();
    let mut drawn: Vec<_> = once
        .iter()
        .map(|entry| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
            mac.update(entry.0);
            (mac.finalize().into_bytes().to_vec(), line(entry))
        })
        .collect();
    drawn.sort_unstable();
    (list, drawn.into_iter().map(|(_, line)| line).collect())
}

/// Those of the lines in one lane, in their order: by the words.
fn lane_by_the_words(lines: &[String], lane: u8) -> Vec<String> {
    let of = |line: &&String| line.split_once(' ').map_or(0, |(_, lane)| lane.parse().unwrap()) == lane;
    lines.iter().filter(of).cloned().collect()
}

fn piece(entries: &[([u8; 16], u8)]) -> [Piece; 1] {
    let is_main = entries.iter().all(|(_, lane)| *lane == 0);
    let lanes = entries.iter().map(|(_, lane)| *lane).filter(|_| !is_main);
    let ids = entries.iter().flat_map(|(place, _)| [*place, *place].concat());
    [Piece { entries: ids.collect(), lanes: lanes.collect() }]
}

/// All of them in `main`.
fn main(places: &[[u8; 16]]) -> Vec<([u8; 16], u8)> {
    places.iter().map(|place| (*place, 0)).collect()
}

fn drawn_by_us(entries: &[([u8; 16], u8)], seed: [u8; 32], beacon: Option<&str>) -> (Digest, Vec<Listed>) {
    let list = list_of(&piece(entries));
    let digest = digest_of(&list);
    let order =
        ranked(&Seed::from_bytes(seed), &digest, beacon, &|index: usize| list[index].place(), list.len());
    (digest, order.into_iter().map(|index| list[usize::try_from(index).unwrap()].listed()).collect())
}

fn by_us(places: &[[u8; 16]], seed: [u8; 32], beacon: Option<&str>) -> (Digest, Vec<PlaceId>) {
    let (digest, drawn) = drawn_by_us(&main(places), seed, beacon);
    (digest, drawn.into_iter().map(|entry| entry.place).collect())
}

/// What is published of a draw of `entries`.
fn evidence(entries: &[([u8; 16], u8)], seed: [u8; 32]) -> Evidence {
    let list = list_of(&piece(entries));
    let (digest, drawn) = drawn_by_us(entries, seed, Some("4711"));
    let text = |entries: &[Listed]| {
        entries.iter().flat_map(|entry| [entry.to_string(), "\n".to_owned()]).collect::<String>()
    };
    let draw = Published {
        room_id: uuid::Uuid::from_u128(1).into(),
        algorithm: ALGORITHM.to_owned(),
        state: Phase::Done,
        commitment: hex::encode(commitment(&Seed::from_bytes(seed))),
        beacon: Some("The lottery of Saturday".to_owned()),
        beacon_value: Some("4711".to_owned()),
        caveat: None,
        opened_at: None,
        frozen_at: None,
        entries: u32::try_from(list.len()).ok(),
        digest: Some(hex::encode(digest)),
        drawn_at: None,
        seed: Some(hex::encode(seed)),
        done_at: None,
        list: String::new(),
        lanes: Vec::new(),
    };
    Evidence {
        draw,
        entries: text(&list.iter().map(Entry::listed).collect::<Vec<_>>()),
        order: Some(text(&drawn)),
    }
}

proptest! {
    /// Nobody is lost, nobody is doubled, and the order they came in does not matter.
    #[test]
    fn the_draw_loses_nobody(
        early in prop::collection::btree_set(any::<[u8; 16]>(), 0..200),
        seed: [u8; 32],
        turn in 0_usize..200,
    ) {
        let early: Vec<_> = early.into_iter().collect();
        let mut otherwise: Vec<_> = early.iter().rev().copied().collect();
        otherwise.rotate_left(turn.min(early.len()));
        otherwise.extend(early.iter().take(3));
        let (digest, after) = by_us(&early, seed, None);
        prop_assert_eq!((digest, &after), (by_us(&otherwise, seed, None).0, &by_us(&otherwise, seed, None).1));
        let mut sorted: Vec<_> = after.iter().map(|place| *place.bytes()).collect();
        sorted.sort_unstable();
        prop_assert_eq!(early, sorted);
    }

    #[test]
    fn a_draw_is_what_the_words_and_another_library_make_of_it(
        early in prop::collection::vec((any::<[u8; 16]>(), 0_u8..8), 0..200),
        all_in_main: bool,
        seed: [u8; 32],
        beacon in prop::option::of("[a-z0-9 ]{1,40}"),
    ) {
        let early: Vec<_> = early.into_iter().map(|(id, lane)| (id, if all_in_main { 0 } else { lane })).collect();
        let (list, theirs) = by_the_words(&early, seed, beacon.as_deref().unwrap_or_default());
        let (digest, ours) = drawn_by_us(&early, seed, beacon.as_deref());
        prop_assert_eq!(digest.to_vec(), Sha256::digest(list.as_bytes()).to_vec());
        prop_assert_eq!(ours.iter().map(ToString::to_string).collect::<Vec<_>>(), theirs.clone());
        for lane in Lane::all() {
            let own = ours.iter().filter(|entry| entry.lane == lane).map(ToString::to_string);
            prop_assert_eq!(own.collect::<Vec<_>>(), lane_by_the_words(&theirs, lane.number()));
        }
        prop_assert_eq!(commitment(&Seed::from_bytes(seed)).to_vec(), Sha256::digest(seed).to_vec());
    }
}

#[test]
fn seed_list_and_beacon_each_change_the_order() {
    let early: Vec<_> = (0_u128..50).map(|id| (id * 7919).to_be_bytes()).collect();
    let (_, drawn) = by_us(&early, [1; 32], None);
    assert_ne!(drawn, by_us(&early, [2; 32], None).1);
    assert_ne!(drawn, by_us(&early, [1; 32], Some("x")).1);
    let shorter = by_us(&early[..49], [1; 32], None).1;
    assert_ne!(drawn.iter().filter(|place| shorter.contains(place)).copied().collect::<Vec<_>>(), shorter);
}

/// What somebody does to what is published.
type Tamper = fn(&mut Evidence);

#[test]
fn a_tampered_draw_is_refused_and_told_what_differs() {
    let early: Vec<_> = (0_u128..50).map(|id| (id * 7919).to_be_bytes()).collect();
    let honest = evidence(&main(&early), [1; 32]);
    assert_eq!(verify(&honest).map(|drawn| drawn.len()), Ok(50));
    let tampers: [(Tamper, &str); 11] = [
        (|e| e.draw.seed = Some(hex::encode([2; 32])), "The seed's SHA-256 is "),
        (|e| e.draw.seed = None, "The seed is not published yet."),
        (|e| e.draw.beacon_value = Some("4712".to_owned()), "Rank 1 is "),
        (|e| e.draw.beacon_value = None, "A public value was named"),
        (|e| e.entries.truncate(49 * 33), "The list has 49 entries; the draw says 50."),
        (|e| e.entries.replace_range(0..1, "1"), "Line 2 of the list, "),
        (|e| e.entries.replace_range(49 * 33 + 31..49 * 33 + 32, "0"), "The list's SHA-256 is "),
        (|e| e.draw.digest = Some(hex::encode([0; 32])), "The list's SHA-256 is "),
        // Nobody is put into a better lane once the list is closed.
        (|e| e.entries.insert_str(32, " 1"), "The list's SHA-256 is "),
        (|e| e.order.as_mut().unwrap().insert_str(32, " 1"), "Rank 1 is "),
        (
            |e| {
                let order = e.order.take().unwrap();
                e.order = Some([&order[33..66], &order[..33], &order[66..]].concat());
            },
            "Rank 1 is ",
        ),
    ];
    for (tamper, words) in tampers {
        let mut evidence = honest.clone();
        tamper(&mut evidence);
        let wrong = verify(&evidence).unwrap_err();
        assert!(wrong.iter().any(|wrong| wrong.starts_with(words)), "{words}: {wrong:?}");
    }
}

#[test]
fn a_rank_is_found_by_place_id() {
    let early: Vec<_> = (0_u128..500).map(|id| (id * 7919).to_be_bytes()).collect();
    let drawn = Drawn::of(list_of(&piece(&main(&early))), &Seed::from_bytes([3; 32]), None, 7);
    let (_, order) = by_us(&early, [3; 32], None);
    for (rank, place) in (1..).zip(order) {
        assert_eq!(drawn.rank(place), Some(rank));
        assert_eq!(
            drawn.number(place).map(|number| (number.epoch(), number.raw() & 0xffff_ffff)),
            Some((7, rank.into()))
        );
    }
    assert_eq!(drawn.rank(PlaceId::from_bytes([9; 16])), None);
    assert_eq!(drawn.from_rank(498, 10).count(), 2);
}

#[test]
fn an_entry_that_was_copied_twice_keeps_the_lane_that_was_proved() {
    let [once, twice] = [[1; 16], [2; 16]];
    let first = piece(&[(once, 3), (twice, 2)]);
    let again = piece(&[(twice, 0)]);
    for pieces in [[first.clone(), again.clone()], [again, first]] {
        let list = list_of(&pieces.concat());
        let lanes: Vec<_> =
            list.iter().map(|entry| (*entry.place().bytes(), entry.lane().number())).collect();
        assert_eq!(lanes, [(once, 3), (twice, 2)]);
    }
}
