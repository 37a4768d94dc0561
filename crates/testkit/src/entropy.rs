//! Random bytes that are the same in every run.

use std::sync::atomic::{AtomicU64, Ordering};

use claviger_domain::Entropy;

/// The odd constant by which `SplitMix64` steps (Steele, Lea, Flood 2014).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Entropy for tests: `SplitMix64` over a seed. Two calls never give the same bytes; two runs do.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// The sequence that belongs to this seed.
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

impl Default for SeededEntropy {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            for (byte, random) in chunk.iter_mut().zip(self.next().to_le_bytes()) {
                *byte = random;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_published_sequence() {
        // The first two outputs of SplitMix64 with seed 1234567, as in its reference implementation.
        let entropy = SeededEntropy::new(1_234_567);
        assert_eq!(entropy.next(), 6_457_827_717_110_365_317);
        assert_eq!(entropy.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn every_byte_of_a_buffer_is_filled() {
        let (a, b) = (SeededEntropy::new(7), SeededEntropy::new(7));
        let mut one = [0; 21];
        let mut two = [0xff; 21];
        a.fill(&mut one);
        b.fill(&mut two);
        assert_eq!(one, two);
    }
}
