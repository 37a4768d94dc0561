//! What became of messages to webhooks on this node since it started, for whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Landing {
    /// The endpoint took the message.
    Delivered,
    /// It is tried again.
    Failed,
    /// It was the last attempt, or the endpoint is gone.
    GivenUp,
}

/// Attempts by what became of them.
#[derive(Default)]
pub(crate) struct WebhookCounts {
    delivered: AtomicU64,
    failed: AtomicU64,
    given_up: AtomicU64,
}

impl WebhookCounts {
    pub(crate) fn note(&self, landing: Landing) {
        let count = match landing {
            Landing::Delivered => &self.delivered,
            Landing::Failed => &self.failed,
            Landing::GivenUp => &self.given_up,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> WebhookTotals {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Self { delivered, failed, given_up } = self;
        WebhookTotals { delivered: read(delivered), failed: read(failed), given_up: read(given_up) }
    }
}

/// How sending messages to webhooks goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WebhookTotals {
    /// Messages that this node delivered since it started.
    pub delivered: u64,
    /// Attempts of this node that failed and are made again.
    pub failed: u64,
    /// Messages that this node gave up.
    pub given_up: u64,
}
