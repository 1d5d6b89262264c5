//! One fan's way through an on-sale, from the due instant of the arrival to a clear end.

mod line;
mod pay;
mod shop;
mod socket;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use contracts::id::{EventId, OrderRef, RoomId};
use platform::clock::{Clock, SystemClock};
use rand::rngs::StdRng;
use reqwest::Method;
use serde::Serialize;
use tokio::time::Instant;

use self::pay::Paid;
use crate::http::{CallError, Visitor};

/// What a fan does, in order. Each is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// From the due instant of the arrival to a place in line.
    Join,
    /// From the place to the call.
    Wait,
    /// From the call to the pass in the jar.
    Claim,
    /// Finding the event.
    Search,
    /// A guest's account.
    Account,
    /// The seat map and its availability.
    Seats,
    /// One try to reserve.
    Reserve,
    /// Confirming.
    Confirm,
    /// From the confirmation to the paid order, for payments that are called back at once.
    Paid,
}

impl Step {
    /// All, in the order in which they are reported.
    pub const ALL: [Self; 9] = [
        Self::Join,
        Self::Wait,
        Self::Claim,
        Self::Search,
        Self::Account,
        Self::Seats,
        Self::Reserve,
        Self::Confirm,
        Self::Paid,
    ];
}

/// How a fan's way ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With tickets.
    Bought {
        /// The order, as the fan was told.
        order: OrderRef,
        /// Its tickets, by number.
        tickets: Vec<u32>,
    },
    /// Inside, and told that nothing is left.
    SoldOut,
    /// In line, and told that nobody is called any more.
    Ended,
    /// The order came to nothing, without money taken.
    Returned,
    /// Without an answer, or with one that it should not have been given.
    Failed {
        /// Where.
        at: Step,
        /// What happened.
        why: String,
    },
}

/// A span in which a fan's place was live: the socket was open and had said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveSpan {
    /// The place's number.
    pub number: u64,
    /// The first frame on the socket.
    pub from: DateTime<Utc>,
    /// The call, or the end of the socket.
    pub to: DateTime<Utc>,
}

/// What is remembered of a fan's way.
#[derive(Clone, Debug)]
pub struct Journey {
    /// How it ended.
    pub outcome: Outcome,
    /// How late the fan set out: this program's own delay.
    pub lag: Duration,
    /// How long each step took; a step may be taken several times.
    pub laps: Vec<(Step, Duration)>,
    /// The number of the place.
    pub number: Option<u64>,
    /// When the place was live.
    pub live: Vec<LiveSpan>,
    /// Frames that were wrong, in words.
    pub wrong_frames: Vec<String>,
    /// How many frames came.
    pub frames: u64,
    /// Whether search answered; a fan who gets no answer goes on by the link to the event.
    pub was_searched: bool,
    /// How often seats that seemed free were not.
    pub seats_lost: u32,
    /// How often the system said "not now", or a connection broke.
    pub turned_away: u32,
}

/// The on-sale that the fans come for.
#[derive(Clone, Debug)]
pub struct Stage {
    /// The event.
    pub event: EventId,
    /// Its room.
    pub room: RoomId,
    /// Its title, unique to the run.
    pub title: String,
    /// How many seats it has.
    pub seats: u32,
    /// Whether search works.
    pub has_search: bool,
}

/// Counts of the run so far, for the progress.
#[derive(Debug, Default)]
pub struct Tally {
    /// Fans who set out.
    pub arrived: AtomicU32,
    /// Fans who have a place.
    pub joined: AtomicU32,
    /// Fans who were called.
    pub called: AtomicU32,
    /// Fans with tickets.
    pub bought: AtomicU32,
    /// Fans who found nothing left.
    pub sold_out: AtomicU32,
    /// Fans without an answer.
    pub failed: AtomicU32,
}

/// How a fan means to pay the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// It goes well.
    Well,
    /// The card is declined; then the fan takes another.
    Declined,
    /// The provider calls back twice.
    Double,
    /// The provider calls back a second late.
    Late,
}

/// One fan, before the way.
#[derive(Debug)]
pub struct Fan {
    /// Which, from 0.
    pub number: usize,
    /// The browser.
    pub visitor: Visitor,
    /// Where to.
    pub stage: Arc<Stage>,
    /// How the fan means to pay.
    pub payment: Payment,
    /// How many tickets the fan wants.
    pub wants: usize,
    /// Choices among equals.
    pub chance: StdRng,
    /// Counts for the progress.
    pub tally: Arc<Tally>,
    /// How long the fan waits for anything.
    pub patience: Duration,
}

/// Why a way ended without an answer.
#[derive(Debug, thiserror::Error)]
enum FanError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("{0}")]
    Wrong(String),
}

/// A fan on the way.
struct Walk {
    fan: Fan,
    clock: SystemClock,
    at: Step,
    laps: Vec<(Step, Duration)>,
    number: Option<u64>,
    live: Vec<LiveSpan>,
    wrong_frames: Vec<String>,
    frames: u64,
    was_searched: bool,
    seats_lost: u32,
}

/// Plays a fan who was due at `due`. Always ends: at the latest when the fan's patience does.
pub async fn play(fan: Fan, due: Instant) -> Journey {
    let lag = due.elapsed();
    let (patience, tally) = (fan.patience, fan.tally.clone());
    tally.arrived.fetch_add(1, Ordering::Relaxed);
    let mut walk = Walk {
        fan,
        clock: SystemClock,
        at: Step::Join,
        laps: Vec::with_capacity(12),
        number: None,
        live: Vec::new(),
        wrong_frames: Vec::new(),
        frames: 0,
        was_searched: true,
        seats_lost: 0,
    };
    let outcome = match tokio::time::timeout(patience, Box::pin(walk.whole(due))).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => Outcome::Failed { at: walk.at, why: chain(&error) },
        Err(_) => Outcome::Failed { at: walk.at, why: "no answer within the fan's patience".to_owned() },
    };
    let counter = match &outcome {
        Outcome::Bought { .. } => &tally.bought,
        Outcome::SoldOut | Outcome::Ended | Outcome::Returned => &tally.sold_out,
        Outcome::Failed { .. } => &tally.failed,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    let Walk { laps, number, live, wrong_frames, frames, was_searched, seats_lost, fan, .. } = walk;
    let turned_away = fan.visitor.turned_away;
    Journey { outcome, lag, laps, number, live, wrong_frames, frames, was_searched, seats_lost, turned_away }
}

impl Walk {
    /// The whole way.
    async fn whole(&mut self, due: Instant) -> Result<Outcome, FanError> {
        self.join(due).await?;
        if !self.wait().await? {
            return Ok(Outcome::Ended);
        }
        self.claim().await?;
        self.search().await?;
        self.account().await?;
        let mut payment = self.fan.payment;
        loop {
            let Some(hold) = self.reserve().await? else {
                self.leave().await?;
                return Ok(Outcome::SoldOut);
            };
            loop {
                match self.pay(&hold, payment).await? {
                    Paid::Bought(order, tickets) => return Ok(Outcome::Bought { order, tickets }),
                    Paid::Declined => payment = Payment::Well,
                    Paid::Gone => break,
                    Paid::Returned => return Ok(Outcome::Returned),
                }
            }
            // The payment came to nothing: once more from the map, with a card that works.
            payment = Payment::Well;
        }
    }

    /// Goes out of the shop, so that somebody else may come in.
    async fn leave(&mut self) -> Result<(), FanError> {
        let path = format!("/queue/{}/session", self.fan.stage.room);
        let answer = self.fan.visitor.call(Method::DELETE, &path, None).await?;
        if answer.status.as_u16() == 204 { Ok(()) } else { Err(answer.unexpected().into()) }
    }

    /// Takes the time of a step that began at `began`.
    fn lap(&mut self, step: Step, began: Instant) {
        self.laps.push((step, began.elapsed()));
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// An error with its causes.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    platform::telemetry::Chain(error).to_string()
}
