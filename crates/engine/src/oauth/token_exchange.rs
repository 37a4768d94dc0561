//! One token for another (RFC 8693): less of what it may do, or for somebody who acts for its subject.
//!
//! What is exchanged stays behind what comes of it: a new family has it as its source, ends no later and dies with it.

use std::sync::Arc;

use claviger_domain::{
    CredentialKind, Facts, FamilyId, Generation, KindSet, Parent, Presented, ScopeSet, Timestamp,
    TokenFamily, TokenPart,
};
use claviger_oauth::{ErrorCode, Refusal, TokenRequest};
use claviger_store::{NewFamily, StoredToken, Tx};
use serde_json::json;

use super::asking::Ask;
use super::error::OAuthError;
use super::issue::{Issued, check_confidential, check_scopes};
use super::targets::targets_of;
use crate::engine::Engine;
use crate::error::Error;
use crate::families::FamilyOrder;
use crate::known::Known;
use crate::load::earlier;
use crate::question::Question;
use crate::standing::LONGEST_CHAIN;
use crate::token_details::TokenDetails;

/// An access token of this API (RFC 8693 section 3).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// A key of this API.
const KEY: &str = "urn:claviger:token-type:key";

/// What a token is exchanged for.
#[derive(Clone)]
enum Source {
    /// A token of this family.
    Family(FamilyId),
    /// A credential without a family, and one to stand for it: without tokens for a key, with its only one for a token
    /// that had no row.
    Anchor(Box<NewFamily>),
}

impl Engine {
    /// Trades a token, or a key, for a token that may do no more.
    pub(super) async fn exchange_token(
        &self,
        ask: &Ask<'_>,
        request: &TokenRequest,
    ) -> Result<Issued, OAuthError> {
        let TokenRequest::TokenExchange {
            subject_token,
            subject_token_type,
            actor,
            requested_token_type,
            scopes,
            resources,
        } = request
        else {
            return Err(invalid("this is no token exchange").into());
        };
        check_confidential(ask.client.client())?;
        if requested_token_type.as_deref().is_some_and(|wanted| wanted != ACCESS_TOKEN) {
            return Err(invalid("only access tokens are issued").into());
        }
        let subject = self.presented_to_exchange(ask, subject_token, subject_token_type).await?;
        let actor = match actor {
            Some((token, kind)) => Some(self.presented_to_exchange(ask, token, kind).await?),
            None => None,
        };
        let scopes = narrowed(ask, &subject, scopes.as_ref())?;
        let details = details_of(ask, &subject, actor.as_deref(), targets_of(ask.caller, resources)?)?;
        let (mut new, texts) = self
            .make_family(&FamilyOrder {
                caller: ask.caller,
                terms: ask.terms,
                parent: Parent::Client(ask.client.client().id),
                environment: ask.client.client().environment,
                source: None,
                scopes: &scopes,
                details: &details,
                parent_ends_at: subject.credential.ends_at,
                refreshes: false,
            })
            .await?;
        let source = self.source_of(subject_token, &subject, new.family.ends_at)?;
        self.store()
            .write::<_, OAuthError, _>(move |tx| {
                Box::pin(async move {
                    new.family.source = Some(source.hold(tx).await?);
                    Ok(tx.insert_family(&new).await?)
                })
            })
            .await?;
        let issued_token_type = Some(ACCESS_TOKEN);
        Ok(Issued { issued_token_type, ..Issued::of(texts, scopes, ask.jkt) })
    }

    /// A token or key that is good now, and of the client's own workspace and environment.
    async fn presented_to_exchange(
        &self,
        ask: &Ask<'_>,
        text: &str,
        kind: &str,
    ) -> Result<Arc<Known>, OAuthError> {
        let kind = match kind {
            ACCESS_TOKEN => CredentialKind::Token,
            KEY => CredentialKind::Key,
            _ => return Err(invalid("the type of the token is none that is taken here").into()),
        };
        let kinds = KindSet::NONE.with(kind);
        let client = ask.client.client();
        let facts = Facts {
            environment: Some(client.environment),
            accepted: kinds,
            address: Some(ask.caller.address),
            ..Facts::none()
        };
        let presented = Presented::Text { bytes: text.as_bytes(), kinds };
        let question = |facts| Question { api: ask.caller.api, policy: ask.caller.policy, presented, facts };
        let bound = Facts { proof: ask.jkt, ..facts.clone() };
        let found = self.find_presented(&question(&facts)).await?;
        let mut known = found.map_err(|_| not_good())?;
        let mut facts = &facts;
        // Bound to a key: whoever brings it must have that key.
        if known.credential.confirmation.is_some() {
            facts = &bound;
            known = self.find_presented(&question(facts)).await?.map_err(|_| not_good())?;
        }
        let (credential, principal) = (&known.credential, &known.credential.principal);
        let is_refresh = known.bought.as_ref().is_some_and(|bought| bought.part == TokenPart::Refresh);
        let is_own = principal.api == ask.caller.api && principal.workspace == client.workspace;
        let is_good = credential.decide(facts, &ask.caller.policy.scopes, self.now()).is_ok();
        if is_refresh || !is_own || !is_good {
            return Err(not_good());
        }
        Ok(known)
    }

    /// What a family that ends then is to stand on.
    fn source_of(
        &self,
        text: &str,
        subject: &Known,
        ends_at: Option<Timestamp>,
    ) -> Result<Source, OAuthError> {
        let now = self.now();
        let credential = &subject.credential;
        let story = subject.bought.as_ref().map(|bought| &*bought.story);
        if let Some((family, _)) = story.and_then(|story| story.family) {
            return Ok(Source::Family(family));
        }
        let (parent, details) = match story {
            Some(story) => (story.parent, serde_json::to_string(&story.details).map_err(Error::from)?),
            None => (key_of(subject).ok_or_else(not_good)?, "{}".to_owned()),
        };
        let token = story.map(|story| StoredToken {
            lookup: self.token_lookup(text.as_bytes()).bytes(),
            generation: Generation::FIRST,
            part: TokenPart::Access,
            issued_at: story.issued_at.unwrap_or(now),
            expires_at: credential.ends_at,
            sealed: None,
            scopes: None,
        });
        let family = TokenFamily {
            id: FamilyId::generate_at(now, self.entropy()),
            parent,
            source: None,
            scopes: credential.principal.scopes.clone(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: now,
            // A key may live for ever; what stands for it here need not.
            ends_at: earlier(credential.ends_at, ends_at),
            ended_at: None,
        };
        let tokens = token.into_iter().collect();
        Ok(Source::Anchor(Box::new(NewFamily { family, reuse: None, session: None, details, tokens })))
    }
}

impl Source {
    /// Makes sure that it lives and goes on to until this transaction ends.
    async fn hold(self, tx: &mut Tx) -> Result<FamilyId, OAuthError> {
        let anchor = match self {
            Self::Family(family) => return hold(tx, family).await,
            Self::Anchor(anchor) => anchor,
        };
        match anchor.tokens.first() {
            Some(token) => {
                if tx.is_token_ended(&token.lookup).await? {
                    return Err(not_good());
                }
                // Somebody may have exchanged it before.
                if let Some(record) = tx.find_token_by_lookup(&token.lookup).await? {
                    return hold(tx, record.of.family.id).await;
                }
            }
            None => {
                if let Some(key) = anchor.family.parent.key()
                    && !tx.hold_key(key).await?
                {
                    return Err(not_good());
                }
            }
        }
        tx.insert_family(&anchor).await?;
        Ok(anchor.family.id)
    }
}

async fn hold(tx: &mut Tx, family: FamilyId) -> Result<FamilyId, OAuthError> {
    if tx.hold_family(family).await? { Ok(family) } else { Err(not_good()) }
}

/// A key as a parent.
fn key_of(known: &Known) -> Option<Parent> {
    let key = known.credential.principal.credential.parse().ok()?;
    Some(Parent::Key { key, secret: known.credential.secret? })
}

/// The scopes of the new token: those asked for, all of which subject and client must have; else all that both have.
fn narrowed(ask: &Ask<'_>, subject: &Known, asked: Option<&ScopeSet>) -> Result<ScopeSet, Refusal> {
    let policy = ask.caller.policy;
    let own = ask.client.client().metadata.effective_scopes(policy);
    let of_subject = &subject.credential.principal.scopes;
    match asked {
        Some(asked) if !asked.is_empty() => {
            check_scopes(asked, of_subject, policy)?;
            check_scopes(asked, &own, policy)?;
            Ok(asked.clone())
        }
        _ => Ok(of_subject.iter().filter(|scope| policy.scopes.allows(&own, scope)).cloned().collect()),
    }
}

/// What the new token says: of its subject what the old one said, and who acts now.
fn details_of(
    ask: &Ask<'_>,
    subject: &Known,
    actor: Option<&Known>,
    resources: Vec<String>,
) -> Result<TokenDetails, Refusal> {
    let before = subject.bought.as_ref().map(|bought| bought.story.details.clone()).unwrap_or_default();
    let exchanges = before.exchanges.saturating_add(1);
    if usize::from(exchanges) >= LONGEST_CHAIN {
        return Err(invalid("the token was exchanged too often"));
    }
    let act = match actor {
        Some(actor) => {
            let mut act = json!({ "sub": subject_of(actor) });
            if let (Some(before), Some(members)) = (before.act, act.as_object_mut()) {
                members.insert("act".to_owned(), before);
            }
            Some(act)
        }
        None => before.act,
    };
    Ok(TokenDetails {
        subject: Some(subject_of(subject)),
        // Asking for no target keeps those there are.
        resources: if resources.is_empty() { before.resources } else { resources },
        jkt: ask.jkt.map(str::to_owned),
        exchanges,
        act,
        ..before
    })
}

/// The `sub` of a credential.
fn subject_of(known: &Known) -> String {
    match &known.bought {
        Some(bought) => bought.story.subject.clone(),
        None => known.credential.principal.credential.to_string(),
    }
}

const fn invalid(description: &'static str) -> Refusal {
    Refusal { code: ErrorCode::InvalidRequest, description: std::borrow::Cow::Borrowed(description) }
}

/// Whatever is wrong with it (RFC 8693 section 2.2.2).
fn not_good() -> OAuthError {
    invalid("the token is not good").into()
}
