//! The calls to Elasticsearch. Each has a deadline; which may be repeated is for the caller to say.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use contracts::id::EventId;
use elasticsearch::{
    auth::Credentials,
    http::{
        Method,
        headers::HeaderMap,
        request::JsonBody,
        response::Response,
        transport::{
            ConnectionPool, MultiNodeConnectionPool, SingleNodeConnectionPool, Transport, TransportBuilder,
        },
    },
};
use http::StatusCode;
use serde_json::{Value, json};
use url::Url;

use super::{Held, LivePage, Written};
use crate::document::Entry;

/// How long a write or an administrative call may take.
pub(super) const WRITE_DEADLINE: Duration = Duration::from_secs(10);

/// Why a call to the index failed.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// No answer, or not in time: try again later.
    #[error("Elasticsearch did not answer")]
    Away(#[source] elasticsearch::Error),
    /// It answered that it cannot right now: try again later.
    #[error("Elasticsearch is busy: status {0}")]
    Busy(u16),
    /// The index or its alias does not exist (yet, or any more).
    #[error("the index does not exist")]
    Missing,
    /// It refused: a bug, or a server that lacks something.
    #[error("Elasticsearch refused with status {status}: {reason}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its words.
        reason: String,
    },
}

impl From<elasticsearch::Error> for IndexError {
    fn from(error: elasticsearch::Error) -> Self {
        Self::Away(error)
    }
}

/// The index: a connection to Elasticsearch and the names of the aliases.
#[derive(Clone, Debug)]
pub struct Index {
    transport: Transport,
    name: String,
    /// The alias that is written and compared.
    written: String,
    /// The fields that it takes, where they are not ours.
    fields: Option<Arc<HashSet<String>>>,
}

impl Index {
    /// The index behind the alias `name`. User and password may stand in the URL. Connects when first used.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn new(url: &Url, name: &str) -> Result<Self, IndexError> {
        Self::by(SingleNodeConnectionPool::new(url.clone()), url, name)
    }

    /// The same by any of several nodes, in turn: for calls that are repeated until they succeed. User and password are
    /// those of the first.
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn over(first: &Url, others: &[Url], name: &str) -> Result<Self, IndexError> {
        let all = std::iter::once(first).chain(others).cloned().collect();
        Self::by(MultiNodeConnectionPool::round_robin(all, None), first, name)
    }

    fn by(pool: impl ConnectionPool + Clone + 'static, url: &Url, name: &str) -> Result<Self, IndexError> {
        let mut builder = TransportBuilder::new(pool).disable_proxy();
        if let Some(password) = url.password() {
            builder = builder.auth(Credentials::Basic(url.username().to_owned(), password.to_owned()));
        }
        let transport =
            builder.build().map_err(|error| IndexError::Refused { status: 0, reason: error.to_string() })?;
        Ok(Self { transport, name: name.to_owned(), written: format!("{name}-write"), fields: None })
    }

    /// The alias that queries read.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The alias through which this one writes and compares.
    pub(super) fn written(&self) -> &str {
        &self.written
    }

    /// The same index as it will be: writes and comparisons go to the one that is built beside the one in use.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { written: format!("{}-next", self.name), ..self.clone() }
    }

    /// The same, with documents cut down to `fields`: for an index of another shape, which is strict.
    #[must_use]
    pub(super) fn cut_down(&self, fields: HashSet<String>) -> Self {
        Self { fields: Some(Arc::new(fields)), ..self.clone() }
    }

    /// Whether documents are cut down, so that what is refused says nothing about the document.
    pub fn is_outlived(&self) -> bool {
        self.fields.is_some()
    }

    /// Writes entries, each only over a lower version of itself. One answer an entry, in their order. Safe to repeat.
    ///
    /// # Errors
    /// [`IndexError`]: some may have been written; repeat all.
    pub async fn write(&self, entries: &[Entry]) -> Result<Vec<Written>, IndexError> {
        let mut written = Vec::with_capacity(entries.len());
        // What is still to be sent, the first part last.
        let mut parts = vec![entries];
        while let Some(part) = parts.pop() {
            match self.write_together(part).await {
                Ok(answers) => written.extend(answers),
                // One of them is more than Elasticsearch can read: halved until it stands alone.
                Err(IndexError::Refused { status: 400 | 413, reason }) if part.len() == 1 => {
                    written.push(Written::Refused(reason));
                }
                Err(IndexError::Refused { status: 400 | 413, .. }) => {
                    let (first, rest) = part.split_at(part.len() / 2);
                    parts.extend([rest, first]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(written)
    }

    async fn write_together(&self, entries: &[Entry]) -> Result<Vec<Written>, IndexError> {
        use std::fmt::Write;

        if entries.is_empty() {
            return Ok(Vec::new());
        }
        let mut lines = String::new();
        for entry in entries {
            let mut body = entry.body();
            if let (Some(fields), Some(body)) = (&self.fields, body.as_object_mut()) {
                body.retain(|field, _| fields.contains(field));
            }
            let action =
                json!({"index": {"_id": entry.event, "version": entry.version, "version_type": "external"}});
            writeln!(lines, "{action}\n{body}")
                .map_err(|error| IndexError::Refused { status: 0, reason: error.to_string() })?;
        }
        // Through the alias or not at all: an index that somebody removed must not come back without its mapping.
        let path = format!("/{}/_bulk?require_alias=true", self.written);
        let answer = self.send_lines(&path, lines).await?;
        let items = answer["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        if items.len() != entries.len() {
            return Err(IndexError::Refused {
                status: 200,
                reason: "a bulk answer of another length".to_owned(),
            });
        }
        items.iter().map(|item| written(&item["index"])).collect()
    }

    /// What the index holds of `events`, as of the last write (not of the last refresh).
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn held(&self, events: &[EventId]) -> Result<HashMap<EventId, Held>, IndexError> {
        let path = format!("/{}/_mget?_source_includes=digest,deleted", self.written);
        let answer = self.send(Method::Post, &path, Some(json!({"ids": events})), WRITE_DEADLINE).await?;
        let mut held = HashMap::new();
        for found in answer["docs"].as_array().into_iter().flatten() {
            if found["error"].is_object() {
                return Err(IndexError::Missing);
            }
            if let (Some(event), Some(version)) = (id(&found["_id"]), found["_version"].as_i64()) {
                let digest = found["_source"]["digest"].as_str().unwrap_or_default().to_owned();
                let deleted = found["_source"]["deleted"].as_bool().unwrap_or_default();
                held.insert(event, Held { version, digest, deleted });
            }
        }
        Ok(held)
    }

    /// What is in the index and not marked as deleted, after `after` and up to `to`, by id, the first `limit` of them as of the
    /// last refresh. To say up to where makes a page cost what is in it: asked for all that comes after, Elasticsearch looks at
    /// all of it to find the first.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn live(
        &self,
        after: Option<EventId>,
        to: Option<EventId>,
        limit: usize,
    ) -> Result<LivePage, IndexError> {
        let body = json!({
            "query": {"bool": {
                "must_not": {"term": {"deleted": true}},
                "filter": {"range": {"id": {"gt": after, "lte": to}}},
            }},
            "sort": [{"id": "asc"}], "size": limit, "_source": false, "version": true, "track_total_hits": false,
        });
        let path = format!("/{}/_search", self.written);
        let answer = self.send(Method::Post, &path, Some(body), WRITE_DEADLINE).await?;
        let hits = answer["hits"]["hits"].as_array().map(Vec::as_slice).unwrap_or_default();
        let events =
            hits.iter().filter_map(|hit| Some((id(&hit["_id"])?, hit["_version"].as_i64()?))).collect();
        let last = hits.last().and_then(|hit| id(&hit["sort"][0]));
        Ok(LivePage { events, after: if hits.len() < limit { None } else { last } })
    }

    /// Asks a query of those events that are not deleted. Reads only, so a failure may be repeated.
    ///
    /// # Errors
    /// [`IndexError`].
    pub async fn search(&self, body: &Bytes, deadline: Duration) -> Result<Bytes, IndexError> {
        let path = format!("/{}/_search", self.name);
        // Answers are small and nodes are near: packing them takes longer than sending them.
        let plain = http::HeaderValue::from_static("identity");
        let headers = HeaderMap::from_iter([(http::header::ACCEPT_ENCODING, plain)]);
        let method = Method::Post;
        let asked = self.transport.send(method, &path, headers, None::<&()>, Some(body), Some(deadline));
        Ok(good(asked.await?).await?.bytes().await?)
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        deadline: Duration,
    ) -> Result<Value, IndexError> {
        let body = body.map(JsonBody::new);
        let response =
            self.transport.send(method, path, HeaderMap::new(), None::<&()>, body, Some(deadline)).await?;
        answered(response).await
    }

    async fn send_lines(&self, path: &str, lines: String) -> Result<Value, IndexError> {
        let mut headers = HeaderMap::new();
        let kind = http::HeaderValue::from_static("application/x-ndjson");
        headers.insert(http::header::CONTENT_TYPE, kind);
        let response = self
            .transport
            .send(Method::Post, path, headers, None::<&()>, Some(lines), Some(WRITE_DEADLINE))
            .await?;
        answered(response).await
    }
}

async fn answered(response: Response) -> Result<Value, IndexError> {
    Ok(good(response).await?.json().await?)
}

/// The response, unless it says no.
async fn good(response: Response) -> Result<Response, IndexError> {
    let status = response.status_code();
    if status.is_success() {
        return Ok(response);
    }
    let reason = response.text().await?;
    Err(failed(status, &reason))
}

fn failed(status: StatusCode, reason: &str) -> IndexError {
    match status {
        StatusCode::NOT_FOUND => IndexError::Missing,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => IndexError::Busy(status.as_u16()),
        _ => IndexError::Refused { status: status.as_u16(), reason: reason.chars().take(500).collect() },
    }
}

fn written(item: &Value) -> Result<Written, IndexError> {
    let status = item["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or_default();
    match status {
        200 | 201 => Ok(Written::Done),
        409 => Ok(Written::Conflict),
        400 => Ok(Written::Refused(item["error"].to_string())),
        other => {
            let status = StatusCode::from_u16(other).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            Err(failed(status, &item["error"].to_string()))
        }
    }
}

fn id(value: &Value) -> Option<EventId> {
    value.as_str()?.parse().ok()
}
