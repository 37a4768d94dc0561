//! What operators do for a user who asks for help: look, end a session, send a link for a new password.

use claviger_domain::{AccountId, Actor, Origin, Pool, SessionId};

use crate::account_error::AccountError;
use crate::accounts::AccountOverview;
use crate::caller::Caller;
use crate::engine::Engine;
use crate::sessions::SessionError;
use crate::users::UserError;

impl Engine {
    /// A user with their ways to sign in and their sessions.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn user_overview(&self, id: AccountId) -> Result<AccountOverview, UserError> {
        let found = self.overview_of(id).await?;
        found.filter(|found| matches!(found.account.pool, Pool::Api(_))).ok_or(UserError::UnknownUser)
    }

    /// Ends one session of a user.
    ///
    /// # Errors
    /// When there is no such user or living session, or the database fails.
    pub async fn end_session_of_user(
        &self,
        actor: &Actor,
        (user, session): (AccountId, SessionId),
    ) -> Result<(), SessionError> {
        match self.find_user(user).await {
            Ok(_) => {}
            Err(UserError::Failed(error)) => return Err(error.into()),
            Err(_) => return Err(SessionError::UnknownSession),
        }
        self.end_session_of(user, session).await?;
        tracing::info!(account = %user, %session, by = %actor, "ended a user's session");
        Ok(())
    }

    /// Sends a user a link for a new password. The old one goes on working until the link is used.
    ///
    /// # Errors
    /// [`AccountError::NotOffered`] when there is no such user of the caller's API, or they are disabled; when too many
    /// letters were asked for lately, or a part fails.
    pub async fn send_reset_to_user(
        &self,
        actor: &Actor,
        (caller, origin): (&Caller<'_>, &Origin),
        id: AccountId,
    ) -> Result<(), AccountError> {
        let user = match self.find_user(id).await {
            Ok(user) => user,
            Err(UserError::Failed(error)) => return Err(error.into()),
            Err(_) => return Err(AccountError::NotOffered),
        };
        if user.pool != Pool::Api(caller.api) || user.disabled_at.is_some() {
            return Err(AccountError::NotOffered);
        }
        self.send_reset(caller, &user.email, origin)?;
        tracing::info!(account = %id, by = %actor, "sends a user a link for a new password");
        Ok(())
    }
}
