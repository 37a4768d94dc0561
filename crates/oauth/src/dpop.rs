//! What a proof of possession must say (RFC 9449 section 4.3).

use std::time::Duration;

use claviger_domain::{Algorithm, Timestamp};
use claviger_secrets::sha256;
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use url::Url;

use crate::code::ErrorCode;
use crate::jose::Jwt;
use crate::refusal::Refusal;

/// How old a proof may be, and how far ahead its clock.
const WINDOW: Duration = Duration::from_secs(60);
/// The longest `jti` in bytes.
const LONGEST_ID: usize = 256;

/// The request that a proof must be of.
#[derive(Clone, Copy)]
pub struct PossessionCheck<'c> {
    /// Its method.
    pub method: &'c str,
    /// Its address; query and fragment are not compared.
    pub url: &'c str,
    /// The access token that it carries, where it does.
    pub access_token: Option<&'c str>,
    /// The time.
    pub now: Timestamp,
}

/// A proof that says what it must; its signature is still to be checked, and that it comes once.
#[derive(Clone, Debug, PartialEq)]
pub struct Possession {
    /// How it says it is signed; never with a shared key.
    pub algorithm: Algorithm,
    /// The key that it is of, as a JWK.
    pub jwk: Value,
    /// Its name, which works once.
    pub id: String,
    /// From when on it is refused for its date, so that its name may be forgotten.
    pub forgotten_at: Timestamp,
}

impl PossessionCheck<'_> {
    /// Looks at everything but the signature.
    ///
    /// # Errors
    /// `invalid_dpop_proof`, with the claim that is at fault.
    pub fn check(&self, proof: &Jwt<'_>) -> Result<Possession, Refusal> {
        if proof.header_text("typ") != Some("dpop+jwt") {
            return Err(refused("the proof's `typ` must be dpop+jwt"));
        }
        let algorithm = proof.algorithm().filter(|algorithm| !algorithm.is_symmetric());
        let algorithm = algorithm.ok_or_else(|| refused("the proof's `alg` is not accepted here"))?;
        let jwk = proof.header("jwk").filter(|jwk| jwk.is_object());
        let jwk = jwk.ok_or_else(|| refused("the proof's header has no `jwk`"))?.clone();
        if proof.text("htm") != Some(self.method) {
            return Err(refused("the proof's `htm` is not the method of this request"));
        }
        if !proof.text("htu").is_some_and(|address| is_same_address(address, self.url)) {
            return Err(refused("the proof's `htu` is not the address of this request"));
        }
        let at = proof.date("iat").ok_or_else(|| refused("the proof has no `iat`"))?;
        let forgotten_at = at.plus(WINDOW);
        if forgotten_at <= self.now || at > self.now.plus(WINDOW) {
            return Err(refused("the proof's `iat` is too far from now"));
        }
        if let Some(token) = self.access_token {
            let hash = BASE64URL_NOPAD.encode(&sha256(token.as_bytes()));
            if proof.text("ath") != Some(hash.as_str()) {
                return Err(refused("the proof's `ath` is not the hash of the access token"));
            }
        }
        let id = proof.text("jti").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        let id = id.ok_or_else(|| refused("the proof has no `jti` of 1 to 256 bytes"))?.to_owned();
        Ok(Possession { algorithm, jwk, id, forgotten_at })
    }
}

/// Neither the address nor the token.
impl std::fmt::Debug for PossessionCheck<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PossessionCheck").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Whether both name the same, in the normal form of RFC 3986 section 6.2 and without query and fragment.
fn is_same_address(one: &str, other: &str) -> bool {
    let normal = |text: &str| {
        let mut url = Url::parse(text).ok().filter(Url::has_host)?;
        url.set_query(None);
        url.set_fragment(None);
        Some(url)
    };
    normal(one).is_some_and(|one| normal(other) == Some(one))
}

fn refused(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidDpopProof, description)
}

#[cfg(test)]
#[path = "dpop_tests.rs"]
mod tests;
