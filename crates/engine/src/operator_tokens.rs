//! Operator tokens: made, checked and revoked like keys.

use std::sync::Arc;

use claviger_domain::{
    Action, Actor, Call, ChangeKind, Environment, ErrorKind, Event, KeyFormat, KeyKind, KeyShape, Label,
    NotAllowed, OperatorScope, OperatorScopes, OperatorToken, OperatorTokenId, Page, PageRequest, Timestamp,
    Who,
};
use claviger_secrets::{Lookup, Plain, Purpose, Recognized, generate_key, recognize};

use crate::engine::Engine;
use crate::error::Error;
use crate::lookup_cache::Found;

/// What a new operator token is to be.
#[derive(Clone, Debug)]
pub struct NewOperatorToken {
    /// What people call it.
    pub name: Label,
    /// What it may do.
    pub scopes: OperatorScopes,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A token and, this once, its text.
#[derive(Debug)]
pub struct IssuedOperatorToken {
    /// The token.
    pub token: OperatorToken,
    /// What its holder presents. Kept nowhere.
    pub text: Plain,
}

/// The proof that a living operator token was presented. Only the engine makes one.
#[derive(Clone, Debug)]
pub struct AuthenticatedOperator {
    pub(crate) token: Arc<OperatorToken>,
}

impl AuthenticatedOperator {
    /// The actor to write beside what it does by this request.
    pub fn actor(&self, call: Call) -> Actor {
        Actor::new(Who::OperatorToken(self.token.id), call)
    }

    /// Whether it may do this.
    pub fn allows(&self, scope: OperatorScope) -> bool {
        self.token.scopes.allows(scope)
    }

    /// The token's public part.
    pub fn token(&self) -> &OperatorToken {
        &self.token
    }
}

/// Why an operator token was refused or could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OperatorTokenError {
    /// It is none of ours, or no longer. The caller learns no more than that.
    #[error("the operator token is not valid")]
    Invalid,
    /// There is no such token.
    #[error("no such operator token")]
    UnknownToken,
    /// It would have ended already.
    #[error("`expires_at` must lie in the future")]
    EndsTooEarly,
    /// Nobody can hand out more than they have.
    #[error("a token cannot grant `{0}`, which its maker does not have")]
    BeyondMaker(OperatorScope),
    /// Only the provider does this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl OperatorTokenError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Invalid => ErrorKind::Unauthenticated,
            Self::UnknownToken => ErrorKind::NotFound,
            Self::EndsTooEarly => ErrorKind::InvalidRequest,
            Self::BeyondMaker(_) => ErrorKind::Forbidden,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for OperatorTokenError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Who presents this text, when that needs no database. Takes no await; `None` means: ask the async form.
    pub fn authenticate_operator_now(
        &self,
        text: &[u8],
    ) -> Option<Result<AuthenticatedOperator, OperatorTokenError>> {
        let Some(lookup) = self.operator_lookup(text) else { return Some(Err(OperatorTokenError::Invalid)) };
        let now = self.now();
        if !self.feed().is_trusted(now) {
            return None;
        }
        self.operators().get(lookup).map(|found| admit(found, now))
    }

    /// Who presents this text.
    ///
    /// # Errors
    /// [`OperatorTokenError::Invalid`] for whatever is not a living token; `Failed` when the database is away.
    pub async fn authenticate_operator(
        &self,
        text: &[u8],
    ) -> Result<AuthenticatedOperator, OperatorTokenError> {
        let lookup = self.operator_lookup(text).ok_or(OperatorTokenError::Invalid)?;
        let load = Box::pin(self.load_operator(lookup));
        let found = if self.feed().is_trusted(self.now()) {
            self.operators().get_or_load(lookup, load).await?
        } else {
            load.await?.map_or(Found::Unknown, Found::Known)
        };
        admit(found, self.now())
    }

    /// Makes an operator token. Nobody can hand out more than they have; `maker` is `None` on first start and for
    /// whoever holds the configuration, who has everything.
    ///
    /// # Errors
    /// When it would grant more than its maker has or has ended already, or the database fails.
    pub async fn issue_operator_token(
        &self,
        actor: &Actor,
        maker: Option<&AuthenticatedOperator>,
        new: NewOperatorToken,
    ) -> Result<IssuedOperatorToken, OperatorTokenError> {
        actor.require_provider()?;
        if let Some(maker) = maker
            && let Some(beyond) = new.scopes.iter().find(|scope| !maker.allows(*scope))
        {
            return Err(OperatorTokenError::BeyondMaker(beyond));
        }
        let now = self.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(OperatorTokenError::EndsTooEarly);
        }
        let text = generate_key(&token_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::OperatorToken, text.expose().as_bytes()).bytes();
        let token = OperatorToken {
            id: OperatorTokenId::generate_at(now, self.entropy()),
            name: new.name,
            scopes: new.scopes,
            expires_at: new.expires_at,
            revoked_at: None,
            created_at: now,
            created_by: actor.to_string(),
        };
        let (row, audit) = (token.clone(), self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.insert_operator_token(&row, &lookup).await?;
                    audit.record(tx, Event::made(Action::OperatorTokenIssued, &row)).await?;
                    tx.append_change(&ChangeKind::OperatorToken { token: row.id, lookup }, now).await?;
                    Ok::<_, OperatorTokenError>(())
                })
            })
            .await?;
        self.operators().forget(Lookup::from_bytes(lookup));
        Ok(IssuedOperatorToken { token, text })
    }

    /// A page of operator tokens, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_operator_tokens(
        &self,
        page: PageRequest,
    ) -> Result<Page<OperatorToken>, OperatorTokenError> {
        // An instance has few of them: the page is cut here.
        let mut all = self.store().read().await?.list_operator_tokens().await?;
        all.retain(|token| page.before.is_none_or(|before| token.id.uuid() < before));
        all.sort_unstable_by_key(|token| std::cmp::Reverse(token.id));
        Ok(Page::from_overfull(all, page.limit, |token| token.id.uuid()))
    }

    /// Ends an operator token for ever. Twice is fine.
    ///
    /// # Errors
    /// When there is no such token, or the database fails.
    pub async fn revoke_operator_token(
        &self,
        actor: &Actor,
        id: OperatorTokenId,
    ) -> Result<OperatorToken, OperatorTokenError> {
        actor.require_provider()?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        let (token, lookup) = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = tx.find_operator_token(id).await?.ok_or(OperatorTokenError::UnknownToken)?;
                    let lookup = tx.revoke_operator_token(id, now).await?;
                    let token = tx.find_operator_token(id).await?.ok_or(OperatorTokenError::UnknownToken)?;
                    if let Some(lookup) = lookup {
                        audit
                            .record(tx, Event::changed(Action::OperatorTokenRevoked, &before, &token))
                            .await?;
                        tx.append_change(&ChangeKind::OperatorToken { token: id, lookup }, now).await?;
                    }
                    Ok::<_, OperatorTokenError>((token, lookup))
                })
            })
            .await?;
        if let Some(lookup) = lookup {
            self.operators().forget(Lookup::from_bytes(lookup));
        }
        Ok(token)
    }

    fn operator_lookup(&self, text: &[u8]) -> Option<Lookup> {
        matches!(recognize(text, &[token_format()]), Recognized::Key(_))
            .then(|| self.vault().hash(Purpose::OperatorToken, text))
    }

    async fn load_operator(&self, lookup: Lookup) -> Result<Option<Arc<OperatorToken>>, Error> {
        let found = self.store().read().await?.find_operator_token_by_lookup(&lookup.bytes()).await?;
        Ok(found.map(Arc::new))
    }
}

fn admit(found: Found<OperatorToken>, now: Timestamp) -> Result<AuthenticatedOperator, OperatorTokenError> {
    match found {
        Found::Known(token) if token.is_alive(now) => Ok(AuthenticatedOperator { token }),
        Found::Known(_) | Found::Unknown => Err(OperatorTokenError::Invalid),
    }
}

/// Operator tokens have a prefix of their own, so that scanners find leaked ones.
fn token_format() -> KeyFormat {
    KeyFormat {
        prefix: "clv_op_".into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
