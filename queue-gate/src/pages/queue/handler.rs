//! `/queue/{roomId}` and the buttons on it; and the same pages in a look that no fan sees yet.

use std::sync::LazyLock;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::{
    frame::{Frame, PlaceView, VERSION},
    id::{RoomId, VisitorId},
    lobby,
};
use platform::http::{Path, Problem, Raw};
use ring::digest::{SHA256, digest};

use super::{GUARD, Mail, Shown};
use crate::{
    draw::{self, enter::Entered},
    extractors::Asker,
    line::{
        self,
        take::{Shown as Claims, TakeError},
    },
    live,
    look::{
        known::Dressed,
        page::{Scene, Seen},
    },
    pages::{
        entry,
        handler::{POLICY, field, page, problem},
        words,
    },
    pass::{self, verify::CONFIRM_WITHIN},
    problems::{LOBBY_CLOSED, TOKEN_USED},
    room::{Room, RoomState},
    shield::judge::{self, NoPlaceYet},
    site::back,
    state::Gate,
};

/// The same, and the one script that the queue page has in itself, by its hash: no other text runs.
static QUEUE_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, GUARD.as_bytes()));
    let policy = POLICY;
    let policy = String::from_utf8_lossy(policy.as_bytes());
    let policy = policy.replace("script-src 'self'", &format!("script-src 'self' 'sha256-{hash}'"));
    HeaderValue::from_str(&policy).unwrap_or(POLICY)
});

/// `GET /queue/{roomId}`: the queue page. Opening it takes a place, so that the first HTML says where one stands. Where a
/// proof is asked for the page finds one, or, without scripts, comes back with the challenge after the wait. `?back=` says
/// where it leads at a site that is not ours.
pub async fn queue(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    // A proof is made of characters that no address writes otherwise.
    let proof = query.split('&').find_map(|part| part.strip_prefix("proof="));
    match gate.rooms.get(room) {
        Some(room) => {
            let back = back_in(query.as_bytes());
            let mail = query.split('&').find_map(|part| part.strip_prefix("mail=")).and_then(Mail::named);
            show_line(&gate, &asker, &room, Said { back: back.as_deref(), proof, mail, ..Said::default() })
                .await
        }
        None => problem(asker.language, &line::handler::unknown(&gate)),
    }
}

/// What a form or a query says of the way back.
fn back_in(form: &[u8]) -> Option<String> {
    field(form, "back")
}

/// Where one goes who is through the line of `room`: to its event, or back to what they `asked` the site for.
fn inside(room: &Room, asked: Option<&str>) -> String {
    match &room.policy.site {
        Some(site) => back::back(site, asked).to_owned(),
        None => format!("/e/{}", room.event),
    }
}

/// What a fan said when they asked for the queue page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Said<'a> {
    /// Where they go when they are through.
    pub back: Option<&'a str>,
    /// Why the last thing that they did was refused.
    pub refused: Option<&'a Problem>,
    /// A proof for a place.
    pub proof: Option<&'a str>,
    /// What they asked about mails.
    pub mail: Option<Mail>,
}

/// The queue page of `room`, as `asker` sees it.
pub async fn show_line(gate: &Gate, asker: &Asker, room: &Room, said: Said<'_>) -> Response {
    let Said { back, refused, proof, mail } = said;
    let inside = inside(room, back);
    if room.lets_all_through() {
        return Redirect::to(&inside).into_response();
    }
    if room.waits_for_lobby() {
        return problem(asker.language, &Problem::of(LOBBY_CLOSED).retry_after(30));
    }
    let may_join = if room.state.takes_places() {
        judge::may_join(gate, room, asker.who(), proof, None).await
    } else {
        Ok(())
    };
    let given = match may_join {
        Ok(()) => None,
        Err(NoPlaceYet::Proof { given, .. }) => Some(given),
        Err(refusal) => return problem(asker.language, &refusal.into()),
    };
    let stood = if given.is_none() {
        stand(gate, asker, room).await
    } else {
        let (v, place, message) = (VERSION, PlaceView::Unknown, room.message.clone());
        Ok((Frame { v, tick: 0, place, message, tiers: None }, String::new()))
    };
    let (frame, token) = match stood {
        Ok(stood) => stood,
        // The room asks for something first: there is a form for it.
        Err(error @ (TakeError::SignIn | TakeError::WrongAccount | TakeError::CodeRequired)) => {
            return entry::handler::refused(gate, asker, room, &error.into(), None);
        }
        Err(error) => return problem(asker.language, &error.into()),
    };
    let look = &gate.brands.of(room);
    let language = look.look.language_for(&asker.wishes);
    let words = refused.map(|refused| words::title(language, refused.kind()));
    let status = refused.map_or(StatusCode::OK, Problem::status);
    let shown = Shown {
        token: &token,
        back: room.policy.site.as_ref().map(|_| inside.as_str()),
        problem: words.as_deref(),
        given: given.as_ref(),
        mail,
        is_signed_in: asker.session.as_ref().is_some_and(|session| !session.guest),
        ..Shown::bare(room, look, &frame, gate.clock.now(), &inside, language)
    };
    queue_page(status, &shown)
}

/// The queue page, with the policy that lets its guard run.
fn queue_page(status: StatusCode, shown: &Shown<'_>) -> Response {
    let mut response = page(shown.language, status, super::page(shown));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, QUEUE_POLICY.clone());
    response
}

/// The pages of `room` in a look that need not be its own, in a scene that need not be. It asks no line.
pub fn seen(gate: &Gate, asker: &Asker, room: &Room, look: &Dressed, seen: &Seen<'_>) -> Response {
    let language = look.look.language_for(&asker.wishes);
    if seen.scene == Scene::Entry {
        let (seen, members) = (Some(seen), None);
        let shown =
            entry::Shown { room, look, seen, language, problem: None, party: None, link: None, members };
        return page(language, StatusCode::OK, entry::page(&shown));
    }
    let now = gate.clock.now();
    let frame = seen.scene.frame(room, now);
    let inside = inside(room, None);
    let back = room.policy.site.as_ref().map(|_| inside.as_str());
    let bare = Shown::bare(room, look, &frame, now, &inside, language);
    let shown = Shown { seen: Some(seen), back, ..bare };
    page(language, StatusCode::OK, super::page(&shown))
}

/// Takes a place where the room gives any, and says where it stands; with the place, signed.
async fn stand(gate: &Gate, asker: &Asker, room: &Room) -> Result<(Frame, String), TakeError> {
    let over = |why: &str| {
        let place = PlaceView::Ended { why: why.to_owned() };
        Frame { v: VERSION, tick: 0, place, message: room.message.clone(), tiers: None }
    };
    if room.state == RoomState::Closed {
        return Ok((over("This waiting room is closed."), String::new()));
    }
    if room.state.takes_places() && room.policy.order.draw().is_some() {
        let claim = line::take::admit(gate, room, asker, None).await?;
        let entered = draw::enter::enter(gate, room.id, asker.visitor, None, claim).await?;
        if matches!(entered, Entered::Lobby { again: false, .. }) {
            judge::joined(gate, room, asker.who());
        }
        if let Some(frame) = draw::stand::frame(room, entered) {
            let token = match entered {
                Entered::Lobby { lane, is_shared: false, .. } => {
                    lobby::sign(room.id, asker.visitor, lane, &gate.keys.secret)
                }
                _ => String::new(),
            };
            return Ok((frame, token));
        }
    }
    let token = if room.state.takes_places() {
        line::take::take(gate, room, asker, Claims::default()).await?.token
    } else {
        String::new()
    };
    let ask = async || line::store::stand(&gate.redis, room.id, gate.room_clock.now(), asker.visitor).await;
    let Some(standing) = line::with_recovery(gate, room.id, ask).await? else {
        let why = if room.state == RoomState::Drained {
            "Everything is sold."
        } else {
            "Nobody is let in at the moment."
        };
        return Ok((over(room.why().unwrap_or(why)), token));
    };
    Ok((live::first_frame(gate, room, standing.tick, live::facts(standing)), token))
}

/// `POST /queue/{roomId}/enter`: the page's button, for browsers without scripts too: claims the turn, exchanges it, and
/// goes in. Pressed again it goes in again.
pub async fn enter(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Raw(form): Raw,
) -> Response {
    let Some(room) = gate.rooms.get(room) else {
        return problem(asker.language, &line::handler::unknown(&gate));
    };
    let back = back_in(&form);
    let inside = Redirect::to(&inside(&room, back.as_deref()));
    if room.lets_all_through() {
        return inside.into_response();
    }
    match let_in(&gate, asker.visitor, &room).await {
        Ok(cookie) => (AppendHeaders([(header::SET_COOKIE, cookie)]), inside).into_response(),
        Err(refused) if refused.kind() == TOKEN_USED => inside.into_response(),
        Err(refused) => {
            let said = Said { back: back.as_deref(), refused: Some(&refused), ..Said::default() };
            show_line(&gate, &asker, &room, said).await
        }
    }
}

/// The cookie with the pass of the called `visitor`.
async fn let_in(gate: &Gate, visitor: VisitorId, room: &Room) -> Result<HeaderValue, Problem> {
    let admission = pass::claim::claim(gate, room.id, visitor).await?;
    let (pass, token) = pass::exchange::exchange(gate, room, visitor, &admission.token).await?;
    let lasts = (pass.exp + CONFIRM_WITHIN - gate.clock.now()).num_seconds().max(0);
    pass::handler::cookie(room.event, &token, lasts)
}

/// `POST /queue/{roomId}/leave`: leaves the line, for browsers without scripts too.
pub async fn leave(State(gate): State<Gate>, asker: Asker, room: Path<RoomId>) -> Response {
    let (left, language, wishes) = (gate.rooms.get(room.0), asker.language, asker.wishes.clone());
    match (line::handler::leave(State(gate.clone()), asker, room).await, left) {
        (Err(error), _) => problem(language, &error),
        // All of a site may be guarded: to go anywhere there would be to take a place again.
        (Ok(_), Some(room)) if room.policy.site.is_some() => {
            let place = PlaceView::Ended { why: "You have left the line.".to_owned() };
            let frame = Frame { v: VERSION, tick: 0, place, message: None, tiers: None };
            let (inside, now) = (inside(&room, None), gate.clock.now());
            let look = &gate.brands.of(&room);
            let language = look.look.language_for(&wishes);
            let bare = Shown::bare(&room, look, &frame, now, &inside, language);
            queue_page(StatusCode::OK, &Shown { back: Some(&inside), ..bare })
        }
        (Ok(_), _) => Redirect::to("/").into_response(),
    }
}
