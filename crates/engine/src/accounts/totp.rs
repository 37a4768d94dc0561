//! Time-based codes (RFC 6238) as a second factor, with recovery codes.

use claviger_secrets::Plain;

use super::AccountError;
use crate::engine::Engine;
use crate::sessions::SignedIn;

/// A secret to be put into an authenticator.
#[derive(Debug)]
pub struct TotpEnrolment {
    /// The secret in base32, for typing.
    pub secret: Plain,
    /// The `otpauth` address, for a picture.
    pub address: Plain,
}

/// Codes that each work once when the authenticator is lost. Shown this once.
#[derive(Debug)]
pub struct RecoveryCodes(pub Vec<Plain>);

impl Engine {
    /// Begins: a secret that does nothing until a code of it was shown. Again begins anew.
    ///
    /// # Errors
    /// [`AccountError::Conflict`] when there is a confirmed one; when a part fails.
    pub async fn begin_totp(&self, who: &SignedIn, issuer: &str) -> Result<TotpEnrolment, AccountError> {
        let _ = (who, issuer);
        Err(AccountError::NotOffered)
    }

    /// Takes the first code, and makes recovery codes. From now on a code is asked for at each sign-in.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for a wrong code; when nothing was begun, or a part fails.
    pub async fn confirm_totp(&self, who: &SignedIn, code: &str) -> Result<RecoveryCodes, AccountError> {
        let _ = (who, code);
        Err(AccountError::NotOffered)
    }

    /// Takes the second factor of a session that awaits one: a code of the authenticator, or a recovery code. Each
    /// works once.
    ///
    /// # Errors
    /// [`AccountError::Wrong`] for a wrong or used code; when too many were wrong, or a part fails.
    pub async fn prove_second_factor(&self, who: &SignedIn, code: &str) -> Result<(), AccountError> {
        let _ = (who, code);
        Err(AccountError::NotOffered)
    }

    /// Makes new recovery codes; the earlier ones are worth nothing.
    ///
    /// # Errors
    /// When there is no authenticator, or a part fails.
    pub async fn renew_recovery_codes(&self, who: &SignedIn) -> Result<RecoveryCodes, AccountError> {
        let _ = who;
        Err(AccountError::NotOffered)
    }

    /// Removes authenticator and recovery codes, for someone who shows a code once more.
    ///
    /// # Errors
    /// As for [`Engine::prove_second_factor`].
    pub async fn remove_totp(&self, who: &SignedIn, code: &str) -> Result<(), AccountError> {
        let _ = (who, code);
        Err(AccountError::NotOffered)
    }
}
