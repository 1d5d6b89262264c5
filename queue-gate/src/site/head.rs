//! The heads of requests to an origin that is not ours, and of its answers: what it may not hear, and what it may not say.
//! Pure.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// The prefix of every cookie of ours.
const OURS: &str = "__host-usher_";
/// Ways in which a client could name another path than the one that was judged, and what else only a gate would say.
const NOT_FOR_ORIGINS: [HeaderName; 8] = [
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-original-uri"),
    HeaderName::from_static("x-rewrite-url"),
    HeaderName::from_static("x-forwarded-prefix"),
    HeaderName::from_static("x-forwarded-uri"),
    HeaderName::from_static("x-forwarded-path"),
    HeaderName::from_static("x-forwarded-port"),
    HeaderName::from_static("x-forwarded-server"),
];

/// Removes from a request what the origin may not hear: our cookies, which would let it act as the visitor, and whatever
/// could name another path.
pub fn clean_request(headers: &mut HeaderMap) {
    for name in &NOT_FOR_ORIGINS {
        headers.remove(name);
    }
    let kept: Vec<String> = headers
        .get_all(header::COOKIE)
        .iter()
        // A cookie of strange bytes is none of ours, but it may stand beside one: what cannot be read is not passed on.
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .map(str::trim)
        .filter(|pair| !pair.is_empty() && !is_ours(pair))
        .map(str::to_owned)
        .collect();
    headers.remove(header::COOKIE);
    if let Ok(value) = HeaderValue::from_str(&kept.join("; "))
        && !kept.is_empty()
    {
        headers.insert(header::COOKIE, value);
    }
}

/// Removes from an answer the cookies that would pass for ours.
pub fn clean_answer(headers: &mut HeaderMap) {
    let kept: Vec<HeaderValue> =
        headers.get_all(header::SET_COOKIE).iter().filter(|value| !sets_ours(value)).cloned().collect();
    headers.remove(header::SET_COOKIE);
    for value in kept {
        headers.append(header::SET_COOKIE, value);
    }
}

fn sets_ours(value: &HeaderValue) -> bool {
    let text = String::from_utf8_lossy(value.as_bytes());
    is_ours(text.trim())
}

fn is_ours(pair: &str) -> bool {
    pair.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_hears_its_own_cookies_and_no_other_path() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", "a=1; __Host-usher_visitor=v;__host-usher_pass_1=p; b=2".parse().unwrap());
        headers.append("cookie", "__Host-usher_staff_1=s".parse().unwrap());
        headers.insert("x-original-url", "/tickets".parse().unwrap());
        headers.insert("accept", "*/*".parse().unwrap());
        clean_request(&mut headers);
        assert_eq!(headers["cookie"], "a=1; b=2");
        assert_eq!(headers.len(), 2);
        let mut ours = HeaderMap::new();
        ours.append("cookie", "__Host-usher_visitor=v".parse().unwrap());
        clean_request(&mut ours);
        assert_eq!(ours.len(), 0);
    }

    #[test]
    fn an_origin_sets_its_own_cookies_only() {
        let mut headers = HeaderMap::new();
        for cookie in ["a=1; Path=/", " __Host-Usher_visitor=x; Path=/", "__Host-usher_pass_1=y", "b=2"] {
            headers.append("set-cookie", cookie.parse().unwrap());
        }
        clean_answer(&mut headers);
        let left: Vec<_> = headers.get_all("set-cookie").iter().collect();
        assert_eq!(left, ["a=1; Path=/", "b=2"]);
    }
}
