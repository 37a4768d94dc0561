//! Key parse with checksum, and the keyed hash: the first two steps of every verification.
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;

use claviger_domain::{Entropy, Environment, KeyFormat, KeyKind, KeyShape};
use claviger_secrets::{LookupHasher, MasterKey, Purpose, generate_key, recognize};

struct Ones;

impl Entropy for Ones {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(1);
    }
}

fn formats() -> [KeyFormat; 2] {
    let format = |prefix: &str, environment| KeyFormat {
        prefix: prefix.into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment,
    };
    [format("sk_test_", Environment::Test), format("sk_live_", Environment::Live)]
}

#[divan::bench]
fn recognize_a_good_key(bencher: divan::Bencher<'_, '_>) {
    let formats = formats();
    let key = generate_key(&formats[1], &Ones);
    bencher.bench(|| recognize(black_box(key.expose().as_bytes()), &formats).key_kind());
}

#[divan::bench]
fn recognize_junk(bencher: divan::Bencher<'_, '_>) {
    let formats = formats();
    let key = generate_key(&formats[1], &Ones);
    let mut junk = key.expose().as_bytes().to_vec();
    *junk.last_mut().unwrap() ^= 1;
    bencher.bench(|| recognize(black_box(&junk), &formats).key_kind());
}

#[divan::bench]
fn keyed_hash(bencher: divan::Bencher<'_, '_>) {
    let hasher = LookupHasher::new(&MasterKey::generate(&Ones)).unwrap();
    let key = generate_key(&formats()[1], &Ones);
    bencher.bench(|| hasher.hash(Purpose::Key, black_box(key.expose().as_bytes())));
}

fn main() {
    divan::main();
}
