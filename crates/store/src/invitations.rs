//! Invitations to become a member of a workspace.

use claviger_domain::{Invitation, InvitationId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, workspace, email, role, sent_at, expires_at, accepted_at, withdrawn_at, created_at, created_by"
    };
}

statements! {
    INSERT = concat!("INSERT INTO invitation (", columns!(), ", email_folded) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)");
    FIND = concat!("SELECT ", columns!(), " FROM invitation WHERE id = $1");
    FIND_LIVING = concat!("SELECT ", columns!(), " FROM invitation \
        WHERE lookup = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2");
    LIST_PENDING = concat!("SELECT ", columns!(), " FROM invitation \
        WHERE workspace = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL ORDER BY id DESC LIMIT $2");
    COUNT_SINCE = "SELECT COUNT(*) FROM invitation WHERE workspace = $1 AND created_at > $2";
    // A new link makes the one before worthless.
    SEND = "UPDATE invitation SET lookup = $2, sent_at = $3, expires_at = $4 \
        WHERE id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL";
    ACCEPT = "UPDATE invitation SET accepted_at = $2 \
        WHERE lookup = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2";
    WITHDRAW = "UPDATE invitation SET withdrawn_at = $3 \
        WHERE id = $1 AND workspace = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL";
    DELETE = "DELETE FROM invitation WHERE id IN \
        (SELECT id FROM invitation WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";
}

row! {
    struct InvitationRow {
        id: Uuid,
        workspace: Uuid,
        email: String,
        role: String,
        sent_at: Option<i64>,
        expires_at: i64,
        accepted_at: Option<i64>,
        withdrawn_at: Option<i64>,
        created_at: i64,
        created_by: String,
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = Error;

    fn try_from(row: InvitationRow) -> Result<Self, Error> {
        Ok(Self {
            id: InvitationId::from_uuid(row.id),
            workspace: WorkspaceId::from_uuid(row.workspace),
            email: row.email.parse().map_err(|_| Error::corrupt("invitation", "email"))?,
            role: row.role.parse().map_err(|_| Error::corrupt("invitation", "role"))?,
            sent_at: row.sent_at.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(row.expires_at),
            accepted_at: row.accepted_at.map(Timestamp::from_micros),
            withdrawn_at: row.withdrawn_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
        })
    }
}

impl Conn {
    /// The invitation with this id, whatever became of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_invitation(&mut self, id: InvitationId) -> Result<Option<Invitation>, Error> {
        fetch_optional!(self, InvitationRow, FIND, id.uuid())?.map(Invitation::try_from).transpose()
    }

    /// The invitation whose link has this keyed hash, if it can be accepted at `now`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_invitation_by_lookup(
        &mut self,
        lookup: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<Invitation>, Error> {
        fetch_optional!(self, InvitationRow, FIND_LIVING, lookup.as_slice(), now.micros())?
            .map(Invitation::try_from)
            .transpose()
    }

    /// The invitations to a workspace that were neither accepted nor withdrawn, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_invitations(
        &mut self,
        workspace: WorkspaceId,
        limit: u16,
    ) -> Result<Vec<Invitation>, Error> {
        fetch_all!(self, InvitationRow, LIST_PENDING, workspace.uuid(), i64::from(limit))?
            .into_iter()
            .map(Invitation::try_from)
            .collect()
    }

    /// How many invitations to a workspace were made since then, whatever became of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_invitations(
        &mut self,
        workspace: WorkspaceId,
        since: Timestamp,
    ) -> Result<u64, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_SINCE, workspace.uuid(), since.micros())?;
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

impl Tx {
    /// Inserts an invitation that has no link yet.
    ///
    /// # Errors
    /// [`Error::Conflict`] with `invitation_pending` when the address has one of this workspace that is neither
    /// accepted nor withdrawn, or when there is no such workspace; when the database fails.
    pub async fn insert_invitation(&mut self, invitation: &Invitation) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            invitation.id.uuid(),
            invitation.workspace.uuid(),
            invitation.email.as_str(),
            invitation.role.as_str(),
            invitation.sent_at.map(Timestamp::micros),
            invitation.expires_at.micros(),
            invitation.accepted_at.map(Timestamp::micros),
            invitation.withdrawn_at.map(Timestamp::micros),
            invitation.created_at.micros(),
            invitation.created_by.as_str(),
            invitation.email.folded(),
        )?;
        Ok(())
    }

    /// Gives an invitation a new link, by its keyed hash. Answers whether it was neither accepted nor withdrawn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn send_invitation(
        &mut self,
        id: InvitationId,
        lookup: &[u8; 32],
        at: Timestamp,
        expires_at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, SEND, id.uuid(), lookup.as_slice(), at.micros(), expires_at.micros())? == 1)
    }

    /// Uses an invitation's link. Answers whether it was good and not used before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accept_invitation(&mut self, lookup: &[u8; 32], at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, ACCEPT, lookup.as_slice(), at.micros())? == 1)
    }

    /// Takes an invitation of a workspace back. Answers whether it was neither accepted nor withdrawn.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn withdraw_invitation(
        &mut self,
        workspace: WorkspaceId,
        id: InvitationId,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, WITHDRAW, id.uuid(), workspace.uuid(), at.micros())? == 1)
    }

    /// Deletes invitations that ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_invitations(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
