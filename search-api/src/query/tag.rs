//! What tells one answer from another (RFC 9110, section 8.8.3), so that who has it need not be sent it again.

use sha2::{Digest, Sha256};

/// The tag of an answer. Equal answers have equal tags, whoever gave them.
pub fn tag(answer: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(answer)[..12]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_answer_has_another_tag() {
        let own = tag(b"answer");
        assert_ne!(own, tag(b"another"));
        assert_eq!(own, tag(b"answer"));
    }
}
