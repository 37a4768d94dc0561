//! What someone sees and changes of their own account.

use claviger_domain::{Account, Profile, Session};

use super::{AccountError, PasskeySummary};
use crate::engine::Engine;
use crate::sessions::SignedIn;

/// An account with its ways to sign in.
#[derive(Clone, Debug)]
pub struct AccountOverview {
    /// The account.
    pub account: Account,
    /// Whether it has a password.
    pub has_password: bool,
    /// Whether time-based codes are asked for.
    pub has_totp: bool,
    /// Recovery codes that are left.
    pub recovery_codes: u32,
    /// Its passkeys.
    pub passkeys: Vec<PasskeySummary>,
    /// Its living sessions, newest first.
    pub sessions: Vec<Session>,
}

impl Engine {
    /// Someone's own account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_overview(&self, who: &SignedIn) -> Result<AccountOverview, AccountError> {
        let _ = who;
        Err(AccountError::NotOffered)
    }

    /// Changes what someone is called.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_profile(&self, who: &SignedIn, profile: Profile) -> Result<(), AccountError> {
        let _ = (who, profile);
        Err(AccountError::NotOffered)
    }
}
