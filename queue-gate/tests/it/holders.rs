//! Places, their holders and their lanes against a model in memory: visitors who join with and without accounts, in lanes,
//! who join friends, leave, and prove old places; every call may be made twice, as by a client that got no answer.

use std::collections::{BTreeMap, HashMap};

use contracts::{
    id::{AccountId, RoomId, VisitorId},
    place::{Lane, PlaceNumber},
};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use queue_gate::{
    lane::{Lanes, Shares, Wanted},
    line::{self, Joining, store},
    party::store::Merge,
};
use sqlx::PgPool;

use crate::app::TestGate;

const VISITORS: usize = 6;
const ACCOUNTS: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Join {
        visitor: usize,
        lane: Option<u8>,
        account: Option<usize>,
    },
    /// Joins the friend's place.
    Merge {
        visitor: usize,
        friend: usize,
    },
    Leave {
        visitor: usize,
        account: Option<usize>,
        keeper: Option<usize>,
    },
    /// Proves the place that the visitor was given so many joins ago.
    Prove {
        visitor: usize,
        which: usize,
    },
}

fn steps() -> impl Strategy<Value = Vec<(Step, bool)>> {
    let visitor = 0..VISITORS;
    let lane = prop::option::of(0_u8..3);
    let account = prop::option::of(0..ACCOUNTS);
    let step = prop_oneof![
        6 => (visitor.clone(), lane, account.clone())
            .prop_map(|(visitor, lane, account)| Step::Join { visitor, lane, account }),
        3 => (visitor.clone(), visitor.clone()).prop_map(|(visitor, friend)| Step::Merge { visitor, friend }),
        1 => (visitor.clone(), account, prop::option::of(visitor.clone()))
            .prop_map(|(visitor, account, keeper)| Step::Leave { visitor, account, keeper }),
        2 => (visitor, 0_usize..4).prop_map(|(visitor, which)| Step::Prove { visitor, which }),
    ];
    prop::collection::vec((step, any::<bool>()), 5..60)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Visitor(usize),
    Account(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Waits(u8),
    GivenUp { into: u64, lane: u8 },
}

#[derive(Debug, Default)]
struct Model {
    places: BTreeMap<u64, Fate>,
    holders: HashMap<Holder, u64>,
}

impl Model {
    /// The place that a number stands for, its lane where it is there, and the lane it had when others were given up for it.
    fn follow(&self, mut number: u64) -> (u64, Option<u8>, Option<u8>) {
        let mut known = None;
        while let Some(Fate::GivenUp { into, lane }) = self.places.get(&number) {
            (number, known) = (*into, Some(*lane));
        }
        let lane = match self.places.get(&number) {
            Some(Fate::Waits(lane)) => Some(*lane),
            _ => None,
        };
        (number, lane, known)
    }

    fn of(&self, holder: Holder) -> Option<(u64, u8)> {
        let (number, lane, _) = self.follow(*self.holders.get(&holder)?);
        Some((number, lane?))
    }

    fn give_up(&mut self, number: u64, into: u64, lane: u8) {
        self.places.insert(number, Fate::GivenUp { into, lane });
    }

    fn better(&mut self, one: (u64, u8), other: (u64, u8), shares: &Shares) -> (u64, u8) {
        let rank = |(number, lane): (u64, u8)| (shares.rank(Lane::new(lane).unwrap()), number);
        let (best, rest) = if rank(one) <= rank(other) { (one, other) } else { (other, one) };
        if best.0 != rest.0 {
            self.give_up(rest.0, best.0, best.1);
        }
        best
    }

    fn raise(&mut self, (number, lane): (u64, u8), claim: Option<u8>, shares: &Shares) -> (u64, u8) {
        let rank = |lane: u8| shares.rank(Lane::new(lane).unwrap());
        let lane = claim.filter(|claim| rank(*claim) < rank(lane)).unwrap_or(lane);
        self.places.insert(number, Fate::Waits(lane));
        (number, lane)
    }

    /// A place of before, or none where the line has to give a new number.
    fn join(
        &mut self,
        visitor: usize,
        claim: Option<u8>,
        account: Option<usize>,
        shares: &Shares,
    ) -> Option<u64> {
        let mut own = self.of(Holder::Visitor(visitor));
        if let Some(account) = account {
            let theirs = self.of(Holder::Account(account));
            own = match (own, theirs) {
                (Some(own), Some(theirs)) => Some(self.better(own, theirs, shares)),
                (own, theirs) => own.or(theirs),
            };
            if let Some((number, _)) = own {
                self.holders.insert(Holder::Account(account), number);
            }
        }
        let (number, _) = self.raise(own?, claim, shares);
        self.holders.insert(Holder::Visitor(visitor), number);
        Some(number)
    }

    fn prove(&mut self, visitor: usize, proved: u64, lane: u8, shares: &Shares) -> u64 {
        let own = self.of(Holder::Visitor(visitor));
        let (number, found, known) = self.follow(proved);
        let lane = known.unwrap_or(lane);
        let mut place = (number, found.unwrap_or(lane));
        self.places.insert(number, Fate::Waits(place.1));
        if let Some(own) = own {
            place = self.better(own, place, shares);
        }
        let (number, _) = self.raise(place, Some(lane), shares);
        self.holders.insert(Holder::Visitor(visitor), number);
        number
    }
}

struct Game<'a> {
    app: &'a TestGate,
    room: RoomId,
    shares: Shares,
    visitors: Vec<VisitorId>,
    accounts: Vec<AccountId>,
    /// What each visitor was given, with the lane then.
    given: Vec<Vec<(u64, u8)>>,
    model: Model,
}

impl Game<'_> {
    async fn step(&mut self, step: &Step, twice: bool) -> Result<(), String> {
        for _ in 0..=usize::from(twice) {
            self.once(step).await?;
        }
        self.compare().await
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each step, which says what it does to both")]
    async fn once(&mut self, step: &Step) -> Result<(), String> {
        let (redis, room, now) = (&self.app.gate.redis, self.room, self.app.gate.room_clock.now());
        match *step {
            Step::Join { visitor, lane, account } => {
                let joining = Joining {
                    visitor: self.visitors[visitor],
                    lane: lane.and_then(Lane::new),
                    account: account.map(|account| self.accounts[account]),
                };
                let joined = store::join(redis, room, now, &self.shares, &[joining]).await.unwrap()[0];
                let number = joined.number.raw();
                if let Some(expected) = self.model.join(visitor, lane, account, &self.shares) {
                    same("joined", &(number, joined.again), &(expected, true))?;
                } else {
                    same("again", &joined.again, &false)?;
                    let is_new = self.model.places.keys().all(|known| *known < number);
                    same("new numbers rise", &is_new, &true)?;
                    self.model.places.insert(number, Fate::Waits(lane.unwrap_or(0)));
                    self.model.holders.insert(Holder::Visitor(visitor), number);
                    if let Some(account) = account {
                        self.model.holders.insert(Holder::Account(account), number);
                    }
                }
                self.given[visitor].push((number, joined.lane.number()));
            }
            Step::Merge { visitor, friend } => {
                let (own, theirs) =
                    (self.model.of(Holder::Visitor(visitor)), self.model.of(Holder::Visitor(friend)));
                let Some(theirs) = theirs else { return Ok(()) };
                let own = own.filter(|own| own.0 != theirs.0);
                let kept = own.map_or(theirs, |own| self.model.better(own, theirs, &self.shares));
                let given_up = own.map(|own| if kept == own { theirs.0 } else { own.0 });
                let merge = Merge {
                    visitor: self.visitors[visitor],
                    given_up: given_up.map(PlaceNumber::from_raw),
                    into: PlaceNumber::from_raw(kept.0),
                    lane: Lane::new(kept.1).unwrap(),
                };
                same("merged", &store::merge(redis, room, now, &merge).await.unwrap(), &true)?;
                // A client that got no answer sends the very same again.
                same("merged again", &store::merge(redis, room, now, &merge).await.unwrap(), &true)?;
                self.model.holders.insert(Holder::Visitor(visitor), kept.0);
                self.given[visitor].push(kept);
            }
            Step::Leave { visitor, account, keeper } => {
                let keeper = keeper.filter(|keeper| *keeper != visitor);
                let own = self.model.of(Holder::Visitor(visitor));
                let who = (self.visitors[visitor], account.map(|account| self.accounts[account]));
                let left =
                    store::leave(redis, room, now, who.0, who.1, keeper.map(|keeper| self.visitors[keeper]));
                let left = left.await.unwrap().map(|(number, _)| number.raw());
                same("left", &left, &own.map(|own| own.0))?;
                let Some((number, _)) = own else { return Ok(()) };
                self.model.holders.remove(&Holder::Visitor(visitor));
                if keeper.is_none() {
                    self.model.places.remove(&number);
                } else if let Some(account) = account
                    && self.model.of(Holder::Account(account)).is_none_or(|theirs| theirs.0 == number)
                {
                    self.model.holders.remove(&Holder::Account(account));
                }
            }
            Step::Prove { visitor, which } => {
                let given = &self.given[visitor];
                let Some((number, lane)) = given.iter().rev().nth(which).copied() else { return Ok(()) };
                let place = (PlaceNumber::from_raw(number), Lane::new(lane).unwrap(), self.visitors[visitor]);
                let restored = store::restore(redis, room, now, &self.shares, &[place]).await.unwrap()[0];
                let expected = self.model.prove(visitor, number, lane, &self.shares);
                same("restored", &restored.map(PlaceNumber::raw), &Some(expected))?;
            }
        }
        Ok(())
    }

    /// Where everybody stands is what the model says.
    async fn compare(&mut self) -> Result<(), String> {
        let (redis, room, now) = (&self.app.gate.redis, self.room, self.app.gate.room_clock.now());
        for (index, visitor) in self.visitors.iter().enumerate() {
            let standing = store::stand(redis, room, now, *visitor).await.unwrap();
            let shown = standing.map(|at| (at.number.raw(), at.lane.number(), at.ahead, at.waiting));
            let expected = self.model.of(Holder::Visitor(index)).map(|(number, lane)| {
                let line = self.model.places.iter().filter(|(_, fate)| **fate == Fate::Waits(lane));
                let ahead = line.clone().filter(|(other, _)| **other < number).count();
                (number, lane, u64::try_from(ahead).unwrap(), u64::try_from(line.count()).unwrap())
            });
            same(&format!("visitor {index}"), &shown, &expected)?;
            if expected.is_none() {
                // Who asks for a place that is gone holds it no longer, also when somebody else proves it later.
                self.model.holders.remove(&Holder::Visitor(index));
            }
        }
        Ok(())
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, line: &T, model: &T) -> Result<(), String> {
    if line == model { Ok(()) } else { Err(format!("{what}: {line:?} in the line, {model:?} in the model")) }
}

/// A line with three lanes, and their order.
async fn open_line(app: &TestGate) -> (RoomId, Shares) {
    let room = app.sale(60, 10).await.room;
    let wanted = |name: &str| Wanted { name: name.to_owned(), share: 1, accounts: None };
    let lanes = Lanes::default().with(&["members", "main", "press"].map(wanted)).unwrap();
    // The first join of a room finds no line yet.
    let ask = || store::stand(&app.gate.redis, room, app.gate.room_clock.now(), app.gate.ids.next());
    line::with_recovery(&app.gate, room, ask).await.unwrap();
    (room, lanes.shares())
}

/// What the strategy makes of a seed.
fn made<S: Strategy>(strategy: &S, seed: u64) -> S::Value {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    strategy.new_tree(&mut TestRunner::new_with_rng(Config::default(), rng)).unwrap().current()
}

async fn play(app: &TestGate, steps: &[(Step, bool)]) -> Result<(), String> {
    let (room, shares) = open_line(app).await;
    let mut game = Game {
        app,
        room,
        shares,
        visitors: (0..VISITORS).map(|_| app.gate.ids.next()).collect(),
        accounts: (0..ACCOUNTS).map(|_| app.gate.ids.next()).collect(),
        given: vec![Vec::new(); VISITORS],
        model: Model::default(),
    };
    for (done, (step, twice)) in steps.iter().enumerate() {
        let outcome = game.step(step, *twice).await;
        outcome.map_err(|error| format!("{error}\nafter {:#?}", &steps[..=done]))?;
    }
    Ok(())
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn who_holds_which_place_is_what_a_model_says(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    for seed in 0_u64..60 {
        if let Err(error) = play(&app, &made(&steps(), seed)).await {
            panic!("game {seed}: {error}");
        }
    }
}

#[sqlx::test(migrator = "platform::postgres::MIGRATOR")]
async fn joins_in_one_call_are_as_if_they_came_one_by_one(postgres: PgPool) {
    let app = TestGate::start(postgres).await;
    let (redis, now) = (&app.gate.redis, app.gate.room_clock.now());
    let visitors: Vec<VisitorId> = (0..12).map(|_| app.gate.ids.next()).collect();
    let accounts: Vec<AccountId> = (0..ACCOUNTS).map(|_| app.gate.ids.next()).collect();
    let join = (0..12_usize, prop::option::of(0_u8..3), prop::option::weighted(0.3, 0..ACCOUNTS));
    let calls = prop::collection::vec(prop::collection::vec(join, 1..10), 1..5);
    for seed in 0..40 {
        let ((together, shares), (apart, _)) = (open_line(&app).await, open_line(&app).await);
        for call in made(&calls, seed) {
            let joining = call.iter().map(|(visitor, lane, account)| Joining {
                visitor: visitors[*visitor],
                lane: lane.and_then(Lane::new),
                account: account.map(|account| accounts[account]),
            });
            let joining: Vec<_> = joining.collect();
            let mut expected = Vec::new();
            for one in &joining {
                expected.extend(store::join(redis, apart, now, &shares, &[*one]).await.unwrap());
            }
            let answers = store::join(redis, together, now, &shares, &joining).await.unwrap();
            assert_eq!(answers, expected, "seed {seed}: {call:?}");
        }
        for visitor in &visitors {
            let [one, other] = [together, apart].map(|room| store::stand(redis, room, now, *visitor));
            assert_eq!(one.await.unwrap(), other.await.unwrap(), "seed {seed}");
        }
    }
}
