//! The body of an answer: bytes of ours, or an upstream's as they come.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tracing::warn;

use crate::arrival::RequestTag;
use crate::error::Chain;
use crate::idle::Idle;
use crate::options::Options;

/// The body of an answer.
#[derive(Debug)]
pub struct Body(Source);

#[derive(Debug)]
enum Source {
    Whole(Option<Bytes>),
    Upstream(Download),
}

/// An upstream's body on its way to the caller.
#[derive(Debug)]
struct Download {
    incoming: Incoming,
    idle: Idle,
    left: Option<u64>,
    request_id: RequestTag,
}

/// Why an upstream's body ended before its end. The caller's connection or stream is then broken off,
/// so that half an answer never looks whole.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The connection to the upstream broke.
    #[error("the upstream's body broke off")]
    Upstream(#[from] hyper::Error),
    /// The next chunk did not come in time.
    #[error("the upstream's body did not come in time")]
    TimedOut,
    /// It is larger than allowed.
    #[error("the upstream's body is too large")]
    TooLarge,
}

impl Body {
    /// An upstream's body, within the bounds of the options.
    pub(crate) fn of_upstream(incoming: Incoming, options: &Options, request_id: RequestTag) -> Self {
        Self(Source::Upstream(Download {
            incoming,
            idle: Idle::new(options.idle_body_timeout),
            left: options.response_body_bytes,
            request_id,
        }))
    }
}

/// No bytes.
impl Default for Body {
    fn default() -> Self {
        Self(Source::Whole(None))
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Source::Whole((!bytes.is_empty()).then_some(bytes)))
    }
}

impl Download {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let error = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Ok(frame))) => {
                self.idle.end_wait();
                if self.admits(&frame) {
                    return Poll::Ready(Some(Ok(frame)));
                }
                BodyError::TooLarge
            }
            Poll::Ready(Some(Err(error))) => BodyError::Upstream(error),
            Poll::Pending if self.idle.poll_expired(cx).is_pending() => return Poll::Pending,
            Poll::Pending => BodyError::TimedOut,
        };
        warn!(request_id = self.request_id.as_str(), error = %Chain(&error), "answer broken off");
        Poll::Ready(Some(Err(error)))
    }

    fn admits(&mut self, frame: &Frame<Bytes>) -> bool {
        let (Some(left), Some(data)) = (self.left, frame.data_ref()) else { return true };
        self.left = left.checked_sub(data.len() as u64);
        self.left.is_some()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Source::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Source::Upstream(download) => download.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Whole(bytes) => bytes.is_none(),
            Source::Upstream(download) => download.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Source::Upstream(download) => download.incoming.size_hint(),
        }
    }
}
