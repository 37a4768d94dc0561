//! Plain hashes, for values that anyone may compute: PKCE challenges, thumbprints, `at_hash`.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};

/// The SHA-256 of these bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// The SHA-384 of these bytes.
pub fn sha384(bytes: &[u8]) -> [u8; 48] {
    let mut hash = [0; 48];
    hash.copy_from_slice(digest(&SHA384, bytes).as_ref());
    hash
}

/// The SHA-512 of these bytes.
pub fn sha512(bytes: &[u8]) -> [u8; 64] {
    let mut hash = [0; 64];
    hash.copy_from_slice(digest(&SHA512, bytes).as_ref());
    hash
}
