//! `/queue/{roomId}/mail`: ask for mails, as JSON and as the form of the queue page, and ask for none.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use contracts::id::RoomId;
use platform::http::{Json, Path, Problem, Raw, internal};
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::{
    ask::{self, AskError},
    forget,
};
use crate::{
    extractors::Asker,
    line::handler::unknown,
    pages::{
        handler::{field, problem},
        queue::{
            Mail,
            handler::{Said, show_line},
        },
    },
    problems::{NO_ADDRESS, NO_PLACE, NOT_WAITING, TOO_MANY_TRIES},
    state::Gate,
};

/// The body of `PUT /queue/{roomId}/mail`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Where the mails go; not looked at where somebody is signed in: then they go to the account.
    email: Option<String>,
}

/// What will be mailed.
#[derive(Debug, Serialize)]
pub struct MailView {
    /// Whether there will be a mail before the turn: not where it is near already, or was said to be.
    near: bool,
}

/// `PUT /queue/{roomId}/mail`: mails when the turn is near, and when it comes.
///
/// # Errors
/// 404 without a place, 409 for one that waits no longer, 422 for what is no address, 429 for too many.
pub async fn put(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
    Json(asked): Json<Ask>,
) -> Result<Json<MailView>, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    let near = ask::ask(&gate, &room, &asker, asked.email.as_deref(), asker.language).await?;
    Ok(Json(MailView { near }))
}

/// `DELETE /queue/{roomId}/mail`: no mails, and the address is forgotten. Twice is no error.
///
/// # Errors
/// 404 for an unknown room, 503 while the store is away.
pub async fn delete(
    State(gate): State<Gate>,
    asker: Asker,
    Path(room): Path<RoomId>,
) -> Result<StatusCode, Problem> {
    let room = gate.rooms.get(room).ok_or_else(|| unknown(&gate))?;
    forget::withdraw(&gate, room.id, asker.visitor).await.map_err(|error| internal(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST /queue/{roomId}/mail`: the form of the page; with `stop` it asks for no mails.
pub async fn form(
    State(gate): State<Gate>,
    asker: Asker,
    Path(id): Path<RoomId>,
    Raw(body): Raw,
) -> Response {
    let Some(room) = gate.rooms.get(id) else { return problem(asker.language, &unknown(&gate)) };
    let field = |name: &str| field(&body, name);
    let back = field("back");
    let done = if field("stop").is_some() {
        let withdrawn = forget::withdraw(&gate, id, asker.visitor).await;
        withdrawn.map(|()| Mail::Ask).map_err(|error| internal(&error))
    } else {
        let asked = ask::ask(&gate, &room, &asker, field("email").as_deref(), asker.language).await;
        asked.map(|near| if near { Mail::Both } else { Mail::One }).map_err(Problem::from)
    };
    match done {
        Ok(mail) => {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("mail", mail.name()).extend_pairs(back.map(|back| ("back", back)));
            Redirect::to(&format!("/queue/{id}?{}", query.finish())).into_response()
        }
        Err(refused) => {
            let said = Said {
                back: back.as_deref(),
                refused: Some(&refused),
                mail: Some(Mail::Ask),
                ..Said::default()
            };
            show_line(&gate, &asker, &room, said).await
        }
    }
}

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoAddress => Self::of(NO_ADDRESS),
            AskError::NoPlace => Self::of(NO_PLACE),
            AskError::NotWaiting => Self::of(NOT_WAITING),
            AskError::Slowed(seconds) => Self::of(TOO_MANY_TRIES).retry_after(seconds),
            AskError::Line(error) => error.into(),
        }
    }
}
