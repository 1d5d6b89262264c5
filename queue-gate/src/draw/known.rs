//! What a gate remembers of draws: which are over, and the lists of some, so that no fan's question reads a million entries.

use std::{collections::HashMap, sync::Arc};

use contracts::{
    id::{AccountId, RoomId, VisitorId},
    lobby::PlaceId,
    place::{Lane, PlaceNumber},
};
use dashmap::DashMap;
use platform::postgres::StoreError;
use tokio::sync::Mutex;

use super::{
    Digest, Entry, Phase, Seed, digest_of, lines, list_of, ranked,
    store::{line::Stage, record},
};
use crate::state::Gate;

/// How many lists a gate keeps: one of a million entries has 40 MB.
const LISTS: usize = 4;
/// Of how many entrants of a room a gate remembers the claims; the others bring them back themselves.
const CLAIMS: usize = 1_000_000;

/// The draws that a gate knows.
#[derive(Debug, Default)]
pub struct Draws {
    rooms: DashMap<RoomId, Known>,
    lists: Mutex<HashMap<RoomId, Arc<Drawn>>>,
    claims: DashMap<RoomId, HashMap<VisitorId, Remembered>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    claim: Claim,
    is_shared: bool,
}

/// What somebody has a claim to who enters a lobby.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Claim {
    /// The lane that their account or their code opens.
    pub lane: Option<Lane>,
    /// Their account, where the room asks for one: it has one entry.
    pub account: Option<AccountId>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Known {
    is_done: bool,
    is_settled: bool,
    epoch: Option<u32>,
    told: Option<(Stage, i64)>,
    tellings: u64,
}

/// A list that is closed; with its order once the seed is public.
#[derive(Debug)]
pub struct Drawn {
    /// The entries, in the order of their place ids.
    pub list: Vec<Entry>,
    /// The digest of the list.
    pub digest: Digest,
    order: Option<Ranks>,
}

#[derive(Debug)]
struct Ranks {
    /// The epoch of the numbers.
    epoch: u32,
    /// Index into the list, by rank.
    by_rank: Vec<u32>,
    /// Rank from 0, by index into the list.
    of: Vec<u32>,
}

impl Drawn {
    /// A list whose order is not drawn.
    pub fn undrawn(list: Vec<Entry>) -> Self {
        Self { digest: digest_of(&list), list, order: None }
    }

    /// A list with its order, whose numbers are of `epoch`.
    #[cfg(test)]
    pub(crate) fn of(list: Vec<Entry>, seed: &Seed, beacon: Option<&str>, epoch: u32) -> Self {
        Self::undrawn(list).draw(seed, beacon, epoch)
    }

    fn draw(self, seed: &Seed, beacon: Option<&str>, epoch: u32) -> Self {
        let Self { list, digest, .. } = self;
        let by_rank = ranked(seed, &digest, beacon, &|index: usize| list[index].place(), list.len());
        let mut of = vec![0; list.len()];
        for (rank, index) in (0_u32..).zip(&by_rank) {
            of[at(*index)] = rank;
        }
        Self { list, digest, order: Some(Ranks { epoch, by_rank, of }) }
    }

    /// At most `count` entries from the rank `first` on, from 0.
    pub fn from_rank(&self, first: usize, count: usize) -> impl Iterator<Item = &Entry> {
        let order = self.order.as_ref().map_or(&[][..], |order| &order.by_rank);
        order.iter().skip(first).take(count).map(|index| &self.list[at(*index)])
    }

    /// The entry called `place`.
    pub fn entry(&self, place: PlaceId) -> Option<&Entry> {
        self.index(place).and_then(|index| self.list.get(index))
    }

    /// Whether its order is known.
    pub fn is_drawn(&self) -> bool {
        self.order.is_some()
    }

    /// A part of the list as it is published.
    pub fn by_id(&self, first: usize, count: usize) -> String {
        lines(self.list.iter().skip(first).take(count))
    }

    /// A part of the list in the order that was drawn.
    pub fn by_rank(&self, first: usize, count: usize) -> String {
        lines(self.from_rank(first, count))
    }

    /// The rank of `place`, from 1; `None` where it is not on the list, or nothing is drawn yet.
    pub fn rank(&self, place: PlaceId) -> Option<u32> {
        let order = self.order.as_ref()?;
        Some(order.of[self.index(place)?] + 1)
    }

    /// The number of `place` in the line, as [`Drawn::rank`].
    pub fn number(&self, place: PlaceId) -> Option<PlaceNumber> {
        let epoch = self.order.as_ref()?.epoch;
        self.rank(place).map(|rank| PlaceNumber::new(epoch, rank))
    }

    fn index(&self, place: PlaceId) -> Option<usize> {
        self.list.binary_search_by_key(&place, Entry::place).ok()
    }
}

fn at(index: u32) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

impl Draws {
    /// Whether every place of the draw of `room` is in the line; asks the record until it is.
    ///
    /// # Errors
    /// When PostgreSQL is away.
    pub async fn is_done(&self, gate: &Gate, room: RoomId) -> Result<bool, StoreError> {
        if self.rooms.get(&room).is_some_and(|known| known.is_done) {
            return Ok(true);
        }
        let is_done = record::phase(&gate.postgres, room).await?.is_none_or(|phase| phase == Phase::Done);
        if is_done {
            self.rooms.entry(room).or_default().is_done = true;
        }
        Ok(is_done)
    }

    /// Whether there is nothing left to do for the draw of `room`.
    pub fn is_settled(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|known| known.is_settled)
    }

    /// Notes that there is nothing left to do for the draw of `room`.
    pub fn settle(&self, room: RoomId) {
        self.rooms.entry(room).or_default().is_settled = true;
        self.claims.remove(&room);
    }

    /// Remembers what `visitor` was entered with, and whether the entry is of another device of their account, for the case that
    /// the lobby is lost while they are connected here. An account that is known already stays.
    pub fn remember(&self, room: RoomId, visitor: VisitorId, claim: Claim, is_shared: bool) {
        let is_usual = claim.account.is_none() && claim.lane == Some(Lane::MAIN) && !is_shared;
        let mut claims = self.claims.entry(room).or_default();
        if is_usual && !claims.contains_key(&visitor) {
            return;
        }
        if claims.len() < CLAIMS || claims.contains_key(&visitor) {
            let known = claims.entry(visitor).or_default();
            let account = claim.account.or(known.claim.account);
            *known = Remembered { claim: Claim { account, ..claim }, is_shared };
        }
    }

    /// What `visitor` was entered with, as far as this gate knows.
    pub fn claim(&self, room: RoomId, visitor: VisitorId) -> Claim {
        self.remembered(room, visitor).claim
    }

    /// Whether another device of the account of `visitor` made their entry, as far as this gate knows.
    pub fn is_shared(&self, room: RoomId, visitor: VisitorId) -> bool {
        self.remembered(room, visitor).is_shared
    }

    fn remembered(&self, room: RoomId, visitor: VisitorId) -> Remembered {
        self.claims.get(&room).and_then(|claims| claims.get(&visitor).copied()).unwrap_or_default()
    }

    /// Whether the line of `room` was in another epoch when this was asked last, or it never was.
    pub fn is_another_epoch(&self, room: RoomId, epoch: u32) -> bool {
        self.rooms.entry(room).or_default().epoch.replace(epoch).is_none_or(|last| last != epoch)
    }

    /// Counts how often the fans of `room` were told. `None` where they were told something else before: then everybody hears.
    pub fn telling(&self, room: RoomId, what: (Stage, i64)) -> Option<u64> {
        let mut known = self.rooms.entry(room).or_default();
        known.tellings += 1;
        let is_news = known.told.replace(what) != Some(what);
        (!is_news).then_some(known.tellings)
    }

    /// The list of `room`, with its order where the seed is public; `None` while it is open. It is read once.
    ///
    /// # Errors
    /// When PostgreSQL is away, or the pieces are not what the digest says.
    pub async fn list(&self, gate: &Gate, room: RoomId) -> Result<Option<Arc<Drawn>>, StoreError> {
        let mut lists = self.lists.lock().await;
        if let Some(known) = lists.get(&room).filter(|known| known.order.is_some()) {
            return Ok(Some(known.clone()));
        }
        let Some(draw) = record::get(&gate.postgres, room, None).await? else { return Ok(None) };
        let (Some(frozen), Some(epoch)) = (draw.list, draw.epoch) else { return Ok(None) };
        let known = lists.get(&room).cloned();
        if draw.seed.is_none() && known.is_some() {
            return Ok(known);
        }
        let pieces = match &known {
            Some(_) => Vec::new(),
            None => record::pieces(&gate.postgres, room).await?,
        };
        let work = move || {
            let drawn = match known {
                Some(known) => Drawn { list: known.list.clone(), digest: known.digest, order: None },
                None => Drawn::undrawn(list_of(&pieces)),
            };
            match draw.seed {
                Some(seed) => {
                    let beacon = draw.beacon_value.as_deref();
                    drawn.draw(&seed, beacon, epoch)
                }
                None => drawn,
            }
        };
        let drawn = tokio::task::spawn_blocking(work)
            .await
            .map_err(|_| StoreError::Unexpected("a draw could not be computed".to_owned()))?;
        if drawn.digest != frozen.digest {
            return Err(StoreError::Unexpected(format!(
                "the entries of room {room} are not those of its digest"
            )));
        }
        let drawn = Arc::new(drawn);
        Self::keep(&mut lists, room, &drawn);
        Ok(Some(drawn))
    }

    /// Keeps a list that was just closed.
    pub async fn put(&self, room: RoomId, drawn: Drawn) {
        Self::keep(&mut *self.lists.lock().await, room, &Arc::new(drawn));
    }

    fn keep(lists: &mut HashMap<RoomId, Arc<Drawn>>, room: RoomId, drawn: &Arc<Drawn>) {
        if lists.len() >= LISTS && !lists.contains_key(&room) {
            let other = lists.keys().next().copied();
            other.and_then(|other| lists.remove(&other));
        }
        lists.insert(room, drawn.clone());
    }
}
