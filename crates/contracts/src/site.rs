//! What the gate tells the origin of a site that is not ours about a guarded request, in the header
//! [`crate::assertion::HEADER`]. It is another kind of token than the services' own: no service of ours takes it.

use chrono::{DateTime, Utc, serde::ts_seconds};
use serde::{Deserialize, Serialize};

use crate::{
    id::{PassId, RoomId, VisitorId},
    token::Claims,
};

/// Why a request was let through to a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SiteKind {
    /// Its visitor was called from the line.
    Admitted,
    /// The room lets everybody through.
    Bypass,
    /// A bypass rule of the room matched the request.
    Rule,
}

/// Who asks for a guarded path of a site, vouched for by the gate for at most a minute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteAssertion {
    /// The public host of the site that it is meant for: an origin refuses one for another host.
    pub aud: String,
    /// The visitor whose cookie came with the request.
    pub sub: VisitorId,
    /// The room in front of the site.
    pub room: RoomId,
    /// Why the request was let through.
    pub kind: SiteKind,
    /// The pass; none where a rule let the request through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pass: Option<PassId>,
    /// The name of the rule that let the request through.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// When the gate said so.
    #[serde(with = "ts_seconds")]
    pub iat: DateTime<Utc>,
    /// Until when: at most [`crate::assertion::LASTS`], and never beyond the end of the pass.
    #[serde(with = "ts_seconds")]
    pub exp: DateTime<Utc>,
}

impl Claims for SiteAssertion {
    const TYP: &'static str = "usher-site-assertion+jwt";

    fn issued_at(&self) -> DateTime<Utc> {
        self.iat
    }

    fn expires_at(&self) -> DateTime<Utc> {
        self.exp
    }
}
