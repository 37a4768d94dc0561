//! Users of APIs, as those with permission see them.

use claviger_domain::{
    Account, AccountId, Action, Actor, ApiId, ChangeKind, Email, Environment, ErrorKind, Event, NotAllowed,
    Page, PageRequest, Pool, Profile, Scope, ScopeSet, Timestamp, WorkspaceId,
};
use claviger_secrets::{NewPassword, PasswordHash};
use claviger_store::{Conn, Tx};
use futures_util::future::BoxFuture;

use crate::accounts::note_new_password;
use crate::engine::Engine;
use crate::error::Error;
use crate::hashing::HashingError;

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
    /// The user has no such living session.
    #[error("the user has no such session")]
    UnknownSession,
    /// There is no such API, or it has no users.
    #[error("the API is unknown, or has no users")]
    UnknownApi,
    /// There is no such workspace.
    #[error("no such workspace")]
    UnknownWorkspace,
    /// The API's contract has no such scope.
    #[error("the API has no scope `{0}`")]
    UndefinedScope(Scope),
    /// The address is taken.
    #[error("a user with this address is there already")]
    Taken,
    /// Too many passwords are being hashed.
    #[error("too many sign-ins are going on; try again in a moment")]
    Busy,
    /// Only the provider does this.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// A part below failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl UserError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownUser | Self::UnknownSession => ErrorKind::NotFound,
            Self::UnknownApi | Self::UnknownWorkspace | Self::UndefinedScope(_) => ErrorKind::InvalidRequest,
            Self::Taken => ErrorKind::Conflict,
            Self::Busy => ErrorKind::Unavailable,
            Self::NotAllowed(_) => ErrorKind::Forbidden,
            Self::Failed(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for UserError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<HashingError> for UserError {
    fn from(error: HashingError) -> Self {
        match error {
            HashingError::Busy => Self::Busy,
            HashingError::Secrets(error) => Self::Failed(error.into()),
        }
    }
}

impl Engine {
    /// Makes a user.
    ///
    /// # Errors
    /// When the API is unknown or has no users, workspace or a scope is unknown, the address is taken, too much is
    /// being hashed, or the database fails.
    pub async fn create_user(&self, actor: &Actor, new: NewUser) -> Result<Account, UserError> {
        actor.require_provider()?;
        let NewUser { api, email, is_email_verified, password, profile, workspace, environment, scopes } =
            new;
        self.check_scopes(api, scopes.as_ref())?;
        let hash = self.hash_password(password.as_ref()).await?;
        let now = self.now();
        let account = Account {
            email_verified_at: is_email_verified.then_some(now),
            profile,
            workspace,
            environment,
            scopes,
            ..Account::new(AccountId::generate_at(now, self.entropy()), Pool::Api(api), email, now)
        };
        let (row, pool, audit) = (account.clone(), account.pool, self.auditor(actor, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    check_workspace(tx, row.workspace).await?;
                    if tx.find_account_by_email(pool, &row.email).await?.is_some() {
                        return Err(UserError::Taken);
                    }
                    tx.insert_account(&row, hash.as_ref()).await?;
                    audit.record(tx, Event::made(Action::UserCreated, &row)).await?;
                    tx.append_change(&ChangeKind::Account(row.id), now).await?;
                    Ok(())
                })
            })
            .await
            .map_err(taken)?;
        tracing::info!(account = %account.id, %api, by = %actor, "made a user");
        Ok(account)
    }

    /// The user with this id.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_user(&self, id: AccountId) -> Result<Account, UserError> {
        find(&mut self.store().read().await?, id).await
    }

    /// Users of an API, newest first.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn list_users(&self, api: ApiId, page: PageRequest) -> Result<Page<Account>, UserError> {
        self.check_scopes(api, None)?;
        Ok(self.store().read().await?.list_accounts(Pool::Api(api), page).await?)
    }

    /// Users of an API whose address contains a text, in whatever case, newest first; whoever has just this address comes
    /// first. A page may be short, and even empty, and not the last.
    ///
    /// # Errors
    /// When there is no such API, or the database fails.
    pub async fn search_users(
        &self,
        api: ApiId,
        text: &str,
        page: PageRequest,
    ) -> Result<Page<Account>, UserError> {
        self.check_scopes(api, None)?;
        let mut read = self.store().read().await?;
        let first = match text.trim().parse() {
            Ok(email) => read.find_account_by_email(Pool::Api(api), &email).await?.map(|found| found.account),
            Err(_) => None,
        };
        let Page { rows, mut next } = read.search_accounts(Pool::Api(api), text, page).await?;
        let is_other = |user: &Account| first.as_ref().is_none_or(|first| first.id != user.id);
        let mut rows: Vec<Account> = rows.into_iter().filter(is_other).collect();
        if let Some(first) = first.filter(|_| page.before.is_none()) {
            rows.insert(0, first);
        }
        if rows.len() > usize::from(page.limit) {
            rows.truncate(page.limit.into());
            next = rows.last().map(|user| user.id.uuid());
        }
        Ok(Page { rows, next })
    }

    /// Changes a user.
    ///
    /// # Errors
    /// When there is no such user, workspace or scope, too much is being hashed, or the database fails.
    pub async fn update_user(
        &self,
        actor: &Actor,
        id: AccountId,
        patch: UserPatch,
    ) -> Result<Account, UserError> {
        actor.require_provider()?;
        let UserPatch { profile, workspace, scopes, password } = patch;
        // Before anything is hashed for nobody.
        let before = self.find_user(id).await?;
        if let (Some(scopes), Pool::Api(api)) = (&scopes, before.pool) {
            self.check_scopes(api, scopes.as_ref())?;
        }
        let hash = self.hash_password(password.as_ref()).await?;
        let now = self.now();
        let account = self
            .change_user((actor, Action::UserUpdated), id, move |tx| {
                Box::pin(async move {
                    if let Some(profile) = &profile {
                        tx.update_profile(id, profile, now).await?;
                    }
                    if let Some(workspace) = workspace {
                        check_workspace(tx, workspace).await?;
                        tx.assign_workspace(id, workspace, now).await?;
                    }
                    if let Some(scopes) = &scopes {
                        tx.limit_scopes(id, scopes.as_ref(), now).await?;
                    }
                    if let Some(hash) = &hash {
                        tx.set_password(id, hash, now).await?;
                        tx.end_sessions_of_account(id, now).await?;
                        note_new_password(tx, id, now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        tracing::info!(account = %id, by = %actor, "changed a user");
        Ok(account)
    }

    /// Disables a user, with sessions and tokens, or enables them again. Twice is fine. What was ended stays ended.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn switch_user(
        &self,
        actor: &Actor,
        id: AccountId,
        is_enabled: bool,
    ) -> Result<Account, UserError> {
        actor.require_provider()?;
        let now = self.now();
        let action = if is_enabled { Action::UserEnabled } else { Action::UserDisabled };
        let account = self
            .change_user((actor, action), id, move |tx| {
                Box::pin(async move {
                    if is_enabled {
                        tx.enable_account(id, now).await?;
                    } else if tx.disable_account(id, now).await? {
                        end_all(tx, id, now).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        tracing::info!(account = %id, by = %actor, is_enabled, "switched a user");
        Ok(account)
    }

    /// Ends every session of a user, and every token that they bought with their password. Answers how many sessions.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn end_user_sessions(&self, actor: &Actor, id: AccountId) -> Result<u64, UserError> {
        actor.require_provider()?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        let ended = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let user = find(tx, id).await?;
                    let ended = tx.end_sessions_of_account(id, now).await?;
                    tx.end_own_families_of_account(id, now).await?;
                    tx.end_families_of_sign_ins(id, None, now).await?;
                    audit.record(tx, Event::touched(Action::UserSignedOut, &user)).await?;
                    tx.append_change(&ChangeKind::Account(id), now).await?;
                    Ok::<_, UserError>(ended)
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(id));
        tracing::info!(account = %id, by = %actor, ended, "ended a user's sessions");
        Ok(ended)
    }

    /// Deletes a user with sessions, grants and tokens.
    ///
    /// # Errors
    /// When there is no such user, or the database fails.
    pub async fn delete_user(&self, actor: &Actor, id: AccountId) -> Result<(), UserError> {
        actor.require_provider()?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let user = find(tx, id).await?;
                    tx.delete_account(id).await?;
                    audit.record(tx, Event::gone(Action::UserDeleted, &user)).await?;
                    tx.append_change(&ChangeKind::Account(id), now).await?;
                    Ok::<_, UserError>(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(id));
        tracing::info!(account = %id, by = %actor, "deleted a user");
        Ok(())
    }

    /// Runs one change of a user, records it, tells every node, and answers what they are now.
    async fn change_user<F>(
        &self,
        (actor, action): (&Actor, Action),
        id: AccountId,
        change: F,
    ) -> Result<Account, UserError>
    where
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), UserError>> + Clone + Send + 'static,
    {
        let now = self.now();
        let audit = self.auditor(actor, now);
        let account = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    let before = find(tx, id).await?;
                    change(tx).await?;
                    let after = find(tx, id).await?;
                    audit.record(tx, Event::changed(action, &before, &after)).await?;
                    tx.append_change(&ChangeKind::Account(id), now).await?;
                    Ok::<_, UserError>(after)
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(id));
        Ok(account)
    }

    async fn hash_password(&self, password: Option<&NewPassword>) -> Result<Option<PasswordHash>, UserError> {
        let Some(password) = password else { return Ok(None) };
        Ok(Some(self.hashing().create(password.as_password().clone(), self.shared_entropy()).await?))
    }

    /// Whether the API has users, and its contract defines these scopes.
    fn check_scopes(&self, api: ApiId, scopes: Option<&ScopeSet>) -> Result<(), UserError> {
        let found = self.registry().find(api).filter(|found| found.policy.tokens.has_accounts());
        let policy = found.ok_or(UserError::UnknownApi)?.policy;
        let mut scopes = scopes.into_iter().flat_map(ScopeSet::iter);
        match scopes.find(|scope| !policy.scopes.defines(scope)) {
            Some(undefined) => Err(UserError::UndefinedScope(undefined.clone())),
            None => Ok(()),
        }
    }
}

/// The user with this id; an operator or a member is none.
async fn find(conn: &mut Conn, id: AccountId) -> Result<Account, UserError> {
    let found = conn.find_account(id).await?;
    found.filter(|account| matches!(account.pool, Pool::Api(_))).ok_or(UserError::UnknownUser)
}

async fn check_workspace(conn: &mut Conn, workspace: Option<WorkspaceId>) -> Result<(), UserError> {
    match workspace {
        Some(id) if conn.find_workspace(id).await?.is_none() => Err(UserError::UnknownWorkspace),
        _ => Ok(()),
    }
}

/// Everything that a user has open.
async fn end_all(tx: &mut Tx, id: AccountId, at: Timestamp) -> Result<(), UserError> {
    tx.end_sessions_of_account(id, at).await?;
    tx.end_families_of_account(id, at).await?;
    Ok(())
}

/// Of two who take the same address at once, one is told so by the database.
fn taken(error: UserError) -> UserError {
    match error {
        UserError::Failed(Error::Store(claviger_store::Error::Conflict { .. })) => UserError::Taken,
        other => other,
    }
}
