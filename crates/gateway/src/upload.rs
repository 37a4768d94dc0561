//! The body of a request on its way to the upstream.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use crate::error::UploadError;
use crate::idle::Idle;

/// The body of a request as it comes to the gateway.
#[derive(Debug)]
pub enum Inbound {
    /// A caller's, from its connection.
    Caller(Incoming),
    /// One of our own, which is here whole; none once it was read.
    Whole(Option<Bytes>),
}

impl From<Incoming> for Inbound {
    fn from(incoming: Incoming) -> Self {
        Self::Caller(incoming)
    }
}

impl From<Bytes> for Inbound {
    fn from(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl http_body::Body for Inbound {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut *self {
            Self::Caller(incoming) => Pin::new(incoming).poll_frame(cx),
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Caller(incoming) => incoming.is_end_stream(),
            Self::Whole(bytes) => bytes.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Caller(incoming) => incoming.size_hint(),
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
        }
    }
}

/// The body of a request to the upstream.
#[derive(Debug)]
pub(crate) enum Upload {
    /// Bytes that were held while they were judged, or none.
    Whole(Option<Bytes>),
    /// The caller's bytes as they come.
    Streaming(Stream),
}

/// The caller's bytes as they come, no more than allowed and never later.
#[derive(Debug)]
pub(crate) struct Stream {
    incoming: Inbound,
    left: u64,
    idle: Idle,
    progress: Arc<Progress>,
}

/// How far an upload is. The pool's connection drives the upload; whoever waits for the answer looks here
/// to tell a slow upstream from a slow caller, and to learn what broke.
#[derive(Debug)]
pub(crate) struct Progress {
    begin: Instant,
    stage: AtomicU8,
    /// Milliseconds after `begin`, when the upstream was last given a chunk.
    moved_at: AtomicU64,
}

const WITH_UPSTREAM: u8 = 0;
const WITH_CALLER: u8 = 1;
const TOO_LARGE: u8 = 2;
const TIMED_OUT: u8 = 3;
const BROKEN: u8 = 4;

impl Upload {
    /// The body of a request, at most `limit` bytes, with at most `idle` between chunks.
    pub(crate) fn of_caller(incoming: Inbound, limit: u64, idle: Duration) -> Self {
        if incoming.is_end_stream() {
            return Self::Whole(None);
        }
        let progress = Progress {
            begin: Instant::now(),
            stage: AtomicU8::new(WITH_UPSTREAM),
            moved_at: AtomicU64::new(0),
        };
        Self::Streaming(Stream { incoming, left: limit, idle: Idle::new(idle), progress: Arc::new(progress) })
    }

    /// Where to look for its progress; a body that is here whole makes none.
    pub(crate) fn progress(&self) -> Option<Arc<Progress>> {
        match self {
            Self::Whole(_) => None,
            Self::Streaming(stream) => Some(Arc::clone(&stream.progress)),
        }
    }
}

impl From<Bytes> for Upload {
    fn from(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl Progress {
    /// Why the upload broke off, if it did.
    pub(crate) fn failure(&self) -> Option<UploadError> {
        match self.stage.load(Ordering::Acquire) {
            TOO_LARGE => Some(UploadError::TooLarge),
            TIMED_OUT => Some(UploadError::TimedOut),
            BROKEN => Some(UploadError::Broken),
            _ => None,
        }
    }

    /// When an upstream that has `limit` to do something will have had it. While the caller is who keeps
    /// everyone waiting, that moves on.
    pub(crate) fn upstream_due(&self, limit: Duration) -> Instant {
        match self.stage.load(Ordering::Acquire) {
            WITH_CALLER => Instant::now() + limit,
            _ => self.begin + Duration::from_millis(self.moved_at.load(Ordering::Relaxed)) + limit,
        }
    }

    fn chunk_passed(&self) {
        let moved_at = u64::try_from(self.begin.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.moved_at.store(moved_at, Ordering::Relaxed);
        self.stage.store(WITH_UPSTREAM, Ordering::Release);
    }

    fn fail(&self, error: UploadError) -> UploadError {
        let stage = match error {
            UploadError::TooLarge => TOO_LARGE,
            UploadError::TimedOut => TIMED_OUT,
            UploadError::Broken => BROKEN,
        };
        self.stage.store(stage, Ordering::Release);
        error
    }
}

impl Stream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        let error = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(None) => {
                self.progress.chunk_passed();
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Ok(frame))) => {
                self.idle.end_wait();
                self.progress.chunk_passed();
                // Trailers are dropped, as RFC 9110 section 6.5.1 lets us: an upstream that merges them
                // into the header would take from them who is calling.
                let Ok(data) = frame.into_data() else { return Poll::Ready(None) };
                match self.left.checked_sub(data.len() as u64) {
                    Some(left) => {
                        self.left = left;
                        return Poll::Ready(Some(Ok(Frame::data(data))));
                    }
                    None => UploadError::TooLarge,
                }
            }
            Poll::Ready(Some(Err(_))) => UploadError::Broken,
            Poll::Pending if self.idle.poll_expired(cx).is_pending() => {
                self.progress.stage.store(WITH_CALLER, Ordering::Release);
                return Poll::Pending;
            }
            Poll::Pending => UploadError::TimedOut,
        };
        Poll::Ready(Some(Err(self.progress.fail(error))))
    }
}

impl http_body::Body for Upload {
    type Data = Bytes;
    type Error = UploadError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UploadError>>> {
        match &mut *self {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Streaming(stream) => stream.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Streaming(stream) => stream.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Self::Streaming(stream) => stream.incoming.size_hint(),
        }
    }
}
