//! Signing in with e-mail address and password.
//!
//! Whoever guesses is slowed before anything is hashed, and learns nothing of which addresses exist, by text or time.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Email, ErrorKind, Method, Methods, Origin, Pool, Session, SessionId,
};
use claviger_secrets::{Password, PasswordHash, Plain, Purpose, generate_key};
use claviger_store::AccountRecord;

use crate::engine::Engine;
use crate::error::Error;
use crate::failures::{Source, Ticket};
use crate::hashing::HashingError;
use crate::sessions::session_format;

/// How many times as many failures one account allows as one address: only an attack from many addresses gets there.
const ACCOUNT_ALLOWANCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// An attempt to sign in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Whose people.
    pub pool: Pool,
    /// Whose account.
    pub email: Email,
    /// What was typed.
    pub password: Password,
    /// Where it came from.
    pub origin: Origin,
}

/// A session and, this once, its cookie.
#[derive(Debug)]
pub struct IssuedSession {
    /// Who is signed in.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// What the browser presents from now on. Kept nowhere.
    pub cookie: Plain,
}

/// Why a sign-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The address or the password is wrong. The caller learns no more than that.
    #[error("e-mail address or password is wrong")]
    Wrong,
    /// Too many have failed, from this address or for this account.
    #[error("too many failed sign-ins; try again in {} seconds", retry_after.as_secs() + 1)]
    TooManyFailures {
        /// How long until the next attempt is heard.
        retry_after: Duration,
    },
    /// Too many are signing in at this moment.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SignInError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Wrong => ErrorKind::Unauthenticated,
            Self::TooManyFailures { .. } => ErrorKind::RateLimited,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SignInError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HashingError> for SignInError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => Self::Failed(error.into()),
        }
    }
}

impl Engine {
    /// Signs someone in: a new session with a new cookie, whatever the browser had before.
    ///
    /// # Errors
    /// When address or password is wrong, too many attempts failed lately, too much is being hashed, or the database
    /// fails.
    pub async fn sign_in(&self, attempt: SignIn) -> Result<IssuedSession, SignInError> {
        let SignIn { pool, email, password, origin } = attempt;
        let record = self.store().read().await?.find_account_by_email(pool, &email).await?;
        let tickets = self.admit_attempt(&email, &origin, record.as_ref()).await?;
        let hash = record.as_ref().and_then(|record| record.password.as_ref());
        let verdict = self.hashing().matches(hash, password.clone()).await;
        if !matches!(verdict, Ok(false)) {
            // Right, or our own fault. A caller who went away meanwhile never gets here, so that hanging up on a
            // wrong guess does not make it free.
            tickets.into_iter().for_each(Ticket::give_back);
        }
        match (verdict?, record) {
            (true, Some(record)) => self.open_session(record, password, origin).await,
            _ => {
                tracing::info!(address = ?origin.address, "a sign-in failed");
                Err(SignInError::Wrong)
            }
        }
    }

    /// Tickets for an attempt. Failures from elsewhere never shut an owner out who comes from an address where they
    /// signed in before.
    async fn admit_attempt(
        &self,
        email: &Email,
        origin: &Origin,
        record: Option<&AccountRecord>,
    ) -> Result<Vec<Ticket>, SignInError> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let per_account = per_address.saturating_mul(ACCOUNT_ALLOWANCE);
        let now = self.now();
        let too_many = |retry_after| SignInError::TooManyFailures { retry_after };
        let by_address =
            self.failures().take(&Source::address(origin.address), per_address, now).map_err(too_many)?;
        let retry_after = match self.failures().take(&Source::account(email), per_account, now) {
            Ok(by_account) => return Ok(vec![by_address, by_account]),
            Err(retry_after) => retry_after,
        };
        // Asked for an account that does not exist, too, so that the time tells nothing.
        let nobody = || AccountId::generate_at(now, self.entropy());
        let account = record.map_or_else(nobody, |record| record.account.id);
        let is_known = match origin.address {
            Some(address) => self.store().read().await?.knows_address(account, address).await?,
            None => false,
        };
        if is_known {
            return Ok(vec![by_address]);
        }
        by_address.give_back();
        Err(too_many(retry_after))
    }

    async fn open_session(
        &self,
        record: AccountRecord,
        password: Password,
        origin: Origin,
    ) -> Result<IssuedSession, SignInError> {
        let AccountRecord { account, password: old } = record;
        let renewed = match old {
            Some(old) => self.renew_hash(&old, password).await.map(|new| (old, new)),
            None => None,
        };
        let (now, options) = (self.now(), &self.options().accounts);
        let cookie = generate_key(&session_format(), self.entropy());
        let lookup = self.vault().hash(Purpose::Session, cookie.expose().as_bytes()).bytes();
        let session = Session {
            id: SessionId::generate_at(now, self.entropy()),
            account: account.id,
            created_at: now,
            authenticated_at: now,
            methods: Methods::default().with(Method::Password),
            awaits_second_factor: false,
            last_seen_at: now,
            expires_at: now.plus(options.session_lifetime),
            idle_limit: options.session_idle,
            origin,
            ended_at: None,
        };
        let row = session.clone();
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if let Some((old, new)) = &renewed {
                        tx.replace_password(row.account, (old, new), now).await?;
                    }
                    tx.insert_session(&row, &lookup).await
                })
            })
            .await?;
        tracing::info!(account = %account.id, session = %session.id, "signed in");
        Ok(IssuedSession { account, session, cookie })
    }

    /// The password hashed with today's parameters, when it was hashed with others. A failure changes nothing: the
    /// next sign-in tries again.
    async fn renew_hash(&self, hash: &PasswordHash, password: Password) -> Option<PasswordHash> {
        if !hash.is_outdated() {
            return None;
        }
        self.hashing().create(password, self.shared_entropy()).await.ok()
    }
}
