//! Changing one's own e-mail address: asked for by who is surely the owner, proved by a link to the new address, told to
//! the old one.

use std::time::Duration;

use claviger_domain::{Action, ChangeKind, Email, Event, MailPurpose, Pool};
use claviger_secrets::Password;

use crate::account_error::AccountError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::error::Error;
use crate::letter::{Letter, Order, Sender};
use crate::sessions::SignedIn;

/// How long a sign-in counts as fresh, for who has no password to show.
const FRESH: Duration = Duration::from_secs(10 * 60);

impl Engine {
    /// Sends a link to the address that someone wants from now on. They show their password; where the account has none,
    /// they signed in a moment ago. Nobody learns whether another account has the address: its owner gets a letter that
    /// says so.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for the wrong password; [`AccountError::SignInAgain`] when there is none and the sign-in is
    /// more than ten minutes old; [`AccountError::Conflict`] when it is their address already; when a second factor is
    /// due, too many were wrong or asked for, or a part fails.
    pub async fn request_new_address(
        &self,
        caller: &Caller<'_>,
        who: &SignedIn,
        new: Email,
        password: Password,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        self.prove_owner(who, password).await?;
        let account = who.account();
        if account.email == new {
            return Err(AccountError::Conflict);
        }
        let order = Order {
            pool: account.pool,
            email: account.email.clone(),
            to: Some(new),
            letter: Letter::NewAddress,
            sender: Sender::of(caller),
        };
        self.admit_letter(&who.session().origin)?.send(order);
        Ok(())
    }

    /// Takes the token of such a link, from the owner of the account: whoever has the mail alone could be talked into
    /// lending their address to a stranger's account. The account has the new address from now on, which is known to be
    /// its owner's, and the old one is told.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the token is not good any more, or another account's; [`AccountError::AddressTaken`]
    /// when an account has the address by now; when a second factor is due, or a part fails.
    pub async fn confirm_new_address(
        &self,
        caller: &Caller<'_>,
        who: &SignedIn,
        token: &str,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let purpose = MailPurpose::NewAddress;
        let (account, new, lookup) = self.find_letter(Pool::Api(caller.api), token, purpose).await?;
        if account != who.account().id {
            return Err(AccountError::Stale);
        }
        // Before anything is written, so that what was done is also told.
        let place = self.post().reserve().map_err(|_| AccountError::Busy)?;
        let (old, now) = (who.account().email.clone(), self.now());
        let order = Order {
            pool: who.account().pool,
            email: new.clone(),
            to: Some(old.clone()),
            letter: Letter::AddressChanged,
            sender: Sender::of(caller),
        };
        let about = Event::touched(Action::AccountEmailChanged, who.account());
        let audit = self.auditor(&who.actor(), now);
        let changed = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.consume_mail_token(&lookup, purpose, now).await? {
                        return Err(AccountError::Stale);
                    }
                    if !tx.change_account_email(account, (&old, &new), now).await? {
                        return Err(AccountError::Conflict);
                    }
                    tx.consume_mail_tokens(account, purpose, now).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&ChangeKind::Account(account), now).await?;
                    Ok(())
                })
            })
            .await;
        match changed {
            Err(AccountError::Failed(Error::Store(claviger_store::Error::Conflict { .. }))) => {
                return Err(AccountError::AddressTaken);
            }
            changed => changed?,
        }
        self.apply(&ChangeKind::Account(account));
        place.send(order);
        tracing::info!(%account, "an address was changed");
        Ok(())
    }

    /// Refuses whoever may merely have found a browser that is signed in.
    async fn prove_owner(&self, who: &SignedIn, password: Password) -> Result<(), AccountError> {
        let record = self.store().read().await?.find_account_record(who.account().id).await?;
        if record.is_some_and(|record| record.password.is_some()) {
            return self.prove_password(who, password).await.map(drop);
        }
        let is_fresh = self.now().since(who.session().authenticated_at) <= FRESH;
        if is_fresh { Ok(()) } else { Err(AccountError::SignInAgain) }
    }
}
