//! What tells one answer from another (RFC 9110, section 8.8.3), so that who has it need not be sent it again.

use sha2::{Digest, Sha256};

/// The tag of an answer. Equal answers have equal tags, whoever gave them.
pub fn tag(answer: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(answer)[..12]))
}

/// Whether `If-None-Match` names the tag, by the weak comparison.
pub fn names(if_none_match: &str, tag: &str) -> bool {
    if_none_match
        .split(',')
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_again_among_others_and_weak() {
        let own = tag(b"answer");
        assert_ne!(own, tag(b"another"));
        for named in [own.clone(), format!("W/{own}"), format!("\"a\", {own}"), "*".to_owned()] {
            assert!(names(&named, &own), "{named}");
        }
        for other in ["", "\"a\"", own.trim_matches('"')] {
            assert!(!names(other, &own), "{other}");
        }
    }
}
