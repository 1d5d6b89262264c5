//! One step at a time, against the real stores and in the model; then both are compared.

use chrono::TimeDelta;
use contracts::{
    id::{PassId, RoomId, VisitorId},
    language::Language,
    place::{self, PlaceNumber},
};
use futures_util::future::join_all;
use http::StatusCode;
use platform::clock::Clock;
use queue_gate::{
    admission::{Interval, Limits, Owed, Recent, Snapshot, apply, decide, front, store, tick},
    extractors::Asker,
    line::{self, PlaceState, join},
    pass,
    room::Room,
};
use serde_json::json;

use super::{
    FANS, GATES,
    line::{Granted, LANES, Model, Ranks, WINDOW},
    share::{eight, lane, spot},
    step::{NAMES, ORDERS, Step, ranks},
};
use crate::app::{Fan, Sale, TestGate};

struct Game<'a> {
    gates: &'a [TestGate; GATES],
    sale: Sale<'a>,
    room: RoomId,
    visitors: Vec<VisitorId>,
    /// The numbers that each fan heard of, with their lanes then.
    heard: Vec<Vec<(u64, usize)>>,
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
    let (shares, order) = ([1, 3, 2], ORDERS[0]);
    let model = Model::new(600, 3, shares, ranks(order));
    let mut game = Game { gates, sale, room, visitors, heard: vec![Vec::new(); FANS], model };
    game.set_lanes(order, shares).await;
    join_all(gates.iter().map(|gate| gate.gate.refresh())).await;
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
            Step::Join(fan, gate, is_heard, claim) => {
                let place = self.join(fan, gate, claim).await;
                let due = self.model.join(fan, claim, self.ranks(gate));
                same("W3: the number and the lane of who joins", &place, &due)?;
                if is_heard {
                    self.heard[fan].push(place);
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
                    let now = own.room_clock.now();
                    let told = line::with_recovery(own, self.room, || {
                        front::store::apply(&own.redis, self.room, now, &batch)
                    });
                    told.await.map_err(|error| error.to_string())?;
                    self.model.tell();
                }
            }
            Step::Late(batch, gate) => return self.late(batch, gate).await,
            Step::Wipe => {
                self.gates[0].wipe(self.room).await;
                self.model.is_lost = true;
            }
            Step::Rate(rate) => self.tune("admitPerMinute", rate).await,
            Step::Cap(cap) => self.tune("maxActive", cap).await,
            Step::Lanes(order, shares) => {
                self.set_lanes(ORDERS[order], shares).await;
                (self.model.ranks, self.model.shares) = (ranks(ORDERS[order]), shares);
            }
        }
        Ok(())
    }

    /// A gate that was slow applies a batch of long ago.
    async fn late(&mut self, batch: usize, gate: usize) -> Result<(), String> {
        let Some(batch) = self.model.batches.get(batch % self.model.batches.len().max(1)) else {
            return Ok(());
        };
        let places = batch.places.iter().copied().map(spot).collect();
        let claim_window = TimeDelta::milliseconds(WINDOW);
        let (tick, owed) = (batch.tick, eight(batch.owed));
        let batch = store::Batch { tick, epoch: 1, places, owed, claim_window };
        if Some(batch.tick) != self.model.unapplied().map(|batch| batch.tick) {
            let (own, room) = (&self.gates[gate].gate, self.known(gate));
            let late = line::with_recovery(own, self.room, || apply::apply(own, &room, &batch));
            late.await.map_err(|error| error.to_string())?;
            self.model.touch();
        }
        Ok(())
    }

    /// Takes a place: over HTTP without a claim to a lane, else as somebody whose account or code opens it.
    async fn join(&self, fan: usize, gate: usize, claim: Option<usize>) -> (u64, usize) {
        let Some(claim) = claim else {
            let place = self.fan(fan, gate).join(self.room).await.body;
            let of = place["lane"].as_str().unwrap_or(NAMES[0]);
            return (place["number"].as_u64().unwrap(), NAMES.iter().position(|name| *name == of).unwrap());
        };
        let client = std::net::Ipv4Addr::LOCALHOST.into();
        let (visitor, language) = (self.visitors[fan], Language::En);
        let asker = Asker { visitor, session: None, client, language, wishes: Vec::new() };
        let (own, room) = (&self.gates[gate].gate, self.known(gate));
        let joined = join::join(own, &room, &asker, Some(lane(claim))).await.unwrap();
        (joined.number.raw(), joined.lane.index())
    }

    /// The order of the lanes as the gate knows it.
    fn ranks(&self, gate: usize) -> Ranks {
        let shares = self.known(gate).policy.lanes.shares();
        std::array::from_fn(|number| shares.rank(lane(number)))
    }

    async fn set_lanes(&self, order: [usize; LANES], shares: [u32; LANES]) {
        let rule = |lane: &usize| json!({ "name": NAMES[*lane], "share": shares[*lane] });
        let lanes: Vec<_> = order.iter().map(rule).collect();
        let path = format!("/room/{}/lane", self.room);
        let body = json!({ "version": self.version().await, "lanes": lanes });
        self.sale.organizer.put(&path, body).await.expect(StatusCode::OK);
    }

    async fn version(&self) -> serde_json::Value {
        self.sale.organizer.get(&format!("/room/{}", self.room)).await.body["version"].clone()
    }

    async fn tune(&mut self, setting: &str, value: u32) {
        let path = format!("/room/{}", self.room);
        let body = json!({ "version": self.version().await, setting: value });
        self.sale.organizer.put(&path, body).await.expect(StatusCode::OK);
        let value = usize::try_from(value).unwrap();
        if setting == "maxActive" { self.model.cap = value } else { self.model.rate = value }
    }

    async fn prove(&mut self, fan: usize, gate: usize) -> Result<(), String> {
        let Some((number, of)) = self.heard[fan].first().copied() else { return Ok(()) };
        let own = &self.gates[gate].gate;
        let proved = place::Place {
            room: self.room,
            visitor: self.visitors[fan],
            number: PlaceNumber::from_raw(number),
            lane: lane(of),
        };
        let token = place::sign(proved, &own.keys.secret);
        let answer =
            self.fan(fan, gate).post(&format!("/queue/{}/place", self.room), json!({ "token": token })).await;
        self.model.prove(fan, (number, of), self.ranks(gate));
        let (number, lane) = self.model.join(fan, None, self.ranks(gate));
        same("W3: the number of who proves", &answer.body["number"].as_u64(), &Some(number))?;
        same("W3: the lane of who proves", &answer.body["lane"].as_str().unwrap_or(NAMES[0]), &NAMES[lane])
    }

    async fn see(&mut self, fan: usize, gate: usize) -> Result<(), String> {
        let path = format!("/queue/{}/place", self.room);
        let frame = self.fan(fan, gate).get(&path).await;
        let Some(number) = self.model.see(fan) else {
            return same("the place of nobody", &frame.status, &StatusCode::NOT_FOUND);
        };
        if self.model.places[&number].state == 'w' {
            let lane = self.model.places[&number].lane;
            let is_ahead = |place: &super::line::Place| place.state == 'w' && place.lane == lane;
            let ahead = self.model.places.range(..number).filter(|(_, place)| is_ahead(place)).count();
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
        let called: usize = granted.iter().map(|batch| batch.places.len()).sum();
        if gates.len() == 1 && is_fresh {
            same("how many are called", &called, &due)?;
        }
        let is_current = gates.iter().all(|gate| self.knows_cap(*gate));
        for batch in granted {
            self.model.grant(batch, is_current)?;
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
        for batch in self.granted().await {
            self.model.grant(batch, self.knows_cap(gate))?;
        }
        Ok(())
    }

    /// Whether a gate looks at enough of the line for as many as may be called.
    fn knows_cap(&self, gate: usize) -> bool {
        usize::try_from(self.known(gate).settings.max_active).unwrap() >= self.model.cap
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
            shares: self.known(0).policy.lanes.shares(),
        };
        let owed = Owed::default();
        let recent = |(time, calls)| Recent { at: at(time), granted: at(time), calls: count(calls), owed };
        let recent: Vec<_> = self.model.recent().map(recent).collect();
        let front = self.model.live().into_iter().map(spot).collect();
        let snapshot = Snapshot { front, taken: count(self.model.taken()) };
        decide(limits, &recent, &snapshot, at(self.model.now)).places.len()
    }

    /// The batches that the model does not know yet.
    async fn granted(&self) -> Vec<Granted> {
        use sqlx::Row;
        let last = self.model.batches.last().map_or(0, |batch| batch.tick);
        let sql = format!(
            "select tick, places, lanes, owed from batch where room_id = '{}' and tick > {last} order by tick",
            self.room
        );
        let postgres = &self.gates[0].postgres;
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).fetch_all(postgres).await.unwrap();
        let granted = |row: &sqlx::postgres::PgRow| {
            let (places, lanes): (Vec<i64>, Vec<i16>) = (row.get(1), row.get(2));
            let spot = |(number, lane): (i64, i16)| (number.unsigned_abs(), usize::try_from(lane).unwrap());
            let owed: Vec<i64> = row.get(3);
            Granted {
                tick: row.get(0),
                places: places.into_iter().zip(lanes).map(spot).collect(),
                owed: owed[..LANES].try_into().unwrap(),
            }
        };
        rows.iter().map(granted).collect()
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
            // What was given up shows the place for which it was.
            let standing = standing.filter(|standing| standing.number == number);
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
            let lane = self.model.places.get(&number.raw()).map(|place| place.lane);
            same("W3: its lane", &standing.map(|standing| standing.lane.index()), &lane)?;
            let is_alone = standing
                .is_none_or(|standing| standing.state != PlaceState::Called || standing.ends.is_some());
            same(&format!("the window of {}", number.raw()), &is_alone, &true)?;
        }
        Ok(())
    }
}
