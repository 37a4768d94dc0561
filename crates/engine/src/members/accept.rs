//! Accepting an invitation: with a new account, or with one that is there.

use claviger_domain::{
    Account, AccountId, Action, Actor, ChangeKind, Email, Event, Invitation, Membership, Method, Methods,
    Origin, Pool, Profile, Role, Timestamp, WorkspaceId,
};
use claviger_secrets::{NewPassword, PasswordHash};
use claviger_store::Tx;

use super::MemberError;
use crate::chain::Auditor;
use crate::engine::Engine;
use crate::sessions::SignedIn;
use crate::sign_in::{IssuedSession, Ready, beginner};

/// What the holder of an invitation's link sees.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The invitation.
    pub invitation: Invitation,
    /// What the workspace is called.
    pub workspace: String,
    /// Whether the address has an account, whose owner then signs in to accept.
    pub has_account: bool,
}

/// Somebody who accepts an invitation and has no account yet.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// What they are called.
    pub name: Option<String>,
    /// The password.
    pub password: NewPassword,
    /// Where they came from.
    pub origin: Origin,
}

impl Engine {
    /// What a link leads to.
    ///
    /// # Errors
    /// [`MemberError::Stale`] when it leads nowhere any more; when the database fails.
    pub async fn find_invited(&self, token: &str) -> Result<Invited, MemberError> {
        let lookup = self.invitation_lookup(token).ok_or(MemberError::Stale)?;
        let mut read = self.store().read().await?;
        let found = read.find_invitation_by_lookup(&lookup, self.now()).await?;
        let invitation = found.ok_or(MemberError::Stale)?;
        let workspace = read.find_workspace(invitation.workspace).await?.ok_or(MemberError::Stale)?;
        let account = read.find_account_by_email(Pool::Members, &invitation.email).await?;
        Ok(Invited { invitation, workspace: workspace.name.to_string(), has_account: account.is_some() })
    }

    /// Makes the account of somebody who was invited, the member, and their first session. Who has the letter has the
    /// address, so it counts as proved.
    ///
    /// # Errors
    /// [`MemberError::Stale`] when the link is not good any more, [`MemberError::HasAccount`] when the address has an
    /// account; when too much is being hashed or the database fails.
    pub async fn join_as_new(
        &self,
        token: &str,
        new: NewMember,
    ) -> Result<(IssuedSession, WorkspaceId), MemberError> {
        // Before anything is hashed for nobody.
        let Invited { invitation, has_account, .. } = self.find_invited(token).await?;
        if has_account {
            return Err(MemberError::HasAccount);
        }
        let lookup = self.invitation_lookup(token).ok_or(MemberError::Stale)?;
        let NewMember { name, password, origin } = new;
        let hash = self.hashing().create(password.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let id = AccountId::generate_at(now, self.entropy());
        let account = Account {
            email_verified_at: Some(now),
            profile: Profile { name, ..Profile::default() },
            ..Account::new(id, Pool::Members, invitation.email.clone(), now)
        };
        let ready = self.ready_session(&account, Methods::default().with(Method::Password), &origin);
        let audit = self.auditor(&beginner(&account, &ready.session), now);
        let entry = Entry { lookup, invitation: invitation.clone(), now, audit: audit.clone() };
        let (row, session, cookie) = (account.clone(), ready.session.clone(), ready.lookup);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    insert_account(tx, &row, &hash).await?;
                    let workspace = Some(entry.invitation.workspace);
                    audit.record(tx, Event::made(Action::MemberAccountCreated, &row).of(workspace)).await?;
                    entry.join(tx, row.id).await?;
                    tx.insert_session(&session, &cookie).await?;
                    audit.record(tx, Event::made(Action::SessionBegun, &session)).await?;
                    Ok::<_, MemberError>(())
                })
            })
            .await?;
        self.apply(&ChangeKind::Account(id));
        note(&invitation, id);
        Ok((Ready::issued(ready, account), invitation.workspace))
    }

    /// Makes somebody who is signed in a member.
    ///
    /// # Errors
    /// [`MemberError::Stale`] when the link is not good any more, [`MemberError::ForSomeoneElse`] when it was sent to
    /// another address; when a second factor is due, or the database fails.
    pub async fn join(&self, who: &SignedIn, token: &str) -> Result<WorkspaceId, MemberError> {
        who.require_complete()?;
        let Invited { invitation, .. } = self.find_invited(token).await?;
        let account = who.account();
        if account.pool != Pool::Members || account.email != invitation.email {
            return Err(MemberError::ForSomeoneElse);
        }
        let lookup = self.invitation_lookup(token).ok_or(MemberError::Stale)?;
        let (id, now) = (account.id, self.now());
        let audit = self.auditor(&who.actor(), now);
        let entry = Entry { lookup, invitation: invitation.clone(), now, audit };
        self.store().write(move |tx| Box::pin(async move { entry.join(tx, id).await })).await?;
        note(&invitation, id);
        Ok(invitation.workspace)
    }

    /// Makes an account that is a member of these workspaces: for somebody with the master key at hand, who sets an
    /// instance up without mail.
    ///
    /// # Errors
    /// When there is no such workspace, the address has an account, too much is being hashed, or the database fails.
    pub async fn create_member(
        &self,
        email: Email,
        new: NewMember,
        places: Vec<(WorkspaceId, Role)>,
    ) -> Result<Account, MemberError> {
        let hash = self.hashing().create(new.password.as_password().clone(), self.shared_entropy()).await?;
        let now = self.now();
        let id = AccountId::generate_at(now, self.entropy());
        let account = Account {
            email_verified_at: Some(now),
            profile: Profile { name: new.name, ..Profile::default() },
            ..Account::new(id, Pool::Members, email, now)
        };
        let (row, audit) = (account.clone(), self.auditor(&Actor::LOCAL, now));
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    insert_account(tx, &row, &hash).await?;
                    audit.record(tx, Event::made(Action::MemberAccountCreated, &row)).await?;
                    for (workspace, role) in places {
                        tx.hold_members(workspace).await?.ok_or(MemberError::UnknownWorkspace)?;
                        let membership = Membership { workspace, account: row.id, role };
                        tx.insert_member(&membership, now, &Actor::LOCAL.to_string()).await?;
                        audit.record(tx, Event::made(Action::MemberAdded, &membership)).await?;
                    }
                    Ok::<_, MemberError>(())
                })
            })
            .await?;
        tracing::info!(account = %id, "made a member");
        Ok(account)
    }
}

fn note(invitation: &Invitation, account: AccountId) {
    let Invitation { id, workspace, role, .. } = invitation;
    tracing::info!(%workspace, %account, invitation = %id, %role, "an invitation was accepted");
}

async fn insert_account(tx: &mut Tx, row: &Account, hash: &PasswordHash) -> Result<(), MemberError> {
    if tx.find_account_by_email(row.pool, &row.email).await?.is_some() {
        return Err(MemberError::HasAccount);
    }
    tx.insert_account(row, Some(hash)).await?;
    tx.append_change(&ChangeKind::Account(row.id), row.created_at).await?;
    Ok(())
}

/// An invitation that is being accepted.
#[derive(Clone)]
struct Entry {
    lookup: [u8; 32],
    invitation: Invitation,
    now: Timestamp,
    audit: Auditor,
}

impl Entry {
    /// Spends the invitation and makes the member. The role is the one that was invited, whoever lost theirs since.
    async fn join(&self, tx: &mut Tx, account: AccountId) -> Result<(), MemberError> {
        let Invitation { workspace, role, created_by, .. } = &self.invitation;
        tx.hold_members(*workspace).await?.ok_or(MemberError::Stale)?;
        if !tx.accept_invitation(&self.lookup, self.now).await? {
            return Err(MemberError::Stale);
        }
        if tx.find_member(*workspace, account).await?.is_some() {
            return Err(MemberError::AlreadyMember);
        }
        let membership = Membership { workspace: *workspace, account, role: *role };
        tx.insert_member(&membership, self.now, created_by).await?;
        let after = Invitation { accepted_at: Some(self.now), ..self.invitation.clone() };
        let accepted = Event::changed(Action::InvitationAccepted, &self.invitation, &after);
        self.audit.record(tx, accepted).await?;
        self.audit.record(tx, Event::made(Action::MemberAdded, &membership)).await?;
        Ok(())
    }
}
