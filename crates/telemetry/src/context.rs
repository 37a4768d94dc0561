//! Which trace a request belongs to, as W3C Trace Context writes it.

use std::fmt;

use claviger_domain::Entropy;
use http::{HeaderMap, HeaderName, HeaderValue};

/// The field with the trace and the caller's span in it.
pub(crate) const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What systems on the way add for themselves; it belongs to one `traceparent`.
pub(crate) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The only flag of version 00 that is given a meaning there: whether the caller records.
const SAMPLED: u8 = 1;

/// A trace: everything that was done for one request, on all machines. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(u128);

/// A part of a trace. Never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanId(u64);

impl TraceId {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        // Zero means that there is none.
        Self(u128::from_be_bytes(bytes).max(1))
    }

    /// As OTLP has it.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    /// The part that is random whoever made it, by which a share of all is chosen (OpenTelemetry, TraceIdRatioBased).
    pub(crate) const fn lot(self) -> u64 {
        (self.0 & u64::MAX as u128) as u64 >> 1
    }
}

impl SpanId {
    pub(crate) fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        Self(u64::from_be_bytes(bytes).max(1))
    }

    /// As OTLP has it.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }
}

/// A span, as it is told to whoever continues its trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: TraceId,
    /// The span in it.
    pub span: SpanId,
    /// Whether it is recorded.
    pub is_sampled: bool,
}

impl TraceContext {
    /// What the caller says: the one `traceparent` of a request (W3C Trace Context section 3.2). None where there is
    /// none, or more than one, or it is not understood; then a trace begins here.
    pub fn read(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(TRACEPARENT).iter();
        let only = values.next().filter(|_| values.next().is_none())?;
        Self::parse(only.to_str().ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let version = hex(text.get(..2)?)?;
        // A later version may put more after it, but not before.
        let is_known = match version {
            0 => text.len() == 55,
            0xff => false,
            _ => text.len() == 55 || text.as_bytes().get(55) == Some(&b'-'),
        };
        let dashes = [2, 35, 52].into_iter().all(|at| text.as_bytes().get(at) == Some(&b'-'));
        if !is_known || !dashes {
            return None;
        }
        let trace = TraceId(hex(text.get(3..35)?).filter(|id| *id != 0)?);
        let span = hex(text.get(36..52)?).and_then(|id| u64::try_from(id).ok()).filter(|id| *id != 0)?;
        let flags = u8::try_from(hex(text.get(53..55)?)?).ok()?;
        Some(Self { trace, span: SpanId(span), is_sampled: flags & SAMPLED != 0 })
    }

    /// The value of `traceparent` for whoever is asked next.
    pub fn to_header(self) -> HeaderValue {
        // Digits and dashes; no such text is refused.
        HeaderValue::try_from(self.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace.0, self.span.0, u8::from(self.is_sampled))
    }
}

/// Digits of base 16, in lower case as the specification wants them.
fn hex(text: &str) -> Option<u128> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.bytes().all(is_digit).then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn read(values: &[&str]) -> Option<TraceContext> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        TraceContext::read(&headers)
    }

    #[test]
    fn what_was_read_is_written_again() {
        let context = read(&[GOOD]).unwrap();
        assert!(context.is_sampled);
        assert_eq!(context.to_header(), GOOD);
        assert_eq!(context.trace.to_bytes()[..3], [0x4b, 0xf9, 0x2f]);
        let quiet = read(&[&GOOD.replace("-01", "-00")]).unwrap();
        assert!(!quiet.is_sampled);
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = GOOD.replacen("00", "cc", 1);
        assert_eq!(read(&[&later]), read(&[GOOD]));
        assert_eq!(read(&[&format!("{later}-what-the-future-brings")]), read(&[GOOD]));
        // A flag that is not known yet changes nothing.
        assert_eq!(read(&[&GOOD.replace("-01", "-03")]), read(&[GOOD]));
    }

    #[test]
    fn what_is_not_understood_is_no_context() {
        for bad in [
            String::new(),
            GOOD.to_uppercase(),
            GOOD.replacen("00", "ff", 1),
            format!("{GOOD}-more"),
            GOOD.replacen("00", "cc", 1) + "more",
            GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            GOOD.replace("00f067aa0ba902b7", &"0".repeat(16)),
            GOOD.replace('-', "_"),
            GOOD[..54].to_owned(),
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        ] {
            assert_eq!(read(&[&bad]), None, "{bad}");
        }
        assert_eq!(read(&[GOOD, GOOD]), None, "two of them");
        assert_eq!(read(&[]), None);
    }

    proptest! {
        #[test]
        fn no_value_makes_the_reader_panic(value in "\\PC{0,80}") {
            TraceContext::parse(&value);
        }
    }
}
