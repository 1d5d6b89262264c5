//! Staff tokens: issued, revoked, and found in a request.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{
    id::StaffTokenId,
    staff::{self, StaffToken},
    token::{self, BadToken},
};
use http::HeaderMap;

use super::{NAME_MAX, STAFF_MAX, Staff};
use crate::{
    extractors::cookies,
    room::{
        Room, WrongSetting,
        change::{self, Ask, ChangeRoomError, Changed, Entry},
        check_text,
    },
    state::Gate,
};

/// The longest that a staff token holds.
pub const LASTS_MAX: TimeDelta = TimeDelta::days(7);

/// A token that was issued. The gate keeps only its id.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Which.
    pub id: StaffTokenId,
    /// The token.
    pub token: String,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Issues a staff token of a room, which holds for `lasts` and until it is revoked.
///
/// # Errors
/// [`ChangeRoomError::Wrong`] for a label or a time outside its bounds, and where the room lists too many.
pub async fn issue(
    gate: &Gate,
    ask: &Ask,
    label: String,
    lasts: TimeDelta,
) -> Result<(Changed, Issued), ChangeRoomError> {
    check_text("label", &label, NAME_MAX)?;
    if lasts < TimeDelta::minutes(1) || lasts > LASTS_MAX {
        return Err(WrongSetting { field: "lasts", bounds: "between PT1M and PT168H".to_owned() }.into());
    }
    let (id, iat) = (gate.ids.next(), gate.clock.now());
    let exp = iat + lasts;
    let staff = Staff { id, label, expires_at: exp };
    let changed = change::change(gate, ask, move |room| {
        let listed = &mut room.policy.bypass.staff;
        listed.retain(|staff| staff.expires_at > iat);
        if listed.len() >= STAFF_MAX {
            let bounds = format!("at most {STAFF_MAX} at a time: revoke one first");
            return Err(WrongSetting { field: "staffTokens", bounds }.into());
        }
        let detail = serde_json::json!(staff);
        listed.push(staff);
        Ok(Entry { kind: "staffTokenIssued", detail })
    })
    .await?;
    let claims = StaffToken { jti: id, room: ask.room, iat, exp };
    Ok((changed, Issued { id, token: token::sign(&claims, &gate.keys.signing), expires_at: exp }))
}

/// Revokes a staff token of a room: it holds nowhere after a second.
///
/// # Errors
/// [`ChangeRoomError::UnknownStaffToken`] where the room does not list it.
pub async fn revoke(gate: &Gate, ask: &Ask, id: StaffTokenId) -> Result<Changed, ChangeRoomError> {
    change::change(gate, ask, move |room| {
        let listed = &mut room.policy.bypass.staff;
        let at = listed.iter().position(|staff| staff.id == id);
        let revoked = listed.remove(at.ok_or(ChangeRoomError::UnknownStaffToken(id))?);
        Ok(Entry { kind: "staffTokenRevoked", detail: serde_json::json!(revoked) })
    })
    .await
}

/// The claims of `text`, if it is a staff token of `room` that holds.
///
/// # Errors
/// [`BadToken`].
pub fn verify(gate: &Gate, room: &Room, text: &str) -> Result<StaffToken, BadToken> {
    let now = gate.clock.now();
    let claims: StaffToken = token::verify(text, &gate.keys.public(), now)?;
    if claims.room != room.id {
        return Err(BadToken::Forged);
    }
    if room.policy.bypass.lists(claims.jti, now) { Ok(claims) } else { Err(BadToken::Expired) }
}

/// Whether `headers` carry a staff token of `room` that holds: in the header or in the cookie, and nowhere else.
pub fn is_staff(gate: &Gate, room: &Room, headers: &HeaderMap) -> bool {
    let said = headers.get(staff::HEADER).and_then(|value| value.to_str().ok());
    let name = staff::cookie(room.id);
    said.into_iter().chain(cookies(headers, &name)).any(|text| verify(gate, room, text).is_ok())
}
