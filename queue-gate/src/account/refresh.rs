//! A browser whose session token is near its end, or gone, brings its refresh token in a cookie. The gate exchanges it at
//! booking-api before it answers, and the browser is given the new cookies with the answer to whatever it asked.
//!
//! Safe across sites: what another site sends was refused before, a refresh changes nothing but the cookies, and it is the same
//! for all requests that bring the same token at once. The refresh token reaches nobody but booking-api's own call.

use std::{net::IpAddr, sync::Arc, time::Duration};

use contracts::session::{COOKIE, JUST_REFRESHED, REFRESH_COOKIE, REFRESH_PATH};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use moka::future::Cache;
use serde::Deserialize;

use super::ask::ask;
use crate::{
    extractors::{cookies, signed_in},
    state::Gate,
};

/// How long an answer is good for others who bring the same token: shorter than booking-api's own patience with them.
const SHARED: Duration = Duration::from_secs(5);
/// The most answers that are kept at a time.
const KEPT: u64 = 10_000;

/// Refreshes that are running, or were a moment ago, by their token.
pub struct Refreshes(Cache<String, Arc<Refreshed>>);

impl Default for Refreshes {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(KEPT).time_to_live(SHARED).build())
    }
}

/// What came of a refresh token.
#[derive(Debug)]
pub struct Refreshed {
    /// The new session token; none where the session is over.
    token: Option<String>,
    /// What the browser keeps from now on.
    cookies: Vec<HeaderValue>,
}

#[derive(Deserialize)]
struct Answer {
    token: String,
}

/// Whether a request brings a refresh token.
pub fn is_presented(headers: &HeaderMap) -> bool {
    cookies(headers, REFRESH_COOKIE).next().is_some()
}

/// Takes the refresh token out of `headers`, and refreshes the session where it is time. What comes back is for the answer:
/// [`Refreshed::tell`]. Where booking-api is away the request goes on as it came.
pub async fn refresh(
    gate: &Gate,
    client: IpAddr,
    path: &str,
    headers: &mut HeaderMap,
) -> Option<Arc<Refreshed>> {
    // Who refreshes by themselves brings it to where it belongs.
    if path == REFRESH_PATH {
        return None;
    }
    let presented = cookies(headers, REFRESH_COOKIE).next()?.to_owned();
    rewrite(headers, &[REFRESH_COOKIE], None);
    let says_more = headers.contains_key(header::AUTHORIZATION) || path.starts_with("/assets/");
    let now = gate.clock.now();
    if says_more || signed_in(headers, gate).is_some_and(|session| !session.is_near_its_end(now)) {
        return None;
    }
    let asked = exchange(gate, client, &presented);
    let refreshed = gate.refreshes.0.optionally_get_with_by_ref(&presented, asked).await?;
    if let Some(token) = &refreshed.token {
        rewrite(headers, &[COOKIE], Some(format!("{COOKIE}={token}")));
        headers.insert(HeaderName::from_static(JUST_REFRESHED), HeaderValue::from_static("1"));
    }
    Some(refreshed)
}

impl Refreshed {
    /// Gives the browser its new cookies with the answer that has these `headers`; a cookie that the answer itself sets stays.
    pub fn tell(&self, headers: &mut HeaderMap) {
        let said: Vec<_> = headers.get_all(header::SET_COOKIE).iter().map(|set| name(set).to_vec()).collect();
        for cookie in self.cookies.iter().filter(|cookie| !said.iter().any(|said| said == name(cookie))) {
            headers.append(header::SET_COOKIE, cookie.clone());
        }
        // Nobody between may give them to somebody else.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The name of the cookie that a `Set-Cookie` sets.
fn name(set: &HeaderValue) -> &[u8] {
    set.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default()
}

/// Asks booking-api; `None` where it gives no answer worth keeping.
async fn exchange(gate: &Gate, client: IpAddr, presented: &str) -> Option<Arc<Refreshed>> {
    let body = serde_json::json!({ "refreshToken": presented });
    let (parts, read) = ask(gate, client, REFRESH_PATH, &body).await?;
    let cookies = parts.headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    match parts.status {
        StatusCode::OK => {
            let Answer { token } = serde_json::from_slice(&read).ok()?;
            Some(Arc::new(Refreshed { token: Some(token), cookies }))
        }
        StatusCode::UNAUTHORIZED => Some(Arc::new(Refreshed { token: None, cookies })),
        _ => None,
    }
}

/// Writes the cookies of a request anew, in one line: without those of these names, and with one more.
fn rewrite(headers: &mut HeaderMap, without: &[&str], more: Option<String>) {
    let is_named = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default();
        without.contains(&name)
    };
    let lines: Vec<HeaderValue> = headers.get_all(header::COOKIE).iter().cloned().collect();
    headers.remove(header::COOKIE);
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        match line.to_str() {
            Ok(text) => {
                let pairs = text.split(';').map(str::trim);
                kept.extend(pairs.filter(|pair| !pair.is_empty() && !is_named(pair)).map(str::to_owned));
            }
            // What cannot be read carries none of ours.
            Err(_) => {
                headers.append(header::COOKIE, line);
            }
        }
    }
    kept.extend(more);
    if let (false, Ok(kept)) = (kept.is_empty(), HeaderValue::from_str(&kept.join("; "))) {
        headers.append(header::COOKIE, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_map(name: &HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    fn values(headers: &HeaderMap, name: HeaderName) -> Vec<String> {
        headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_refresh_token_is_taken_out_of_a_request_and_nothing_else() {
        let cookies =
            ["a=1; __Host-usher_refresh=r; b=2", "__Host-usher_refresh=s", "__Host-usher_refreshed=t"];
        let mut headers = header_map(&header::COOKIE, &cookies);
        rewrite(&mut headers, &[REFRESH_COOKIE], None);
        assert_eq!(values(&headers, header::COOKIE), ["a=1; b=2; __Host-usher_refreshed=t"]);
        rewrite(&mut headers, &["a", "b"], Some("c=3".to_owned()));
        assert_eq!(values(&headers, header::COOKIE), ["__Host-usher_refreshed=t; c=3"]);
        let mut only = header_map(&header::COOKIE, &["__Host-usher_refresh=r"]);
        rewrite(&mut only, &[REFRESH_COOKIE], None);
        assert!(only.is_empty());
    }

    #[test]
    fn what_the_answer_itself_says_of_a_cookie_stays() {
        let cookies = ["__Host-usher_session=new; Path=/", "__Host-usher_refresh=next; Path=/"];
        let cookies = cookies.map(HeaderValue::from_static).to_vec();
        let refreshed = Refreshed { token: Some("new".to_owned()), cookies };
        let mut headers = header_map(&header::SET_COOKIE, &["__Host-usher_session=; Max-Age=0"]);
        refreshed.tell(&mut headers);
        let told = ["__Host-usher_session=; Max-Age=0", "__Host-usher_refresh=next; Path=/"];
        assert_eq!(values(&headers, header::SET_COOKIE), told);
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
    }
}
