//! A line and its slots as they should be, in memory. Nothing here knows Redis or PostgreSQL.

use std::collections::{BTreeMap, HashMap};

/// How many lanes there are; the first is the main one.
pub(super) const LANES: usize = 3;

/// Where each lane stands in the room's order.
pub(super) type Ranks = [u8; LANES];

/// Milliseconds of the tests' clock.
pub(super) type Time = i64;

pub(super) const GRACE: Time = 30_000;
pub(super) const WINDOW: Time = 120_000;
pub(super) const RECOVERY: Time = 10_000;
/// A claim that is not exchanged ends after this.
const UNEXCHANGED: Time = 300_000;
const MINUTE: Time = 60_000;

#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) visitor: Option<usize>,
    /// The letters of the line: w, a, c, i, e.
    pub(super) state: char,
    pub(super) lane: usize,
    missed: u8,
    seen: Time,
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) place: u64,
    lane: usize,
    pub(super) visitor: Option<usize>,
    pub(super) state: char,
    no_show: bool,
    pub(super) until: Option<Time>,
    ends: Time,
}

#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) tick: i64,
    epoch: u64,
    /// Numbers and lanes, in the order of the calls.
    pub(super) places: Vec<(u64, usize)>,
    pub(super) owed: [i64; LANES],
    applied: Option<Time>,
}

/// A batch as the record has it.
#[derive(Clone, Debug)]
pub(super) struct Granted {
    pub(super) tick: i64,
    pub(super) places: Vec<(u64, usize)>,
    pub(super) owed: [i64; LANES],
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) now: Time,
    pub(super) rate: usize,
    pub(super) cap: usize,
    pub(super) shares: [u32; LANES],
    pub(super) ranks: Ranks,
    epoch: u64,
    epoch_since: Time,
    last: u64,
    line_tick: i64,
    /// Redis has lost the line and nobody has noticed.
    pub(super) is_lost: bool,
    pub(super) places: BTreeMap<u64, Place>,
    pub(super) by_visitor: HashMap<usize, u64>,
    /// Places that were given up for another one, and its lane then.
    given_up: HashMap<u64, (u64, usize)>,
    pub(super) slots: Vec<Slot>,
    pub(super) batches: Vec<Batch>,
    /// Every number that was ever given.
    pub(super) given: Vec<u64>,
}

impl Model {
    /// A line that no Redis holds yet.
    pub(super) fn new(rate: usize, cap: usize, shares: [u32; LANES], ranks: Ranks) -> Self {
        Self { rate, cap, shares, ranks, is_lost: true, ..Self::default() }
    }

    /// Somebody asks the line: a lost one is recovered first.
    pub(super) fn touch(&mut self) {
        if !self.is_lost {
            return;
        }
        (self.is_lost, self.epoch, self.epoch_since, self.last) = (false, self.epoch + 1, self.now, 0);
        self.line_tick = self.batches.last().map_or(0, |batch| batch.tick);
        if let Some(batch) = self.unapplied() {
            self.line_tick = batch.tick - 1;
        }
        self.places.clear();
        self.by_visitor.clear();
        self.given_up.clear();
        let mut last: BTreeMap<u64, Slot> = BTreeMap::new();
        let mut missed: HashMap<u64, u8> = HashMap::new();
        for slot in &mut self.slots {
            if slot.state == 'c' && slot.until.is_none() {
                continue;
            }
            if slot.state == 'c' {
                slot.until = Some(self.now + WINDOW);
            }
            *missed.entry(slot.place).or_default() += u8::from(slot.no_show);
            last.insert(slot.place, slot.clone());
        }
        for (number, slot) in last {
            let missed = missed[&number];
            let state = if slot.no_show && missed < 2 { 'a' } else { slot.state };
            let (visitor, lane) = (slot.visitor, slot.lane);
            let place = Place { visitor, state, lane, missed: missed.min(1), seen: 0 };
            self.places.insert(number, place);
            match (slot.visitor, state) {
                (Some(fan), 'c' | 'i') => drop(self.by_visitor.insert(fan, number)),
                (Some(fan), 'a') => drop(self.by_visitor.entry(fan).or_insert(number)),
                _ => {}
            }
        }
    }

    pub(super) fn is_recovering(&self) -> bool {
        self.epoch > 1 && self.now < self.epoch_since + RECOVERY
    }

    fn sign_of_life(&mut self, number: u64) {
        let place = self.places.get_mut(&number).unwrap();
        if matches!(place.state, 'a' | 'w') {
            (place.state, place.seen) = ('w', self.now);
        }
    }

    /// A lane before its own becomes a place's, whatever its state.
    fn raise(&mut self, number: u64, claim: Option<usize>, ranks: Ranks) {
        let place = self.places.get_mut(&number).unwrap();
        place.lane = claim.filter(|claim| ranks[*claim] < ranks[place.lane]).unwrap_or(place.lane);
    }

    /// The number and the lane of somebody who has a claim to this lane.
    pub(super) fn join(&mut self, fan: usize, claim: Option<usize>, ranks: Ranks) -> (u64, usize) {
        self.touch();
        if let Some(number) = self.by_visitor.get(&fan).copied() {
            self.raise(number, claim, ranks);
            self.sign_of_life(number);
            return (number, self.places[&number].lane);
        }
        let lane = claim.unwrap_or(0);
        self.last += 1;
        let number = (self.epoch << 32) + self.last;
        self.given.push(number);
        self.by_visitor.insert(fan, number);
        self.places.insert(number, Place { visitor: Some(fan), state: 'w', lane, missed: 0, seen: self.now });
        (number, lane)
    }

    /// Of one's own places the better stays: the one that was called, else the one in the lane before, else the lower number.
    pub(super) fn prove(&mut self, fan: usize, (mut number, mut lane): (u64, usize), ranks: Ranks) {
        self.touch();
        while let Some((other, then)) = self.given_up.get(&number).copied() {
            (number, lane) = (other, then);
        }
        if self.places.get(&number).is_some_and(|place| place.state == 'e') {
            return;
        }
        let fresh = Place { visitor: Some(fan), state: 'w', lane, missed: 0, seen: self.now };
        self.places.entry(number).or_insert(fresh).visitor = Some(fan);
        if let Some(own) = self.by_visitor.get(&fan).copied().filter(|own| *own != number) {
            let rank = |number: u64| (ranks[self.places[&number].lane], number);
            let in_line = |number: u64| matches!(self.places[&number].state, 'w' | 'a');
            let (kept, gone) = match (in_line(own), in_line(number)) {
                (false, false) => return,
                (true, true) if rank(own) < rank(number) => (own, number),
                (false, true) => (own, number),
                _ => (number, own),
            };
            self.places.remove(&gone);
            self.given_up.insert(gone, (kept, self.places[&kept].lane));
            number = kept;
        }
        self.by_visitor.insert(fan, number);
        self.raise(number, Some(lane), ranks);
        self.sign_of_life(number);
    }

    pub(super) fn see(&mut self, fan: usize) -> Option<u64> {
        self.touch();
        let number = self.by_visitor.get(&fan).copied()?;
        self.sign_of_life(number);
        Some(number)
    }

    pub(super) fn leave(&mut self, fan: usize) {
        self.touch();
        let Some(number) = self.by_visitor.get(&fan).copied() else { return };
        match self.places[&number].state {
            'w' | 'a' => {
                self.by_visitor.remove(&fan);
                self.places.remove(&number);
            }
            'c' => {
                if let Some(slot) =
                    self.slots.iter_mut().rfind(|slot| slot.place == number && slot.state == 'c')
                {
                    slot.state = 'e';
                    self.finish(number);
                }
            }
            _ => {}
        }
    }

    fn finish(&mut self, number: u64) {
        let Some(place) = self.places.get_mut(&number).filter(|_| !self.is_lost) else { return };
        place.state = 'e';
        if let Some(fan) = place.visitor.filter(|fan| self.by_visitor.get(fan) == Some(&number)) {
            self.by_visitor.remove(&fan);
        }
    }

    /// The slot that `fan` may claim, if any.
    pub(super) fn claimable(&self, fan: usize) -> Option<usize> {
        let held =
            self.by_visitor.get(&fan).filter(|number| !self.is_lost && self.places[number].state == 'c');
        self.slots.iter().rposition(|slot| {
            let is_theirs = slot.visitor == Some(fan) || slot.visitor.is_none() && Some(&slot.place) == held;
            slot.state == 'c' && is_theirs
        })
    }

    pub(super) fn claim(&mut self, fan: usize, slot: usize) {
        let slot = &mut self.slots[slot];
        (slot.state, slot.visitor, slot.ends) = ('i', Some(fan), self.now + UNEXCHANGED);
        if let Some(place) = self.places.get_mut(&slot.place).filter(|_| !self.is_lost) {
            place.state = 'i';
        }
    }

    pub(super) fn quit(&mut self, slot: usize) {
        self.slots[slot].state = 'e';
        self.finish(self.slots[slot].place);
    }

    pub(super) fn expire(&mut self) {
        for index in 0..self.slots.len() {
            let slot = &mut self.slots[index];
            let number = slot.place;
            match (slot.state, slot.until) {
                ('c', Some(until)) if until <= self.now => (slot.state, slot.no_show) = ('e', true),
                ('i', _) if slot.ends <= self.now => slot.state = 'e',
                _ => continue,
            }
            match self.places.get_mut(&number) {
                _ if self.is_lost => {}
                Some(place) if self.slots[index].no_show && place.state == 'c' && place.missed == 0 => {
                    (place.state, place.missed, place.seen) = ('a', 1, 0);
                }
                _ => self.finish(number),
            }
        }
    }

    pub(super) fn unapplied(&self) -> Option<&Batch> {
        self.batches.iter().find(|batch| batch.applied.is_none())
    }

    pub(super) fn taken(&self) -> usize {
        self.slots.iter().filter(|slot| slot.state != 'e').count()
    }

    /// Calls that count in the minute that ends now.
    pub(super) fn minute(&self) -> usize {
        let counts = |batch: &&Batch| batch.applied.is_none_or(|at| at > self.now - MINUTE);
        self.batches.iter().filter(counts).map(|batch| batch.places.len()).sum()
    }

    /// When batches were applied, and how many they called; one that is not applied counts now.
    pub(super) fn recent(&self) -> impl Iterator<Item = (Time, usize)> {
        self.batches.iter().map(|batch| (batch.applied.unwrap_or(self.now), batch.places.len()))
    }

    /// Who may be called, by number: those in line whose holders were here.
    pub(super) fn live(&self) -> Vec<(u64, usize)> {
        let is_live = |place: &Place| place.state == 'w' && self.now - place.seen <= GRACE;
        let spot = |(number, place): (&u64, &Place)| (*number, place.lane);
        self.places.iter().filter(|(_, place)| is_live(place)).map(spot).collect()
    }

    /// Somebody who was away for too long, and whom a tick may or may not have come upon.
    pub(super) fn may_be_parked(&mut self, number: u64) -> bool {
        let place = self.places.get_mut(&number).unwrap();
        let is_ghost = place.state == 'w' && self.now - place.seen > GRACE;
        if is_ghost {
            place.state = 'a';
        }
        is_ghost
    }

    /// A batch that was granted: promises W1 and W2 are judged here. Where the gate did not know the cap, it may have seen less
    /// of the line than it could call of: then only the order within each lane is judged.
    pub(super) fn grant(&mut self, granted: Granted, is_current: bool) -> Result<(), String> {
        let Granted { tick, places, owed } = granted;
        if self.is_recovering() {
            return Err(format!("W3: {places:?} are called while fans may still bring their places back"));
        }
        let (live, due) = (self.live(), self.shared_out(places.len()));
        let of = |spots: &[(u64, usize)], lane| -> Vec<u64> {
            spots.iter().filter(|(_, of)| *of == lane).map(|(number, _)| *number).collect()
        };
        if (0..LANES).any(|lane| !of(&live, lane).starts_with(&of(&places, lane))) {
            return Err(format!("W1, W4: {places:?} are called, in line are {live:?}"));
        }
        if is_current && due != (places.clone(), owed) {
            return Err(format!("W1: {places:?} {owed:?} of the shares {:?}, due is {due:?}", self.shares));
        }
        if self.taken() + places.len() > self.cap {
            return Err(format!("W2: {} more than {} are in", self.taken() + places.len(), self.cap));
        }
        if self.minute() + places.len() > self.rate {
            return Err(format!("W2: {} calls in a minute of {}", self.minute() + places.len(), self.rate));
        }
        for (place, lane) in places.iter().copied() {
            let slot = Slot { place, lane, visitor: None, state: 'c', no_show: false, until: None, ends: 0 };
            self.slots.push(slot);
        }
        self.batches.push(Batch { tick, epoch: self.epoch, places, owed, applied: None });
        Ok(())
    }

    /// The line hears of the batch that is not applied; whose the places are.
    pub(super) fn tell(&mut self) -> Option<(Batch, Vec<Option<usize>>)> {
        self.touch();
        let batch = self.unapplied()?.clone();
        let (is_fresh, was_lost) = (batch.tick > self.line_tick, self.epoch > batch.epoch);
        let mut visitors = Vec::new();
        for (number, lane) in &batch.places {
            if is_fresh && was_lost && !self.given_up.contains_key(number) {
                let unknown = Place { visitor: None, state: 'w', lane: *lane, missed: 0, seen: 0 };
                self.places.entry(*number).or_insert(unknown);
            }
            let place = self.places.get_mut(number);
            visitors.push(place.as_ref().and_then(|place| place.visitor));
            if let Some(place) = place.filter(|place| is_fresh && matches!(place.state, 'w' | 'a')) {
                place.state = 'c';
            }
        }
        self.line_tick = self.line_tick.max(batch.tick);
        Some((batch, visitors))
    }

    /// The line hears of it and the record is marked.
    pub(super) fn apply(&mut self) {
        let Some((batch, visitors)) = self.tell() else { return };
        let was_lost = self.epoch > batch.epoch;
        for ((number, _), visitor) in batch.places.iter().zip(visitors) {
            let slot = self.slots.iter_mut().rfind(|slot| slot.place == *number).unwrap();
            if slot.state == 'c' {
                slot.visitor = visitor;
                slot.until = Some(self.now + WINDOW);
                slot.state = if visitor.is_none() && !was_lost { 'e' } else { 'c' };
            }
        }
        let now = self.now;
        self.batches.iter_mut().find(|known| known.tick == batch.tick).unwrap().applied = Some(now);
    }
}
