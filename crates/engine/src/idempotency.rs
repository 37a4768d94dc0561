//! A create that is sent twice with the same `Idempotency-Key` happens once and is answered twice.
//!
//! The record is written in the transaction that makes the thing, so there is no state in between:
//! a second sender waits for the first one's commit and then reads its outcome.

use std::time::Duration;

use claviger_domain::{Actor, Timestamp};
use claviger_secrets::{Lookup, Plain, Purpose, SealContext};
use claviger_store::{Conn, IdempotencyKey as Id, Tx};

use crate::engine::Engine;
use crate::error::Error;

/// How long an answer can be repeated.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest key, in bytes.
const LONGEST: usize = 255;

/// A caller's `Idempotency-Key` and the hash of what it was sent with.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    key: String,
    request: Lookup,
}

/// What an earlier request with the same key made: its id, and the secret it was shown, if any.
pub(crate) struct Earlier {
    pub(crate) id: String,
    pub(crate) secret: Option<Plain>,
}

/// How a create with an `Idempotency-Key` stands.
pub(crate) enum Repeat {
    /// Nobody used the key before.
    First,
    /// The same request was answered before.
    Again(Earlier),
    /// The key was used for another request.
    Mismatch,
}

/// The record of a create, sealed, to be written in its transaction.
#[derive(Clone)]
pub(crate) struct Outcome {
    actor: String,
    key: String,
    request_hash: [u8; 32],
    response: Vec<u8>,
    now: Timestamp,
}

impl Outcome {
    /// Writes the record. `false` when another request with the same key was first.
    pub(crate) async fn insert(&self, tx: &mut Tx) -> Result<bool, claviger_store::Error> {
        let id = Id { actor: &self.actor, key: &self.key };
        let expires_at = self.now.plus(REMEMBERED);
        Ok(tx.begin_idempotency(id, &self.request_hash, self.now, expires_at).await?
            && tx.complete_idempotency(id, &self.response).await?)
    }
}

fn row_name(actor: &str, key: &str) -> String {
    // An actor's name holds no space.
    format!("{actor} {key}")
}

const fn place(row: &str) -> SealContext<'_> {
    SealContext { place: "idempotency.response", row }
}

impl Engine {
    /// An `Idempotency-Key` header with the request it came with: method, path and body.
    ///
    /// `None` when the text is not 1 to 255 printable ASCII characters.
    pub fn idempotency_key(&self, text: &str, request: &[u8]) -> Option<IdempotencyKey> {
        let is_legal = !text.is_empty()
            && text.len() <= LONGEST
            && text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        is_legal.then(|| IdempotencyKey {
            key: text.to_owned(),
            request: self.vault().hash(Purpose::Idempotency, request),
        })
    }

    /// How a create with this key stands.
    pub(crate) async fn find_repeat(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        once: &IdempotencyKey,
    ) -> Result<Repeat, Error> {
        let actor = actor.to_string();
        let Some(record) = conn.find_idempotency(Id { actor: &actor, key: &once.key }, self.now()).await?
        else {
            return Ok(Repeat::First);
        };
        if record.request_hash != once.request.bytes() {
            return Ok(Repeat::Mismatch);
        }
        let row = row_name(&actor, &once.key);
        // Written in one transaction with its answer: a record without one was not written by us.
        let Some(response) = record.response else { return Ok(Repeat::Mismatch) };
        let opened = self.sealer().open(place(&row), &response)?;
        let text = String::from_utf8_lossy(&opened);
        let (id, secret) = text.split_once('\n').unwrap_or((&text, ""));
        let secret = (!secret.is_empty()).then(|| Plain::new(secret.to_owned()));
        Ok(Repeat::Again(Earlier { id: id.to_owned(), secret }))
    }

    /// The record of this create, sealed, to be written in its transaction.
    pub(crate) fn seal_outcome(
        &self,
        actor: &Actor,
        once: &IdempotencyKey,
        id: &str,
        secret: Option<&Plain>,
    ) -> Result<Outcome, Error> {
        let actor = actor.to_string();
        let row = row_name(&actor, &once.key);
        let plain = zeroize::Zeroizing::new(format!("{id}\n{}", secret.map_or("", Plain::expose)));
        let response = self.sealer().seal(place(&row), plain.as_bytes(), self.entropy())?;
        Ok(Outcome {
            actor,
            key: once.key.clone(),
            now: self.now(),
            request_hash: once.request.bytes(),
            response,
        })
    }
}
