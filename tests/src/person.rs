//! Somebody with a browser: keeps cookies, also `Secure` ones over plain loopback, and reads answers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use openapi::{
    answers::{self, Seen},
    document,
};
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect::Policy,
};
use serde_json::Value;

/// See the module.
#[derive(Debug)]
pub struct Person {
    gate: String,
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Person {
    /// Somebody without cookies.
    pub fn new(gate: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(20)).no_proxy();
        let client = client.build().expect("the client is well configured");
        Self { gate: gate.to_owned(), client, cookies: Mutex::default() }
    }

    /// Somebody else at the same gate, without cookies and on connections of their own.
    #[must_use]
    pub fn stranger(&self) -> Self {
        Self::new(&self.gate)
    }

    /// `GET`.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `GET` as a browser that wants a page.
    pub async fn open(&self, path: &str) -> Answer {
        let page = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
        self.send(self.accepting(Method::GET, path, page)).await
    }

    /// `POST` with JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT` with JSON.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE`.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// A request to the gate, or to a full URL, with all cookies.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.accepting(method, path, "application/json")
    }

    fn accepting(&self, method: Method, path: &str, media: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.gate) };
        let request = self.client.request(method, url).header(header::ACCEPT, media);
        match self.cookie_header() {
            Some(cookies) => request.header(header::COOKIE, cookies),
            None => request,
        }
    }

    /// Sends it, keeps the cookies that come, and reads the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("the request is well formed");
        let asked = format!("{} {}", request.method(), request.url().path());
        let response =
            self.client.execute(request).await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        self.keep(response.headers());
        Answer::read(asked, response).await
    }

    /// Like [`Person::send`], for a system in trouble: `None` when no answer came.
    pub async fn try_send(&self, request: RequestBuilder) -> Option<Answer> {
        let request = request.build().expect("the request is well formed");
        let asked = format!("{} {}", request.method(), request.url().path());
        let response = self.client.execute(request).await.ok()?;
        self.keep(response.headers());
        Some(Answer::read(asked, response).await)
    }

    /// All cookies, as a request carries them.
    pub fn cookie_header(&self) -> Option<String> {
        let cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Sets a cookie by hand.
    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value.to_owned());
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// The URL of a WebSocket at the gate.
    pub fn socket_url(&self, path: &str) -> String {
        format!("{}{path}", self.gate.replacen("http", "ws", 1))
    }

    fn keep(&self, headers: &HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap_or_else(PoisonError::into_inner);
        for cookie in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            let mut parts = cookie.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            if parts.any(|part| part.eq_ignore_ascii_case("max-age=0")) {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

/// Whatever a person is answered by a gate is what the documents tell.
fn hold(asked: &str, status: StatusCode, headers: &HeaderMap, text: &str) {
    let Some((method, path)) = asked.split_once(' ') else { return };
    let media = headers.get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
    let answer = answers::Answer { method, path, status: status.as_u16(), media, body: text.as_bytes() };
    answers::hold(&document::SERVICES, Seen::AtTheGate, &answer);
}

/// An answer, read to its end.
#[derive(Clone, Debug)]
pub struct Answer {
    asked: String,
    /// The status.
    pub status: StatusCode,
    /// The header.
    pub headers: HeaderMap,
    /// The body.
    pub text: String,
}

impl Answer {
    async fn read(asked: String, response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        hold(&asked, status, &headers, &text);
        Self { asked, status, headers, text }
    }

    /// The JSON of an answer with this status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text);
        if self.text.is_empty() {
            return Value::Null;
        }
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{}: {error}: {}", self.asked, self.text))
    }

    /// The text of a page.
    pub fn page(&self) -> &str {
        assert_eq!(self.status, StatusCode::OK, "{}: {}", self.asked, self.text);
        assert!(self.header(&header::CONTENT_TYPE).starts_with("text/html"), "{}: no page", self.asked);
        &self.text
    }

    /// The body of a problem (RFC 9457) of this kind.
    pub fn problem(&self, status: u16, kind: &str) -> Value {
        let problem = self.any_problem();
        assert_eq!(self.status.as_u16(), status, "{}: {problem}", self.asked);
        assert_eq!(problem["type"], format!("/problems/{kind}"), "{}: {problem}", self.asked);
        problem
    }

    /// The body of a problem, whatever its kind; its form is checked.
    pub fn any_problem(&self) -> Value {
        let media = self.header(&header::CONTENT_TYPE);
        assert!(
            media.starts_with("application/problem+json"),
            "{}: {} is no problem but {media}: {}",
            self.asked,
            self.status,
            self.text
        );
        let problem: Value = serde_json::from_str(&self.text).expect("a problem is JSON");
        assert!(problem["type"].as_str().is_some_and(|kind| kind.starts_with("/problems/")), "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert_eq!(problem["status"], self.status.as_u16(), "{problem}");
        problem
    }

    /// A field of the header; empty when absent.
    pub fn header(&self, name: &HeaderName) -> String {
        self.headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    }
}
