//! `/queue/{roomId}`, `/docs`, `/assets/gate/…`, and how a page is answered.

use std::sync::LazyLock;

use axum::{
    Router,
    extract::{RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::{Next, from_fn},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use contracts::{
    frame::{Frame, PlaceView, VERSION},
    id::{RoomId, VisitorId},
    language::Language,
    lobby,
};
use minijinja::context;
use platform::http::{Path, Problem, Raw, kinds};
use ring::digest::{SHA256, digest};
use tower_http::compression::CompressionLayer;

use super::{
    Asset, console, entry,
    queue::{self, Mail, Shown},
    reference, render, web, words,
};
use crate::{
    draw::{self, enter::Entered},
    extractors::{Asker, choice},
    line::{
        self,
        take::{Shown as Claims, TakeError},
    },
    live, mail,
    pass::{self, verify::CONFIRM_WITHIN},
    problems::{LOBBY_CLOSED, TOKEN_USED},
    room::{Room, RoomState},
    shield::judge::{self, NoPlaceYet},
    site::back,
    state::Gate,
};

/// The paths of the pages.
pub fn routes() -> Router<Gate> {
    Router::new()
        .route("/assets/gate/{file}", get(asset))
        .route("/queue/{room}", get(queue))
        .route("/queue/{room}/enter", post(enter))
        .route("/queue/{room}/entry", get(entry::handler::show))
        .route("/queue/{room}/join", post(entry::handler::join))
        .route("/queue/{room}/leave", post(leave))
        .route(
            "/queue/{room}/mail",
            post(mail::handler::form).put(mail::handler::put).delete(mail::handler::delete),
        )
        .route("/console", get(console::page))
        .route("/console/room/{room}", get(console::room))
        .route("/console/event/{event}", get(console::event))
        .route("/console/edit", get(console::page))
        .route("/console/edit/{event}", get(console::event))
        .route("/console/plan/{event}", get(console::event))
        .route("/console/venues", get(console::page))
        .route("/console/webhooks", get(console::page))
        .route("/console/team", get(console::page))
        .route("/console/audit", get(console::page))
        .route("/console/demo", get(console::page))
        .route("/openapi.json", get(reference::handler::document))
        .route("/docs", get(reference::handler::page))
        .route("/problems/{kind}", get(reference::handler::problem))
        .layer(from_fn(keep_language))
        .layer(CompressionLayer::new())
        // Packed already.
        .route("/assets/web/{file}", get(web::file))
}

/// Keeps the language that somebody chose with `?lang=`.
async fn keep_language(request: Request, next: Next) -> Response {
    let chosen = choice(request.uri().query(), request.headers()).cookie();
    let mut response = next.run(request).await;
    if let Some(cookie) = chosen.and_then(|cookie| HeaderValue::from_str(&cookie).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// Nothing inline and nothing foreign: a text that slipped through the escaping could still not run.
pub const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
);

/// The same, and the one script that the queue page has in itself, by its hash: no other text runs.
static QUEUE_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(digest(&SHA256, queue::GUARD.as_bytes()));
    let policy = POLICY;
    let policy = String::from_utf8_lossy(policy.as_bytes());
    let policy = policy.replace("script-src 'self'", &format!("script-src 'self' 'sha256-{hash}'"));
    HeaderValue::from_str(&policy).unwrap_or(POLICY)
});

/// A page of ours. It is never kept: it says what is true now, and for this visitor.
pub fn page(language: Language, status: StatusCode, html: Result<String, minijinja::Error>) -> Response {
    let html = match html {
        Ok(html) => html,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.code())),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::VARY, HeaderValue::from_static(VARY)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (status, headers, html).into_response()
}

/// What the pages of the gate depend on: beside the language, many paths have an answer for programs too. That they depend on cookies
/// is said by nobody keeping them.
const VARY: &str = "accept, accept-language";

/// A problem for somebody who looks at it.
pub fn problem(language: Language, problem: &Problem) -> Response {
    let (kind, body) = (problem.kind(), problem.body());
    let values = context! {
        language => language.code(), status => kind.status.as_u16(), kind => kind.name,
        title => words::title(language, kind), detail => words::detail(language, problem),
        retry => problem.retry_after_seconds().map(|seconds| seconds.max(2)),
        queue => body["queue"].as_str(),
    };
    let mut response = page(language, kind.status, render("problem.html", values));
    if let Some(seconds) = problem.retry_after_seconds() {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response.headers_mut().extend(problem.fields().iter().cloned());
    response
}

/// `GET /queue/{roomId}`: the queue page. Opening it takes a place, so that the first HTML says where one stands. Where a
/// proof is asked for the page finds one, or, without scripts, comes back with the challenge after the wait. `?back=` says
/// where it leads at a site that is not ours.
async fn queue(
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

/// What a form or a query says under this name.
pub fn field(form: &[u8], called: &str) -> Option<String> {
    url::form_urlencoded::parse(form).find(|(name, _)| name == called).map(|(_, value)| value.into_owned())
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
    let stood = match &given {
        None => stand(gate, asker, room).await,
        Some(_) => Ok((
            Frame {
                v: VERSION,
                tick: 0,
                place: PlaceView::Unknown,
                message: room.message.clone(),
                tiers: None,
            },
            String::new(),
        )),
    };
    let (frame, token) = match stood {
        Ok(stood) => stood,
        // The room asks for something first: there is a form for it.
        Err(error @ (TakeError::SignIn | TakeError::WrongAccount | TakeError::CodeRequired)) => {
            return entry::handler::refused(asker.language, room, &error.into(), None);
        }
        Err(error) => return problem(asker.language, &error.into()),
    };
    let language = asker.language;
    let words = refused.map(|refused| words::title(language, refused.kind()));
    let status = refused.map_or(StatusCode::OK, Problem::status);
    let (now, given) = (gate.clock.now(), given.as_ref());
    let back = room.policy.site.as_ref().map(|_| inside.as_str());
    let shown = Shown {
        room,
        frame: &frame,
        token: &token,
        now,
        inside: &inside,
        back,
        problem: words.as_deref(),
        given,
        mail,
        language,
        is_signed_in: asker.session.as_ref().is_some_and(|session| !session.guest),
    };
    queue_page(status, &shown)
}

/// The queue page, with the policy that lets its guard run.
fn queue_page(status: StatusCode, shown: &Shown<'_>) -> Response {
    let mut response = page(shown.language, status, queue::page(shown));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, QUEUE_POLICY.clone());
    response
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
async fn enter(State(gate): State<Gate>, asker: Asker, Path(room): Path<RoomId>, Raw(form): Raw) -> Response {
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
async fn leave(State(gate): State<Gate>, asker: Asker, room: Path<RoomId>) -> Response {
    let (left, language) = (gate.rooms.get(room.0), asker.language);
    match (line::handler::leave(State(gate.clone()), asker, room).await, left) {
        (Err(error), _) => problem(language, &error),
        // All of a site may be guarded: to go anywhere there would be to take a place again.
        (Ok(_), Some(room)) if room.policy.site.is_some() => {
            let place = PlaceView::Ended { why: "You have left the line.".to_owned() };
            let frame = Frame { v: VERSION, tick: 0, place, message: None, tiers: None };
            let (inside, now) = (inside(&room, None), gate.clock.now());
            let back = Some(inside.as_str());
            let shown = Shown {
                room: &room,
                frame: &frame,
                token: "",
                now,
                inside: &inside,
                back,
                problem: None,
                given: None,
                mail: None,
                language,
                is_signed_in: false,
            };
            queue_page(StatusCode::OK, &shown)
        }
        (Ok(_), _) => Redirect::to("/").into_response(),
    }
}

/// `GET /assets/gate/{file}`. A browser may keep the version that a page named; without one it asks each time.
async fn asset(Path(file): Path<String>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let Some(asset) = Asset::find(&file) else { return Problem::of(kinds::NOT_FOUND).into_response() };
    let version = asset.version();
    let named = query.as_deref().and_then(|query| query.strip_prefix("v=")) == Some(version.as_str());
    let tag = format!("\"{version}\"");
    let keep = if named { "public, max-age=31536000, immutable" } else { "no-cache" };
    let has_it = headers.get(header::IF_NONE_MATCH).is_some_and(|have| have.as_bytes() == tag.as_bytes());
    let fields = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, keep.to_owned()),
        (header::CONTENT_TYPE, asset.kind.to_owned()),
    ];
    if has_it {
        return (StatusCode::NOT_MODIFIED, fields).into_response();
    }
    (fields, asset.text.as_str()).into_response()
}
