//! Operator tokens: made, checked and revoked like keys.

use std::sync::Arc;

use claviger_domain::{Actor, ErrorKind, Label, OperatorScope, OperatorScopes, OperatorToken, Timestamp};
use claviger_secrets::Plain;

use crate::error::Error;

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
    /// The actor to write beside what it does.
    pub fn actor(&self) -> Actor {
        Actor::OperatorToken(self.token.id)
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
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for OperatorTokenError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}
