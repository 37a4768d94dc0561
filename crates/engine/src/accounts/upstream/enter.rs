//! A session for somebody a provider vouches for.

use claviger_domain::{Account, AccountId, Action, Email, Event, Method, Methods, Origin, Pool, Profile};
use claviger_oauth::Vouched;
use claviger_store::UpstreamIdentity;

use super::Pending;
use crate::account_error::AccountError;
use crate::accounts::ceremony::Ceremony;
use crate::engine::Engine;
use crate::sign_in::{IssuedSession, Ready, beginner};

/// The longest name that is taken over, in characters.
const NAME: usize = 200;

impl Engine {
    /// A session for the account of an identity, which is made where there is none.
    pub(super) async fn enter_vouched(
        &self,
        pool: Pool,
        (identity, vouched): (UpstreamIdentity, Vouched),
        ceremony: Ceremony<Pending>,
        from: Origin,
    ) -> Result<IssuedSession, AccountError> {
        let known = self.find_vouched(pool, &identity).await?;
        let is_new = known.is_none();
        let account = match known {
            Some(account) => account,
            None => self.account_of(pool, vouched)?,
        };
        let Ceremony { lookup, ends_at, .. } = ceremony;
        let now = self.now();
        let mut ready = self.ready_session(&account, Methods::default().with(Method::Upstream), &from);
        let (row, cookie_lookup, made) = (ready.session.clone(), ready.lookup, account.clone());
        let audit = self.auditor(&beginner(&account, &row), now);
        let stored = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut row = row;
                    if !tx.insert_seen_once(&lookup, now, ends_at).await? {
                        return Err(AccountError::Stale);
                    }
                    if is_new {
                        if tx.find_account_by_email(pool, &made.email).await?.is_some() {
                            return Err(AccountError::AddressTaken);
                        }
                        tx.insert_account(&made, None).await?;
                        tx.insert_upstream_identity((pool, made.id), &identity, made.created_at).await?;
                    }
                    let totp = tx.find_totp(row.account).await?;
                    row.awaits_second_factor = totp.is_some_and(|totp| totp.confirmed_at.is_some());
                    tx.insert_session(&row, &cookie_lookup).await?;
                    if is_new {
                        audit.record(tx, Event::made(Action::UserSignedUp, &made)).await?;
                    }
                    audit.record(tx, Event::made(Action::SessionBegun, &row).of(made.workspace)).await?;
                    Ok(row)
                })
            })
            .await;
        ready.session = match stored {
            Ok(row) => row,
            // Somebody else was faster with the same address.
            Err(AccountError::Failed(crate::Error::Store(claviger_store::Error::Conflict { .. }))) => {
                return Err(AccountError::AddressTaken);
            }
            Err(error) => return Err(error),
        };
        if is_new {
            tracing::info!(account = %account.id, %pool, "an account was made for somebody from another provider");
        }
        Ok(Ready::issued(ready, account))
    }

    /// The account of an identity.
    async fn find_vouched(
        &self,
        pool: Pool,
        identity: &UpstreamIdentity,
    ) -> Result<Option<Account>, AccountError> {
        let mut read = self.store().read().await?;
        let Some(id) = read.find_upstream_identity(pool, identity).await? else { return Ok(None) };
        let account = read.find_account(id).await?.filter(|account| account.disabled_at.is_none());
        account.map(Some).ok_or(AccountError::NotVouched("your account here cannot be used"))
    }

    /// An account for somebody new, not kept yet. Its address is known to be theirs.
    fn account_of(&self, pool: Pool, vouched: Vouched) -> Result<Account, AccountError> {
        let email: Option<Email> = vouched.email.and_then(|email| email.parse().ok());
        let email =
            email.ok_or(AccountError::NotVouched("it does not say that an e-mail address is yours"))?;
        let now = self.now();
        let id = AccountId::generate_at(now, self.entropy());
        let profile = Profile { name: vouched.name.as_deref().and_then(tidy), ..Profile::default() };
        Ok(Account { profile, email_verified_at: Some(now), ..Account::new(id, pool, email, now) })
    }
}

/// A name is text from outside: printable, short, and there.
fn tidy(name: &str) -> Option<String> {
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_made_printable_and_short() {
        assert_eq!(tidy(" Ada\u{7} ").as_deref(), Some("Ada"));
        assert_eq!(tidy(" \n"), None);
    }
}
