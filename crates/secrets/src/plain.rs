//! A secret in clear, between its making and its only showing.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::optimization_barrier;

/// A secret text. It cannot be printed or serialized by accident and is wiped when dropped.
#[derive(Clone)]
pub struct Plain(String);

impl Plain {
    /// Takes a text into custody.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the one place that has to show or hash it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is the same, in time that depends on the lengths alone.
    pub fn matches(&self, presented: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(presented).into()
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        // All at once: `Zeroizing` writes byte by byte, which takes about as long as to sign a JWT by HMAC.
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.clear();
        bytes.resize(bytes.capacity(), 0);
        optimization_barrier(bytes.as_slice());
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_secret_does_not_print() {
        let secret = Plain::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "Plain(…)");
        assert!(secret.matches(b"hunter2"));
        assert!(!secret.matches(b"hunter3"));
        assert!(!secret.matches(b"hunter"));
    }
}
