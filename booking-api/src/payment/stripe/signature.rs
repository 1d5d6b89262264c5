//! The signature of a webhook: `Stripe-Signature: t=…,v1=…`, HMAC-SHA-256 over `t.body`.

use chrono::{DateTime, TimeDelta, Utc};

use crate::payment::signature::covers;

/// The header that carries it.
pub const HEADER: &str = "stripe-signature";

/// How old, or how far ahead of our clock, a signature may be.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// Whether one of the signatures in `header` was made over `body` by whoever has `secret`, at about `now`. While a secret
/// is being replaced there are several.
pub fn is_genuine(secret: &[u8], header: &str, body: &[u8], now: DateTime<Utc>) -> bool {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let Some((_, at)) = parts().find(|(name, _)| *name == "t") else { return false };
    let instant = at.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    if instant.is_none_or(|instant| (now - instant).abs() > TOLERANCE) {
        return false;
    }
    parts().any(|(name, tag)| name == "v1" && covers(secret, at, body, tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// HMAC-SHA-256 of `1800000000.{}` under `whsec_of_the_tests`, from `openssl dgst`.
    const TAG: &str = "fec716bb052295622b6e6b22c11d98843a1dc64e89ca21c0ee8c06f45ab4d6a6";

    fn genuine(header: &str, body: &[u8], at: i64) -> bool {
        is_genuine(b"whsec_of_the_tests", header, body, DateTime::from_timestamp(at, 0).unwrap())
    }

    #[test]
    fn a_signature_covers_time_and_body() {
        let header = format!("t=1800000000,v1={TAG}");
        assert!(genuine(&header, b"{}", 1_800_000_000));
        assert!(!genuine(&header, b"{ }", 1_800_000_000));
        assert!(!genuine(&header.replace("t=1800000000", "t=1800000001"), b"{}", 1_800_000_000));
        for bad in ["", "t=1800000000", &format!("v1={TAG}"), "t=1800000000,v1=zz", &format!("t=x,v1={TAG}")]
        {
            assert!(!genuine(bad, b"{}", 1_800_000_000), "{bad}");
        }
    }

    #[test]
    fn one_of_several_signatures_is_enough_and_other_schemes_are_none() {
        let old = "0".repeat(64);
        assert!(genuine(&format!("t=1800000000,v1={old},v1={TAG},v0={old}"), b"{}", 1_800_000_000));
        assert!(!genuine(&format!("t=1800000000,v0={TAG}"), b"{}", 1_800_000_000));
    }

    #[test]
    fn an_old_signature_is_worth_nothing() {
        let header = format!("t=1800000000,v1={TAG}");
        assert!(genuine(&header, b"{}", 1_800_000_300));
        assert!(!genuine(&header, b"{}", 1_800_000_301));
        assert!(!genuine(&header, b"{}", 1_800_000_000 - 301));
    }
}
