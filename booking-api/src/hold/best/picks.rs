//! Who is being given what right now. Many ask for the best seats in the same moment: here each is sent to others, and
//! what a rival took at another copy of the service is known from then on.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use contracts::id::{EventId, TicketId};
use rand::RngExt;
use tokio::sync::Semaphore;

use super::{
    Want,
    choose::{Free, choose},
};
use crate::seat::{
    availability::Snapshot,
    rows::{Row, Rows},
};

/// How many alternatives one call of the script is given; it takes the first of which every seat is free.
const ALTERNATIVES: usize = 8;
/// Among how many of the best a choice may fall by chance, while rivals are about.
const WIDEST: usize = 64;
/// Milliseconds by which the clock of Redis cannot fall back.
const OTHER_CLOCK: u64 = 10_000;
/// How many picks of one event are under way at a time; the others wait for their turn, and choose by what came of these.
const AT_ONCE: usize = 32;
/// For how many events picks are known; beyond that, those are forgotten that nobody is picking from.
const EVENTS: usize = 10_000;

/// The picks of all events.
#[derive(Debug, Default)]
pub struct Picks {
    events: Mutex<HashMap<EventId, Arc<Place>>>,
    met: AtomicU64,
}

/// Where the picks of one event are made.
#[derive(Debug)]
struct Place {
    table: Mutex<Table>,
    turns: Semaphore,
}

impl Default for Place {
    fn default() -> Self {
        Self { table: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

impl Place {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One event: what we take for free, and what is on its way.
#[derive(Debug, Default)]
struct Table {
    look: Option<u64>,
    bits: Vec<u8>,
    out: HashMap<u64, Out>,
    next: u64,
    width: usize,
    /// Among how many copies of the service the rows are shared out, and which of them this one is.
    share: (usize, usize),
}

#[derive(Debug)]
struct Out {
    tickets: Vec<TicketId>,
    /// When it was held, by the clock of Redis: a later look sees it. None while nobody knows what became of it.
    settled: Option<u64>,
}

/// Seats to try to hold, the first ones first.
#[derive(Debug)]
pub struct Pick {
    id: u64,
    /// Each would do.
    pub alternatives: Vec<Vec<TicketId>>,
}

impl Picks {
    /// A turn to pick seats of `event`; it lasts until it is dropped.
    pub async fn turn(&self, event: EventId) -> Turn {
        let place = self.place(event);
        // Nobody closes it; were it closed, everybody would have a turn.
        if let Ok(permit) = place.turns.acquire().await {
            permit.forget();
        }
        Turn(place)
    }

    /// Says among how many copies of the service the rows of `event` are shared out, and which of them this one is.
    pub fn share(&self, event: EventId, share: (usize, usize)) {
        self.place(event).table().share = share;
    }

    /// How many alternatives were found taken by others so far.
    pub fn met(&self) -> u64 {
        self.met.load(Ordering::Relaxed)
    }

    /// Seats for `want` that nobody else here was just sent to; none where there are not so many. End it with
    /// [`Self::settle`].
    pub fn pick(
        &self,
        snapshot: &Snapshot,
        event: EventId,
        rows: &Rows,
        want: &Want<'_>,
        chance: &mut impl rand::Rng,
    ) -> Option<Pick> {
        let place = self.place(event);
        let mut table = place.table();
        table.refresh(snapshot);
        let width = table.width.max(1);
        // Each copy begins with rows of its own, as long as they have what is best.
        let (copies, own) = table.share;
        // While nobody else is met, there is hardly ever need of a second choice, and each costs Redis a look.
        let alternatives_most = if table.width == 0 && copies <= 1 { 2 } else { ALTERNATIVES };
        let most = alternatives_most.max(width);
        let ours = Known { bits: &table.bits, rows, share: (copies > 1).then_some((copies, own)) };
        let mut found = choose(rows, &ours, want, most);
        if copies > 1 && !found.first().is_some_and(|best| best.is_neat) {
            found = choose(rows, &Known { share: None, ..ours }, want, most);
        }
        let mut alternatives = Vec::with_capacity(alternatives_most);
        let mut width = width.min(found.len());
        while alternatives.len() < alternatives_most && !found.is_empty() {
            let at = if width > 1 { chance.random_range(0..width) } else { 0 };
            alternatives.push(found.remove(at).tickets);
            width = width.min(found.len());
        }
        let first = alternatives.first()?.clone();
        table.mark(&first, false);
        let id = table.next;
        table.next += 1;
        table.out.insert(id, Out { tickets: first, settled: None });
        Some(Pick { id, alternatives })
    }

    /// Says what became of `pick`: which seats are held now and since when by the clock of Redis, if any, and which
    /// alternatives others had.
    pub fn settle(&self, event: EventId, pick: &Pick, held: Option<(&[TicketId], u64)>, taken: &[TicketId]) {
        let place = self.place(event);
        let mut table = place.table();
        if let Some(out) = table.out.remove(&pick.id) {
            table.mark(&out.tickets, true);
        }
        table.mark(taken, false);
        if let Some((held, since)) = held {
            table.mark(held, false);
            let id = table.next;
            table.next += 1;
            table.out.insert(id, Out { tickets: held.to_vec(), settled: Some(since) });
        }
        // Rivals at other copies: widen the choice. None: narrow it again, step by step.
        if taken.is_empty() {
            table.width = table.width.saturating_sub(1);
        } else {
            table.width = (table.width.max(1) * 2).min(WIDEST);
            let size = pick.alternatives.first().map_or(1, Vec::len).max(1);
            self.met
                .fetch_add(u64::try_from(taken.len().div_ceil(size)).unwrap_or_default(), Ordering::Relaxed);
        }
    }

    fn place(&self, event: EventId) -> Arc<Place> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() >= EVENTS && !events.contains_key(&event) {
            events.retain(|_, place| Arc::strong_count(place) > 1);
        }
        Arc::clone(events.entry(event).or_default())
    }
}

/// What can be had as far as is known here; with a share, in the rows that are this copy's own.
#[derive(Clone, Copy)]
struct Known<'a> {
    bits: &'a [u8],
    rows: &'a Rows,
    share: Option<(usize, usize)>,
}

impl Free for Known<'_> {
    fn seat(&self, ticket: TicketId) -> bool {
        Snapshot::bit(self.bits, ticket)
    }

    fn row(&self, row: &Row) -> bool {
        let number = || row.seats.first().and_then(|seat| self.rows.number_of(seat.ticket));
        let is_own = |(copies, own)| number().is_some_and(|number| number % copies == own);
        self.share.is_none_or(is_own) && Snapshot::any(self.bits, row.tickets)
    }
}

/// A turn to pick seats.
#[derive(Debug)]
pub struct Turn(Arc<Place>);

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.turns.add_permits(1);
    }
}

impl Table {
    /// Takes over what a newer look saw, but for what it cannot know.
    fn refresh(&mut self, snapshot: &Snapshot) {
        // A clock that fell back by more is another Redis.
        let is_old = |look: u64| look >= snapshot.look && look - snapshot.look < OTHER_CLOCK;
        if self.look.is_some_and(is_old) {
            return;
        }
        self.look = Some(snapshot.look);
        self.bits.clone_from(&snapshot.bits);
        self.out.retain(|_, out| out.settled.is_none_or(|since| snapshot.look <= since));
        let out: Vec<TicketId> = self.out.values().flat_map(|out| out.tickets.iter().copied()).collect();
        self.mark(&out, false);
    }

    fn mark(&mut self, tickets: &[TicketId], free: bool) {
        for ticket in tickets {
            Snapshot::set(&mut self.bits, *ticket, free);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::seat::rows::tests::hall;

    const PAIR: Want<'static> = Want { quantity: 2, accessible: 0, tiers: &[true], section: None };

    fn everything(look: u64, seats: usize) -> Snapshot {
        let bits = vec![0xff; seats.div_ceil(8)];
        Snapshot { version: 1, look, bits, tiers: vec![0], without_holds: false, published: None }
    }

    #[test]
    fn those_who_ask_at_once_are_sent_to_other_seats() {
        let (layout, picks, event) =
            (hall(8, 10, |_, _, _| {}), Picks::default(), EventId::from(uuid::Uuid::nil()));
        let rows = Rows::of(&layout);
        let mut chance = rand::rngs::StdRng::seed_from_u64(1);
        let snapshot = everything(1, 80);
        let mut firsts = Vec::new();
        while let Some(pick) = picks.pick(&snapshot, event, &rows, &PAIR, &mut chance) {
            firsts.extend(pick.alternatives[0].clone());
        }
        assert_eq!(firsts.len(), 80, "everything is given");
        firsts.sort_unstable();
        firsts.dedup();
        assert_eq!(firsts.len(), 80, "and nothing twice");
    }

    #[test]
    fn what_came_to_nothing_is_given_again_and_what_is_held_is_not() {
        let (layout, picks, event) =
            (hall(1, 4, |_, _, _| {}), Picks::default(), EventId::from(uuid::Uuid::nil()));
        let rows = Rows::of(&layout);
        let mut chance = rand::rngs::StdRng::seed_from_u64(1);
        let mut pick = |snapshot: &Snapshot| picks.pick(snapshot, event, &rows, &PAIR, &mut chance);
        let old = everything(100, 4);
        let (one, two) = (pick(&old).unwrap(), pick(&old).unwrap());
        assert!(pick(&old).is_none());
        let meanwhile = everything(200, 4);
        picks.settle(event, &one, None, &[]);
        picks.settle(event, &two, Some((&two.alternatives[0], 200)), &[]);
        assert_eq!(pick(&old).unwrap().alternatives[0], one.alternatives[0]);
        assert!(pick(&meanwhile).is_none(), "this look began before the hold and may not have seen it");
        let later = everything(201, 4);
        assert_eq!(
            pick(&later).unwrap().alternatives[0],
            two.alternatives[0],
            "this one has: it is free again"
        );
    }

    #[test]
    fn the_choice_widens_while_rivals_are_met() {
        let (layout, picks, event) =
            (hall(10, 10, |_, _, _| {}), Picks::default(), EventId::from(uuid::Uuid::nil()));
        let rows = Rows::of(&layout);
        let mut chance = rand::rngs::StdRng::seed_from_u64(7);
        let snapshot = everything(1, 100);
        for _ in 0..6 {
            let pick = picks.pick(&snapshot, event, &rows, &PAIR, &mut chance).unwrap();
            let rivals = pick.alternatives[0].clone();
            picks.settle(event, &pick, None, &rivals);
        }
        assert_eq!(picks.met(), 6);
        let width = picks.place(event).table().width;
        assert_eq!(width, WIDEST);
    }

    #[test]
    fn copies_of_the_service_begin_with_rows_of_their_own() {
        let (layout, event) = (hall(8, 10, |_, _, _| {}), EventId::from(uuid::Uuid::nil()));
        let rows = Rows::of(&layout);
        let mut chance = rand::rngs::StdRng::seed_from_u64(3);
        let mut given = Vec::new();
        for own in 0..2 {
            let picks = Picks::default();
            picks.share(event, (2, own));
            let snapshot = everything(1, 80);
            let first =
                |_| picks.pick(&snapshot, event, &rows, &PAIR, &mut chance).unwrap().alternatives[0].clone();
            given.extend((0..20).flat_map(first));
        }
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 80, "neither was sent to seats of the other");
    }
}
