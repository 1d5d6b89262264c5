//! Fans on request: a small service that plays a rush when the console of a demo system asks for one, one at a time, and says how it
//! goes. Its paths are led to it by the gate (`--routes /demo=…`); it knows nobody, so it belongs to no system with real sales.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result};
use axum::{
    Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use clap::Args;
use contracts::id::{EventId, RoomId};
use nix::sys::resource::{Resource, getrlimit};
use platform::http::{Json, Kind, Problem, kinds};
use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, task::JoinSet, time::Instant};

use crate::{
    config::{Rush, Target},
    fan::{Stage, Tally},
    report::Report,
    scenario::rush,
};

/// Lets fans come when the console of a demo system asks for them.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// Where it is asked.
    #[arg(long)]
    pub listen: SocketAddr,
    /// Where the system is.
    #[command(flatten)]
    pub target: Target,
}

/// The most fans of a show.
const MOST: u32 = 50_000;
/// The files that are open beside the sockets of fans.
const OWN_FILES: u64 = 500;

const RUNNING: Kind =
    Kind { name: "show-running", status: StatusCode::CONFLICT, title: "Fans are coming already." };

/// What is asked for. What is not said follows from how many fans there are: they come within half a minute, and the line drains in
/// some two.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    fans: NonZeroU32,
    seats: Option<NonZeroU32>,
    per_second: Option<NonZeroU32>,
    admit_per_minute: Option<NonZeroU32>,
    max_active: Option<NonZeroU32>,
}

struct Crowds {
    target: Target,
    most: u32,
    show: Mutex<Option<Show>>,
    playing: Mutex<JoinSet<()>>,
}

struct Show {
    rush: Rush,
    began: Instant,
    tally: Arc<Tally>,
    stage: Option<(EventId, RoomId)>,
    end: Option<Result<Report, String>>,
}

/// How a show goes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    /// The most fans that may be asked for.
    most: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    show: Option<ShowView>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShowView {
    fans: u32,
    seats: u32,
    seconds: u64,
    running: bool,
    event_id: Option<EventId>,
    room_id: Option<RoomId>,
    arrived: u32,
    in_line: u32,
    called: u32,
    bought: u32,
    sold_out: u32,
    failed: u32,
    /// What was promised, and how often it was broken; none before the end.
    promises: Option<Vec<PromiseView>>,
    /// Why it could not be played.
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct PromiseView {
    promise: &'static str,
    checked: String,
    breaches: usize,
}

/// Serves until the process ends.
///
/// # Errors
/// When it cannot listen.
pub async fn serve(demo: &Demo) -> Result<()> {
    let listener =
        TcpListener::bind(demo.listen).await.with_context(|| format!("{} is taken", demo.listen))?;
    axum::serve(listener, routes(demo.target.clone(), most()?)).await.context("serving ended")
}

fn routes(target: Target, most: u32) -> Router {
    let crowds = Arc::new(Crowds { target, most, show: Mutex::default(), playing: Mutex::default() });
    Router::new().route("/demo", get(look)).route("/demo/fans", post(begin).delete(stop)).with_state(crowds)
}

/// Each fan has a socket open.
fn most() -> Result<u32> {
    let (files, _) = getrlimit(Resource::RLIMIT_NOFILE).context("the limit of open files is unknown")?;
    Ok(u32::try_from(files.saturating_sub(OWN_FILES)).unwrap_or(MOST).clamp(1, MOST))
}

async fn look(State(crowds): State<Arc<Crowds>>) -> Json<View> {
    Json(crowds.view())
}

async fn begin(State(crowds): State<Arc<Crowds>>, Json(asked): Json<Asked>) -> Result<Response, Problem> {
    if asked.fans.get() > crowds.most {
        let detail = format!("At most {} fans can come: each has a socket open.", crowds.most);
        return Err(Problem::of(kinds::INVALID_BODY).detail(detail));
    }
    if !crowds.start(asked) {
        return Err(Problem::of(RUNNING));
    }
    Ok((StatusCode::ACCEPTED, Json(crowds.view())).into_response())
}

async fn stop(State(crowds): State<Arc<Crowds>>) -> StatusCode {
    lock(&crowds.playing).abort_all();
    if let Some(show) = lock(&crowds.show).as_mut().filter(|show| show.end.is_none()) {
        show.end = Some(Err("It was stopped.".to_owned()));
    }
    StatusCode::NO_CONTENT
}

impl Crowds {
    /// Lets fans come; `false` where others are still coming.
    fn start(self: &Arc<Self>, asked: Asked) -> bool {
        let rush = rush_of(asked, self.target.clone());
        let tally = Arc::new(Tally::default());
        {
            let mut show = lock(&self.show);
            if show.as_ref().is_some_and(|show| show.end.is_none()) {
                return false;
            }
            let (rush, tally, began) = (rush.clone(), tally.clone(), Instant::now());
            *show = Some(Show { rush, began, tally, stage: None, end: None });
        }
        let crowds = self.clone();
        lock(&self.playing).spawn(async move {
            let set = |stage: &Stage| crowds.note(|show| show.stage = Some((stage.event, stage.room)));
            let end = rush::play_with(&rush, &tally, set).await.map_err(|error| format!("{error:#}"));
            crowds.note(|show| show.end = Some(end));
        });
        true
    }

    fn note(&self, change: impl FnOnce(&mut Show)) {
        if let Some(show) = lock(&self.show).as_mut() {
            change(show);
        }
    }

    fn view(&self) -> View {
        View { most: self.most, show: lock(&self.show).as_ref().map(ShowView::of) }
    }
}

impl ShowView {
    fn of(show: &Show) -> Self {
        let count = |counter: &AtomicU32| counter.load(Ordering::Relaxed);
        let (tally, stage) = (&show.tally, show.stage);
        let (bought, sold_out, failed) = (count(&tally.bought), count(&tally.sold_out), count(&tally.failed));
        let under_way = count(&tally.arrived).saturating_sub(bought + sold_out + failed);
        let report = show.end.as_ref().and_then(|end| end.as_ref().ok());
        Self {
            fans: show.rush.fans.get(),
            seats: show.rush.seats.get(),
            seconds: show.began.elapsed().as_secs(),
            running: show.end.is_none(),
            event_id: stage.map(|(event, _)| event),
            room_id: stage.map(|(_, room)| room),
            arrived: count(&tally.arrived),
            // Who was not called may have gone, too: nobody who has ended waits.
            in_line: count(&tally.joined).saturating_sub(count(&tally.called)).min(under_way),
            called: count(&tally.called),
            bought,
            sold_out,
            failed,
            promises: report.map(|report| report.promises.iter().map(PromiseView::of).collect()),
            problem: show.end.as_ref().and_then(|end| end.as_ref().err()).cloned(),
        }
    }
}

impl PromiseView {
    fn of(verdict: &crate::oracle::Verdict) -> Self {
        let (promise, checked, breaches) = (verdict.promise, verdict.checked.clone(), verdict.breaches);
        Self { promise, checked, breaches }
    }
}

fn rush_of(asked: Asked, target: Target) -> Rush {
    let fans = asked.fans.get();
    let at_least = |least: u32, wanted: u32| NonZeroU32::new(wanted.max(least)).unwrap_or(NonZeroU32::MIN);
    Rush {
        fans: asked.fans,
        seats: asked.seats.unwrap_or_else(|| at_least(1, fans / 4)),
        rate: asked.per_second.unwrap_or_else(|| at_least(5, fans / 30)),
        admit_per_minute: asked.admit_per_minute.unwrap_or_else(|| at_least(60, fans / 2)),
        max_active: asked.max_active.unwrap_or_else(|| at_least(10, (fans / 20).min(400))),
        change_rate: None,
        shield: false,
        trouble: 0.15,
        seed: 1,
        addresses: NonZeroU32::new(64).unwrap_or(NonZeroU32::MIN),
        patience: Duration::from_mins(30),
        settle: Duration::from_mins(1),
        join_p99: None,
        tolerate_lag: true,
        json: true,
        target,
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            up: "no/such/file.json".into(),
            url: None,
            postgres: None,
            redis: None,
            sandbox: None,
            mail_folder: None,
            search: false,
            organizer_email: None,
            organizer_password_file: None,
        }
    }

    async fn answer(address: SocketAddr, body: &str) -> (u16, serde_json::Value) {
        let asked = reqwest::Client::new().post(format!("http://{address}/demo/fans"));
        let answer =
            asked.header("content-type", "application/json").body(body.to_owned()).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    #[tokio::test]
    async fn more_than_can_come_are_refused_and_what_cannot_be_played_says_why() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut serving = JoinSet::new();
        serving.spawn(async move { axum::serve(listener, routes(target(), 20)).await });
        let (status, problem) = answer(address, r#"{"fans":21}"#).await;
        assert_eq!((status, problem["type"].as_str()), (422, Some("/problems/invalid-body")));
        assert_eq!(answer(address, r#"{"fans":0}"#).await.0, 422);
        assert_eq!(answer(address, r#"{"fans":20}"#).await.0, 202);
        let view = loop {
            let view: serde_json::Value =
                reqwest::get(format!("http://{address}/demo")).await.unwrap().json().await.unwrap();
            if view["show"]["running"] == false {
                break view;
            }
            tokio::task::yield_now().await;
        };
        let why = view["show"]["problem"].as_str().unwrap();
        assert!(view["most"] == 20 && why.contains("no system was found"), "{view}");
    }

    #[test]
    fn what_is_not_said_follows_from_how_many_come() {
        let asked = |text: &str| rush_of(serde_json::from_str(text).unwrap(), target());
        let many = asked(r#"{"fans":20000}"#);
        assert_eq!((many.seats.get(), many.rate.get()), (5_000, 666));
        assert_eq!((many.admit_per_minute.get(), many.max_active.get()), (10_000, 400));
        let few = asked(r#"{"fans":3,"seats":2,"perSecond":1}"#);
        assert_eq!((few.seats.get(), few.rate.get(), few.admit_per_minute.get()), (2, 1, 60));
    }
}
