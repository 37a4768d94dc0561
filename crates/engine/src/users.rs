//! Users of APIs, as those with permission see them.

use claviger_domain::{
    Account, AccountId, Actor, ApiId, Email, Environment, ErrorKind, Page, PageRequest, Profile, ScopeSet,
    WorkspaceId,
};
use claviger_secrets::NewPassword;

use crate::engine::Engine;
use crate::error::Error;

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Whose user.
    pub api: ApiId,
    /// The address.
    pub email: Email,
    /// Whether the address is known to be theirs.
    pub is_email_verified: bool,
    /// The password; none for a user who signs in by other means.
    pub password: Option<NewPassword>,
    /// What they are called.
    pub profile: Profile,
    /// The workspace for which they act at the API itself.
    pub workspace: Option<WorkspaceId>,
    /// The world of their own sessions.
    pub environment: Environment,
    /// The most they may do.
    pub scopes: Option<ScopeSet>,
}

/// A change to a user. What is none stays.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    /// What they are called.
    pub profile: Option<Profile>,
    /// The workspace for which they act.
    pub workspace: Option<Option<WorkspaceId>>,
    /// The most they may do.
    pub scopes: Option<Option<ScopeSet>>,
    /// A new password, which ends their sessions and the tokens of their grants.
    pub password: Option<NewPassword>,
}

/// Why a user could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    /// There is no such user.
    #[error("no such user")]
    UnknownUser,
    /// There is no such API, or it has no users.
    #[error("the API is unknown, or has no users")]
    UnknownApi,
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The address is taken.
    #[error("a user with this address is there already")]
    Taken,
    /// Too many passwords are being hashed.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl UserError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUser | Self::UnknownApi | Self::UnknownWorkspace => ErrorKind::NotFound,
            Self::Taken => ErrorKind::Conflict,
            Self::Busy => ErrorKind::Unavailable,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for UserError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// Makes a user.
    ///
    /// # Errors
    /// When the API is unknown, the address is taken, too much is being hashed, or the database fails.
    pub async fn create_user(&self, actor: &Actor, new: NewUser) -> Result<Account, UserError> {
        let _ = (actor, new);
        Err(UserError::UnknownApi)
    }

    /// The user with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_user(&self, id: AccountId) -> Result<Account, UserError> {
        let _ = id;
        Err(UserError::UnknownUser)
    }

    /// Users of an API, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_users(&self, api: ApiId, page: PageRequest) -> Result<Page<Account>, UserError> {
        let _ = (api, page);
        Err(UserError::UnknownApi)
    }

    /// Changes a user.
    ///
    /// # Errors
    /// When there is no such user or workspace, too much is being hashed, or the database fails.
    pub async fn update_user(
        &self,
        actor: &Actor,
        id: AccountId,
        patch: UserPatch,
    ) -> Result<Account, UserError> {
        let _ = (actor, id, patch);
        Err(UserError::UnknownUser)
    }

    /// Disables a user, with sessions and tokens, or enables them again.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn switch_user(
        &self,
        actor: &Actor,
        id: AccountId,
        is_enabled: bool,
    ) -> Result<Account, UserError> {
        let _ = (actor, id, is_enabled);
        Err(UserError::UnknownUser)
    }

    /// Ends every session of a user, and by wish the tokens of their grants. Answers how many sessions.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn end_user_sessions(&self, actor: &Actor, id: AccountId) -> Result<u64, UserError> {
        let _ = (actor, id);
        Err(UserError::UnknownUser)
    }

    /// Deletes a user with sessions, grants and tokens.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn delete_user(&self, actor: &Actor, id: AccountId) -> Result<(), UserError> {
        let _ = (actor, id);
        Err(UserError::UnknownUser)
    }
}
