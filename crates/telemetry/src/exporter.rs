//! Sending spans and numbers to a collector, beside everything else.
//!
//! Nothing waits for it: spans come by a bounded queue that drops what finds no room, and the end is given a bounded time.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use claviger_domain::{Clock, Entropy, Timestamp};
use futures_util::future::BoxFuture;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::delivery::{Deliver, DeliveryError, Signal};
use crate::instrument::Family;
use crate::messages::{self, About};
use crate::recorder::{Deliveries, Span};
use crate::telemetry::{Sampling, Telemetry};

/// Spans that are sent together.
const BATCH: usize = 512;
/// How long the first of them waits for company.
const LINGER: Duration = Duration::from_secs(1);
/// How long is waited before each further attempt to send the same spans.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8)];
/// The longest pause that a collector can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long the end may be held up by what is left to send.
const AT_THE_END: Duration = Duration::from_secs(2);

/// Sends to a collector what is recorded and counted, until it is told to stop.
pub struct Exporter {
    line: Line,
    queue: mpsc::Receiver<Span>,
    /// Spans that were taken from the queue and not given up.
    waiting: Vec<Span>,
    interval: Duration,
}

/// The way to the collector.
struct Line {
    collector: Arc<dyn Deliver>,
    about: About,
    deliveries: Arc<Deliveries>,
    clock: Arc<dyn Clock>,
    began: Timestamp,
    /// Whether the last attempt failed, so that an outage is two lines in the log and not thousands.
    is_away: AtomicBool,
}

impl Exporter {
    /// An exporter to this collector that sends numbers this often, and the beginning of the spans that it sends.
    pub fn new(
        collector: Arc<dyn Deliver>,
        about: About,
        (sampling, interval): (Sampling, Duration),
        (clock, entropy): (Arc<dyn Clock>, Arc<dyn Entropy>),
    ) -> (Telemetry, Self) {
        let began = clock.now();
        let (telemetry, recorded) = Telemetry::on(sampling, clock, entropy);
        let line = Line {
            collector,
            about,
            deliveries: recorded.deliveries,
            clock: recorded.clock,
            began,
            is_away: AtomicBool::new(false),
        };
        (telemetry, Self { line, queue: recorded.queue, waiting: Vec::new(), interval })
    }

    /// Sends until `stop` resolves, then what is left, for two seconds at most. `numbers` reads every instrument.
    pub async fn run(
        mut self,
        numbers: impl Fn() -> BoxFuture<'static, Vec<Family>>,
        stop: impl Future<Output = ()>,
    ) {
        {
            let Self { line, queue, waiting, interval } = &mut self;
            tokio::select! {
                () = stop => {}
                () = send_spans(line, queue, waiting) => {}
                () = send_numbers(line, *interval, &numbers) => {}
            }
        }
        let last = timeout(AT_THE_END, async {
            self.line.send_numbers(&numbers().await).await;
            self.send_what_is_left().await;
        });
        if last.await.is_err() {
            tracing::warn!("the collector did not take everything before the end");
        }
    }

    async fn send_what_is_left(&mut self) {
        self.queue.close();
        loop {
            while self.waiting.len() < BATCH
                && let Ok(span) = self.queue.try_recv()
            {
                self.waiting.push(span);
            }
            if self.waiting.is_empty() {
                return;
            }
            self.line.send_spans(&self.waiting).await.unwrap_or_default();
            self.waiting.clear();
        }
    }
}

/// Sends spans for ever, in batches.
async fn send_spans(line: &Line, queue: &mut mpsc::Receiver<Span>, waiting: &mut Vec<Span>) {
    loop {
        if waiting.is_empty() && queue.recv_many(waiting, BATCH).await == 0 {
            // Nobody is left who could record; numbers may still be sent.
            return std::future::pending().await;
        }
        let _ = timeout(LINGER, fill(queue, waiting)).await;
        let mut pauses = PAUSES.into_iter();
        while let Err(error) = line.send_spans(waiting).await {
            let Some(pause) = pauses.next().filter(|_| error.is_passing()) else {
                line.deliveries.note_undelivered(waiting.len());
                break;
            };
            sleep(error.pause().unwrap_or_default().clamp(pause, LONGEST_PAUSE)).await;
        }
        waiting.clear();
    }
}

/// Takes spans until a batch is full.
async fn fill(queue: &mut mpsc::Receiver<Span>, waiting: &mut Vec<Span>) {
    while waiting.len() < BATCH && queue.recv_many(waiting, BATCH - waiting.len()).await > 0 {}
}

/// Sends numbers for ever. What one attempt misses, the next has too: they are sums.
async fn send_numbers(line: &Line, every: Duration, numbers: &impl Fn() -> BoxFuture<'static, Vec<Family>>) {
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        line.send_numbers(&numbers().await).await;
    }
}

impl Line {
    async fn send_spans(&self, spans: &[Span]) -> Result<(), DeliveryError> {
        let answer = self.send(Signal::Traces, messages::traces(&self.about, spans)).await?;
        self.deliveries.note_taken(spans.len(), messages::rejected_spans(answer));
        Ok(())
    }

    async fn send_numbers(&self, families: &[Family]) {
        let body = messages::metrics(&self.about, families, (self.began, self.clock.now()));
        if let Ok(answer) = self.send(Signal::Metrics, body).await {
            let rejected = messages::rejected_points(answer);
            if rejected > 0 {
                self.deliveries.note_failure(Signal::Metrics);
                tracing::warn!(rejected, "the collector did not take some numbers");
            }
        }
    }

    async fn send(&self, signal: Signal, body: Bytes) -> Result<Bytes, DeliveryError> {
        let sent = self.collector.deliver(signal, body).await;
        let was_away = self.is_away.swap(sent.is_err(), Ordering::Relaxed);
        match &sent {
            Err(error) => {
                self.deliveries.note_failure(signal);
                if !was_away {
                    let error: &dyn Error = error;
                    tracing::warn!(error, signal = signal.as_str(), "the collector takes nothing");
                }
            }
            Ok(_) if was_away => tracing::info!("the collector is there again"),
            Ok(_) => {}
        }
        sent
    }
}

impl std::fmt::Debug for Exporter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Exporter").field("about", &self.line.about).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "exporter_tests.rs"]
mod tests;
