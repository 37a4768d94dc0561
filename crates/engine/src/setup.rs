//! The first operator: made by whoever reads the server's terminal, once.
//!
//! The code is derived from the master key, so that every node shows the same and nothing has to be kept; that it was
//! used is a row, whose insertion decides between two who use it at once.

use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Action, Actor, Call, Email, ErrorKind, Event, Origin, PageRequest, Pool, Who,
};
use claviger_secrets::{NewPassword, Plain, Purpose, RecoveryCode};
use claviger_store::Conn;

use crate::engine::Engine;
use crate::error::Error;
use crate::failures::{Source, Wait};
use crate::hashing::HashingError;

/// The setting that says that the first operator was made, and who it was.
const DONE: &str = "first_operator";

/// Why the first operator was not made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// There is an operator already, or there was one.
    #[error("the first operator is there already; sign in instead")]
    Closed,
    /// The code is not the one on the terminal.
    #[error("this is not the code that the server's terminal shows")]
    WrongCode,
    /// Too many codes were wrong.
    #[error("too many attempts; try again in {} seconds", retry_after.as_secs() + 1)]
    TooMany {
        /// How long until the next attempt is heard.
        retry_after: Duration,
    },
    /// Too many passwords are being hashed.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SetupError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Closed => ErrorKind::Conflict,
            Self::WrongCode => ErrorKind::Forbidden,
            Self::TooMany { .. } => ErrorKind::RateLimited,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SetupError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Wait> for SetupError {
    fn from(Wait(retry_after): Wait) -> Self {
        Self::TooMany { retry_after }
    }
}

impl From<HashingError> for SetupError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => Self::Failed(error.into()),
        }
    }
}

impl Engine {
    /// Whether nobody can sign in to the console yet, nor ever could.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn awaits_setup(&self) -> Result<bool, SetupError> {
        Ok(is_open(&mut self.store().read().await?).await?)
    }

    /// The code for the terminal, as long as [`Engine::awaits_setup`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_code(&self) -> Result<Option<Plain>, SetupError> {
        Ok(self.awaits_setup().await?.then(|| self.derived_code().to_shown()))
    }

    /// Makes the first operator for whoever knows the code.
    ///
    /// # Errors
    /// When there was an operator before, the code is wrong, too many were, too much is being hashed, or the database
    /// fails.
    pub async fn set_up(
        &self,
        (code, origin): (&str, &Origin),
        email: Email,
        password: NewPassword,
    ) -> Result<Account, SetupError> {
        let per_minute = self.options().accounts.failed_sign_ins_per_minute;
        let ticket =
            self.failures().take(&Source::address(origin.address), per_minute, self.now()).map_err(Wait)?;
        if !self.awaits_setup().await? {
            return Err(SetupError::Closed);
        }
        let keyed = |code: &RecoveryCode| self.vault().hash(Purpose::SetupCode, code.as_bytes());
        let typed = RecoveryCode::read(code).map(|typed| keyed(&typed));
        if !typed.is_some_and(|typed| typed.matches(keyed(&self.derived_code()))) {
            return Err(SetupError::WrongCode);
        }
        ticket.give_back();
        let hash = self.hashing().create(password.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let account = Account::new(AccountId::generate_at(now, self.entropy()), Pool::Instance, email, now);
        let call = Call { request: None, address: origin.address };
        let (row, audit) = (account.clone(), self.auditor(&Actor::new(Who::Visitor, call), now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !is_open(tx).await? || !tx.insert_setting(DONE, row.id.uuid().as_bytes()).await? {
                        return Err(SetupError::Closed);
                    }
                    tx.insert_account(&row, Some(&hash)).await?;
                    audit.record(tx, Event::made(Action::OperatorCreated, &row)).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::info!(account = %account.id, "made the first operator");
        Ok(account)
    }

    fn derived_code(&self) -> RecoveryCode {
        RecoveryCode::derived(self.vault().hash(Purpose::SetupCode, b"first operator"))
    }
}

async fn is_open(conn: &mut Conn) -> Result<bool, claviger_store::Error> {
    let first = PageRequest { before: None, limit: 1 };
    Ok(conn.find_setting(DONE).await?.is_none()
        && conn.list_accounts(Pool::Instance, first).await?.rows.is_empty())
}
