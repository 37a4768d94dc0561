use super::*;
use claviger_domain::Environment;
use proptest::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};

struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, buffer: &mut [u8]) {
        for byte in buffer {
            let x = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            *byte = (x >> 32) as u8;
        }
    }
}

fn format(prefix: &str, shape: KeyShape) -> KeyFormat {
    KeyFormat { prefix: prefix.into(), shape, kind: KeyKind::Single, environment: Environment::Live }
}

const CHECKED: KeyShape = KeyShape::Checked { random: 30 };

proptest! {
    #[test]
    fn a_generated_key_is_recognized_and_carries_160_random_bits(seed: u64) {
        let formats = [format("sk_test_", CHECKED), format("sk_live_", CHECKED), format("", KeyShape::Uuid)];
        for wanted in &formats {
            let key = generate_key(wanted, &Seeded(seed.into()));
            prop_assert!(key.expose().starts_with(&*wanted.prefix));
            prop_assert_eq!(recognize(key.expose().as_bytes(), &formats), Recognized::Key(wanted));
        }
        let bits = 27.0 * 62f64.log2();
        prop_assert!(bits >= 160.0);
    }

    #[test]
    fn a_key_with_one_character_changed_is_junk(seed: u64, at in 8usize..44, to in 0u32..62) {
        let formats = [format("sk_live_", CHECKED)];
        let key = generate_key(&formats[0], &Seeded(seed.into()));
        let mut bytes = key.expose().as_bytes().to_vec();
        prop_assume!(bytes[at] != base62::digit(to));
        bytes[at] = base62::digit(to);
        prop_assert_eq!(recognize(&bytes, &formats), Recognized::Junk);
    }

    #[test]
    fn no_bytes_make_recognition_panic(bytes: Vec<u8>) {
        let formats = [format("sk_live_", CHECKED), format("", KeyShape::Uuid)];
        let _ = recognize(&bytes, &formats);
    }
}

#[test]
fn the_documents_sample_keys_start_like_ours_but_are_junk() {
    let formats = [format("sk_live_", CHECKED)];
    assert_eq!(recognize(b"sk_live_1234567890abcdef", &formats), Recognized::Junk);
    assert_eq!(recognize(b"eyJhbGciOiJIUzI1NiJ9.e30.x", &formats), Recognized::Foreign);
    assert_eq!(recognize(b"", &formats), Recognized::Foreign);
}

#[test]
fn a_hint_shows_prefix_and_last_four_only() {
    let f = format("sk_live_", CHECKED);
    let key = generate_key(&f, &Seeded(1.into()));
    let shown = hint(&f, &key);
    assert_eq!(&*shown.prefix, "sk_live_");
    assert_eq!(shown.last_four.len(), 4);
    assert!(key.expose().ends_with(&*shown.last_four));
}
