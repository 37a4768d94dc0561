//! How callers learn what is left of their limits.

use std::fmt::Write;

use claviger_domain::{LimitName, LimitState, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue};

/// A way to say what is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaStyle {
    /// `RateLimit-Policy` and `RateLimit`, lists of Structured Fields (RFC 9651), as in draft-ietf-httpapi-ratelimit-headers-10.
    Ietf,
    /// `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` in seconds from now, as in older drafts.
    IetfTriple,
    /// `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset` in Unix seconds.
    XRateLimit,
}

/// The styles in use, and the limit that styles with room for one show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuotaHeaders {
    /// All are sent.
    pub styles: Vec<QuotaStyle>,
    /// Shown by the styles with room for one limit, where the request was counted against it; else the first that
    /// refused, or the first of the contract.
    pub shown: Option<LimitName>,
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");
const TRIPLE: [HeaderName; 3] = [
    HeaderName::from_static("ratelimit-limit"),
    HeaderName::from_static("ratelimit-remaining"),
    HeaderName::from_static("ratelimit-reset"),
];
const X_TRIPLE: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];

impl QuotaHeaders {
    pub(crate) fn write(&self, limits: &[LimitState], now: Timestamp, headers: &mut HeaderMap) {
        let shown =
            limits.iter().find(|state| Some(&state.limit.name) == self.shown.as_ref()).or(limits.first());
        let Some(shown) = shown else { return };
        for style in &self.styles {
            let (names, reset) = match style {
                QuotaStyle::Ietf => {
                    write_lists(limits, now, headers);
                    continue;
                }
                QuotaStyle::IetfTriple => (&TRIPLE, seconds_until(shown.reset_at, now)),
                QuotaStyle::XRateLimit => {
                    let rounded_up = shown.reset_at.micros().saturating_add(999_999).div_euclid(1_000_000);
                    (&X_TRIPLE, u64::try_from(rounded_up).unwrap_or(0))
                }
            };
            let values = [u64::from(shown.limit.requests.get()), u64::from(shown.remaining), reset];
            for (name, value) in names.iter().zip(values) {
                headers.insert(name, HeaderValue::from(value));
            }
        }
    }
}

/// As many bytes as a limit takes in a list, unless its name is long.
const USUAL: usize = 32;

fn write_lists(limits: &[LimitState], now: Timestamp, headers: &mut HeaderMap) {
    let mut policies = String::with_capacity(USUAL * limits.len());
    let mut states = String::with_capacity(USUAL * limits.len());
    for (i, LimitState { limit, remaining, reset_at, retry_at }) in limits.iter().enumerate() {
        let comma = if i == 0 { "" } else { ", " };
        let wait = seconds_until(retry_at.unwrap_or(*reset_at), now);
        // Writing to a String cannot fail.
        let _ = write!(policies, "{comma}\"{}\";q={};w={}", limit.name, limit.requests, limit.per_seconds());
        let _ = write!(states, "{comma}\"{}\";r={remaining};t={wait}", limit.name);
    }
    for (name, text) in [(POLICY, policies), (STATE, states)] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
}

/// Whole seconds until `then`, rounded up, so that a caller who waits them is never early.
pub(crate) fn seconds_until(then: Timestamp, now: Timestamp) -> u64 {
    then.since(now).as_micros().div_ceil(1_000_000).try_into().unwrap_or(u64::MAX)
}

/// Seconds after which no limit refuses any more; none if none refused.
pub(crate) fn retry_after(limits: &[LimitState], now: Timestamp) -> Option<u64> {
    limits.iter().filter_map(|state| state.retry_at).max().map(|at| seconds_until(at, now).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::Limit;
    use std::num::NonZeroU32;
    use std::sync::Arc;

    fn state(name: &str, requests: u32, per: u32, remaining: u32, reset_micros: i64) -> LimitState {
        let (requests, per) = (NonZeroU32::new(requests).unwrap(), NonZeroU32::new(per).unwrap());
        let limit = Limit::even(name.parse().unwrap(), requests, per);
        LimitState {
            limit: Arc::new(limit),
            remaining,
            reset_at: Timestamp::from_micros(reset_micros),
            retry_at: None,
        }
    }

    #[test]
    fn each_style_says_it_in_its_own_way() {
        let limits = [state("burst", 10, 1, 3, 1_000_500_000), state("minute", 60, 60, 50, 1_010_000_001)];
        let shown = Some("minute".parse().unwrap());
        let styles = vec![QuotaStyle::Ietf, QuotaStyle::IetfTriple, QuotaStyle::XRateLimit];
        let mut headers = HeaderMap::new();
        QuotaHeaders { styles, shown }.write(&limits, Timestamp::from_seconds(1_000), &mut headers);
        let lines: Vec<String> =
            headers.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
        assert_eq!(
            lines,
            [
                "ratelimit-policy: \"burst\";q=10;w=1, \"minute\";q=60;w=60",
                "ratelimit: \"burst\";r=3;t=1, \"minute\";r=50;t=11",
                "ratelimit-limit: 60",
                "ratelimit-remaining: 50",
                "ratelimit-reset: 11",
                "x-ratelimit-limit: 60",
                "x-ratelimit-remaining: 50",
                "x-ratelimit-reset: 1011",
            ]
        );
    }

    #[test]
    fn without_limits_nothing_is_written() {
        let mut headers = HeaderMap::new();
        QuotaHeaders { styles: vec![QuotaStyle::Ietf], shown: None }.write(
            &[],
            Timestamp::from_seconds(1),
            &mut headers,
        );
        assert!(headers.is_empty());
    }

    #[test]
    fn a_retry_waits_for_the_slowest_limit_and_at_least_a_second() {
        let now = Timestamp::from_seconds(100);
        let mut a = state("a", 1, 1, 0, 0);
        a.retry_at = Some(now);
        assert_eq!(retry_after(&[a.clone()], now), Some(1));
        let mut b = state("b", 1, 60, 0, 0);
        b.retry_at = Some(Timestamp::from_micros(130_000_001));
        assert_eq!(retry_after(&[a, b], now), Some(31));
        assert_eq!(retry_after(&[state("c", 1, 1, 1, 0)], now), None);
    }
}
