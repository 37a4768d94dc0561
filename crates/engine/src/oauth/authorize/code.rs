//! The code: one for each consent, good for a minute, kept as a keyed hash.

use std::time::Duration;

use claviger_domain::{Environment, GrantId, KeyFormat, KeyKind, KeyShape, Method, Methods};
use claviger_oauth::metadata::AUTHENTICATION_CONTEXTS;
use claviger_oauth::{ErrorCode, Refusal};
use claviger_secrets::{Purpose, Recognized, generate_key, recognize};
use claviger_store::StoredCode;
use serde::{Deserialize, Serialize};

use super::Authorization;
use super::consent::{Allowance, Question};
use super::flow::Pending;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::oauth::error::OAuthError;
use crate::sessions::SignedIn;
use crate::token_details::TokenDetails;

/// How long a code lives.
const LIFETIME: Duration = Duration::from_secs(60);

/// What a code knows beside its columns.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::oauth) struct CodeDetails {
    /// Where it was sent.
    pub(in crate::oauth) redirect_uri: String,
    /// Whether the request said so itself.
    pub(in crate::oauth) is_redirect_sent: bool,
    /// Goes into the ID token.
    pub(in crate::oauth) nonce: Option<String>,
    /// The browser session.
    pub(in crate::oauth) session: Option<String>,
    /// What its tokens are made of.
    pub(in crate::oauth) tokens: TokenDetails,
}

impl Engine {
    /// Keeps what was allowed, and gives a code for it.
    pub(super) async fn issue_code(
        &self,
        caller: &Caller<'_>,
        question: &Question,
        pending: &Pending,
        who: &SignedIn,
    ) -> Result<Authorization, OAuthError> {
        let now = self.now();
        let text = generate_key(&code_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::AuthorizationCode, text.expose().as_bytes()).bytes();
        let allowance = Allowance {
            id: GrantId::generate_at(now, self.entropy()),
            api: caller.api,
            issuer: caller.issuer.to_owned(),
            account: who.account().id,
            client: question.bound.client.id,
            scopes: question.scopes.clone(),
            resources: question.resources.clone(),
            now,
        };
        let details = serde_json::to_string(&self.code_details(question, who)).map_err(Error::from)?;
        let challenge = question.request.code_challenge.clone();
        let pushed = pending.pushed();
        let audit = self.auditor(&who.actor(), now);
        let change = self
            .store()
            .write::<_, OAuthError, _>(move |tx| {
                Box::pin(async move {
                    if let Some(pushed) = &pushed
                        && !tx.consume_pushed_request(pushed, now).await?
                    {
                        return Err(used_before());
                    }
                    let kept = allowance.keep(tx).await?;
                    let code = StoredCode {
                        lookup,
                        client: allowance.client,
                        grant: kept.grant,
                        account: allowance.account,
                        family: None,
                        challenge,
                        scopes: allowance.scopes,
                        details,
                        created_at: now,
                        expires_at: now.plus(LIFETIME),
                        consumed_at: None,
                    };
                    tx.insert_code(&code).await?;
                    Ok(kept.announce(tx, &audit, now).await?)
                })
            })
            .await?;
        if let Some(change) = change {
            self.apply(&change);
        }
        tracing::info!(account = %who.account().id, client = %question.bound.client.id, "a client was allowed");
        Ok(question.bound.allow(&text))
    }

    /// Takes a pushed request for answered, where the request was one.
    pub(super) async fn settle_pushed(&self, pending: &Pending) -> Result<(), OAuthError> {
        let Some(pushed) = pending.pushed() else { return Ok(()) };
        let now = self.now();
        let is_first = self
            .store()
            .write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(tx.consume_pushed_request(&pushed, now).await?) })
            })
            .await?;
        if is_first { Ok(()) } else { Err(used_before()) }
    }

    fn code_details(&self, question: &Question, who: &SignedIn) -> CodeDetails {
        let Question { bound, request, resources, .. } = question;
        CodeDetails {
            redirect_uri: bound.presented.clone(),
            is_redirect_sent: bound.is_sent,
            nonce: request.nonce.clone(),
            session: Some(who.session().id.to_string()),
            tokens: TokenDetails {
                subject: self.pairwise_subject(&bound.client, who.account()),
                resources: resources.clone(),
                claims: request.claims.clone(),
                jkt: request.dpop_jkt.clone(),
                ..sign_in_details(who)
            },
        }
    }

    /// The keyed hash of a code, if the text can be one.
    pub(in crate::oauth) fn code_lookup(&self, text: &str) -> Option<[u8; 32]> {
        let is_code = matches!(recognize(text.as_bytes(), &[code_format()]), Recognized::Key(_));
        is_code.then(|| self.vault().hash(Purpose::AuthorizationCode, text.as_bytes()).bytes())
    }
}

/// When and how somebody signed in.
pub(in crate::oauth) fn sign_in_details(who: &SignedIn) -> TokenDetails {
    let session = who.session();
    TokenDetails {
        auth_time: Some(session.authenticated_at.seconds()),
        amr: session.methods.iter().map(|method| method.as_str().to_owned()).collect(),
        acr: Some(acr_of(session.methods).to_owned()),
        ..TokenDetails::default()
    }
}

/// What ways of signing in are worth, as the metadata says it: a passkey is two factors in one.
fn acr_of(methods: Methods) -> &'static str {
    let has = |wanted: Method| methods.iter().any(|method| method == wanted);
    let is_double =
        has(Method::Passkey) || (has(Method::Otp) && (has(Method::Password) || has(Method::Upstream)));
    let [single, double] = AUTHENTICATION_CONTEXTS;
    if is_double { double } else { single }
}

fn used_before() -> OAuthError {
    Refusal::new(ErrorCode::InvalidRequestUri, "the pushed request was answered before").into()
}

/// Codes have a prefix of their own, so that scanners find leaked ones.
fn code_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_code_".into(),
        shape: KeyShape::Checked { random: 32 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_factors_reach_the_second_level() {
        let of = |methods: &[Method]| acr_of(methods.iter().copied().collect());
        assert_eq!(of(&[Method::Password]), "urn:claviger:acr:1fa");
        assert_eq!(of(&[Method::Upstream]), "urn:claviger:acr:1fa");
        assert_eq!(of(&[Method::Password, Method::Otp]), "urn:claviger:acr:2fa");
        assert_eq!(of(&[Method::Passkey]), "urn:claviger:acr:2fa");
    }

    #[test]
    fn bcp_28_a_code_lives_a_minute() {
        assert!(LIFETIME <= Duration::from_secs(60));
    }
}
