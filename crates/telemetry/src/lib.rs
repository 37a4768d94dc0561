//! What the server tells of itself.
//!
//! There is one list of [`INSTRUMENTS`] and one function that reads them, [`families`]; `/metrics` writes what it reads as
//! text ([`open_metrics`]) and the [`Exporter`] sends the same by OTLP. Each request has a span where a [`Telemetry`] is
//! on: it follows the caller's `traceparent` (W3C Trace Context), tells the upstream of itself, has as its parts
//! the asking of the upstream and the writes to the database that the request waits for, and waits for nothing itself.
//! Where it is off there is no span and nothing is allocated.

mod context;
mod delivery;
mod exporter;
mod families;
mod instrument;
mod messages;
mod open_metrics;
mod recorder;
mod span;
mod telemetry;
mod write_span;

pub use context::{SpanId, TraceContext, TraceId};
pub use delivery::{Deliver, DeliveryError, Signal};
pub use exporter::Exporter;
pub use families::families;
pub use instrument::{Family, INSTRUMENTS, Instrument, Kind, Point, Value};
pub use messages::About;
pub use open_metrics::open_metrics;
pub use span::{Caller, RequestSpan, UpstreamSpan};
pub use telemetry::{Sampling, Telemetry};
