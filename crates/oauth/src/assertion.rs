//! What an assertion must say by which a client proves itself (RFC 7523 section 3, and its revision's rule that the
//! issuer is the sole audience).

use std::time::Duration;

use claviger_domain::{Algorithm, AssertionRules, Timestamp};

use crate::code::ErrorCode;
use crate::jose::Jwt;
use crate::refusal::Refusal;

/// How far another clock may be ahead or behind.
const SKEW: Duration = Duration::from_secs(60);
/// How far ahead an assertion may end. Client libraries write as much; where the contract says how old one may be, it
/// does not help it.
const LONGEST_LIFE: Duration = Duration::from_secs(60 * 60);
/// The longest `jti` in bytes.
const LONGEST_ID: usize = 256;
/// The algorithms of clients whose contract names none.
const ALGORITHMS: [Algorithm; 6] = [
    Algorithm::Rs256,
    Algorithm::Rs384,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
];

/// What an assertion has to agree with.
#[derive(Clone, Copy, Debug)]
pub struct AssertionCheck<'c> {
    /// Whose it should be.
    pub client: &'c str,
    /// Who we are.
    pub issuer: &'c str,
    /// The address it was sent to.
    pub endpoint: &'c str,
    /// What the contract asks beyond the RFC.
    pub rules: Option<&'c AssertionRules>,
    /// The time.
    pub now: Timestamp,
}

/// An assertion that says what it must; its signature is still to be checked, and that it comes once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assertion {
    /// How it says it is signed: one of the allowed algorithms.
    pub algorithm: Algorithm,
    /// By which key.
    pub key_id: Option<String>,
    /// Its name, which works once.
    pub id: String,
    /// From when on it is refused for its date, so that its name may be forgotten.
    pub forgotten_at: Timestamp,
}

impl AssertionCheck<'_> {
    /// Looks at everything but the signature.
    ///
    /// # Errors
    /// `invalid_client`, with the claim that is at fault.
    pub fn check(&self, jwt: &Jwt<'_>) -> Result<Assertion, Refusal> {
        let algorithm = self.algorithm(jwt)?;
        let key_id = jwt.header_text("kid").map(str::to_owned);
        if key_id.is_none() && self.rules.is_some_and(|rules| rules.key_id_required) {
            return Err(refused("the assertion's header has no `kid`"));
        }
        if jwt.text("iss") != Some(self.client) || jwt.text("sub") != Some(self.client) {
            return Err(refused("the assertion's `iss` and `sub` must both be the client_id"));
        }
        self.check_audience(jwt)?;
        let forgotten_at = self.check_dates(jwt)?;
        let id = jwt.text("jti").filter(|id| !id.is_empty() && id.len() <= LONGEST_ID);
        let id = id.ok_or_else(|| refused("the assertion has no `jti` of 1 to 256 bytes"))?;
        Ok(Assertion { algorithm, key_id, id: id.to_owned(), forgotten_at })
    }

    fn algorithm(&self, jwt: &Jwt<'_>) -> Result<Algorithm, Refusal> {
        let allowed = self.rules.map_or(ALGORITHMS.as_slice(), |rules| rules.algorithms.as_slice());
        jwt.algorithm()
            .filter(|algorithm| !algorithm.is_symmetric() && allowed.contains(algorithm))
            .ok_or_else(|| refused("the assertion's `alg` is not accepted here"))
    }

    /// One audience and no other: an assertion for two servers would let one of them use it at the other.
    fn check_audience(&self, jwt: &Jwt<'_>) -> Result<(), Refusal> {
        let claim = jwt.claim("aud");
        let audience = match claim.and_then(serde_json::Value::as_array).map(Vec::as_slice) {
            Some([only]) => only.as_str(),
            Some(_) => None,
            None => claim.and_then(serde_json::Value::as_str),
        };
        let may_name_endpoint = self.rules.is_some_and(|rules| rules.endpoint_audience);
        match audience {
            Some(audience) if audience == self.issuer => Ok(()),
            Some(audience) if may_name_endpoint && audience == self.endpoint => Ok(()),
            _ => Err(refused("the assertion's `aud` must be this server's issuer and nothing else")),
        }
    }

    /// When the assertion is refused for its date, whatever it says.
    fn check_dates(&self, jwt: &Jwt<'_>) -> Result<Timestamp, Refusal> {
        let max_age = self.rules.map(|rules| rules.max_age);
        let latest = self.now.plus(SKEW);
        let end = jwt.date("exp").ok_or_else(|| refused("the assertion has no `exp`"))?;
        if end.plus(SKEW) <= self.now {
            return Err(refused("the assertion has expired"));
        }
        if end > latest.plus(LONGEST_LIFE) {
            return Err(refused("the assertion's `exp` is too far ahead"));
        }
        if jwt.claim("nbf").is_some() && jwt.date("nbf").is_none_or(|begin| begin > latest) {
            return Err(refused("the assertion is not valid yet"));
        }
        match (jwt.date("iat"), max_age) {
            (Some(at), _) if at > latest => Err(refused("the assertion's `iat` lies ahead")),
            // Slow clocks need no allowance: what they make is young.
            (Some(at), Some(age)) if at.plus(age) < self.now => Err(refused("the assertion is too old")),
            (None, Some(_)) => Err(refused("the assertion has no `iat`")),
            (Some(at), Some(age)) => Ok(end.min(at.plus(age)).plus(SKEW)),
            _ => Ok(end.plus(SKEW)),
        }
    }
}

fn refused(description: &'static str) -> Refusal {
    Refusal::new(ErrorCode::InvalidClient, description)
}

#[cfg(test)]
#[path = "assertion_tests.rs"]
mod tests;
