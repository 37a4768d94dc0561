//! Sending to a collector, from outside: this crate knows no network.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Numbers.
    Metrics,
}

impl Signal {
    /// The word in OTLP's paths, and in our own numbers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }
}

/// Why a collector did not take something.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// It could not be asked, or did not answer in time.
    #[error("the collector cannot be reached")]
    Unreachable(#[source] Box<dyn Error + Send + Sync>),
    /// It asks to be asked again (OTLP, "Retryable Response Codes").
    #[error("the collector answered {status} and asks for patience")]
    Later {
        /// Its status.
        status: u16,
        /// How long it asks to be left alone.
        pause: Option<Duration>,
    },
    /// It will not take this, however often it is asked.
    #[error("the collector answered {0}")]
    Refused(u16),
}

impl DeliveryError {
    /// Whether the same may be taken later.
    pub(crate) const fn is_passing(&self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// How long to wait at least before it is tried again.
    pub(crate) const fn pause(&self) -> Option<Duration> {
        match self {
            Self::Later { pause, .. } => *pause,
            Self::Unreachable(_) | Self::Refused(_) => None,
        }
    }
}

/// Sends to a collector.
pub trait Deliver: Send + Sync + 'static {
    /// Sends one message and answers what the collector said of it, after a bounded time.
    fn deliver(&self, signal: Signal, body: Bytes) -> BoxFuture<'_, Result<Bytes, DeliveryError>>;
}
