//! What another OpenID provider says of somebody who signed in there: its ID token (OpenID Connect Core section 3.1.3.7).

use std::time::Duration;

use claviger_domain::{Algorithm, Timestamp};
use serde_json::Value;

use crate::jose::Jwt;

/// How far ahead the provider's clock may be.
const AHEAD: Duration = Duration::from_secs(60);
/// How long ago a token for this sign-in can have been made.
const OLDEST: Duration = Duration::from_secs(10 * 60);
/// The longest `sub`, in characters (OpenID Connect Core section 2).
const LONGEST_SUBJECT: usize = 255;

/// What an ID token must be for.
#[derive(Clone, Copy, Debug)]
pub struct VouchingCheck<'c> {
    /// The provider.
    pub issuer: &'c str,
    /// Our name there.
    pub client: &'c str,
    /// What we sent along.
    pub nonce: &'c str,
    /// The time.
    pub now: Timestamp,
}

/// Somebody as a provider knows them; the signature is still to be checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vouched {
    /// How it says it is signed; never with a shared key.
    pub algorithm: Algorithm,
    /// The name of the key.
    pub key_id: Option<String>,
    /// Their name there, for good.
    pub subject: String,
    /// Their address, where the provider knows that it is theirs.
    pub email: Option<String>,
    /// The full name.
    pub name: Option<String>,
}

impl VouchingCheck<'_> {
    /// Looks at everything but the signature.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn check(&self, token: &Jwt<'_>) -> Result<Vouched, &'static str> {
        let algorithm = token.algorithm().filter(|algorithm| !algorithm.is_symmetric());
        let algorithm = algorithm.ok_or("its token is not signed in a way that is accepted here")?;
        if token.text("iss") != Some(self.issuer) {
            return Err("its token is of another issuer");
        }
        self.check_audience(token)?;
        if token.text("nonce") != Some(self.nonce) {
            return Err("its token is of another sign-in");
        }
        if token.date("exp").is_none_or(|end| end <= self.now) {
            return Err("its token has expired");
        }
        let made_at = token.date("iat").ok_or("its token has no date")?;
        if made_at > self.now.plus(AHEAD) || made_at.plus(OLDEST) <= self.now {
            return Err("its token is not of now");
        }
        let subject = token.text("sub").filter(|sub| (1..=LONGEST_SUBJECT).contains(&sub.len()));
        let is_verified = token.claim("email_verified").is_some_and(is_true);
        Ok(Vouched {
            algorithm,
            key_id: token.header_text("kid").map(str::to_owned),
            subject: subject.ok_or("its token names nobody")?.to_owned(),
            email: token.text("email").filter(|_| is_verified).map(str::to_owned),
            name: token.text("name").map(str::to_owned),
        })
    }

    /// For us, and where it is for others too, made at our wish.
    fn check_audience(&self, token: &Jwt<'_>) -> Result<(), &'static str> {
        let (is_ours, is_shared) = match token.claim("aud") {
            Some(Value::String(one)) => (one == self.client, false),
            Some(Value::Array(all)) => (all.iter().any(|one| one == self.client), all.len() > 1),
            _ => (false, false),
        };
        let is_wished = match token.claim("azp") {
            Some(party) => party == self.client,
            None => !is_shared,
        };
        if is_ours && is_wished { Ok(()) } else { Err("its token is for somebody else") }
    }
}

/// Some providers write the truth as a text.
fn is_true(value: &Value) -> bool {
    *value == Value::Bool(true) || value == "true"
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::BASE64URL_NOPAD;
    use serde_json::json;

    const NOW: i64 = 1_800_000_000;

    fn look(algorithm: &str, change: &Value) -> Result<Vouched, &'static str> {
        let mut claims = json!({
            "iss": "https://idp.test", "aud": "us", "nonce": "n", "sub": "ada", "iat": NOW, "exp": NOW + 60,
            "email": "ada@idp.test", "email_verified": true,
        });
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let text = format!("{}.{}.AQID", encode(&json!({"alg": algorithm, "kid": "k"})), encode(&claims));
        let now = Timestamp::from_seconds(NOW);
        let check = VouchingCheck { issuer: "https://idp.test", client: "us", nonce: "n", now };
        check.check(&Jwt::parse(&text).unwrap())
    }

    #[test]
    fn a_good_token_says_who_it_is() {
        let vouched = look("ES256", &json!({"aud": ["us"]})).unwrap();
        assert_eq!((vouched.subject.as_str(), vouched.email.as_deref()), ("ada", Some("ada@idp.test")));
        assert_eq!(vouched.key_id.as_deref(), Some("k"));
        assert!(look("RS256", &json!({"aud": ["us", "them"], "azp": "us"})).is_ok());
    }

    #[test]
    fn an_address_counts_only_when_the_provider_knows_whose_it_is() {
        for unknown in [json!(false), json!("false"), json!(null), json!(1)] {
            let vouched = look("ES256", &json!({"email_verified": unknown})).unwrap();
            assert_eq!(vouched.email, None, "{unknown}");
        }
        assert!(look("ES256", &json!({"email_verified": "true"})).unwrap().email.is_some());
    }

    #[test]
    fn bcp_45_a_token_of_another_kind_time_or_party_is_refused() {
        for algorithm in ["none", "HS256", "ES999"] {
            assert!(look(algorithm, &json!({})).is_err(), "{algorithm}");
        }
        let bad = [
            json!({"iss": "https://idp.test/"}),
            json!({"aud": "them"}),
            json!({"aud": ["us", "them"]}),
            json!({"aud": ["us", "them"], "azp": "them"}),
            json!({"azp": "them"}),
            json!({"aud": null}),
            json!({"nonce": "other"}),
            json!({"nonce": null}),
            json!({"exp": NOW}),
            json!({"iat": NOW + 61}),
            json!({"iat": NOW - 600}),
            json!({"sub": ""}),
            json!({"sub": "x".repeat(256)}),
        ];
        for change in bad {
            assert!(look("ES256", &change).is_err(), "{change}");
        }
    }
}
