//! What a token is worth (RFC 7662), and its end (RFC 7009).

use std::sync::Arc;

use claviger_domain::{CredentialKind, Facts, KindSet, Presented, Timestamp, TokenPart};
use serde_json::{Map, Value, json};

use super::asking::AuthenticatedClient;
use super::error::OAuthError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::known::{Known, Purchase};
use crate::question::Question;
use crate::tokens::Sought;

/// What is said of a token.
#[derive(Clone, Debug, PartialEq)]
pub enum Introspection {
    /// Nothing but that it does not work, or is not the asker's to know.
    Inactive,
    /// The members of RFC 7662 section 2.2, without `active`.
    Active(Map<String, Value>),
}

impl Engine {
    /// Tells a confidential client about a token, or key, of its API, workspace and environment. A resource server that asks is
    /// about to accept the token, so that this counts as a use.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn introspect(
        &self,
        caller: &Caller<'_>,
        asker: &AuthenticatedClient,
        token: &str,
    ) -> Result<Introspection, OAuthError> {
        let client = asker.client();
        if client.is_public() || client.api != caller.api {
            return Ok(Introspection::Inactive);
        }
        let Some(known) = self.find_introspected(caller, token).await? else {
            return Ok(Introspection::Inactive);
        };
        let (credential, principal) = (&known.credential, &known.credential.principal);
        // Whoever asks does not show the proof of whoever sent the token: that is theirs to check, by `cnf`.
        let facts = Facts { proof: credential.confirmation.as_deref(), ..Facts::none() };
        let is_active = principal.api == caller.api
            && principal.workspace == client.workspace
            && principal.environment == client.environment
            && credential.decide(&facts, &caller.policy.scopes, self.now()).is_ok();
        Ok(if is_active {
            Introspection::Active(members(&known, caller.issuer))
        } else {
            Introspection::Inactive
        })
    }

    async fn find_introspected(
        &self,
        caller: &Caller<'_>,
        token: &str,
    ) -> Result<Option<Arc<Known>>, OAuthError> {
        let kinds = KindSet::NONE.with(CredentialKind::Key).with(CredentialKind::Token);
        let facts = Facts { accepted: kinds, ..Facts::none() };
        let presented = Presented::Text { bytes: token.as_bytes(), kinds };
        let question = Question { api: caller.api, policy: caller.policy, presented, facts: &facts };
        if let Ok(known) = self.find_presented(&question).await? {
            return Ok(Some(known));
        }
        // Nothing tells the form of a refresh token beforehand.
        let text = self.any_token_text(token.as_bytes(), caller.policy);
        match self.seek_token(text, caller.api, caller.policy).await? {
            Sought::Known(known) => Ok(Some(known)),
            Sought::Unknown | Sought::Forged => Ok(None),
        }
    }

    /// Ends a token of the client, and with a refresh token or a code-flow access token its whole family. A text that
    /// is no token, or another client's, changes nothing and gets the same answer (RFC 7009 section 2.2).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_token(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        token: &str,
    ) -> Result<(), OAuthError> {
        let text = self.any_token_text(token.as_bytes(), caller.policy);
        if let Sought::Known(known) = self.seek_token(text, caller.api, caller.policy).await?
            && let Some(bought) = &known.bought
            && bought.story.parent.client() == Some(client.client().id)
        {
            self.end_known(text.lookup, &known).await?;
        }
        Ok(())
    }
}

/// What is told of a credential that works.
fn members(known: &Known, issuer: &str) -> Map<String, Value> {
    let (credential, principal) = (&known.credential, &known.credential.principal);
    let seconds = |at: Option<Timestamp>| at.map(|at| json!(at.seconds()));
    let mut all = vec![
        ("scope", Some(json!(principal.scopes.to_string()))),
        ("client_id", principal.client.as_deref().map(|client| json!(client))),
        ("exp", seconds(credential.ends_at)),
        ("nbf", seconds(credential.not_before)),
        ("iss", Some(json!(issuer))),
        ("environment", Some(json!(principal.environment.as_str()))),
        ("cnf", credential.confirmation.as_deref().map(|jkt| json!({ "jkt": jkt }))),
    ];
    match &known.bought {
        Some(bought) => all.extend(members_of_token(bought, known.credential.confirmation.is_some(), issuer)),
        None => all.extend([("sub", Some(json!(&*principal.credential))), ("aud", Some(json!(issuer)))]),
    }
    let told = all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    told.collect()
}

fn members_of_token(
    bought: &Purchase,
    is_bound: bool,
    issuer: &str,
) -> impl Iterator<Item = (&'static str, Option<Value>)> {
    let story = &bought.story;
    let details = &story.details;
    let kind = match (bought.part, is_bound) {
        (TokenPart::Refresh, _) => None,
        (TokenPart::Access, true) => Some(json!("DPoP")),
        (TokenPart::Access, false) => Some(json!("Bearer")),
    };
    let audience = match details.resources.as_slice() {
        [] => json!(issuer),
        [one] => json!(one),
        several => json!(several),
    };
    [
        ("token_type", kind),
        ("username", story.username.as_ref().map(|name| json!(name))),
        ("iat", story.issued_at.map(|at| json!(at.seconds()))),
        ("sub", Some(json!(story.subject))),
        ("aud", Some(audience)),
        ("jti", story.id.as_ref().map(|id| json!(id))),
        ("act", details.act.clone()),
        ("auth_time", details.auth_time.map(|at| json!(at))),
    ]
    .into_iter()
}
