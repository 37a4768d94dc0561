//! The browser sessions of an API's user, for operators: listed, and ended one by one.

use claviger_domain::{AccountId, Actor, Session, SessionId};

use crate::engine::Engine;
use crate::sessions::{MOST_LISTED, SessionError};
use crate::users::UserError;

impl Engine {
    /// The living sessions of a user, newest first.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn list_user_sessions(&self, id: AccountId) -> Result<Vec<Session>, UserError> {
        let user = self.find_user(id).await?;
        Ok(self.store().read().await?.list_sessions(user.id, self.now(), MOST_LISTED).await?)
    }

    /// Ends one session of a user, at once and on every node.
    ///
    /// # Errors
    /// When there is no such user, or they have no such living session; when the database fails.
    pub async fn end_user_session(
        &self,
        actor: &Actor,
        id: AccountId,
        session: SessionId,
    ) -> Result<(), UserError> {
        let user = self.find_user(id).await?;
        match self.end_session_of(actor, &user, session).await {
            Ok(()) => {
                tracing::info!(account = %id, %session, by = %actor, "ended a user's session");
                Ok(())
            }
            Err(SessionError::Failed(error)) => Err(error.into()),
            Err(_) => Err(UserError::UnknownSession),
        }
    }
}
