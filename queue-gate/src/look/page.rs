//! A look on the pages: what templates are told of it, and the pages as they are seen before fans see them.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    frame::{Chance, Frame, PlaceView, VERSION, Wait},
    language::Language,
    place::PlaceNumber,
};
use minijinja::{Value, context, value::Serde};
use serde::Serialize;
use url::form_urlencoded;

use super::{Look, Texts, known::Dressed, sheet::Sheet};
use crate::{live::SOLD, pages::version, room::Room};

/// Where the files of looks are.
pub const FILES: &str = "/assets/gate/look";
/// How large a logo is shown at most, in points of CSS: wide and high.
const SHOWN: [u32; 2] = [224, 48];

/// Where browsers find `sheet`, in the version of this release.
pub fn address(sheet: Sheet) -> String {
    format!("{FILES}/{}?v={}", sheet.name(), version(&sheet.text()))
}

/// A text, and its language where it is another than that of the page.
#[derive(Debug, Serialize)]
struct Said<'a> {
    text: &'a str,
    lang: Option<&'static str>,
}

/// What a template is told of the look of `room`; nothing of one that says nothing, unless the page is only `seen`.
pub fn values(dressed: &Dressed, room: &Room, language: Language, seen: Option<&Seen<'_>>) -> Option<Value> {
    let look: &Look = &dressed.look;
    if look.is_none() && seen.is_none() {
        return None;
    }
    let said = |find: fn(&Texts) -> Option<&str>| {
        let (in_language, text) = look.say(language, find)?;
        let lang = (in_language != language).then(|| in_language.code());
        Some(Value::from(Serde(Said { text, lang })))
    };
    let logo = dressed.logo.as_ref().map(|logo| {
        let [width, height] = fitted([logo.picture.width, logo.picture.height]);
        let src = Value::from_safe_string(format!("{FILES}/{}.{}", logo.id, logo.picture.kind));
        context! { src, width, height }
    });
    Some(context! {
        css => Value::from_safe_string(address(Sheet::of(look.accent, look.accent_dark))),
        name => look.name.as_deref(),
        called => look.name.as_deref().unwrap_or(&room.name),
        link => look.link.as_deref(),
        logo => logo,
        welcome => said(|said| said.welcome.as_deref()),
        rules => said(|said| said.rules.as_deref()),
        help => look.say(language, |said| said.help.as_deref()).map(|(_, help)| help),
    })
}

/// A picture of these sides, made smaller where it is too large.
fn fitted([width, height]: [u32; 2]) -> [u32; 2] {
    let [most_wide, most_high] = SHOWN;
    // As wide as it may be beside the greatest height, and the other way round; 16 to 2,000 points never overflow.
    let high = height.min(most_high).min((height * most_wide).div_ceil(width));
    [(width * high).div_ceil(height).min(most_wide), high]
}

/// A page that is seen before fans see it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The path of the link.
    pub path: &'a str,
    /// The link's token.
    pub token: &'a str,
    /// What is shown.
    pub scene: Scene,
}

/// What is shown: the queue page in one of its states, or the page beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scene {
    /// In line.
    #[default]
    Waiting,
    /// In a line that is paused.
    Paused,
    /// It is one's turn.
    Called,
    /// One is inside.
    Active,
    /// In the lobby of a draw.
    Lobby,
    /// The order is drawn.
    Drawing,
    /// Everything is sold.
    SoldOut,
    /// Nobody has to wait.
    Free,
    /// It is over.
    Ended,
    /// The page beside the queue page.
    Entry,
}

impl Scene {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Paused,
        Self::Called,
        Self::Active,
        Self::Lobby,
        Self::Drawing,
        Self::SoldOut,
        Self::Free,
        Self::Ended,
        Self::Entry,
    ];

    /// As it stands in the address, which is as the frame of the state says it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Called => "called",
            Self::Active => "active",
            Self::Lobby => "lobby",
            Self::Drawing => "drawing",
            Self::SoldOut => "soldOut",
            Self::Free => "free",
            Self::Ended => "ended",
            Self::Entry => "entry",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scene| scene.name() == name)
    }

    /// What somebody in `room` would be told in it at `now`.
    pub fn frame(self, room: &Room, now: DateTime<Utc>) -> Frame {
        let (number, event) = (PlaceNumber::new(1, 1_285), room.event);
        let (ahead, behind) = (1_283, 1_406);
        let why = |own: &str| room.why().unwrap_or(own).to_owned();
        let place = match self {
            Self::Waiting | Self::Entry => PlaceView::Waiting {
                number,
                ahead,
                behind,
                lane: None,
                wait: Some(Wait { from: 600, to: 900 }),
                pace: 120,
                reason: None,
                chance: Some(Chance::Fair),
            },
            Self::Paused => PlaceView::Paused {
                number,
                ahead,
                behind,
                lane: None,
                why: why("Nobody is let in at the moment."),
            },
            Self::Called => PlaceView::Called { number, claim_by: now + room.settings.claim_window, event },
            Self::Active => PlaceView::Active { event, until: now + room.settings.session_length },
            Self::Lobby => {
                let opens_at = Some(now + TimeDelta::minutes(30));
                PlaceView::Lobby { entries: ahead, opens_at, commitment: "c0ffee".repeat(4) }
            }
            Self::Drawing => PlaceView::Drawing { entries: ahead },
            Self::SoldOut => {
                let waitlist = room.policy.waitlist.clone();
                PlaceView::SoldOut { number, ahead, behind, why: SOLD.to_owned(), waitlist }
            }
            Self::Free => PlaceView::Free { event, why: why("Nobody has to wait at the moment.") },
            Self::Ended => PlaceView::Ended { why: "This waiting room is closed.".to_owned() },
        };
        Frame { v: VERSION, tick: 0, place, message: room.message.clone(), tiers: None }
    }
}

/// A link to another scene.
#[derive(Debug, Serialize)]
struct Link {
    address: String,
    /// The key of what it is called.
    key: String,
    is_current: bool,
}

impl Seen<'_> {
    /// The query of `scene`.
    pub fn query(&self, scene: Scene) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("token", self.token).append_pair("state", scene.name()).finish()
    }

    /// Links to all scenes in `language`, for a template.
    pub fn links(&self, language: Language) -> Value {
        let link = |scene: Scene| Link {
            address: format!("{}?{}&lang={}", self.path, self.query(scene), language.code()),
            key: match scene {
                Scene::Entry => "line.more".to_owned(),
                scene => format!("live.state.{}", scene.name()),
            },
            is_current: scene == self.scene,
        };
        Value::from(Serde(Scene::ALL.map(link)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_made_smaller_and_never_larger() {
        assert_eq!(fitted([100, 40]), [100, 40]);
        assert_eq!(fitted([450, 100]), [216, 48]);
        assert_eq!(fitted([2000, 100]), [224, 12]);
        assert_eq!(fitted([16, 2000]), [1, 48]);
        assert_eq!(fitted([2000, 16]), [224, 2]);
    }
}
