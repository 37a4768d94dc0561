//! Making one's own account, and proving that an address is one's own.

use claviger_domain::{
    Account, AccountId, Action, Actor, Call, ChangeKind, Email, Event, MailPurpose, Origin, Pool, Profile,
    Who,
};
use claviger_secrets::{NewPassword, Purpose};

use crate::account_error::AccountError;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::letter::{Letter, Order, Sender};
use crate::sessions::SignedIn;

/// Somebody who wants an account.
#[derive(Clone, Debug)]
pub struct SignUp {
    /// The address.
    pub email: Email,
    /// The password.
    pub password: NewPassword,
    /// What they are called.
    pub profile: Profile,
    /// Where they came from.
    pub origin: Origin,
}

impl Engine {
    /// Makes an account and sends a link that proves its address. An address that has an account gets a mail that says
    /// so; the caller cannot tell which it was.
    ///
    /// # Errors
    /// When the contract's sign-up is closed, too many sign up, or a part fails.
    pub async fn sign_up(&self, caller: &Caller<'_>, new: SignUp) -> Result<(), AccountError> {
        if !caller.policy.tokens.open_sign_up {
            return Err(AccountError::NotOffered);
        }
        let SignUp { email, password, profile, origin } = new;
        let place = self.admit_letter(&origin)?;
        let pool = Pool::Api(caller.api);
        let hash = self.hashing().create(password.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let id = AccountId::generate_at(now, self.entropy());
        let account = Account { profile, ..Account::new(id, pool, email.clone(), now) };
        let actor = Actor::new(Who::Visitor, Call { request: None, address: origin.address });
        let audit = self.auditor(&actor, now);
        let nothing = self.vault().hash(Purpose::Ceremony, id.to_string().as_bytes()).bytes();
        let inserted = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.find_account_by_email(pool, &account.email).await?.is_none() {
                        tx.insert_account(&account, Some(&hash)).await?;
                        audit.record(tx, Event::made(Action::UserSignedUp, &account)).await?;
                        return Ok(true);
                    }
                    // Writes something that means nothing, so that both ways take as long.
                    tx.insert_seen_once(&nothing, now, now).await.map(|_| false)
                })
            })
            .await;
        let letter = match inserted {
            Ok(true) => Letter::Verification,
            // Somebody else was faster with the same address.
            Ok(false) | Err(claviger_store::Error::Conflict { .. }) => Letter::AlreadyThere,
            Err(error) => return Err(error.into()),
        };
        if letter == Letter::Verification {
            tracing::info!(account = %id, api = %caller.api, "signed up");
        }
        place.send(Order::to_owner(pool, email, letter, Sender::of(caller)));
        Ok(())
    }

    /// Sends the link again.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when the address is proved; when too many were sent, or a part fails.
    pub async fn send_verification(&self, caller: &Caller<'_>, who: &SignedIn) -> Result<(), AccountError> {
        let account = who.account();
        if account.email_verified_at.is_some() {
            return Err(AccountError::Conflict);
        }
        let (email, sender) = (account.email.clone(), Sender::of(caller));
        let place = self.admit_letter(&who.session().origin)?;
        place.send(Order::to_owner(account.pool, email, Letter::Verification, sender));
        Ok(())
    }

    /// Takes the token of such a link.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when it is not good any more; when the database fails.
    pub async fn verify_email(&self, caller: &Caller<'_>, token: &str) -> Result<(), AccountError> {
        let purpose = MailPurpose::Verification;
        let (account, email, lookup) = self.find_letter(Pool::Api(caller.api), token, purpose).await?;
        let now = self.now();
        let audit = self.auditor(&Actor::new(Who::User(account), Call::from_address(caller.address)), now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if !tx.consume_mail_token(&lookup, purpose, now).await? {
                        return Err(AccountError::Stale);
                    }
                    if tx.verify_account_email(account, &email, now).await? {
                        audit.record(tx, Event::about(Action::AccountEmailVerified, account)).await?;
                        tx.append_change(&ChangeKind::Account(account), now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(account));
        tracing::info!(%account, "an address was verified");
        Ok(())
    }
}
