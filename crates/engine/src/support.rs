//! What operators do for a user who asks for help: look, send a link for a new password.

use claviger_domain::{AccountId, Action, Actor, Event, Origin, Pool};

use crate::account_error::AccountError;
use crate::accounts::{AccountOverview, reset_letter};
use crate::caller::Caller;
use crate::engine::Engine;
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
        let place = self.admit_letter(origin)?;
        self.record_alone(actor, Event::touched(Action::UserResetSent, &user)).await?;
        place.send(reset_letter(caller, &user.email));
        tracing::info!(account = %id, by = %actor, "sends a user a link for a new password");
        Ok(())
    }
}
