//! Spans that ended, on their way to the exporter, and what became of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use claviger_domain::{Clock, Entropy, Timestamp};
use tokio::sync::mpsc;

use crate::context::{SpanId, TraceContext};
use crate::delivery::Signal;

/// Spans that wait to be sent. Beyond that they are dropped, and counted: no request waits for a collector.
const QUEUE: usize = 4_096;

/// A span that ended.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) context: TraceContext,
    pub(crate) parent: Option<Parent>,
    pub(crate) side: Side,
    pub(crate) name: String,
    pub(crate) began: Timestamp,
    pub(crate) ended: Timestamp,
    pub(crate) attributes: Vec<(&'static str, Said)>,
    /// Whether it counts as a failure.
    pub(crate) has_failed: bool,
}

/// The span that this one is a part of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parent {
    pub(crate) span: SpanId,
    /// Whether it is in another process.
    pub(crate) is_remote: bool,
}

/// On which side of a request a span stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// It was asked.
    Server,
    /// It asks.
    Client,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Text(Cow<'static, str>),
    Number(i64),
}

impl From<&'static str> for Said {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<u16> for Said {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

/// What became of spans, and how often a collector took nothing.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    delivered: AtomicU64,
    dropped: AtomicU64,
    undelivered: AtomicU64,
    rejected: AtomicU64,
    failed_traces: AtomicU64,
    failed_metrics: AtomicU64,
}

/// The same, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Delivered {
    /// By outcome.
    pub(crate) spans: BTreeMap<&'static str, u64>,
    /// Calls that failed, by signal.
    pub(crate) failures: BTreeMap<&'static str, u64>,
}

impl Deliveries {
    pub(crate) fn note_taken(&self, spans: usize, rejected: u64) {
        let rejected = rejected.min(spans as u64);
        self.delivered.fetch_add(spans as u64 - rejected, Ordering::Relaxed);
        self.rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    pub(crate) fn note_undelivered(&self, spans: usize) {
        self.undelivered.fetch_add(spans as u64, Ordering::Relaxed);
    }

    pub(crate) fn note_failure(&self, signal: Signal) {
        let count = match signal {
            Signal::Traces => &self.failed_traces,
            Signal::Metrics => &self.failed_metrics,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    fn note_dropped(&self) {
        if self.dropped.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!("spans are dropped: the collector takes fewer than there are");
        }
    }

    pub(crate) fn read(&self) -> Delivered {
        let number = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Delivered {
            spans: BTreeMap::from([
                ("delivered", number(&self.delivered)),
                ("dropped", number(&self.dropped)),
                ("undelivered", number(&self.undelivered)),
                ("rejected", number(&self.rejected)),
            ]),
            failures: BTreeMap::from([
                (Signal::Traces.as_str(), number(&self.failed_traces)),
                (Signal::Metrics.as_str(), number(&self.failed_metrics)),
            ]),
        }
    }
}

/// Where spans are put when they end. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Recorder(Arc<Inner>);

struct Inner {
    queue: mpsc::Sender<Span>,
    deliveries: Arc<Deliveries>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// The other end: spans to be sent.
pub(crate) struct Recorded {
    pub(crate) queue: mpsc::Receiver<Span>,
    pub(crate) deliveries: Arc<Deliveries>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Both ends.
pub(crate) fn recorder(clock: Arc<dyn Clock>, entropy: Arc<dyn Entropy>) -> (Recorder, Recorded) {
    let (sender, queue) = mpsc::channel(QUEUE);
    let deliveries = Arc::new(Deliveries::default());
    let recorded = Recorded { queue, deliveries: Arc::clone(&deliveries), clock: Arc::clone(&clock) };
    (Recorder(Arc::new(Inner { queue: sender, deliveries, clock, entropy })), recorded)
}

impl Recorder {
    /// Puts a span in the queue, or drops it and counts that. Never waits.
    pub(crate) fn record(&self, span: Span) {
        if self.0.queue.try_send(span).is_err() {
            self.0.deliveries.note_dropped();
        }
    }

    pub(crate) fn deliveries(&self) -> Delivered {
        self.0.deliveries.read()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn entropy(&self) -> &dyn Entropy {
        &*self.0.entropy
    }
}
