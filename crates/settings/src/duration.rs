//! Durations as people write them: "250ms", "10s", "1h 30m", "90d". A day has 24 hours.

use std::time::Duration;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    let signed = SignedDuration::try_from(*duration).unwrap_or(SignedDuration::MAX);
    serializer.collect_str(&format_args!("{signed:#}"))
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    const EXPECTED: &str = "expected a duration like \"250ms\", \"10s\" or \"1h 30m\"";
    let text = String::deserialize(deserializer).map_err(|_| D::Error::custom(EXPECTED))?;
    let span: Span = text.parse().map_err(|_| D::Error::custom(EXPECTED))?;
    let signed =
        span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| D::Error::custom(EXPECTED))?;
    let duration = Duration::try_from(signed).map_err(|_| D::Error::custom("must not be negative"))?;
    if duration.is_zero() { Err(D::Error::custom("must be longer than nothing")) } else { Ok(duration) }
}
