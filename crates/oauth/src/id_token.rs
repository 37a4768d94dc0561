//! What an ID token says (OpenID Connect Core section 2).

use claviger_domain::{Algorithm, Timestamp};
use claviger_secrets::half_hash;
use serde_json::{Map, Value};

/// The parts of an ID token.
#[derive(Clone, Debug)]
pub struct IdToken<'t> {
    /// Who makes it.
    pub issuer: &'t str,
    /// Who the user is, for this client.
    pub subject: &'t str,
    /// For whom it is.
    pub client_id: &'t str,
    /// When it is made.
    pub issued_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When the user last proved who they are, in Unix seconds.
    pub auth_time: Option<i64>,
    /// What the client sent along.
    pub nonce: Option<&'t str>,
    /// The authentication context.
    pub acr: Option<&'t str>,
    /// How the user proved who they are (RFC 8176).
    pub amr: &'t [String],
    /// The browser session.
    pub session: Option<&'t str>,
    /// The access token beside it, and how the ID token is signed: for `at_hash`.
    pub access: (&'t str, Algorithm),
    /// What else is said of the user. Nothing of it can take the place of what stands above.
    pub user: Map<String, Value>,
}

impl IdToken<'_> {
    /// Its claims.
    pub fn claims(self) -> Map<String, Value> {
        let (access, algorithm) = self.access;
        let mut claims = self.user;
        let fixed = [
            ("iss", Some(self.issuer.into())),
            ("sub", Some(self.subject.into())),
            ("aud", Some(self.client_id.into())),
            ("azp", Some(self.client_id.into())),
            ("iat", Some(self.issued_at.seconds().into())),
            ("exp", Some(self.expires_at.seconds().into())),
            ("auth_time", self.auth_time.map(Value::from)),
            ("nonce", self.nonce.map(Value::from)),
            ("acr", self.acr.map(Value::from)),
            ("amr", (!self.amr.is_empty()).then(|| self.amr.into())),
            ("sid", self.session.map(Value::from)),
            ("at_hash", Some(half_hash(algorithm, access).into())),
        ];
        for (name, value) in fixed {
            match value {
                Some(value) => drop(claims.insert(name.to_owned(), value)),
                None => drop(claims.remove(name)),
            }
        }
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_known_is_said_and_no_claim_of_a_user_replaces_it() {
        let user = json!({"email": "ada@example.com", "iss": "evil", "nonce": "evil"});
        let amr = ["pwd".to_owned()];
        let token = IdToken {
            issuer: "https://auth.example",
            subject: "acc_1",
            client_id: "cli_1",
            issued_at: Timestamp::from_seconds(100),
            expires_at: Timestamp::from_seconds(160),
            auth_time: Some(90),
            nonce: None,
            acr: None,
            amr: &amr,
            session: Some("ses_1"),
            access: ("x", Algorithm::Rs256),
            user: user.as_object().unwrap().clone(),
        };
        let expected = json!({
            "iss": "https://auth.example", "sub": "acc_1", "aud": "cli_1", "azp": "cli_1", "iat": 100, "exp": 160,
            "auth_time": 90, "amr": ["pwd"], "sid": "ses_1", "at_hash": half_hash(Algorithm::Rs256, "x"),
            "email": "ada@example.com",
        });
        assert_eq!(Value::from(token.claims()), expected);
    }
}
