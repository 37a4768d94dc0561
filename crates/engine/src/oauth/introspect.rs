//! What a token is worth (RFC 7662), and its end (RFC 7009).

use std::sync::Arc;

use claviger_domain::{CredentialKind, Facts, KindSet, Presented, Timestamp, TokenPart};
use serde::{Serialize, Serializer};

use super::asking::AuthenticatedClient;
use super::error::OAuthError;
use crate::caller::Caller;
use crate::claim::Claim;
use crate::engine::Engine;
use crate::known::{Known, Purchase, Story};
use crate::question::Question;
use crate::tokens::Sought;

/// What is said of a token: it serializes as RFC 7662 section 2.2 has it.
#[derive(Debug)]
pub enum Introspection {
    /// Nothing but that it does not work, or is not the asker's to know.
    Inactive,
    /// All that its API may know.
    Active(Active),
}

/// A credential that works.
pub struct Active {
    known: Arc<Known>,
    issuer: String,
}

impl std::fmt::Debug for Active {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Active(…)")
    }
}

impl Serialize for Introspection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_active = ("active", Claim::Truth(matches!(self, Self::Active(_))));
        match self {
            Self::Inactive => serializer.collect_map([is_active]),
            Self::Active(active) => {
                let said = active.of_all().into_iter().chain(active.of_tokens().into_iter().flatten());
                let said = said.filter_map(|(name, claim)| Some((name, claim?)));
                serializer.collect_map([is_active].into_iter().chain(said))
            }
        }
    }
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
            Introspection::Active(Active { known, issuer: caller.issuer.to_owned() })
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

type Member<'m> = (&'static str, Option<Claim<'m>>);

impl Active {
    /// What is told of every credential.
    fn of_all(&self) -> [Member<'_>; 9] {
        let credential = &self.known.credential;
        let principal = &credential.principal;
        let seconds = |at: Option<Timestamp>| at.map(|at| Claim::Number(at.seconds()));
        let (subject, audience) = match &self.known.bought {
            Some(bought) => {
                let Story { subject, details, .. } = &*bought.story;
                (subject.as_str(), Claim::audience(&details.resources, &self.issuer))
            }
            None => (&*principal.credential, Claim::Text(&self.issuer)),
        };
        [
            ("scope", Some(Claim::Scopes(&principal.scopes))),
            ("client_id", principal.client.as_deref().map(Claim::Text)),
            ("exp", seconds(credential.ends_at)),
            ("nbf", seconds(credential.not_before)),
            ("iss", Some(Claim::Text(&self.issuer))),
            ("environment", Some(Claim::Text(principal.environment.as_str()))),
            ("cnf", credential.confirmation.as_deref().map(|jkt| Claim::Confirmation { jkt })),
            ("sub", Some(Claim::Text(subject))),
            ("aud", Some(audience)),
        ]
    }

    /// What is told of tokens alone.
    fn of_tokens(&self) -> Option<[Member<'_>; 6]> {
        let Purchase { story, part, .. } = self.known.bought.as_ref()?;
        let kind = match (part, &self.known.credential.confirmation) {
            (TokenPart::Refresh, _) => None,
            (TokenPart::Access, Some(_)) => Some(Claim::Text("DPoP")),
            (TokenPart::Access, None) => Some(Claim::Text("Bearer")),
        };
        Some([
            ("token_type", kind),
            ("username", story.username.as_deref().map(Claim::Text)),
            ("iat", story.issued_at.map(|at| Claim::Number(at.seconds()))),
            ("jti", story.id.as_deref().map(Claim::Text)),
            ("act", story.details.act.as_ref().map(Claim::Object)),
            ("auth_time", story.details.auth_time.map(Claim::Number)),
        ])
    }
}
