//! The system's clock and randomness. The only place that touches them.

use std::cell::RefCell;
use std::process::abort;
use std::sync::Arc;
use std::time::SystemTime;

use claviger_domain::{Clock, Entropy, Timestamp};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use zeroize::Zeroize as _;

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

/// The longest answer that comes from a thread's store: the random part of an id, of which each request needs one or two.
/// Secrets are longer.
const SHORT: usize = 16;
/// What a thread fetches at once. Asking the generator costs a microsecond, however little is asked for.
const STORE: usize = 64 * SHORT;

thread_local! {
    /// Random bytes that nobody has had yet: the first so many.
    static STORED: RefCell<([u8; STORE], usize)> = const { RefCell::new(([0; STORE], 0)) };
}

impl OsEntropy {
    fn fetch(&self, buffer: &mut [u8]) {
        if self.0.secure_random.fill(buffer).is_err() {
            // Going on would hand out guessable secrets.
            abort();
        }
    }
}

impl Entropy for OsEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        if buffer.len() > SHORT {
            return self.fetch(buffer);
        }
        STORED.with_borrow_mut(|(bytes, left)| {
            if *left < buffer.len() {
                self.fetch(bytes);
                *left = STORE;
            }
            let start = *left - buffer.len();
            if let Some(taken) = bytes.get_mut(start..*left) {
                buffer.copy_from_slice(taken);
                // Nobody can read from memory what was handed out.
                taken.zeroize();
            }
            *left = start;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_bytes_are_handed_out_twice() {
        let entropy = Effects::system().entropy;
        let mut seen = HashSet::new();
        for round in 0..1_000 {
            let mut bytes = [0; SHORT];
            let length = 10 + round % 7;
            entropy.fill(&mut bytes[..length]);
            assert!(bytes[..length].iter().any(|byte| *byte != 0));
            assert!(seen.insert(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn any_length_is_filled_to_its_end() {
        let entropy = Effects::system().entropy;
        for length in 0..100 {
            let mut last = 0;
            // One byte is zero once in 256 times; ten times in a row it is not.
            for _ in 0..10 {
                let mut bytes = vec![0; length];
                entropy.fill(&mut bytes);
                last |= bytes.last().copied().unwrap_or(1);
            }
            assert_ne!(last, 0, "{length}");
        }
    }

    #[test]
    fn what_was_handed_out_is_forgotten() {
        let entropy = Effects::system().entropy;
        entropy.fill(&mut [0; SHORT]);
        let (before, left) = STORED.with_borrow(|(bytes, left)| (*bytes, *left));
        assert!(before[left..].iter().all(|byte| *byte == 0));
        assert!(before[..left].iter().any(|byte| *byte != 0));
    }
}
