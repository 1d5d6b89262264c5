//! A thin client: a cookie jar of its own for each fan, and patience with a system that sheds load.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use reqwest::{Client, Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::{Host, Url};

/// How long one request may take.
const DEADLINE: Duration = Duration::from_secs(30);
/// How often a request is sent again after "not now" (503, 429 with `Retry-After`) or a broken connection.
const TRIES: u32 = 6;

/// A call did not end as it should.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The connection broke, or the answer took too long, each time.
    #[error("{call} got no answer")]
    NoAnswer {
        /// Which call.
        call: String,
        /// Why.
        #[source]
        cause: reqwest::Error,
    },
    /// An answer that the caller cannot go on with.
    #[error("{call} answered {status}: {body}")]
    Unexpected {
        /// Which call.
        call: String,
        /// The status.
        status: StatusCode,
        /// The beginning of the body.
        body: String,
    },
}

/// The ways out: one client for each address that fans come from.
#[derive(Clone, Debug)]
pub struct Clients {
    gate: Arc<Url>,
    ways: Arc<[(Client, Option<IpAddr>)]>,
}

impl Clients {
    /// Clients for `gate`, from `addresses` loopback addresses where the gate is on this machine, else from one.
    ///
    /// # Errors
    /// When a client cannot be built.
    pub fn new(gate: Url, addresses: u32) -> reqwest::Result<Self> {
        let is_here = match gate.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            _ => false,
        };
        let from = (0..if is_here { addresses } else { 1 }).map(|n| {
            let [_, high, mid, low] = n.to_be_bytes();
            is_here
                .then(|| IpAddr::V4(Ipv4Addr::new(127, 77_u8.wrapping_add(high), mid, low.wrapping_add(1))))
        });
        let build = |address: Option<IpAddr>| {
            let builder = Client::builder().timeout(DEADLINE).local_address(address).no_proxy();
            Ok((builder.tcp_nodelay(true).redirect(reqwest::redirect::Policy::none()).build()?, address))
        };
        Ok(Self { gate: Arc::new(gate), ways: from.map(build).collect::<reqwest::Result<_>>()? })
    }

    /// A visitor with an empty jar. `number` chooses the address.
    pub fn visitor(&self, number: usize) -> Visitor {
        let (client, from) = self.ways[number % self.ways.len()].clone();
        Visitor { gate: self.gate.clone(), client, from, jar: BTreeMap::new(), turned_away: 0 }
    }
}

/// One browser: it keeps cookies, and sends `Secure` ones over plain loopback too.
#[derive(Clone, Debug)]
pub struct Visitor {
    gate: Arc<Url>,
    client: Client,
    from: Option<IpAddr>,
    jar: BTreeMap<String, String>,
    /// How often the system said "not now", or a connection broke, and the call was made again.
    pub turned_away: u32,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of which call.
    pub call: String,
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

impl Visitor {
    /// Makes a call and reads its whole answer. Calls that meet a full or restarting system are made again, as the
    /// system's `Retry-After` asks: every call of a fan is safe to repeat.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CallError> {
        let mut tries = 1;
        loop {
            let pause = match self.once(method.clone(), path, body).await {
                Ok((answer, None)) => return Ok(answer),
                Ok((answer, Some(_))) if tries == TRIES => return Ok(answer),
                Ok((_, Some(pause))) => pause,
                Err(cause) if tries == TRIES => {
                    return Err(CallError::NoAnswer { call: format!("{method} {path}"), cause });
                }
                Err(_) => Duration::from_millis(100) * tries,
            };
            self.turned_away += 1;
            tries += 1;
            tokio::time::sleep(pause).await;
        }
    }

    /// The answer, and how long to wait before asking again where it says "not now".
    async fn once(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> reqwest::Result<(Answer, Option<Duration>)> {
        let call = format!("{method} {path}");
        let mut request = self
            .client
            .request(method, format!("{}{path}", self.origin()))
            .header(header::ACCEPT, "application/json");
        if let Some(cookies) = self.cookies() {
            request = request.header(header::COOKIE, cookies);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await?;
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            self.keep(cookie.to_str().unwrap_or_default());
        }
        let status = response.status();
        let retry_after = response.headers().get(header::RETRY_AFTER);
        let seconds = retry_after.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let not_now = [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status);
        let pause = seconds.filter(|_| not_now).map(Duration::from_secs);
        Ok((Answer { call, status, body: response.bytes().await? }, pause))
    }

    /// Remembers a `Set-Cookie`, or forgets one that has ended.
    pub fn keep(&mut self, cookie: &str) {
        let Some((pair, rest)) = cookie.split_once(';').or(Some((cookie, ""))) else { return };
        let Some((name, value)) = pair.trim().split_once('=') else { return };
        let is_over = rest.split(';').any(|part| part.trim().eq_ignore_ascii_case("max-age=0"));
        if is_over || value.is_empty() {
            self.jar.remove(name);
        } else {
            self.jar.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The `Cookie` header, if there is a cookie.
    pub fn cookies(&self) -> Option<String> {
        let pairs: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The gate, without a slash at the end.
    pub fn origin(&self) -> &str {
        self.gate.as_str().trim_end_matches('/')
    }

    /// The gate's URL.
    pub fn gate(&self) -> &Url {
        &self.gate
    }

    /// The address that this visitor comes from, where it is not the system's choice.
    pub fn address(&self) -> Option<IpAddr> {
        self.from
    }
}

impl Answer {
    /// The body, where the status is one of `fine`.
    ///
    /// # Errors
    /// Another status, or another body than expected.
    pub fn read<T: DeserializeOwned>(&self, fine: &[u16]) -> Result<T, CallError> {
        if !fine.contains(&self.status.as_u16()) {
            return Err(self.unexpected());
        }
        serde_json::from_slice(&self.body).map_err(|_| self.unexpected())
    }

    /// The kind of a refusal: the end of the problem's `type`.
    pub fn problem(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("type")?.as_str()?.rsplit('/').next()?.to_owned())
    }

    /// The error for an answer that one cannot go on with.
    pub fn unexpected(&self) -> CallError {
        let body = String::from_utf8_lossy(&self.body).chars().take(300).collect();
        CallError::Unexpected { call: self.call.clone(), status: self.status, body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jar_keeps_replaces_and_forgets() {
        let clients = Clients::new("http://127.0.0.1:1/".parse().unwrap(), 3).unwrap();
        let mut visitor = clients.visitor(4);
        assert_eq!(visitor.origin(), "http://127.0.0.1:1");
        assert_eq!(visitor.address(), Some("127.77.0.2".parse().unwrap()));
        assert_eq!(visitor.cookies(), None);
        visitor.keep("__Host-b=1; Path=/; Secure; HttpOnly; Max-Age=60");
        visitor.keep("a=x=y");
        visitor.keep("__Host-b=2; Path=/; Secure");
        assert_eq!(visitor.cookies().as_deref(), Some("__Host-b=2; a=x=y"));
        visitor.keep("a=; Max-Age=0; Path=/");
        assert_eq!(visitor.cookies().as_deref(), Some("__Host-b=2"));
    }
}
