//! From a code to somebody the provider vouches for.

use claviger_oauth::{Jwt, Vouched, VouchingCheck};
use claviger_secrets::{Plain, PublicKey};
use data_encoding::BASE64;
use serde::Deserialize;
use url::form_urlencoded;
use zeroize::Zeroizing;

use super::{Pending, UpstreamRegistration};
use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::fetch::{FetchError, Form};
use crate::providers::{LIMITS, ProviderMetadata};

/// The part of a token answer that a sign-in needs; the access token is not used.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Engine {
    /// Redeems the code and checks what it gives.
    pub(super) async fn ask_provider(
        &self,
        registration: &UpstreamRegistration,
        metadata: &ProviderMetadata,
        (code, redirect_uri, pending): (&str, &str, &Pending),
    ) -> Result<Vouched, AccountError> {
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", pending.verifier.as_str()),
        ];
        let form = form(registration, &fields, metadata.wants_secret_in_form());
        let answer = match self.fetch().post_form(&metadata.token_endpoint, &form, LIMITS).await {
            Ok(answer) => Zeroizing::new(answer.body),
            Err(FetchError::Answer) => return Err(AccountError::NotVouched("its answer was not good")),
            Err(error) => return Err(away(&registration.issuer, &error)),
        };
        let tokens: Tokens =
            serde_json::from_slice(&answer).map_err(|_| AccountError::NotVouched("it sent no ID token"))?;
        let token = Jwt::parse(&tokens.id_token).ok_or(AccountError::NotVouched("its token is no JWT"))?;
        let check = VouchingCheck {
            issuer: &registration.issuer,
            client: &registration.client_id,
            nonce: &pending.nonce,
            now: self.now(),
        };
        let vouched = check.check(&token).map_err(AccountError::NotVouched)?;
        let may_have_signed = |key: &PublicKey| {
            let is_named = match (key.id(), vouched.key_id.as_deref()) {
                (Some(id), Some(wanted)) => id == wanted,
                _ => true,
            };
            is_named && key.fits(vouched.algorithm)
        };
        let effects = (self.fetch(), self.clock());
        let keys = self.client_keys().find(effects, &metadata.jwks_uri, may_have_signed).await;
        let keys = keys.map_err(|error| away(&registration.issuer, &error))?;
        let is_signed = keys
            .iter()
            .filter(|key| may_have_signed(key))
            .any(|key| key.verify(vouched.algorithm, token.signed(), token.signature()));
        if is_signed { Ok(vouched) } else { Err(AccountError::NotVouched("its token is not signed by it")) }
    }
}

/// The request to a token endpoint, with our secret where the provider reads it (RFC 6749 section 2.3.1).
fn form(registration: &UpstreamRegistration, fields: &[(&str, &str)], is_secret_in_form: bool) -> Form {
    let UpstreamRegistration { client_id, client_secret, .. } = registration;
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    if is_secret_in_form {
        body.extend_pairs([("client_id", client_id.as_str()), ("client_secret", client_secret.expose())]);
        return Form { body: Plain::new(body.finish()), authorization: None };
    }
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", encode(client_id), encode(client_secret.expose())));
    let authorization = Plain::new(format!("Basic {}", BASE64.encode(pair.as_bytes())));
    Form { body: Plain::new(body.finish()), authorization: Some(authorization) }
}

/// That a provider is away is for the operator to know; whoever signs in only learns that it is.
pub(super) fn away(issuer: &str, error: &FetchError) -> AccountError {
    tracing::warn!(issuer, %error, "an OpenID provider cannot be used");
    AccountError::ProviderAway
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::UpstreamProvider;

    #[test]
    fn bcp_33_names_and_secrets_with_colons_and_spaces_survive_the_header() {
        let registration = UpstreamRegistration {
            provider: UpstreamProvider { name: "idp".to_owned(), title: "IdP".to_owned() },
            issuer: "https://idp.test".to_owned(),
            client_id: "a:b".to_owned(),
            client_secret: Plain::new("c d+".to_owned()),
        };
        let sent = form(&registration, &[("code", "x&y")], false);
        assert_eq!(sent.body.expose(), "code=x%26y");
        assert_eq!(sent.authorization.unwrap().expose(), format!("Basic {}", BASE64.encode(b"a%3Ab:c+d%2B")));
        let sent = form(&registration, &[("code", "x")], true);
        assert_eq!(sent.body.expose(), "code=x&client_id=a%3Ab&client_secret=c+d%2B");
        assert!(sent.authorization.is_none());
    }
}
