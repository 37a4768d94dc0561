//! Members who forgot their password.

use claviger_domain::{Email, Origin, Pool};
use claviger_secrets::NewPassword;

use crate::accounts::{AccountError, Letter};
use crate::engine::Engine;
use crate::mailer::Order;

impl Engine {
    /// Sends a link for a new password, if a member has the address. Nobody learns whether one has.
    ///
    /// # Errors
    /// When too many were asked for, or too much mail waits.
    pub async fn request_member_reset(&self, email: &Email, origin: &Origin) -> Result<(), AccountError> {
        self.admit_letter(origin)?.send(Order {
            pool: Pool::Members,
            email: email.clone(),
            letter: Letter::Reset,
            sender: self.portal_sender(),
        });
        Ok(())
    }

    /// Takes such a link's token and the new password; every session of the member ends.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the token is not good any more; when too much is being hashed, or a part fails.
    pub async fn reset_member_password(&self, token: &str, new: NewPassword) -> Result<(), AccountError> {
        self.reset_password_in(Pool::Members, token, new).await
    }
}
