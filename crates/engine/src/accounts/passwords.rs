//! Changing and resetting passwords.

use claviger_domain::{
    AccountId, Action, Actor, Call, ChangeKind, Email, Event, MailPurpose, Origin, Pool, Timestamp,
};
use claviger_secrets::{NewPassword, Password, PasswordHash};
use claviger_store::Tx;

use crate::account_error::AccountError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::failures::{Source, Ticket};
use crate::letter::{Letter, Order, Sender};
use crate::sessions::SignedIn;

impl Engine {
    /// Changes someone's own password; their other sessions end, and the tokens of their grants.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for the wrong old one; when too many were wrong, too much is being hashed, or a part
    /// fails.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        old: Password,
        new: NewPassword,
    ) -> Result<(), AccountError> {
        who.require_complete()?;
        let (account, kept) = (who.account().id, who.session().id);
        let hash = self.prove_password(who, old).await?;
        let new = self.hashing().create(new.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let about = Event::touched(Action::AccountPasswordChanged, who.account());
        let audit = self.auditor(&who.actor(), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.replace_password(account, (&hash, &new), now).await? {
                        return Err(AccountError::Conflict);
                    }
                    tx.end_sessions_but(account, kept, now).await?;
                    note_new_password(tx, account, now).await?;
                    audit.record(tx, about).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "a password was changed");
        Ok(())
    }

    /// Takes the password of somebody who is signed in, once more: their session counts as just begun.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for a wrong one; [`AccountError::Conflict`] when the session ended meanwhile; when too many
    /// were wrong, too much is being hashed, or a part fails.
    pub async fn confirm_password(&self, who: &SignedIn, password: Password) -> Result<(), AccountError> {
        who.require_complete()?;
        let hash = self.prove_password(who, password).await?;
        let (account, session, now) = (who.account().id, who.session().id, self.now());
        let audit = self.auditor(&who.actor(), now);
        let is_confirmed = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    // Whoever changes it ends the sessions that do not know the new one.
                    let is_news =
                        tx.hold_password(account, &hash).await? && tx.confirm_session(session, now).await?;
                    if is_news {
                        audit.record(tx, Event::about(Action::SessionConfirmed, session)).await?;
                    }
                    Ok::<_, AccountError>(is_news)
                })
            })
            .await?;
        // The clock of the session stands still within one instant only.
        if is_confirmed || who.session().authenticated_at == now {
            Ok(())
        } else {
            Err(AccountError::Conflict)
        }
    }

    /// The hash of someone's own password, for who knows it.
    pub(super) async fn prove_password(
        &self,
        who: &SignedIn,
        typed: Password,
    ) -> Result<PasswordHash, AccountError> {
        let account = who.account();
        let about = (Source::account(account.pool, &account.email), self.account_allowance());
        let origin = &who.session().origin;
        let tickets = self.admit_attempt::<AccountError>(about, origin, Some(account.id)).await?;
        let record = self.store().read().await?.find_account_record(account.id).await?;
        let hash = record.and_then(|record| record.password);
        let verdict = self.hashing().matches(hash.as_ref(), typed).await;
        if !matches!(verdict, Ok(false)) {
            tickets.into_iter().for_each(Ticket::give_back);
        }
        match (verdict?, hash) {
            (true, Some(hash)) => Ok(hash),
            _ => Err(AccountError::Wrong),
        }
    }

    /// Sends a link for a new password, if there is such an account. Nobody learns whether there is.
    ///
    /// # Errors
    /// When too many were asked for, or a part fails.
    pub async fn request_reset(
        &self,
        caller: &Caller<'_>,
        email: &Email,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        self.admit_letter(origin)?.send(reset_letter(caller, email));
        Ok(())
    }

    /// Takes such a link's token and the new password; every session of the account ends, and its tokens. Where the
    /// address was not known to be its owner's, whoever has the mail is its owner now, and every other way to sign in
    /// that somebody may have prepared goes.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the token is not good any more; when a part fails.
    pub async fn reset_password(
        &self,
        caller: &Caller<'_>,
        token: &str,
        new: NewPassword,
    ) -> Result<(), AccountError> {
        let call = Call::from_address(caller.address);
        self.reset_password_in((Pool::Api(caller.api), call), token, new).await
    }

    /// The same for the people of any pool.
    pub(crate) async fn reset_password_in(
        &self,
        (pool, call): (Pool, Call),
        token: &str,
        new: NewPassword,
    ) -> Result<(), AccountError> {
        let purpose = MailPurpose::Reset;
        let (account, email, lookup) = self.find_letter(pool, token, purpose).await?;
        let hash = self.hashing().create(new.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let audit = self.auditor(&Actor::new(pool.person(account), call), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.consume_mail_token(&lookup, purpose, now).await? {
                        return Err(AccountError::Stale);
                    }
                    if tx.verify_account_email(account, &email, now).await? {
                        tx.delete_totp(account).await?;
                        tx.delete_passkeys(account).await?;
                        tx.delete_upstream_identities(account).await?;
                    }
                    tx.set_password(account, &hash, now).await?;
                    tx.end_sessions_of_account(account, now).await?;
                    note_new_password(tx, account, now).await?;
                    audit.record(tx, Event::about(Action::AccountPasswordReset, account)).await?;
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "a password was reset");
        Ok(())
    }
}

/// The letter with a link for a new password.
pub(crate) fn reset_letter(caller: &Caller<'_>, email: &Email) -> Order {
    Order::to_owner(Pool::Api(caller.api), email.clone(), Letter::Reset, Sender::of(caller))
}

/// What goes with every new password beside the sessions: earlier links and tokens are worth nothing.
pub(crate) async fn note_new_password(
    tx: &mut Tx,
    account: AccountId,
    at: Timestamp,
) -> Result<(), claviger_store::Error> {
    tx.consume_mail_tokens(account, MailPurpose::Reset, at).await?;
    tx.end_families_of_account(account, at).await?;
    tx.append_change(&ChangeKind::Account(account), at).await?;
    Ok(())
}
