//! Browser sessions: recognized by their cookie, ended by date, by idleness or by hand.

use std::time::Duration;

use claviger_domain::{
    Account, Action, Actor, Call, ChangeKind, Environment, ErrorKind, Event, KeyFormat, KeyKind, KeyShape,
    OperatorScope, OperatorScopes, Pool, Session, SessionId, Timestamp,
};
use claviger_secrets::{FormToken, Lookup, Purpose, Recognized, recognize};

use crate::engine::Engine;
use crate::error::Error;

/// How exact "last seen" is. A page that is read all day costs one write in this time.
const RESOLUTION: Duration = Duration::from_secs(60);
/// The most sessions of one account that are listed.
pub(crate) const MOST_LISTED: u16 = 200;

/// How long after somebody last proved who they are secrets are shown, and things ended, without asking again.
pub const RECENT: Duration = Duration::from_secs(15 * 60);

/// The proof that a living session's cookie was presented. Only the engine makes one. Until the second factor of an
/// account that has one was shown, it proves half of a sign-in, which opens nothing but the way to the other half.
#[derive(Clone, Debug)]
pub struct SignedIn {
    account: Account,
    session: Session,
    form_token: FormToken,
    call: Call,
}

impl SignedIn {
    /// The same, by the request that the cookie came with.
    #[must_use]
    pub fn by(self, call: Call) -> Self {
        Self { call, ..self }
    }

    /// The actor to write beside what they do.
    pub fn actor(&self) -> Actor {
        Actor::new(self.account.who(), self.call.clone())
    }

    /// The request that the cookie came with.
    pub(crate) const fn call(&self) -> &Call {
        &self.call
    }

    /// Whether they may do this. Operators may do everything, users of APIs and half sign-ins nothing.
    pub fn allows(&self, scope: OperatorScope) -> bool {
        let is_operator = self.account.pool == Pool::Instance && !self.awaits_second_factor();
        is_operator && OperatorScopes::all().allows(scope)
    }

    /// Whether the second factor has yet to be shown.
    pub const fn awaits_second_factor(&self) -> bool {
        self.session.awaits_second_factor
    }

    /// Whether they proved who they are within [`RECENT`].
    pub fn is_recent(&self, now: Timestamp) -> bool {
        now.since(self.session.authenticated_at) < RECENT
    }

    /// Refuses half a sign-in.
    ///
    /// # Errors
    /// When the second factor has yet to be shown.
    pub const fn require_complete(&self) -> Result<(), SecondFactorDue> {
        if self.awaits_second_factor() { Err(SecondFactorDue) } else { Ok(()) }
    }

    /// Who it is.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// By which session.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// The token of the forms that are shown in this session.
    pub const fn form_token(&self) -> &FormToken {
        &self.form_token
    }
}

/// Half a sign-in was shown where a whole one is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a second factor is needed to finish signing in")]
pub struct SecondFactorDue;

/// Why a session was refused or could not be ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The cookie is none of ours, or its session has ended.
    #[error("the session has ended; sign in again")]
    Ended,
    /// The session opens nothing yet.
    #[error(transparent)]
    SecondFactorDue(#[from] SecondFactorDue),
    /// The account has no such session.
    #[error("no such session")]
    UnknownSession,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl SessionError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Ended | Self::SecondFactorDue(_) => ErrorKind::Unauthenticated,
            Self::UnknownSession => ErrorKind::NotFound,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for SessionError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Who presents this cookie.
    ///
    /// # Errors
    /// [`SessionError::Ended`] for whatever is not a living session of an enabled account; `Failed` when the database
    /// is away.
    pub async fn authenticate_session(&self, cookie: &[u8]) -> Result<SignedIn, SessionError> {
        let lookup = self.session_text(cookie).ok_or(SessionError::Ended)?.bytes();
        let (session, account) = {
            let mut conn = self.store().read().await?;
            let session = conn.find_session_by_lookup(&lookup).await?.ok_or(SessionError::Ended)?;
            let account = conn.find_account(session.account).await?.ok_or(SessionError::Ended)?;
            (session, account)
        };
        let now = self.now();
        if !session.is_alive(now) || account.disabled_at.is_some() {
            return Err(SessionError::Ended);
        }
        if now >= note_at(&session, session.last_seen_at) {
            self.touch_session(session.id, now).await;
        }
        Ok(SignedIn { account, session, form_token: self.form_token(cookie), call: Call::NONE })
    }

    /// Who of a pool presents this cookie.
    ///
    /// # Errors
    /// As for [`Engine::authenticate_session`]; a session of another pool is none here.
    pub async fn authenticate_session_in(&self, pool: Pool, cookie: &[u8]) -> Result<SignedIn, SessionError> {
        let signed_in = self.authenticate_session(cookie).await?;
        if signed_in.account.pool == pool { Ok(signed_in) } else { Err(SessionError::Ended) }
    }

    /// Notes that a session is used. When that cannot be written, the session merely ends the sooner.
    pub(crate) async fn touch_session(&self, id: SessionId, now: Timestamp) {
        let touched =
            self.store().write(move |tx| Box::pin(async move { tx.touch_session(id, now).await })).await;
        if let Err(error) = touched {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(session = %id, error, "\"last seen\" could not be written");
        }
    }

    /// Ends the session that someone is signed in by, and the tokens that were not allowed to outlive it. Twice is fine.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_out(&self, signed_in: &SignedIn) -> Result<(), SessionError> {
        match self.end_session_of(&signed_in.actor(), &signed_in.account, signed_in.session.id).await {
            Err(SessionError::UnknownSession) => Ok(()),
            ended => ended,
        }
    }

    /// The living sessions of someone's own account, newest first.
    ///
    /// # Errors
    /// When a second factor is due, or the database fails.
    pub async fn list_sessions(&self, signed_in: &SignedIn) -> Result<Vec<Session>, SessionError> {
        signed_in.require_complete()?;
        let mut conn = self.store().read().await?;
        Ok(conn.list_sessions(signed_in.account.id, self.now(), MOST_LISTED).await?)
    }

    /// Ends one of someone's own sessions, with the tokens that end with it.
    ///
    /// # Errors
    /// When the account has no such session, or not any more; when a second factor is due, or the database fails.
    pub async fn end_session(&self, signed_in: &SignedIn, id: SessionId) -> Result<(), SessionError> {
        signed_in.require_complete()?;
        self.end_session_of(&signed_in.actor(), &signed_in.account, id).await
    }

    /// Ends a session of an account, with the tokens that end with it.
    pub(crate) async fn end_session_of(
        &self,
        actor: &Actor,
        owner: &Account,
        id: SessionId,
    ) -> Result<(), SessionError> {
        let (account, now) = (owner.id, self.now());
        let about = Event::about(Action::SessionEnded, id).of(owner.workspace);
        let audit = self.auditor(actor, now);
        let change = ChangeKind::Account(account);
        let appended = change.clone();
        let ended = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_session(id, account, now).await?;
                    if ended {
                        tx.end_families_of_sign_in(account, id, now).await?;
                        audit.record(tx, about).await?;
                        tx.append_change(&appended, now).await?;
                    }
                    Ok::<_, claviger_store::Error>(ended)
                })
            })
            .await?;
        if !ended {
            return Err(SessionError::UnknownSession);
        }
        self.apply(&change);
        tracing::info!(%account, session = %id, "a session was ended");
        Ok(())
    }

    /// Ends all of someone's sessions but the one they are signed in by, with the tokens that end with them. Answers how
    /// many sessions.
    ///
    /// # Errors
    /// When a second factor is due, or the database fails.
    pub async fn end_other_sessions(&self, signed_in: &SignedIn) -> Result<u64, SessionError> {
        signed_in.require_complete()?;
        let (account, kept, now) = (signed_in.account.id, signed_in.session.id, self.now());
        let change = ChangeKind::Account(account);
        let appended = change.clone();
        let about = Event::touched(Action::SessionOthersEnded, &signed_in.account);
        let audit = self.auditor(&signed_in.actor(), now);
        let ended = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let ended = tx.end_sessions_but(account, kept, now).await?;
                    tx.end_families_of_sign_ins(account, Some(kept), now).await?;
                    audit.record(tx, about).await?;
                    tx.append_change(&appended, now).await?;
                    Ok::<_, claviger_store::Error>(ended)
                })
            })
            .await?;
        self.apply(&change);
        Ok(ended)
    }

    /// The keyed hash of a text that has the form of a session's.
    pub(crate) fn session_text(&self, text: &[u8]) -> Option<Lookup> {
        // Most texts are none: looked at before a format is made.
        let is_one = text.starts_with(PREFIX.as_bytes())
            && matches!(recognize(text, &[session_format()]), Recognized::Key(_));
        is_one.then(|| self.vault().hash(Purpose::Session, text))
    }
}

/// When the next use of a session is to be noted: long before it would end unused.
pub(crate) fn note_at(session: &Session, seen_at: Timestamp) -> Timestamp {
    seen_at.plus(RESOLUTION.min(session.idle_limit / 4))
}

/// Cookies have a prefix of their own, so that scanners find leaked ones.
const PREFIX: &str = "clv_ses_";

/// The form of a cookie.
pub(crate) fn session_format() -> KeyFormat {
    KeyFormat {
        prefix: PREFIX.into(),
        shape: KeyShape::Checked { random: 30 },
        kind: KeyKind::Single,
        environment: Environment::Live,
    }
}
