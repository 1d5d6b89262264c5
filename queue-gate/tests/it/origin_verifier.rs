//! Whether the gate let a request through to this site: what an origin checks on its guarded paths.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde::Deserialize;

/// What the gate says of a request.
#[derive(Debug, Deserialize)]
pub(crate) struct LetThrough {
    /// The visitor: one browser or app.
    pub(crate) sub: String,
    /// `admitted` from the line, `bypass` while the room lets everybody through, or `rule`.
    pub(crate) kind: String,
    /// The waiting room.
    pub(crate) room: String,
}

/// Reads the header `Usher-Assertion` of a request for `host`. The keys are those at `/.well-known/jwks.json` of the gate:
/// fetch them at the start, keep them, and fetch them again when `Err("unknown key")` comes back, at most once a minute.
pub(crate) fn let_through(
    header: Option<&str>,
    keys: &JwkSet,
    host: &str,
) -> Result<LetThrough, &'static str> {
    let token = header.ok_or("not through the gate")?;
    let head = decode_header(token).map_err(|_| "not a token")?;
    if head.typ.as_deref() != Some("usher-site-assertion+jwt") || head.crit.is_some() {
        return Err("another kind of token");
    }
    let key = keys.find(head.kid.as_deref().unwrap_or_default()).ok_or("unknown key")?;
    let key = DecodingKey::from_jwk(key).map_err(|_| "unknown key")?;
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_audience(&[host]);
    rules.set_required_spec_claims(&["exp", "aud"]);
    rules.leeway = 5;
    decode(token, &key, &rules).map(|read| read.claims).map_err(|_| "forged, over, or for another site")
}

#[test]
fn the_documentation_shows_this_very_code() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let page = std::fs::read_to_string(format!("{root}/docs/integrate.md")).unwrap();
    let here = include_str!("origin_verifier.rs");
    let (_, here) = here.split_once("\n\n").unwrap();
    let (code, _) = here.split_once("\n#[test]").unwrap();
    assert!(page.contains(code.trim()), "docs/integrate.md shows another verifier");
}
