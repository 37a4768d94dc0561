//! Members who forgot their password.

use claviger_domain::{Call, Email, Origin, Pool};
use claviger_secrets::NewPassword;

use crate::account_error::AccountError;
use crate::engine::Engine;
use crate::letter::{Letter, Order};

impl Engine {
    /// Sends a link for a new password, if a member has the address. Nobody learns whether one has.
    ///
    /// # Errors
    /// When too many were asked for, or too much mail waits.
    pub async fn request_member_reset(&self, email: &Email, origin: &Origin) -> Result<(), AccountError> {
        let sender = self.portal_sender();
        self.admit_letter(origin)?.send(Order::to_owner(Pool::Members, email.clone(), Letter::Reset, sender));
        Ok(())
    }

    /// Takes such a link's token and the new password, by a request; every session of the member ends.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the token is not good any more; when too much is being hashed, or a part fails.
    pub async fn reset_member_password(
        &self,
        call: Call,
        token: &str,
        new: NewPassword,
    ) -> Result<(), AccountError> {
        self.reset_password_in((Pool::Members, call), token, new).await
    }
}
