//! The page beside the queue page: an access code, signing in, friends. It works without scripts.

pub mod handler;

use minijinja::{Value, context};

use super::render;
use crate::room::Room;

/// What the page shows.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The room.
    pub room: &'a Room,
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
    context! {
        name => shown.room.name.as_str(),
        room => shown.room.id.to_string(),
        problem => shown.problem,
        code => entry.code,
        account => entry.account.is_some(),
        party => shown.party,
        link => shown.link,
        members => shown.members.map(|(members, _)| members),
        limit => shown.members.map(|(_, limit)| limit),
    }
}
