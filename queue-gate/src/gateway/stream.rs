//! Bodies on their way through the gate: that of a request to a service, and that of its answer.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited, combinators::UnsyncBoxBody};
use hyper::{
    Error as HyperError,
    body::{Body as HttpBody, Frame, Incoming, SizeHint},
};

use super::{pool::Line, shed::Share};

/// Whatever broke a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A request's body did not come to its end, or is too long.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request broke off")]
pub struct BodyError(#[source] pub BoxError);

/// A request's body. Most requests have none, and that costs nothing.
#[derive(Debug, Default)]
pub struct Body(Option<UnsyncBoxBody<Bytes, BodyError>>);

impl Body {
    /// What comes from `stream`.
    pub fn new<B>(stream: B) -> Self
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        if stream.is_end_stream() {
            return Self::default();
        }
        Self(Some(stream.map_err(|error| BodyError(error.into())).boxed_unsync()))
    }

    /// These bytes.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self::new(Full::new(bytes.into()))
    }

    /// The same, which breaks where it is longer than `most` bytes.
    #[must_use]
    pub fn limited(self, most: usize) -> Self {
        Self(self.0.map(|stream| Limited::new(stream, most).map_err(BodyError).boxed_unsync()))
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Some(stream) => Pin::new(stream).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

/// The body of an answer. Until its end it holds the connection that it comes from, which it reads from itself; until whoever asked has
/// taken it, or left, its share of the service's capacity.
#[derive(Debug, Default)]
pub struct Answer {
    body: Option<Incoming>,
    line: Option<Line>,
    share: Option<Share>,
}

impl Answer {
    /// What comes as `body`: over `line`, where nobody else reads from it.
    pub(super) fn new(body: Incoming, line: Option<Line>) -> Self {
        let mut answer = Self::switched(body, line);
        if answer.is_end_stream() {
            answer.end();
        }
        answer
    }

    /// What tells that `line` is another protocol's from here on. Its end is none of the line's.
    pub(super) fn switched(body: Incoming, line: Option<Line>) -> Self {
        Self { body: Some(body), line, share: None }
    }

    /// The same, with what it takes of the service's capacity.
    pub(super) fn with_share(mut self, share: Share) -> Self {
        self.share = Some(share);
        self
    }

    /// The connection, for whoever reads from it now: it is another protocol's.
    pub(super) fn take_line(&mut self) -> Option<Line> {
        self.line.take()
    }

    /// Leaves the connection to the next request, where nothing comes any more.
    fn end(&mut self) {
        if let Some(line) = self.line.take() {
            line.give_back();
        }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = HyperError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HyperError>>> {
        let this = &mut *self;
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let mut frame = Pin::new(&mut *body).poll_frame(context);
        if frame.is_pending()
            && let Some(line) = &mut this.line
        {
            if line.drive(context).is_ready() {
                this.line = None;
            }
            frame = Pin::new(&mut *body).poll_frame(context);
        }
        let is_over = matches!(frame, Poll::Ready(None)) || body.is_end_stream();
        if is_over {
            this.end();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}
