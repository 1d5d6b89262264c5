//! The page beside the queue page: an access code, signing in, friends, another device. It works without scripts.

pub mod handler;

use contracts::language::Language;
use minijinja::{Value, context, value::Serde};
use url::form_urlencoded;
use words::choice;

use super::render;
use crate::{
    look::{
        known::Dressed,
        page::{self, Seen},
    },
    room::Room,
};

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The room.
    pub room: &'a Room,
    /// How its pages look.
    pub look: &'a Dressed,
    /// Whether the page is only looked at: then it takes no place and does nothing.
    pub seen: Option<&'a Seen<'a>>,
    /// In which language.
    pub language: Language,
    /// What went wrong with the last thing that the fan did, or what the room asks for.
    pub problem: Option<&'a str>,
    /// A party that the fan was sent to.
    pub party: Option<&'a str>,
    /// The link to the fan's own party, to be sent to friends.
    pub link: Option<&'a str>,
    /// How many are in it, and how many may be.
    pub members: Option<(u32, u32)>,
}

/// The page, as HTML.
///
/// # Errors
/// Never: a test renders it in every state.
pub fn page(shown: &Shown<'_>) -> Result<String, minijinja::Error> {
    render("entry.html", values(shown))
}

fn values(shown: &Shown<'_>) -> Value {
    let entry = shown.room.policy.entry;
    let party = |party| form_urlencoded::Serializer::new(String::new()).append_pair("party", party).finish();
    let (path, query) = match shown.seen {
        Some(seen) => (seen.path.to_owned(), Some(seen.query(seen.scene))),
        None => (format!("/queue/{}/entry", shown.room.id), shown.party.map(party)),
    };
    let links = choice::links_to(shown.look.look.offered(), shown.language, &path, query.as_deref());
    context! {
        language => shown.language.code(),
        languages => Value::from(Serde(links)),
        look => page::values(shown.look, shown.room, shown.language, shown.seen),
        seen => shown.seen.map(|seen| seen.links(shown.language)),
        name => shown.room.name.as_str(),
        room => shown.room.id.to_string(),
        problem => shown.problem,
        code => entry.code,
        account => entry.account.is_some(),
        party => shown.party,
        link => shown.link,
        // A link that is too long for a code is still a link.
        qr => shown.link.and_then(|link| qr::element(link).ok()).map(Value::from_safe_string),
        members => shown.members.map(|(members, _)| members),
        limit => shown.members.map(|(_, limit)| limit),
    }
}
