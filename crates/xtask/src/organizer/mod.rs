//! The organizer as a client of the public API: the only road by which the demo catalog, an import and a seed come in.

mod body;

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, bail};
pub(crate) use body::{Category, Event, ImportRow, Room, Seat, Tier, Venue};
use reqwest::{Method, Response, StatusCode, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use tokio::sync::RwLock;
use uuid::Uuid;

use crate::endpoints::{Credentials, Endpoints};

/// How often a call is repeated that the system could not take just then.
const ATTEMPTS: u32 = 20;
/// The same for the first call: a gate that is not there will not come.
const FIRST_ATTEMPTS: u32 = 4;
/// How often a row is sent again whose transaction was lost on the way.
const ROW_ATTEMPTS: u32 = 5;
/// The pause before that.
const LOST_ROW_PAUSE: Duration = Duration::from_millis(300);
/// The longest pause before a repetition.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How long one call may take. An import of 500 rows writes some ten thousand tickets.
const CALL_TIMEOUT: Duration = Duration::from_mins(2);

/// A call that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// The system said no, and would say no again.
    #[error("{status}: {}", reason(.problem))]
    Refused { status: StatusCode, problem: Value },
    /// The system did not answer, or not yet.
    #[error("no answer after {attempts} attempts: {last}")]
    Away { attempts: u32, last: String },
    /// The answer is not what the API promises.
    #[error("the answer cannot be read")]
    Unreadable(#[source] reqwest::Error),
}

/// What became of one row of an import.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RowOutcome {
    pub(crate) row: usize,
    pub(crate) outcome: Outcome,
    pub(crate) event_id: Option<Uuid>,
    pub(crate) problem: Option<Value>,
}

impl RowOutcome {
    /// Whether the fault was not the row's.
    fn is_lost(&self) -> bool {
        let status = self.problem.as_ref().and_then(|problem| problem.get("status")?.as_u64());
        self.outcome == Outcome::Refused && status.is_some_and(|status| status >= 500)
    }
}

/// Whether a row was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Outcome {
    Created,
    Updated,
    /// It was there already, and says the same.
    Unchanged,
    Refused,
}

/// A room, as far as the tools look at it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoomView {
    pub(crate) room_id: Uuid,
    pub(crate) event_id: Uuid,
    #[serde(default)]
    pub(crate) state: String,
}

/// An organizer who is signed in.
pub(crate) struct Organizer {
    http: reqwest::Client,
    gate: String,
    credentials: Credentials,
    token: RwLock<String>,
}

impl Organizer {
    /// Signs in at `gate`, its base URL.
    ///
    /// # Errors
    ///
    /// When the gate does not answer, or knows no such organizer.
    pub(crate) async fn sign_in(gate: &str, credentials: Credentials) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(CALL_TIMEOUT).build()?;
        let gate = gate.trim_end_matches('/').to_owned();
        let organizer = Self { http, gate, credentials, token: RwLock::default() };
        organizer.renew(FIRST_ATTEMPTS).await.with_context(|| {
            format!("cannot sign in as {} at {}", organizer.credentials.email, organizer.gate)
        })?;
        Ok(organizer)
    }

    async fn renew(&self, attempts: u32) -> anyhow::Result<()> {
        #[derive(Deserialize)]
        struct Session {
            token: String,
            role: String,
        }
        let Credentials { email, password } = &self.credentials;
        let answer = self
            .repeat(attempts, || {
                let url = format!("{}/account/sign-in", self.gate);
                self.http.post(url).json(&json!({ "email": email, "password": password }))
            })
            .await?;
        let session: Session = read(answer).await?;
        if session.role != "organizer" {
            bail!("this account is not an organizer's (its role is {})", session.role);
        }
        *self.token.write().await = session.token;
        Ok(())
    }

    /// Brings in events with their venues and performers, at most 500. Safe to repeat. A row whose transaction was lost
    /// is sent again.
    pub(crate) async fn import(&self, rows: &[ImportRow]) -> Result<Vec<RowOutcome>, CallError> {
        let mut outcomes = self.import_once(&json!({ "rows": rows })).await?;
        for _ in 0..ROW_ATTEMPTS {
            let lost: Vec<usize> =
                (0..outcomes.len().min(rows.len())).filter(|row| outcomes[*row].is_lost()).collect();
            if lost.is_empty() {
                break;
            }
            tokio::time::sleep(LOST_ROW_PAUSE).await;
            let again: Vec<_> = lost.iter().map(|row| &rows[*row]).collect();
            let again = self.import_once(&json!({ "rows": again })).await?;
            for (row, outcome) in lost.into_iter().zip(again) {
                outcomes[row] = RowOutcome { row, ..outcome };
            }
        }
        Ok(outcomes)
    }

    async fn import_once(&self, body: &Value) -> Result<Vec<RowOutcome>, CallError> {
        #[derive(Deserialize)]
        struct Outcomes {
            rows: Vec<RowOutcome>,
        }
        let answer: Outcomes = read(self.call(Method::POST, "/event/import", Some(body)).await?).await?;
        Ok(answer.rows)
    }

    /// Brings in a venue. True when it is new. Safe to repeat.
    pub(crate) async fn venue(&self, venue: &Venue) -> Result<bool, CallError> {
        let body = json!(venue);
        Ok(self.call(Method::POST, "/venue", Some(&body)).await?.status() == StatusCode::CREATED)
    }

    /// The organizer's rooms.
    pub(crate) async fn rooms(&self) -> Result<Vec<RoomView>, CallError> {
        #[derive(Deserialize)]
        struct Rooms {
            rooms: Vec<RoomView>,
        }
        read(self.call(Method::GET, "/room", None).await?).await.map(|rooms: Rooms| rooms.rooms)
    }

    /// Makes a room.
    pub(crate) async fn create_room(&self, room: &Room) -> Result<RoomView, CallError> {
        let body = json!(room);
        read(self.call(Method::POST, "/room", Some(&body)).await?).await
    }

    async fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, CallError> {
        let url = format!("{}{path}", self.gate);
        let mut renewed = false;
        loop {
            let token = self.token.read().await.clone();
            let ask = || {
                let request = self.http.request(method.clone(), &url).bearer_auth(&token);
                match body {
                    Some(body) => request.json(body),
                    None => request,
                }
            };
            match self.repeat(ATTEMPTS, ask).await {
                // A session ends while a million events come in.
                Err(CallError::Refused { status: StatusCode::UNAUTHORIZED, .. }) if !renewed => {
                    renewed = true;
                    self.renew(ATTEMPTS)
                        .await
                        .map_err(|error| CallError::Away { attempts: 1, last: format!("{error:#}") })?;
                }
                answer => return answer,
            }
        }
    }

    /// Asks until the system takes it. Everything asked here is safe to repeat, so a lost answer is repeated too.
    async fn repeat(
        &self,
        attempts: u32,
        ask: impl Fn() -> reqwest::RequestBuilder,
    ) -> Result<Response, CallError> {
        let mut last = String::new();
        for attempt in 0..attempts {
            let mut pause = Duration::from_millis(100).saturating_mul(1 << attempt.min(8));
            match ask().send().await {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) if is_passing(answer.status()) => {
                    pause = pause.max(retry_after(&answer));
                    last = answer.status().to_string();
                }
                Ok(answer) => {
                    let status = answer.status();
                    let problem = answer.json().await.unwrap_or(Value::Null);
                    return Err(CallError::Refused { status, problem });
                }
                Err(error) => last = format!("{:#}", anyhow::Error::new(error)),
            }
            tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
        }
        Err(CallError::Away { attempts, last })
    }
}

fn is_passing(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn retry_after(answer: &Response) -> Duration {
    let seconds =
        answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

async fn read<T: DeserializeOwned>(answer: Response) -> Result<T, CallError> {
    answer.json().await.map_err(CallError::Unreadable)
}

/// A problem in one line: its title, and what helps to mend it.
pub(crate) fn reason(problem: &Value) -> String {
    let text = |name: &str| problem.get(name).and_then(Value::as_str);
    match (text("title"), text("detail")) {
        (Some(title), Some(detail)) => format!("{title} {detail}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "refused without a reason".to_owned(),
    }
}

/// Where the gate is and who asks, for the commands that bring events in.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct OrganizerArgs {
    /// The gate's base URL. Without it, that of the system that `cargo xtask up` runs.
    #[arg(long)]
    gate: Option<String>,
    /// The organizer's e-mail address.
    #[arg(long, requires = "password_file")]
    email: Option<String>,
    /// A file with the organizer's password.
    #[arg(long, requires = "email")]
    password_file: Option<PathBuf>,
}

impl OrganizerArgs {
    /// Signs in as the arguments say; what they leave out is that of the system that runs here.
    ///
    /// # Errors
    ///
    /// When nothing runs, or the credentials are wrong. The message says what to do.
    pub(crate) async fn sign_in(&self) -> anyhow::Result<Organizer> {
        let credentials = match (&self.email, &self.password_file) {
            (Some(email), Some(file)) => {
                let password = std::fs::read_to_string(file)
                    .with_context(|| format!("cannot read the password file {}", file.display()))?;
                Credentials { email: email.clone(), password: password.trim_end().to_owned() }
            }
            _ => running()?.organizer,
        };
        let gate = match &self.gate {
            Some(gate) => gate.clone(),
            None => running()?.gate,
        };
        Organizer::sign_in(&gate, credentials).await
    }
}

fn running() -> anyhow::Result<Endpoints> {
    Endpoints::running().context("--gate, --email and --password-file name another system")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_told_in_one_line() {
        let problem = json!({"title": "The body is not what this call takes.", "detail": "tiers: is empty"});
        assert_eq!(reason(&problem), "The body is not what this call takes. tiers: is empty");
        assert_eq!(reason(&Value::Null), "refused without a reason");
    }
}
