//! A line and its slots as they should be, in memory. Nothing here knows Redis or PostgreSQL.

use std::collections::{BTreeMap, HashMap};

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
    missed: u8,
    seen: Time,
}

#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) place: u64,
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
    pub(super) places: Vec<u64>,
    applied: Option<Time>,
}

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) now: Time,
    pub(super) rate: usize,
    pub(super) cap: usize,
    epoch: u64,
    epoch_since: Time,
    last: u64,
    line_tick: i64,
    /// Redis has lost the line and nobody has noticed.
    pub(super) is_lost: bool,
    pub(super) places: BTreeMap<u64, Place>,
    pub(super) by_visitor: HashMap<usize, u64>,
    pub(super) slots: Vec<Slot>,
    pub(super) batches: Vec<Batch>,
    /// Every number that was ever given.
    pub(super) given: Vec<u64>,
}

impl Model {
    /// A line that no Redis holds yet.
    pub(super) fn new(rate: usize, cap: usize) -> Self {
        Self { rate, cap, is_lost: true, ..Self::default() }
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
            let place = Place { visitor: slot.visitor, state, missed: missed.min(1), seen: 0 };
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

    pub(super) fn join(&mut self, fan: usize) -> u64 {
        self.touch();
        if let Some(number) = self.by_visitor.get(&fan).copied() {
            self.sign_of_life(number);
            return number;
        }
        self.last += 1;
        let number = (self.epoch << 32) + self.last;
        self.given.push(number);
        self.by_visitor.insert(fan, number);
        self.places.insert(number, Place { visitor: Some(fan), state: 'w', missed: 0, seen: self.now });
        number
    }

    /// The lowest of one's own numbers stays; who is called or inside stays that.
    pub(super) fn prove(&mut self, fan: usize, number: u64) {
        self.touch();
        let own = self.by_visitor.get(&fan).copied();
        match self.places.get_mut(&number) {
            Some(place) if place.state == 'e' => return,
            Some(place) if place.visitor.is_none() => place.visitor = Some(fan),
            Some(place) if place.visitor != Some(fan) => return,
            _ => {}
        }
        if let Some(own) = own.filter(|own| *own != number) {
            if own < number || !matches!(self.places[&own].state, 'w' | 'a') {
                return;
            }
            self.places.remove(&own);
        }
        let fresh = Place { visitor: Some(fan), state: 'w', missed: 0, seen: self.now };
        self.places.entry(number).or_insert(fresh);
        self.by_visitor.insert(fan, number);
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

    /// Who may be called, in order: those in line whose holders were here.
    pub(super) fn live(&self) -> Vec<u64> {
        let is_live = |place: &Place| place.state == 'w' && self.now - place.seen <= GRACE;
        self.places.iter().filter(|(_, place)| is_live(place)).map(|(number, _)| *number).collect()
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

    /// A batch that was granted: promises W1 and W2 are judged here.
    pub(super) fn grant(&mut self, tick: i64, places: Vec<u64>) -> Result<(), String> {
        let live = self.live();
        if self.is_recovering() {
            return Err(format!("W3: {places:?} are called while fans may still bring their places back"));
        }
        if live.get(..places.len()) != Some(&places[..]) {
            return Err(format!("W1, W4: {places:?} are called, in line are {live:?}"));
        }
        if self.taken() + places.len() > self.cap {
            return Err(format!("W2: {} more than {} are in", self.taken() + places.len(), self.cap));
        }
        if self.minute() + places.len() > self.rate {
            return Err(format!("W2: {} calls in a minute of {}", self.minute() + places.len(), self.rate));
        }
        for place in &places {
            let slot =
                Slot { place: *place, visitor: None, state: 'c', no_show: false, until: None, ends: 0 };
            self.slots.push(slot);
        }
        self.batches.push(Batch { tick, epoch: self.epoch, places, applied: None });
        Ok(())
    }

    /// The line hears of the batch that is not applied; whose the places are.
    pub(super) fn tell(&mut self) -> Option<(Batch, Vec<Option<usize>>)> {
        self.touch();
        let batch = self.unapplied()?.clone();
        let (is_fresh, was_lost) = (batch.tick > self.line_tick, self.epoch > batch.epoch);
        let mut visitors = Vec::new();
        for number in &batch.places {
            if is_fresh && was_lost {
                let unknown = Place { visitor: None, state: 'w', missed: 0, seen: 0 };
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
        for (number, visitor) in batch.places.iter().zip(visitors) {
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
