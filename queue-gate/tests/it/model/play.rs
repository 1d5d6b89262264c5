//! One step at a time, against the real stores and in the model; then both are compared.

use chrono::TimeDelta;
use contracts::{
    id::{PassId, RoomId, VisitorId},
    place::{self, Lane, PlaceNumber},
};
use futures_util::future::join_all;
use http::StatusCode;
use platform::clock::Clock;
use proptest::prelude::*;
use queue_gate::{
    admission::{Interval, Limits, Owed, Recent, Snapshot, Spot, apply, decide, front, store, tick},
    lane::Shares,
    line::{self, PlaceState},
    pass,
    room::Room,
};
use serde_json::json;

use super::{
    FANS, GATES,
    line::{Model, WINDOW},
};
use crate::app::{Fan, Sale, TestGate};

fn spot(number: u64) -> Spot {
    Spot { lane: Lane::MAIN, number: PlaceNumber::from_raw(number) }
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Takes a place; whether the fan hears the answer.
    Join(usize, usize, bool),
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
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (fan, gate) = (0..FANS, 0..GATES);
    let step = prop_oneof![
        6 => (fan.clone(), gate.clone(), prop::bool::weighted(0.8)).prop_map(|(f, g, heard)| Step::Join(f, g, heard)),
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
    ];
    prop::collection::vec(step, 10..70)
}

struct Game<'a> {
    gates: &'a [TestGate; GATES],
    sale: Sale<'a>,
    room: RoomId,
    visitors: Vec<VisitorId>,
    /// The numbers that each fan heard of.
    heard: Vec<Vec<u64>>,
    model: Model,
}

/// Plays `steps` in a new room; what was not as the model says. `done` says how far it came.
pub(super) async fn play(
    gates: &[TestGate; GATES],
    steps: &[Step],
    done: &mut Vec<Step>,
) -> Result<(), String> {
    let sale = gates[0].sale(600, 3).await;
    let room = sale.room;
    join_all(gates.iter().map(|gate| gate.gate.refresh())).await;
    let visitors = (0..FANS).map(|_| gates[0].gate.ids.next()).collect();
    let model = Model::new(600, 3);
    let mut game = Game { gates, sale, room, visitors, heard: vec![Vec::new(); FANS], model };
    for step in steps {
        done.push(step.clone());
        game.model.now = gates[0].clock.now().timestamp_millis();
        game.step(step.clone()).await?;
        game.compare().await?;
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, is: &T, should_be: &T) -> Result<(), String> {
    if is == should_be { Ok(()) } else { Err(format!("{what}: {is:?}, and should be {should_be:?}")) }
}

impl Game<'_> {
    fn fan(&self, fan: usize, gate: usize) -> Fan<'_> {
        self.gates[gate].fan_called(self.visitors[fan])
    }

    fn known(&self, gate: usize) -> std::sync::Arc<Room> {
        self.gates[gate].gate.rooms.get(self.room).unwrap()
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Join(fan, gate, is_heard) => {
                let number = self.fan(fan, gate).number(self.room).await;
                same("W3: the number of who joins", &number, &self.model.join(fan))?;
                if is_heard {
                    self.heard[fan].push(number);
                }
            }
            Step::Prove(fan, gate) => return self.prove(fan, gate).await,
            Step::See(fan, gate) => return self.see(fan, gate).await,
            Step::Everybody(gate) => {
                for fan in 0..FANS {
                    self.see(fan, gate).await?;
                }
            }
            Step::Leave(fan, gate) => {
                let path = format!("/queue/{}/place", self.room);
                self.fan(fan, gate).delete(&path).await.expect(StatusCode::NO_CONTENT);
                self.model.leave(fan);
            }
            Step::Claim(fan, gate) => return self.claim(fan, gate).await,
            Step::Quit(slot, gate) => self.quit(slot, gate).await,
            Step::Wait(millis) => self.gates[0].clock.advance(TimeDelta::milliseconds(millis.into())),
            Step::Tick(gates, is_fresh) => return self.tick(gates, is_fresh).await,
            Step::Grant(gate) => return self.grant(gate).await,
            Step::Tell(gate) => {
                if let Some(batch) = self.unapplied(gate).await {
                    let own = &self.gates[gate].gate;
                    let (now, window) = (own.room_clock.now(), TimeDelta::milliseconds(WINDOW));
                    let told = line::with_recovery(own, self.room, || {
                        front::store::apply(&own.redis, self.room, now, &batch, window)
                    });
                    told.await.map_err(|error| error.to_string())?;
                    self.model.tell();
                }
            }
            Step::Late(batch, gate) => {
                let Some(batch) = self.model.batches.get(batch % self.model.batches.len().max(1)) else {
                    return Ok(());
                };
                let places = batch.places.iter().copied().map(spot).collect();
                let batch = store::Batch { tick: batch.tick, epoch: 1, places, owed: Owed::default() };
                if Some(batch.tick) != self.model.unapplied().map(|batch| batch.tick) {
                    let (own, room) = (&self.gates[gate].gate, self.known(gate));
                    let late = line::with_recovery(own, self.room, || apply::apply(own, &room, &batch));
                    late.await.map_err(|error| error.to_string())?;
                    self.model.touch();
                }
            }
            Step::Wipe => {
                self.gates[0].wipe(self.room).await;
                self.model.is_lost = true;
            }
            Step::Rate(rate) => self.tune("admitPerMinute", rate).await,
            Step::Cap(cap) => self.tune("maxActive", cap).await,
        }
        Ok(())
    }

    async fn tune(&mut self, setting: &str, value: u32) {
        let path = format!("/room/{}", self.room);
        let version = &self.sale.organizer.get(&path).await.body["version"];
        let body = json!({ "version": version, setting: value });
        self.sale.organizer.put(&path, body).await.expect(StatusCode::OK);
        let value = usize::try_from(value).unwrap();
        if setting == "maxActive" { self.model.cap = value } else { self.model.rate = value }
    }

    async fn prove(&mut self, fan: usize, gate: usize) -> Result<(), String> {
        let Some(number) = self.heard[fan].first().copied() else { return Ok(()) };
        let own = &self.gates[gate].gate;
        let proved = place::Place {
            room: self.room,
            visitor: self.visitors[fan],
            number: PlaceNumber::from_raw(number),
            lane: Lane::MAIN,
        };
        let token = place::sign(proved, &own.keys.secret);
        let answer =
            self.fan(fan, gate).post(&format!("/queue/{}/place", self.room), json!({ "token": token })).await;
        self.model.prove(fan, number);
        same("W3: the number of who proves", &answer.body["number"].as_u64(), &Some(self.model.join(fan)))
    }

    async fn see(&mut self, fan: usize, gate: usize) -> Result<(), String> {
        let path = format!("/queue/{}/place", self.room);
        let frame = self.fan(fan, gate).get(&path).await;
        let Some(number) = self.model.see(fan) else {
            return same("the place of nobody", &frame.status, &StatusCode::NOT_FOUND);
        };
        if self.model.places[&number].state == 'w' {
            let ahead = self.model.places.range(..number).filter(|(_, place)| place.state == 'w').count();
            same("W4: ahead", &frame.body["ahead"].as_u64(), &u64::try_from(ahead).ok())?;
            same("W3: the number shown", &frame.body["number"].as_u64(), &Some(number))?;
        }
        Ok(())
    }

    async fn claim(&mut self, fan: usize, gate: usize) -> Result<(), String> {
        let slot = self.model.claimable(fan);
        let is_due =
            slot.and_then(|slot| self.model.slots[slot].until).is_some_and(|until| until > self.model.now);
        // Who claims before the mark waits for it, and nobody will come in this game.
        if slot.is_some() && !is_due || slot.is_none() && self.model.is_lost {
            return Ok(());
        }
        let is_known = slot.is_some_and(|slot| self.model.slots[slot].visitor.is_some());
        let is_inside = self
            .model
            .slots
            .iter()
            .rfind(|slot| slot.visitor == Some(fan))
            .is_some_and(|slot| slot.state == 'i');
        let path = format!("/queue/{}/pass", self.room);
        let answer = self.fan(fan, gate).post(&path, json!({})).await;
        same("whether a claim succeeds", &answer.status.is_success(), &(is_due || is_inside))?;
        match slot {
            Some(slot) => self.model.claim(fan, slot),
            None if !is_known && !is_inside => drop(self.model.see(fan)),
            None => {}
        }
        Ok(())
    }

    async fn quit(&mut self, slot: usize, gate: usize) {
        let inside: Vec<_> =
            (0..self.model.slots.len()).filter(|at| self.model.slots[*at].state == 'i').collect();
        let Some(slot) = inside.get(slot % inside.len().max(1)).copied() else { return };
        let sql = format!(
            "select pass_id from slot where room_id = '{}' and place = {} and state = 'active'",
            self.room, self.model.slots[slot].place
        );
        let pass: PassId = self.gates[0].uuid(&sql).await.into();
        pass::leave::leave(&self.gates[gate].gate, self.room, pass).await.unwrap();
        self.model.quit(slot);
    }

    async fn unapplied(&self, gate: usize) -> Option<store::Batch> {
        store::unapplied(&self.gates[gate].gate.postgres, self.room).await.unwrap()
    }

    /// What every tick makes good first.
    fn before_calling(&mut self) {
        if self.model.is_lost && self.model.unapplied().is_none() {
            // The record's part is done before the line is found to be lost.
            self.model.expire();
        }
        self.model.apply();
        self.model.expire();
        self.model.touch();
    }

    async fn tick(&mut self, gates: usize, is_fresh: bool) -> Result<(), String> {
        let gates: Vec<_> = (0..GATES).filter(|gate| gates >> gate & 1 == 1).collect();
        if is_fresh {
            join_all(gates.iter().map(|gate| self.gates[*gate].gate.refresh())).await;
        }
        let ticks = gates.iter().map(async |gate| {
            let (own, room) = (&self.gates[*gate].gate, self.known(*gate));
            line::with_recovery(own, self.room, || tick::tick(own, &room)).await
        });
        for ticked in join_all(ticks).await {
            ticked.map_err(|error| error.to_string())?;
        }
        self.before_calling();
        let due = self.due();
        let granted = self.granted().await;
        let called: usize = granted.iter().map(|(_, places)| places.len()).sum();
        if gates.len() == 1 && is_fresh {
            same("how many are called", &called, &due)?;
        }
        for (tick, places) in granted {
            self.model.grant(tick, places)?;
            self.model.apply();
        }
        Ok(())
    }

    async fn grant(&mut self, gate: usize) -> Result<(), String> {
        if self.model.unapplied().is_some() {
            return Ok(());
        }
        let (own, room) = (&self.gates[gate].gate, self.known(gate));
        let granted = line::with_recovery(own, self.room, || tick::call(own, &room)).await;
        granted.map_err(|error| error.to_string())?;
        self.model.touch();
        for (tick, places) in self.granted().await {
            self.model.grant(tick, places)?;
        }
        Ok(())
    }

    /// How many the rule calls of the model's line.
    fn due(&self) -> usize {
        if self.model.is_recovering() || self.model.unapplied().is_some() {
            return 0;
        }
        let at = |millis| chrono::DateTime::from_timestamp_millis(millis).unwrap();
        let count = |value: usize| u32::try_from(value).unwrap();
        let limits = Limits {
            is_calling: true,
            admit_per_minute: count(self.model.rate),
            max_active: count(self.model.cap),
            tick: TimeDelta::seconds(1),
            interval: Interval::default(),
            shares: Shares::default(),
        };
        let owed = Owed::default();
        let recent = |(time, calls)| Recent { at: at(time), granted: at(time), calls: count(calls), owed };
        let recent: Vec<_> = self.model.recent().map(recent).collect();
        let front = self.model.live().into_iter().map(spot).collect();
        let snapshot = Snapshot { front, taken: count(self.model.taken()) };
        decide(limits, &recent, &snapshot, at(self.model.now)).places.len()
    }

    /// The batches that the model does not know yet.
    async fn granted(&self) -> Vec<(i64, Vec<u64>)> {
        let last = self.model.batches.last().map_or(0, |batch| batch.tick);
        self.gates[0].batches_after(self.room, last).await
    }

    async fn compare(&mut self) -> Result<(), String> {
        let sql = format!("select count(*) from slot where room_id = '{}' and state <> 'ended'", self.room);
        same("slots", &self.gates[0].count(&sql).await, &i64::try_from(self.model.taken()).unwrap())?;
        if self.model.is_lost {
            return Ok(());
        }
        let numbers: Vec<_> = self.model.given.iter().copied().map(PlaceNumber::from_raw).collect();
        let shown = line::store::look(&self.gates[0].gate.redis, self.room, &numbers).await.unwrap();
        for (number, standing) in numbers.into_iter().zip(shown) {
            let is = standing.map(|standing| match standing.state {
                PlaceState::Waiting => 'w',
                PlaceState::Away => 'a',
                PlaceState::Called => 'c',
                PlaceState::Inside => 'i',
                PlaceState::Ended => 'e',
            });
            if is == Some('a') && self.model.places.contains_key(&number.raw()) {
                self.model.may_be_parked(number.raw());
            }
            let should_be = self.model.places.get(&number.raw()).map(|place| place.state);
            same(&format!("W3: place {}", number.raw()), &is, &should_be)?;
            let is_alone = standing
                .is_none_or(|standing| standing.state != PlaceState::Called || standing.ends.is_some());
            same(&format!("the window of {}", number.raw()), &is_alone, &true)?;
        }
        Ok(())
    }
}
