//! Sealing: secrets that must be read again are kept encrypted under the master key.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use claviger_domain::Entropy;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::master::MasterKey;

const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// Where a sealed value belongs. Moving it to another row or column makes it unreadable.
#[derive(Clone, Copy, Debug)]
pub struct SealContext<'c> {
    /// The table and column, e.g. `idempotency.response`.
    pub place: &'static str,
    /// The row's id.
    pub row: &'c str,
}

struct SealKey {
    id: [u8; KEY_ID],
    key: LessSafeKey,
}

/// Seals under the current master key and opens under any that is configured.
pub struct Sealer {
    current: SealKey,
    previous: Vec<SealKey>,
}

impl Sealer {
    /// A sealer for this master key; `previous` ones only open.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn new(current: &MasterKey, previous: &[MasterKey]) -> Result<Self, Error> {
        Ok(Self {
            current: SealKey::new(current)?,
            previous: previous.iter().map(SealKey::new).collect::<Result<_, _>>()?,
        })
    }

    /// Encrypts and authenticates `plain` for its place: version, key id, nonce, ciphertext, tag.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub fn seal(
        &self,
        context: SealContext<'_>,
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        // GCM-SIV (RFC 8452) keeps its promise even if a broken clone of a machine repeats a nonce.
        let mut nonce = [0; NONCE];
        entropy.fill(&mut nonce);
        let mut body = plain.to_vec();
        self.current
            .key
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), context.aad(), &mut body)
            .map_err(|_| Error::Crypto)?;
        let mut sealed = Vec::with_capacity(HEADER + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.current.id);
        sealed.extend_from_slice(&nonce);
        sealed.append(&mut body);
        Ok(sealed)
    }

    /// Opens what [`Sealer::seal`] made for the same place.
    ///
    /// # Errors
    /// When it was altered, belongs elsewhere, or its master key is not configured.
    pub fn open(&self, context: SealContext<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (version, rest) = sealed.split_first().ok_or(Error::Altered)?;
        let (id, rest) = rest.split_first_chunk::<KEY_ID>().ok_or(Error::Altered)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(Error::Altered)?;
        if *version != VERSION {
            return Err(Error::Altered);
        }
        let key = std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.id == *id)
            .ok_or(Error::UnknownMasterKey)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = key
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), context.aad(), &mut body)
            .map_err(|_| Error::Altered)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

impl SealKey {
    fn new(master: &MasterKey) -> Result<Self, Error> {
        let bytes = master.derive("seal: AES-256-GCM-SIV")?;
        let name = hmac::Key::new(hmac::HMAC_SHA256, master.derive("seal: key id")?.as_slice());
        let mut id = [0; KEY_ID];
        for (to, from) in id.iter_mut().zip(hmac::sign(&name, b"id").as_ref()) {
            *to = *from;
        }
        let key = UnboundKey::new(&AES_256_GCM_SIV, bytes.as_slice()).map_err(|_| Error::Crypto)?;
        Ok(Self { id, key: LessSafeKey::new(key) })
    }
}

impl SealContext<'_> {
    fn aad(&self) -> Aad<Vec<u8>> {
        let mut aad = self.place.as_bytes().to_vec();
        // A place holds no NUL, so place and row cannot be split differently.
        aad.push(0);
        aad.extend_from_slice(self.row.as_bytes());
        Aad::from(aad)
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
        }
    }

    fn master(byte: u8) -> MasterKey {
        MasterKey::generate(&Counting(byte.into()))
    }

    const HERE: SealContext<'static> = SealContext { place: "idempotency.response", row: "1" };

    proptest! {
        #[test]
        fn what_was_sealed_opens_only_unaltered_and_in_its_place(plain: Vec<u8>, flip in 0usize..2000) {
            let entropy = Counting(9.into());
            let sealer = Sealer::new(&master(1), &[]).unwrap();
            let sealed = sealer.seal(HERE, &plain, &entropy).unwrap();
            let opened = sealer.open(HERE, &sealed).unwrap();
            prop_assert_eq!(opened.as_slice(), plain.as_slice());
            let elsewhere = SealContext { row: "2", ..HERE };
            prop_assert_eq!(sealer.open(elsewhere, &sealed).unwrap_err(), Error::Altered);
            let mut altered = sealed.clone();
            let at = flip % altered.len();
            altered[at] ^= 1;
            prop_assert!(sealer.open(HERE, &altered).is_err());
        }
    }

    #[test]
    fn a_previous_master_key_still_opens_and_a_foreign_one_is_named() {
        let entropy = Counting(9.into());
        let old = Sealer::new(&master(1), &[]).unwrap();
        let sealed = old.seal(HERE, b"x", &entropy).unwrap();
        let new = Sealer::new(&master(2), &[master(1)]).unwrap();
        assert_eq!(new.open(HERE, &sealed).unwrap().as_slice(), b"x");
        let stranger = Sealer::new(&master(3), &[]).unwrap();
        assert_eq!(stranger.open(HERE, &sealed).unwrap_err(), Error::UnknownMasterKey);
        assert_eq!(new.open(HERE, &[]).unwrap_err(), Error::Altered);
    }
}
