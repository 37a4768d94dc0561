//! Whether a user's password is right, where their API's contract has them log in for a token of their own.

use claviger_domain::{Account, DenialReason, Email, Origin, Parent, Pool, WorkspaceState};
use claviger_secrets::Password;
use claviger_store::AccountRecord;

use super::ExchangeError;
use super::failure::Unproven;
use super::hold::Hold;
use super::prove::{Proven, Used};
use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::{Source, Ticket, Wait};

impl Engine {
    /// An attempt counts before anything is hashed, as when signing in. A user with a second factor cannot show it here
    /// and is refused; so is one without a workspace, for whom there is nothing to do.
    pub(super) async fn prove_user(
        &self,
        caller: &Caller<'_>,
        (name, password): (&str, &str),
    ) -> Result<Proven, Unproven> {
        let unknown = || Unproven::from(ExchangeError::Refused(DenialReason::Unknown));
        // No account is called so, and nobody's password is so long: anybody can tell, so nothing is hashed.
        let email: Email = name.trim().parse().map_err(|_| unknown())?;
        let password = Password::typed(password.to_owned()).map_err(|_| unknown())?;
        let pool = Pool::Api(caller.api);
        let record = self.store().read().await?.find_account_by_email(pool, &email).await?;
        let about = (Source::account(pool, &email), self.account_allowance());
        let origin = Origin::new(Some(caller.address), caller.user_agent);
        let account = record.as_ref().map(|record| record.account.id);
        let tickets = self
            .admit_attempt::<Slowed>(about, &origin, account)
            .await
            .map_err(|slowed| self.slowed(slowed))?;
        let hash = record.as_ref().and_then(|record| record.password.as_ref());
        let verdict = self.hashing().matches(hash, password).await;
        if !matches!(verdict, Ok(false)) {
            tickets.into_iter().for_each(Ticket::give_back);
        }
        let is_right = verdict.map_err(ExchangeError::from)?;
        match record {
            Some(AccountRecord { account, password: Some(password) }) if is_right => {
                let hold = Hold::User { account: account.id, password };
                self.admit_user(caller, &account, hold).await
            }
            record => {
                let workspace = record.and_then(|record| record.account.workspace);
                Err(Unproven { workspace, ..unknown() })
            }
        }
    }

    /// Whether someone who knows the password can have a token.
    async fn admit_user(
        &self,
        caller: &Caller<'_>,
        account: &Account,
        hold: Hold,
    ) -> Result<Proven, Unproven> {
        let workspace = account.workspace;
        let refused = |reason| Unproven { error: ExchangeError::Refused(reason), workspace };
        let mut read = self.store().read().await?;
        let is_working = match workspace {
            Some(id) => {
                let found = read.find_workspace(id).await?;
                found.is_some_and(|workspace| workspace.state == WorkspaceState::Active)
            }
            None => false,
        };
        let totp = read.find_totp(account.id).await?;
        drop(read);
        if !is_working || account.disabled_at.is_some() {
            return Err(refused(DenialReason::Disabled));
        }
        if totp.is_some_and(|totp| totp.confirmed_at.is_some()) {
            return Err(refused(DenialReason::Unproved));
        }
        if caller.environment.is_some_and(|wanted| wanted != account.environment) {
            return Err(refused(DenialReason::WrongEnvironment));
        }
        self.failures().note_proof(account.id, caller.address);
        Ok(Proven {
            parent: Parent::Account(account.id),
            environment: account.environment,
            workspace: account.workspace,
            scopes: account.effective_scopes(&caller.policy.scopes),
            ends_at: None,
            lifetime: None,
            hold,
            used: Used::User,
        })
    }

    fn slowed(&self, slowed: Slowed) -> ExchangeError {
        match slowed {
            Slowed::Wait(Wait(wait)) => ExchangeError::TooMany { retry_at: self.now().plus(wait) },
            Slowed::Failed(error) => error.into(),
        }
    }
}

/// Why an attempt is not looked at.
enum Slowed {
    Wait(Wait),
    Failed(claviger_store::Error),
}

impl From<Wait> for Slowed {
    fn from(wait: Wait) -> Self {
        Self::Wait(wait)
    }
}

impl From<claviger_store::Error> for Slowed {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error)
    }
}
