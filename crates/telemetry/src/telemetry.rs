//! Whether requests have spans, and which.

use std::sync::Arc;

use claviger_domain::{Clock, Entropy};
use http::HeaderMap;

use crate::context::{SpanId, TraceContext, TraceId};
use crate::recorder::{Delivered, Recorded, Recorder, recorder};
use crate::span::{Caller, RequestSpan};

/// Which traces are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// The share of the traces that begin here, from 0 to 1.
    pub ratio: f64,
    /// Whether a caller's `traceparent` is continued, and decides for its trace. Without, every trace begins here.
    pub follows_callers: bool,
}

/// The beginning of spans; off, it begins none and costs nothing. Cheap to clone.
#[derive(Clone, Default)]
pub struct Telemetry(Option<Arc<On>>);

struct On {
    recorder: Recorder,
    sampling: Sampling,
}

impl Telemetry {
    /// Begins no span.
    pub fn off() -> Self {
        Self::default()
    }

    /// Begins a span for each request; those that are recorded go to the exporter made of the other half.
    pub(crate) fn on(
        sampling: Sampling,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> (Self, Recorded) {
        let (recorder, recorded) = recorder(clock, entropy);
        (Self(Some(Arc::new(On { recorder, sampling }))), recorded)
    }

    /// Whether requests have spans.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Begins the span of a request that just arrived with these headers.
    pub fn begin(&self, headers: &HeaderMap, caller: Caller<'_>) -> Option<RequestSpan> {
        let On { recorder, sampling } = &**self.0.as_ref()?;
        let span = SpanId::generate(recorder.entropy());
        let continued = sampling.follows_callers.then(|| TraceContext::read(headers)).flatten();
        let context = match continued {
            Some(callers) => TraceContext { span, ..callers },
            None => {
                let trace = TraceId::generate(recorder.entropy());
                TraceContext { trace, span, is_sampled: sampling.takes(trace) }
            }
        };
        Some(RequestSpan::begin(recorder, context, continued.map(|callers| callers.span), caller))
    }

    pub(crate) fn deliveries(&self) -> Delivered {
        self.0.as_ref().map(|on| on.recorder.deliveries()).unwrap_or_default()
    }
}

impl std::fmt::Debug for Telemetry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_on() { "Telemetry(on)" } else { "Telemetry(off)" })
    }
}

impl Sampling {
    /// Every node that is told the same share takes the same traces.
    fn takes(self, trace: TraceId) -> bool {
        // 2^63 and every lot below it: what is lost of a share beyond 53 bits chooses one trace in 2^53.
        let whole = (1_u64 << 63) as f64;
        (trace.lot() as f64) < self.ratio * whole
    }
}
