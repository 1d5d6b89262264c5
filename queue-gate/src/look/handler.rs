//! `/room/{roomId}/brand`, `/room/{roomId}/logo`, and the files of looks.

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use contracts::{id::RoomId, look::ContentId};
use platform::http::{Json, Path, Problem, Query, Raw, internal, kinds};
use serde::{Deserialize, Serialize};

use super::{
    Colour, Look, known, link, logo,
    page::{FILES, Scene, Seen},
    set::{self, To},
    sheet::{Shades, Sheet},
    store::Logo,
    upload,
};
use crate::{
    embed::{self, script},
    extractors::{Asker, Organizer},
    line,
    pages::{self, version},
    problems::{BAD_PREVIEW, UNKNOWN_ROOM},
    room::{
        self,
        change::Ask,
        handler::{Asked, answer, etag, read_span},
    },
    state::Gate,
};

/// The look of a room, as JSON.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BrandView {
    /// The version of the room.
    version: i64,
    /// What the look is called; none where the room has none.
    look: Option<ContentId>,
    /// What it says.
    brand: Look,
    /// What its colour becomes on the pages.
    colours: Option<ColoursView>,
    logo: Option<LogoView>,
    /// Where the line is.
    queue: String,
    /// What a site of the organizer's own loads.
    embed: EmbedView,
}

/// What a colour becomes by day and by night.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColoursView {
    light: ShadesView,
    dark: ShadesView,
}

/// What one colour becomes.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShadesView {
    /// Of buttons.
    accent: Colour,
    /// Of the text on them.
    on: Colour,
    /// The contrast between the two, from 1 to 21; never below 4.5.
    contrast: f64,
    /// Of links: as the one of buttons, or so much darker or lighter that it can be read.
    text: Colour,
}

/// A logo.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogoView {
    /// What it is called.
    logo: ContentId,
    /// Its type.
    kind: &'static str,
    /// Its width in points.
    width: u32,
    /// Its height in points.
    height: u32,
    /// How many bytes it has.
    bytes: usize,
    /// Where it is.
    address: String,
}

/// What a site of the organizer's own loads.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EmbedView {
    /// Where the script is, in its newest version.
    script: String,
    /// Where this version of it is, which never changes.
    pinned: String,
    /// Its hash, for the attribute of this name.
    integrity: String,
}

/// A link that shows a look.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    /// Where it is seen.
    url: String,
    /// Until when.
    expires_at: DateTime<Utc>,
    /// What the look is called.
    look: ContentId,
}

impl From<Shades> for ShadesView {
    fn from(Shades { accent, on, text }: Shades) -> Self {
        let contrast = (accent.contrast(on) * 100.0).round() / 100.0;
        Self { accent, on, contrast, text }
    }
}

impl From<&Logo> for LogoView {
    fn from(it: &Logo) -> Self {
        let logo::Picture { kind, width, height } = it.picture;
        let address = format!("{FILES}/{}.{kind}", it.id);
        Self { logo: it.id, kind: kind.name(), width, height, bytes: it.bytes.len(), address }
    }
}

/// `GET /room/{roomId}/brand`: how its pages look.
///
/// # Errors
/// 404 where the room is none of the caller's, 503 while PostgreSQL is away.
pub async fn show(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(id): Path<RoomId>,
) -> Result<Response, Problem> {
    let room = room::store::get(&gate.postgres, id, organizer.id).await.map_err(|error| internal(&error))?;
    let room = room.ok_or_else(|| Problem::of(UNKNOWN_ROOM))?;
    let look = match room.policy.look {
        Some(name) => super::store::get(&gate.postgres, id, name).await.map_err(|error| internal(&error))?,
        None => None,
    };
    let dressed = known::dress(&gate, look.unwrap_or_default()).await.map_err(|error| internal(&error))?;
    let look = &*dressed.look;
    let shades = Sheet::of(look.accent, look.accent_dark).shades();
    let colours = shades.map(|[light, dark]| ColoursView { light: light.into(), dark: dark.into() });
    let base = embed::base(&gate);
    let view = BrandView {
        version: room.version,
        look: room.policy.look,
        brand: look.clone(),
        colours,
        logo: dressed.logo.as_deref().map(LogoView::from),
        queue: embed::queue(&gate, &room),
        embed: EmbedView {
            script: format!("{base}{}", script::ADDRESS),
            pinned: format!("{base}{}", script::pinned()),
            integrity: script::integrity(),
        },
    };
    Ok((etag(room.version), Json(view)).into_response())
}

/// The body of `PUT /room/{roomId}/brand`: all of a look, or the name of one that the room had.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Put {
    version: Option<i64>,
    look: Option<ContentId>,
    brand: Option<Whole>,
}

/// All of a look.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Whole {
    name: Option<String>,
    accent: Option<Colour>,
    accent_dark: Option<Colour>,
    logo: Option<ContentId>,
    link: Option<String>,
    #[serde(default)]
    languages: Vec<contracts::language::Language>,
    language: Option<contracts::language::Language>,
    #[serde(default)]
    texts: std::collections::BTreeMap<contracts::language::Language, super::Texts>,
}

impl From<Whole> for Look {
    fn from(whole: Whole) -> Self {
        let Whole { name, accent, accent_dark, logo, link, languages, language, texts } = whole;
        Self { name, accent, accent_dark, logo, link, languages, language, texts }
    }
}

/// `PUT /room/{roomId}/brand`: gives it another look.
///
/// # Errors
/// 409 or 412 where somebody changed the room in between, 422 for what is outside its bounds.
pub async fn put(
    State(gate): State<Gate>,
    Asked(ask): Asked,
    Json(asked): Json<Put>,
) -> Result<Response, Problem> {
    let to = match (asked.look, asked.brand) {
        (None, Some(whole)) => To::New(Box::new(whole.into())),
        (Some(name), None) => To::Old(name),
        _ => {
            return Err(Problem::of(kinds::INVALID_BODY).detail("exactly one of `brand` and `look`"));
        }
    };
    answer(&gate, set::set(&gate, &ask, asked.version, to).await?).await
}

/// A question of an organizer's that changes no room.
fn ask(organizer: &Organizer, room: RoomId) -> Ask {
    Ask { room, acting: Some(organizer.acting()), versions: None, is_preview: false }
}

/// `POST /room/{roomId}/logo`: sends a logo, as it is.
///
/// # Errors
/// 404 where the room is none of the caller's, 422 for what is no logo.
pub async fn send_logo(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<Response, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let sent = upload::upload(&gate, &ask(&organizer, room), media, &bytes).await?;
    Ok((StatusCode::CREATED, Json(LogoView::from(&sent))).into_response())
}

/// The body of `POST /room/{roomId}/brand/preview`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AskLink {
    brand: Option<Whole>,
    lasts: Option<String>,
}

/// `POST /room/{roomId}/brand/preview`: a link by which a look is seen before fans see it.
///
/// # Errors
/// 404 where the room is none of the caller's, 422 for what is outside its bounds.
pub async fn make_link(
    State(gate): State<Gate>,
    organizer: Organizer,
    Path(room): Path<RoomId>,
    Json(asked): Json<AskLink>,
) -> Result<Response, Problem> {
    let lasts = asked.lasts.as_deref().map(|text| read_span("lasts", text)).transpose()?;
    let lasts = lasts.unwrap_or(TimeDelta::days(1));
    let made = link::link(&gate, &ask(&organizer, room), asked.brand.map(Look::from), lasts).await?;
    let url = format!("{}/room/{room}/brand/preview?token={}", embed::base(&gate), made.token);
    Ok((StatusCode::CREATED, Json(LinkView { url, expires_at: made.until, look: made.look })).into_response())
}

/// The query of a link.
#[derive(Debug, Deserialize)]
pub struct InLink {
    #[serde(default)]
    token: String,
    state: Option<String>,
}

/// What a page may do that is only looked at: nothing. Its forms lead nowhere and no script runs, so no place comes of it.
const SEEN_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// `GET /room/{roomId}/brand/preview`: the pages of a room in the look of a link, for whoever has it.
pub async fn see(
    State(gate): State<Gate>,
    asker: Asker,
    Path(id): Path<RoomId>,
    Query(asked): Query<InLink>,
) -> Response {
    let Some(room) = gate.rooms.get(id) else {
        return pages::handler::problem(asker.language, &line::handler::unknown(&gate));
    };
    let look = match link::shown(&gate, &room, &asked.token).await {
        Ok(Some(look)) => look,
        Ok(None) => return hidden(pages::handler::problem(asker.language, &Problem::of(BAD_PREVIEW))),
        Err(error) => return pages::handler::problem(asker.language, &internal(&error)),
    };
    let dressed = match known::dress(&gate, look).await {
        Ok(dressed) => dressed,
        Err(error) => return pages::handler::problem(asker.language, &internal(&error)),
    };
    let scene = asked.state.as_deref().and_then(Scene::named).unwrap_or_default();
    let path = format!("/room/{id}/brand/preview");
    let seen = Seen { path: &path, token: &asked.token, scene };
    let mut response = pages::queue::handler::seen(&gate, &asker, &room, &dressed, &seen);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, SEEN_POLICY);
    hidden(response)
}

/// Nobody indexes it, and no site that it leads to hears of the link.
fn hidden(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// What a picture may do that is opened by itself: nothing, whatever else its bytes might be taken for.
const PICTURE_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `GET /assets/gate/look/{file}`: the stylesheet of two colours, or a logo. Neither ever changes.
///
/// # Errors
/// 404 where there is none.
pub async fn file(
    State(gate): State<Gate>,
    Path(file): Path<String>,
    Query(InFile { v }): Query<InFile>,
) -> Result<Response, Problem> {
    const FOR_EVER: &str = "public, max-age=31536000, immutable";
    if let Some(sheet) = Sheet::named(&file) {
        let text = sheet.text();
        let keep = if v.as_deref() == Some(version(&text).as_str()) { FOR_EVER } else { "no-cache" };
        let fields = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, keep)];
        return Ok((fields, text).into_response());
    }
    let (name, kind) = file.split_once('.').unwrap_or_default();
    let found = match name.parse() {
        Ok(name) => known::find_logo(&gate, name).await.map_err(|error| internal(&error))?,
        Err(_) => None,
    };
    let logo =
        found.filter(|logo| logo.picture.kind.name() == kind).ok_or_else(|| Problem::of(kinds::NOT_FOUND))?;
    let fields = [
        (header::CONTENT_TYPE, HeaderValue::from_static(logo.picture.kind.media())),
        (header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER)),
        (header::CONTENT_SECURITY_POLICY, PICTURE_POLICY),
    ];
    Ok((fields, logo.bytes.clone()).into_response())
}

/// The query of a file.
#[derive(Debug, Deserialize)]
pub struct InFile {
    v: Option<String>,
}
