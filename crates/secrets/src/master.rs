//! The master key, from which every other key of this server is derived.

use std::fmt;

use aws_lc_rs::hkdf;
use claviger_domain::Entropy;
use data_encoding::BASE64;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::error::Error;

/// 32 random bytes from a file, the environment or a command; never from the database.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct MasterKey([u8; 32]);

impl MasterKey {
    /// A new master key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes);
        Self(bytes)
    }

    /// Reads the base64 form; white space around it is ignored.
    ///
    /// # Errors
    /// When it is not 32 bytes in base64.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let decoded =
            Zeroizing::new(BASE64.decode(text.trim().as_bytes()).map_err(|_| Error::MasterKeyForm)?);
        let bytes = <[u8; 32]>::try_from(decoded.as_slice()).map_err(|_| Error::MasterKeyForm)?;
        Ok(Self(bytes))
    }

    /// The base64 form, for the file it is kept in.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(&self.0))
    }

    /// A key for one purpose (HKDF-SHA-256, RFC 5869). Purposes are independent of each other.
    pub(crate) fn derive(&self, purpose: &str) -> Result<Zeroizing<[u8; 32]>, Error> {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"claviger master key v1");
        let mut out = Zeroizing::new([0; 32]);
        salt.extract(&self.0)
            .expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(out.as_mut_slice()))
            .map_err(|_| Error::Crypto)?;
        Ok(out)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_master_key_round_trips_and_does_not_print() {
        let key = MasterKey([7; 32]);
        assert_eq!(MasterKey::parse(&format!(" {}\n", *key.to_text())).unwrap().0, key.0);
        assert_eq!(format!("{key:?}"), "MasterKey(…)");
        assert_eq!(MasterKey::parse("short").unwrap_err(), Error::MasterKeyForm);
    }

    #[test]
    fn purposes_are_independent() {
        let key = MasterKey([7; 32]);
        assert_ne!(*key.derive("a").unwrap(), *key.derive("b").unwrap());
        assert_eq!(*key.derive("a").unwrap(), *key.derive("a").unwrap());
    }
}
