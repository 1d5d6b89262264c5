//! The request that tells a notice, with its signatures.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use contracts::webhook::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, message_id};
use http::{Method, Request, header};
use http_body_util::Full;
use platform::outbound::Target;

use super::Delivery;

/// Who we say that we are.
const AGENT: &str = "Usher-Webhooks/1";

/// The request for one attempt at `now`. Every secret signs, so that a receiver may know the old one or the new one.
///
/// # Errors
/// When the address makes no request.
pub fn request(
    target: &Target,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let (id, at) = (message_id(delivery.notice), now.timestamp());
    let sign = |secret: &contracts::webhook::Secret| secret.sign(&id, at, delivery.body.as_bytes());
    let signatures: Vec<String> = delivery.secrets.iter().map(sign).collect();
    let (path, query) = (target.url.path(), target.url.query());
    let asked = query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let host = target.url.host_str().unwrap_or_default().trim_end_matches('.');
    let host = target.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    Request::builder()
        .method(Method::POST)
        .uri(asked)
        .header(header::HOST, host)
        .header(header::USER_AGENT, AGENT)
        .header(header::CONTENT_TYPE, "application/json")
        .header(ID_HEADER, id.as_str())
        .header(TIMESTAMP_HEADER, at)
        .header(SIGNATURE_HEADER, signatures.join(" "))
        .body(Full::new(Bytes::from(delivery.body.clone())))
}
