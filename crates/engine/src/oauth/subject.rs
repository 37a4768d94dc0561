//! What users are called in the tokens of a client (OpenID Connect Core section 8).

use claviger_domain::{Account, Client, ClientId, RedirectUri, SubjectType};
use claviger_secrets::Purpose;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Map, Value};

use crate::engine::Engine;

impl Engine {
    /// What this client calls this user: the account's id, or a name that tells nothing to clients elsewhere.
    pub(super) fn subject_of(&self, client: &Client, account: &Account) -> String {
        self.pairwise_subject(client, account).unwrap_or_else(|| account.id.to_string())
    }

    /// The name that only clients of the same sector know, where the client wants one. A sector is a host of redirect
    /// URIs (section 8.1).
    pub(super) fn pairwise_subject(&self, client: &Client, account: &Account) -> Option<String> {
        if client.metadata.subject_type != SubjectType::Pairwise {
            return None;
        }
        let sector = client.metadata.redirect_uris.first().map(RedirectUri::destination).unwrap_or_default();
        // A host holds no NUL, so the two cannot be split differently.
        let name = format!("{sector}\0{}", account.id);
        Some(BASE64URL_NOPAD.encode(&self.vault().hash(Purpose::PairwiseSubject, name.as_bytes()).bytes()))
    }
}

/// Whom an ID token names, if it is ours and the client's. Its dates are not looked at: an old one still says who was
/// meant (OpenID Connect Core section 3.1.2.1).
pub(super) fn hinted_subject(claims: &Map<String, Value>, issuer: &str, client: ClientId) -> Option<String> {
    let says = |name: &str, wanted: &str| claims.get(name).and_then(Value::as_str) == Some(wanted);
    // Access tokens have other claims, and are no proof of who is meant.
    let is_id_token =
        says("iss", issuer) && says("aud", &client.to_string()) && !claims.contains_key("scope");
    claims.get("sub").and_then(Value::as_str).filter(|_| is_id_token).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_hint_is_an_id_token_of_this_issuer_for_this_client() {
        let client = ClientId::from_uuid(uuid::Uuid::nil());
        let subject =
            |claims: Value| hinted_subject(claims.as_object().unwrap(), "https://a.example", client);
        let good = json!({"iss": "https://a.example", "aud": client.to_string(), "sub": "acc_1", "exp": 0});
        assert_eq!(subject(good.clone()).as_deref(), Some("acc_1"));
        for (name, value) in
            [("iss", json!("https://b.example")), ("aud", json!("cli_x")), ("scope", json!("read"))]
        {
            let mut bad = good.clone();
            bad[name] = value;
            assert_eq!(subject(bad), None, "{name}");
        }
    }
}
