//! The system's clock and randomness. The only place that touches them.

use std::process::abort;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_domain::{Clock, Entropy, Timestamp};
use rustls::crypto::{CryptoProvider, aws_lc_rs};

/// The effects that every part is handed.
#[derive(Clone)]
pub struct Effects {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Effects {
    /// Those of this machine.
    pub fn system() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(OsEntropy(aws_lc_rs::default_provider())) }
    }
}

/// The machine's wall clock.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> Timestamp {
        // Before 1970 is a clock that was never set: zero is as good as any.
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// aws-lc's generator, seeded by the operating system, by way of the provider that TLS uses too.
struct OsEntropy(CryptoProvider);

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if self.0.secure_random.fill(buffer).is_err() {
            // Going on would hand out guessable secrets.
            abort();
        }
    }
}
