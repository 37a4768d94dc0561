//! A create that is sent twice with the same `Idempotency-Key` happens once and is answered twice.
//!
//! The record is written in the transaction that makes the thing, so there is no state in between:
//! a second sender waits for the first one's commit and then reads its outcome.

use claviger_secrets::Lookup;

/// A caller's `Idempotency-Key` and the hash of what it was sent with.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    /// The key as sent: 1 to 255 printable ASCII characters.
    pub(crate) key: String,
    /// The keyed hash of method, path and body.
    pub(crate) request: Lookup,
}
