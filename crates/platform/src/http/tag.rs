//! Whether a caller has already what it asks for.

use axum::http::{HeaderMap, header};

/// Whether `If-None-Match` among `headers` names `tag`, by the weak comparison (RFC 9110 sections 8.8.3.2 and 13.1.2).
pub fn names_tag(headers: &HeaderMap, tag: &str) -> bool {
    let all = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut named = all.flat_map(|value| value.split(',')).map(str::trim);
    named.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_tag_is_known_again_among_others_and_weak() {
        let own = "\"answer\"";
        let named = |value: &str| {
            let headers = [(header::IF_NONE_MATCH, HeaderValue::from_str(value).unwrap())];
            names_tag(&headers.into_iter().collect(), own)
        };
        for value in [own.to_owned(), format!("W/{own}"), format!("\"a\", {own}"), "*".to_owned()] {
            assert!(named(&value), "{value}");
        }
        for other in ["", "\"a\"", own.trim_matches('"')] {
            assert!(!named(other), "{other}");
        }
        let lines = [("\"a\"", header::IF_NONE_MATCH), (own, header::IF_NONE_MATCH)];
        let headers = lines.map(|(value, name)| (name, HeaderValue::from_str(value).unwrap()));
        assert!(names_tag(&headers.into_iter().collect(), own), "in the second line");
        assert!(!names_tag(&HeaderMap::new(), own));
    }
}
