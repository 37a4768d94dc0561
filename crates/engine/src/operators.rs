//! Operators: the accounts of the instance's own pool.

use claviger_domain::{Account, AccountId, Action, Actor, Email, ErrorKind, Event, Page, PageRequest, Pool};
use claviger_secrets::NewPassword;

use crate::engine::Engine;
use crate::error::Error;
use crate::hashing::HashingError;

/// Why an operator could not be made or listed.
#[derive(Debug, thiserror::Error)]
pub enum OperatorError {
    /// Another operator has this e-mail address.
    #[error("there is an operator with this e-mail address")]
    EmailTaken,
    /// Too many passwords are being hashed.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl OperatorError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::EmailTaken => ErrorKind::Conflict,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for OperatorError {
    fn from(error: claviger_store::Error) -> Self {
        match error {
            claviger_store::Error::Conflict { .. } => Self::EmailTaken,
            error => Self::Failed(error.into()),
        }
    }
}

impl From<HashingError> for OperatorError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => Self::Failed(error.into()),
        }
    }
}

impl Engine {
    /// Makes an operator, who can then sign in to the console and do everything there.
    ///
    /// # Errors
    /// When the address is taken, too much is being hashed, or the database fails.
    pub async fn create_operator(
        &self,
        actor: &Actor,
        email: Email,
        password: NewPassword,
    ) -> Result<Account, OperatorError> {
        let hash = self.hashing().create(password.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let account = Account::new(AccountId::generate_at(now, self.entropy()), Pool::Instance, email, now);
        let (row, audit) = (account.clone(), self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    tx.insert_account(&row, Some(&hash)).await?;
                    audit.record(tx, Event::made(Action::OperatorCreated, &row)).await
                })
            })
            .await?;
        tracing::info!(account = %account.id, "made an operator");
        Ok(account)
    }

    /// A page of operators, newest first. An empty first page means that nobody can sign in yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_operators(&self, page: PageRequest) -> Result<Page<Account>, OperatorError> {
        Ok(self.store().read().await?.list_accounts(Pool::Instance, page).await?)
    }
}
