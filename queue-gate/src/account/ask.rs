//! Questions of the gate's own to booking-api.

use std::net::IpAddr;

use bytes::Bytes;
use http::{Method, Request, header, response::Parts};
use http_body_util::{BodyExt, Limited};
use platform::telemetry::Chain;
use serde_json::Value;

use crate::{
    gateway::{introduce, route::Service, stream::Body},
    state::Gate,
};

/// The longest answer that is read.
const ANSWER: usize = 16 << 10;

/// Posts `body` to `path` for somebody who asks from `client`; `None` where no answer comes.
pub(super) async fn ask(gate: &Gate, client: IpAddr, path: &str, body: &Value) -> Option<(Parts, Bytes)> {
    let request = Request::builder().method(Method::POST).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = introduce(gate, client, None, request.body(Body::full(body.to_string())).ok()?);
    match gate.gateway.forwarder.send(Service::Booking, request).await {
        Ok(answer) => {
            let (parts, body) = answer.into_parts();
            let read = Limited::new(body, ANSWER).collect().await.ok()?.to_bytes();
            Some((parts, read))
        }
        Err(error) => {
            tracing::debug!(error = %Chain(&error), "booking-api was not asked");
            None
        }
    }
}
