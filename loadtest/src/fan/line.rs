//! The line: a place, the wait, the claim.

use std::{sync::atomic::Ordering, time::Duration};

use contracts::{
    frame::{Frame, PlaceView, VERSION},
    proof,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    FanError, LiveSpan, Step, Walk,
    socket::{Heard, Socket},
};

/// How often a fan who was called asks for the pass when told that it is not the turn yet.
const CLAIM_TRIES: u32 = 20;
/// How long a socket may be silent before the fan takes a new one.
const SILENCE: Duration = Duration::from_mins(1);

/// How many challenges a fan answers for one place.
const SUMS: u32 = 3;

/// A refusal that asks for a proof.
#[derive(Deserialize)]
struct Asked {
    challenge: String,
    difficulty: u8,
}

#[derive(Deserialize)]
struct Place {
    number: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admission {
    admission_token: String,
}

impl Walk {
    /// Takes a place in line; does the sum for it where the room asks for one.
    pub(super) async fn join(&mut self, due: Instant) -> Result<(), FanError> {
        let path = format!("/queue/{}/place", self.fan.stage.room);
        let (mut body, mut sums) = (json!({}), 0);
        let place: Place = loop {
            let answer = self.fan.visitor.call(Method::POST, &path, Some(&body)).await?;
            match answer.read::<Asked>(&[403]) {
                Ok(asked) if sums < SUMS => body = json!({ "proof": sum(asked).await? }),
                _ => break answer.read(&[200, 201])?,
            }
            sums += 1;
        };
        if let Some(before) = self.number.filter(|before| *before != place.number) {
            return Err(FanError::Wrong(format!("the place {before} became {}", place.number)));
        }
        if self.number.replace(place.number).is_none() {
            self.lap(Step::Join, due);
            self.fan.tally.joined.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Waits for the call. `false` when nobody is called any more.
    pub(super) async fn wait(&mut self) -> Result<bool, FanError> {
        self.at = Step::Wait;
        let began = Instant::now();
        loop {
            let path = format!("/queue/{}/live", self.fan.stage.room);
            let end = match Socket::open(&self.fan.visitor, &path).await {
                Ok(mut socket) => self.listen(&mut socket).await?,
                Err(_) => End::Broken { pause: Duration::from_millis(500) },
            };
            match end {
                End::Called => {
                    self.lap(Step::Wait, began);
                    self.fan.tally.called.fetch_add(1, Ordering::Relaxed);
                    return Ok(true);
                }
                End::Ended => return Ok(false),
                End::Broken { pause } => {
                    self.fan.visitor.turned_away += 1;
                    sleep(pause).await;
                }
                // The place must come back by the visitor's cookie alone, with its number.
                End::NoPlace => self.join(began).await?,
            }
        }
    }

    /// Listens until the turn comes or the socket ends.
    async fn listen(&mut self, socket: &mut Socket) -> Result<End, FanError> {
        let (mut live, mut before): (Option<LiveSpan>, Option<Frame>) = (None, None);
        let end = loop {
            let heard = tokio::time::timeout(SILENCE, socket.next()).await;
            let frame = match heard {
                Ok(Heard::Frame(frame)) => frame,
                Ok(Heard::Unreadable(text)) => {
                    return Err(FanError::Wrong(format!("a frame cannot be read: {text}")));
                }
                Ok(Heard::Closed { code: 4404, .. }) => break End::NoPlace,
                Ok(Heard::Closed { pause, .. }) => break End::Broken { pause },
                Err(_) => break End::Broken { pause: Duration::ZERO },
            };
            self.frames += 1;
            let now = self.now();
            if let (None, Some(number)) = (&live, self.number) {
                live = Some(LiveSpan { number, from: now, to: now });
            }
            if let Some(why) = wrong(before.as_ref(), &frame, self.number) {
                self.wrong_frames.push(why);
            }
            match frame.place {
                PlaceView::Called { .. } | PlaceView::Active { .. } => break End::Called,
                // Tickets may come back, but this fan has heard enough and goes.
                PlaceView::Ended { .. } | PlaceView::Free { .. } | PlaceView::SoldOut { .. } => {
                    break End::Ended;
                }
                PlaceView::Unknown => break End::NoPlace,
                PlaceView::Waiting { .. }
                | PlaceView::Paused { .. }
                | PlaceView::Lobby { .. }
                | PlaceView::Drawing { .. } => {}
            }
            before = Some(frame);
        };
        let now = self.now();
        self.live.extend(live.map(|span| LiveSpan { to: now, ..span }));
        Ok(end)
    }

    /// Claims the pass and goes in.
    pub(super) async fn claim(&mut self) -> Result<(), FanError> {
        self.at = Step::Claim;
        let began = Instant::now();
        let room = self.fan.stage.room;
        let mut tries = 1;
        let admission: Admission = loop {
            let path = format!("/queue/{room}/pass");
            let answer = self.fan.visitor.call(Method::POST, &path, Some(&json!({}))).await?;
            if answer.problem().as_deref() != Some("not-called") || tries == CLAIM_TRIES {
                break answer.read(&[200, 201])?;
            }
            tries += 1;
            sleep(Duration::from_millis(100)).await;
        };
        let path = format!("/queue/{room}/session");
        let body = json!({"admissionToken": admission.admission_token});
        let answer = self.fan.visitor.call(Method::POST, &path, Some(&body)).await?;
        if answer.status.as_u16() != 200 {
            return Err(answer.unexpected().into());
        }
        self.lap(Step::Claim, began);
        Ok(())
    }
}

/// Answers a challenge, on a thread on which it delays no other fan's steps.
async fn sum(Asked { challenge, difficulty }: Asked) -> Result<String, FanError> {
    if difficulty > proof::HARDEST {
        return Err(FanError::Wrong(format!("a proof of {difficulty} bits is asked for")));
    }
    let solved = tokio::task::spawn_blocking(move || proof::solve(&challenge, difficulty));
    solved.await.map_err(|error| FanError::Wrong(error.to_string()))
}

/// How listening ended.
enum End {
    Called,
    Ended,
    Broken { pause: Duration },
    NoPlace,
}

/// What is wrong with `frame` after the frame `before` on the same socket, for the place `number`.
fn wrong(before: Option<&Frame>, frame: &Frame, number: Option<u64>) -> Option<String> {
    if frame.v != VERSION {
        return Some(format!("a frame of version {}", frame.v));
    }
    let view = |place: &PlaceView| match place {
        PlaceView::Waiting { number, ahead, reason, .. } => Some((number.raw(), *ahead, reason.is_some())),
        PlaceView::Paused { number, ahead, .. } => Some((number.raw(), *ahead, false)),
        _ => None,
    };
    let (told, ahead, has_reason) = view(&frame.place)?;
    if number.is_some_and(|number| number != told) {
        return Some(format!("the place {} was told that it is {told}", number.unwrap_or_default()));
    }
    let before = before?;
    if frame.tick < before.tick {
        return Some(format!("tick {} came after tick {}", frame.tick, before.tick));
    }
    let (_, ahead_before, _) = view(&before.place)?;
    (ahead > ahead_before && !has_reason)
        .then(|| format!("{ahead} were ahead of place {told} after {ahead_before}, without a reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(tick: u64, ahead: u64, reason: &str) -> Frame {
        let reason = if reason.is_empty() { String::new() } else { format!(r#","reason":"{reason}""#) };
        serde_json::from_str(&format!(
            r#"{{"v":1,"tick":{tick},"state":"waiting","number":9,"ahead":{ahead},"behind":0,"pace":0{reason}}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_position_that_grows_without_a_reason_is_wrong() {
        let before = waiting(4, 10, "");
        assert_eq!(wrong(None, &before, Some(9)), None);
        assert_eq!(wrong(Some(&before), &waiting(5, 10, ""), Some(9)), None);
        assert_eq!(wrong(Some(&before), &waiting(5, 12, "earlierFansReturned"), Some(9)), None);
        assert!(wrong(Some(&before), &waiting(5, 11, ""), Some(9)).unwrap().contains("without a reason"));
        assert!(wrong(Some(&before), &waiting(3, 9, ""), Some(9)).unwrap().contains("tick"));
        assert!(wrong(None, &before, Some(8)).unwrap().contains("told"));
    }
}
