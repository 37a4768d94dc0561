//! Making one's own account, and proving that an address is one's own.

use claviger_domain::{Email, Origin, Profile};
use claviger_secrets::NewPassword;

use super::AccountError;
use crate::engine::Engine;
use crate::exchange::Caller;
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
        let _ = (caller, new);
        Err(AccountError::NotOffered)
    }

    /// Sends the link again.
    ///
    /// # Errors
    /// When the address is proved, too many were sent, or a part fails.
    pub async fn send_verification(&self, caller: &Caller<'_>, who: &SignedIn) -> Result<(), AccountError> {
        let _ = (caller, who);
        Err(AccountError::NotOffered)
    }

    /// Takes the token of such a link.
    ///
    /// # Errors
    /// [`AccountError::Stale`] when it is not good any more; when the database fails.
    pub async fn verify_email(&self, caller: &Caller<'_>, token: &str) -> Result<(), AccountError> {
        let _ = (caller, token);
        Err(AccountError::Stale)
    }
}
