//! Changing and resetting passwords.

use claviger_domain::{Email, Origin};
use claviger_secrets::{NewPassword, Password};

use super::AccountError;
use crate::engine::Engine;
use crate::exchange::Caller;
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
        let _ = (who, old, new);
        Err(AccountError::NotOffered)
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
        let _ = (caller, email, origin);
        Err(AccountError::NotOffered)
    }

    /// Takes such a link's token and the new password; every session of the account ends, and its tokens.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when the token is not good any more; when a part fails.
    pub async fn reset_password(
        &self,
        caller: &Caller<'_>,
        token: &str,
        new: NewPassword,
    ) -> Result<(), AccountError> {
        let _ = (caller, token, new);
        Err(AccountError::Stale)
    }
}
