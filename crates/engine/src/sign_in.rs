//! Signing in with e-mail address and password.
//!
//! Whoever guesses is slowed before anything is hashed, and learns nothing of which addresses exist, by text or time.

use std::num::NonZeroU32;
use std::time::Duration;

use claviger_domain::{
    Account, AccountId, Action, Actor, Call, Email, ErrorKind, Event, Method, Methods, Origin, Pool, Session,
    SessionId, Who,
};
use claviger_secrets::{Password, PasswordHash, Plain, Purpose, generate_key};
use claviger_store::AccountRecord;

use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::error::Error;
use crate::failures::{Source, Ticket, Wait};
use crate::hashing::HashingError;
use crate::sessions::{SessionError, session_format};

/// How many times as many failures one account allows as one address: only an attack from many addresses gets there.
const ACCOUNT_ALLOWANCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// A sign-in whose password is changed meanwhile looks once more.
const ATTEMPTS: usize = 2;
/// A session that use prolongs ends after so many of its lifetimes all the same.
const SLIDES_AT_MOST: u32 = 30;

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

impl From<Wait> for SignInError {
    fn from(Wait(retry_after): Wait) -> Self {
        Self::TooManyFailures { retry_after }
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

impl From<SessionError> for SignInError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Failed(error) => Self::Failed(error),
            SessionError::Ended | SessionError::SecondFactorDue(_) | SessionError::UnknownSession => {
                Self::Wrong
            }
        }
    }
}

impl From<AccountError> for SignInError {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::TooMany { retry_after } => Self::TooManyFailures { retry_after },
            AccountError::Busy => Self::Busy,
            AccountError::Failed(error) => Self::Failed(error),
            AccountError::Wrong
            | AccountError::Stale
            | AccountError::NotOffered
            | AccountError::Conflict
            | AccountError::NotVouched(_)
            | AccountError::ProviderAway
            | AccountError::AddressTaken
            | AccountError::IdentityTaken
            | AccountError::OnlyWayIn
            | AccountError::SignInAgain
            | AccountError::SecondFactorDue(_) => Self::Wrong,
        }
    }
}

/// A session that is not stored yet.
pub(crate) struct Ready {
    pub(crate) session: Session,
    pub(crate) lookup: [u8; 32],
    cookie: Plain,
}

impl Ready {
    /// What is answered once the session is stored.
    pub(crate) fn issued(self, account: Account) -> IssuedSession {
        let Self { session, cookie, .. } = self;
        tracing::info!(account = %account.id, session = %session.id, "signed in");
        IssuedSession { account, session, cookie }
    }
}

/// Whoever begins this session, by the request that does.
pub(crate) fn beginner(account: &Account, session: &Session) -> Actor {
    Actor::new(account.who(), Call { request: None, address: session.origin.address })
}

impl Engine {
    /// Signs someone in: a new session with a new cookie, whatever the browser had before. Where the account has a
    /// second factor, the session awaits it.
    ///
    /// # Errors
    /// When address or password is wrong or the account is disabled, too many attempts failed lately, too much is being
    /// hashed, or the database fails.
    pub async fn sign_in(&self, attempt: SignIn) -> Result<IssuedSession, SignInError> {
        let result = self.sign_in_by_password(&attempt).await;
        self.counted(attempt.pool, result)
    }

    async fn sign_in_by_password(&self, attempt: &SignIn) -> Result<IssuedSession, SignInError> {
        for _ in 0..ATTEMPTS {
            if let Some(issued) = self.try_sign_in(attempt).await? {
                return Ok(issued);
            }
        }
        Err(SignInError::Wrong)
    }

    /// Signs someone in in one step, for applications that have no page for a second one: with the code of their second
    /// factor where they have one.
    ///
    /// # Errors
    /// As for [`Engine::sign_in`]; a code that is missing or not right is as wrong as a password.
    pub async fn sign_in_at_once(
        &self,
        attempt: SignIn,
        code: Option<&str>,
    ) -> Result<IssuedSession, SignInError> {
        let pool = attempt.pool;
        let mut issued = self.sign_in(attempt).await?;
        if !issued.session.awaits_second_factor {
            return Ok(issued);
        }
        let who = self.authenticate_session_in(pool, issued.cookie.expose().as_bytes()).await?;
        let proved = match code {
            Some(code) => self.prove_second_factor(&who, code).await,
            None => self.counted(pool, Err(AccountError::Wrong)),
        };
        if let Err(error) = proved {
            self.sign_out(&who).await?;
            return Err(error.into());
        }
        issued.session.awaits_second_factor = false;
        Ok(issued)
    }

    /// `None` when the password was right and was changed before the session began.
    async fn try_sign_in(&self, attempt: &SignIn) -> Result<Option<IssuedSession>, SignInError> {
        let SignIn { pool, email, password, origin } = attempt;
        let record = self.store().read().await?.find_account_by_email(*pool, email).await?;
        let about = (Source::account(*pool, email), self.account_allowance());
        let account = record.as_ref().map(|record| record.account.id);
        let tickets = self
            .admit_attempt::<SignInError>(about, origin, account)
            .await
            .inspect_err(|error| self.watch_failure(error, email, origin))?;
        let hash = record.as_ref().and_then(|record| record.password.as_ref());
        let is_enabled = record.as_ref().is_some_and(|record| record.account.disabled_at.is_none());
        let verdict = self.hashing().matches(hash, password.clone()).await.map(|is_it| is_it && is_enabled);
        if !matches!(verdict, Ok(false)) {
            // Right, or our own fault. A caller who went away meanwhile never gets here, so that hanging up on a
            // wrong guess does not make it free.
            tickets.into_iter().for_each(Ticket::give_back);
        }
        match (verdict?, record) {
            (true, Some(AccountRecord { account, password: Some(hash) })) => {
                self.begin_session(account, hash, attempt).await
            }
            _ => {
                tracing::info!(address = ?origin.address, "a sign-in failed");
                self.watch_failure(&SignInError::Wrong, email, origin);
                Err(SignInError::Wrong)
            }
        }
    }

    /// Notes a sign-in that failed, also one that was not heard, for the rules of unusual activity.
    fn watch_failure(&self, error: &SignInError, email: &Email, origin: &Origin) {
        let is_guess = matches!(error, SignInError::Wrong | SignInError::TooManyFailures { .. });
        if let (true, Some(address)) = (is_guess, origin.address) {
            let name = self.vault().hash(Purpose::SignInName, email.folded().as_bytes()).bytes();
            let Some((first, _)) = name.split_first_chunk() else { return };
            self.watch().see_failed_sign_in(address, u64::from_be_bytes(*first));
        }
    }

    /// The failures a minute that one account allows from all addresses together.
    pub(crate) fn account_allowance(&self) -> NonZeroU32 {
        self.options().accounts.failed_sign_ins_per_minute.saturating_mul(ACCOUNT_ALLOWANCE)
    }

    /// Tickets for an attempt at what `about` names. Failures from elsewhere never shut an owner out who comes from an
    /// address where they signed in before.
    pub(crate) async fn admit_attempt<E: From<claviger_store::Error> + From<Wait>>(
        &self,
        (about, allowance): (Source, NonZeroU32),
        origin: &Origin,
        account: Option<AccountId>,
    ) -> Result<Vec<Ticket>, E> {
        let per_address = self.options().accounts.failed_sign_ins_per_minute;
        let now = self.now();
        let of_address = Source::address(origin.address);
        let by_address = self.failures().admit(&of_address, per_address, self.clock()).await.map_err(Wait)?;
        let retry_after = match self.failures().admit(&about, allowance, self.clock()).await {
            Ok(by_account) => return Ok(vec![by_address, by_account]),
            Err(retry_after) => retry_after,
        };
        if let Some(account) = account {
            self.note_lock(account, origin);
        }
        // Asked for an account that does not exist, too, so that the time tells nothing.
        let account = account.unwrap_or_else(|| AccountId::generate_at(now, self.entropy()));
        let is_known = match origin.address {
            Some(address) => {
                self.failures().has_proof(account, address)
                    || self.store().read().await?.knows_address(account, address).await?
            }
            None => false,
        };
        if is_known {
            return Ok(vec![by_address]);
        }
        by_address.give_back();
        Err(Wait(retry_after).into())
    }

    /// Records that failures have shut an account to strangers, once an hour at most. Nobody waits for it, so that the
    /// time does not tell an account that is there from one that is not.
    fn note_lock(&self, account: AccountId, origin: &Origin) {
        let Ok(_once) = self.failures().take(&Source::Locked(account), NonZeroU32::MIN, self.now()) else {
            return;
        };
        let actor = Actor::new(Who::Visitor, Call { request: None, address: origin.address });
        let engine = self.clone();
        tokio::spawn(async move {
            let about = Event::about(Action::AccountLocked, account);
            if let Err(error) = engine.record_alone(&actor, about).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(%account, error, "that an account is locked could not be recorded");
            }
        });
    }

    async fn begin_session(
        &self,
        account: Account,
        hash: PasswordHash,
        attempt: &SignIn,
    ) -> Result<Option<IssuedSession>, SignInError> {
        let renewed = self.renew_hash(&hash, attempt.password.clone()).await;
        let methods = Methods::default().with(Method::Password);
        let Ready { session: row, lookup, cookie } = self.ready_session(&account, methods, &attempt.origin);
        let now = row.created_at;
        let (audit, workspace) = (self.auditor(&beginner(&account, &row), now), account.workspace);
        let session = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let mut row = row;
                    // Whoever changes the password ends the sessions that it opened: this one must not slip through.
                    let is_current = match &renewed {
                        Some(new) => tx.replace_password(row.account, (&hash, new), now).await?,
                        None => tx.hold_password(row.account, &hash).await?,
                    };
                    if !is_current {
                        return Ok::<_, claviger_store::Error>(None);
                    }
                    let totp = tx.find_totp(row.account).await?;
                    row.awaits_second_factor = totp.is_some_and(|totp| totp.confirmed_at.is_some());
                    tx.insert_session(&row, &lookup).await?;
                    audit.record(tx, Event::made(Action::SessionBegun, &row).of(workspace)).await?;
                    Ok(Some(row))
                })
            })
            .await?;
        Ok(session.map(|session| Ready { session, lookup, cookie }.issued(account)))
    }

    /// A session and its cookie, to be inserted by the caller's own transaction.
    pub(crate) fn ready_session(&self, account: &Account, methods: Methods, origin: &Origin) -> Ready {
        let now = self.now();
        let cookie = generate_key(&session_format(), self.entropy());
        let (lifetime, idle_limit) = self.session_times(account.pool);
        let session = Session {
            id: SessionId::generate_at(now, self.entropy()),
            account: account.id,
            created_at: now,
            authenticated_at: now,
            methods,
            awaits_second_factor: false,
            last_seen_at: now,
            expires_at: now.plus(lifetime),
            idle_limit,
            origin: origin.clone(),
            ended_at: None,
        };
        let lookup = self.vault().hash(Purpose::Session, cookie.expose().as_bytes()).bytes();
        Ready { session, lookup, cookie }
    }

    /// How long a session of this pool lasts at most, and how long unused: as the API's contract says, where it does.
    fn session_times(&self, pool: Pool) -> (Duration, Duration) {
        let options = &self.options().accounts;
        let registered = match pool {
            Pool::Instance | Pool::Members => None,
            Pool::Api(api) => self.registry().find(api),
        };
        match registered.as_ref().and_then(|registered| registered.policy.tokens.session.as_ref()) {
            Some(token) if token.sliding => (token.lifetime.saturating_mul(SLIDES_AT_MOST), token.lifetime),
            Some(token) => (token.lifetime, token.lifetime),
            None => (options.session_lifetime, options.session_idle),
        }
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
