//! What someone sees and changes of their own account.

use claviger_domain::{Account, AccountId, Action, ChangeKind, Event, Profile, Session};

use super::PasskeySummary;
use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::error::Error;
use crate::sessions::{MOST_LISTED, SignedIn};

/// An account with its ways to sign in.
#[derive(Clone, Debug)]
pub struct AccountOverview {
    /// The account.
    pub account: Account,
    /// Whether it has a password.
    pub has_password: bool,
    /// Whether time-based codes are asked for.
    pub has_totp: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Its passkeys.
    pub passkeys: Vec<PasskeySummary>,
    /// Its living sessions, newest first.
    pub sessions: Vec<Session>,
}

impl Engine {
    /// Someone's own account.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when it was deleted meanwhile; when a second factor is due, or the database fails.
    pub async fn account_overview(&self, who: &SignedIn) -> Result<AccountOverview, AccountError> {
        who.require_complete()?;
        self.overview_of(who.account().id).await?.ok_or(AccountError::Conflict)
    }

    /// An account with its ways to sign in, if there is such a one.
    pub(crate) async fn overview_of(&self, id: AccountId) -> Result<Option<AccountOverview>, Error> {
        let mut read = self.store().read().await?;
        let Some(record) = read.find_account_record(id).await? else { return Ok(None) };
        let totp = read.find_totp(id).await?;
        Ok(Some(AccountOverview {
            account: record.account,
            has_password: record.password.is_some(),
            has_totp: totp.is_some_and(|totp| totp.confirmed_at.is_some()),
            recovery_codes: read.count_recovery_codes(id).await?,
            passkeys: read.list_passkeys(id).await?.into_iter().map(PasskeySummary::from).collect(),
            sessions: read.list_sessions(id, self.now(), MOST_LISTED).await?,
        }))
    }

    /// Changes what someone is called.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when the account was deleted meanwhile; when a second factor is due, or the database
    /// fails.
    pub async fn change_profile(&self, who: &SignedIn, profile: Profile) -> Result<(), AccountError> {
        who.require_complete()?;
        let (id, now) = (who.account().id, self.now());
        let about = Event::touched(Action::AccountProfileChanged, who.account());
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.update_profile(id, &profile, now).await? {
                        return Err(AccountError::Conflict);
                    }
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(id), now).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(id));
        Ok(())
    }
}
