//! What users allowed clients. One living grant for each user and client.

use claviger_domain::{AccountId, ApiId, ClientId, Grant, GrantId, Page, PageRequest, ScopeSet, Timestamp};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, api, account, client, scopes, resources, created_at, updated_at, revoked_at"
    };
}

statements! {
    INSERT = concat!("INSERT INTO client_grant (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
        ON CONFLICT (account, client) WHERE revoked_at IS NULL DO NOTHING");
    FIND = concat!("SELECT ", columns!(), " FROM client_grant WHERE id = $1");
    FIND_LIVING = concat!("SELECT ", columns!(), " FROM client_grant \
        WHERE account = $1 AND client = $2 AND revoked_at IS NULL");
    LIST_OF_ACCOUNT = concat!("SELECT ", columns!(), " FROM client_grant WHERE account = $1 \
        AND client = COALESCE($2, client) AND api = COALESCE($3, api) AND id < $4 ORDER BY id DESC LIMIT $5");
    LIST_OF_CLIENT = concat!("SELECT ", columns!(), " FROM client_grant WHERE client = $1 \
        AND api = COALESCE($2, api) AND id < $3 ORDER BY id DESC LIMIT $4");
    LIST_OF_API = concat!("SELECT ", columns!(), " FROM client_grant WHERE api = $1 AND id < $2 \
        ORDER BY id DESC LIMIT $3");
    LIST = concat!("SELECT ", columns!(), " FROM client_grant WHERE id < $1 ORDER BY id DESC LIMIT $2");
    LIST_LIVING = concat!("SELECT ", columns!(), " FROM client_grant WHERE account = $1 AND revoked_at IS NULL \
        ORDER BY id DESC LIMIT $2");
    // Changes nothing, but waits for whoever changes the grant, and keeps others waiting.
    HOLD = "UPDATE client_grant SET updated_at = updated_at WHERE id = $1 AND revoked_at IS NULL";
    HOLD_LIVING = "UPDATE client_grant SET updated_at = updated_at \
        WHERE account = $1 AND client = $2 AND revoked_at IS NULL";
    WIDEN = "UPDATE client_grant SET scopes = $2, resources = $3, updated_at = $4 \
        WHERE id = $1 AND revoked_at IS NULL";
    REVOKE = "UPDATE client_grant SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    END_FAMILIES = "UPDATE token_family SET ended_at = $2, reuse = NULL, ends_at = COALESCE(ends_at, $2) \
        WHERE client_grant = $1 AND ended_at IS NULL";
    LIST_USES = "SELECT client_grant, MAX(issued_at) FROM token_family \
        WHERE account = $1 AND client_grant IS NOT NULL GROUP BY client_grant";
    DELETE_REVOKED = "DELETE FROM client_grant WHERE id IN \
        (SELECT id FROM client_grant WHERE revoked_at < $1 ORDER BY revoked_at LIMIT $2)";
}

/// Which grants are listed: those that meet everything that is not none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GrantFilter {
    /// Of this API.
    pub api: Option<ApiId>,
    /// Of this user.
    pub account: Option<AccountId>,
    /// To this client.
    pub client: Option<ClientId>,
}

row! {
    struct GrantRow {
        id: Uuid,
        api: Uuid,
        account: Uuid,
        client: Uuid,
        scopes: String,
        resources: String,
        created_at: i64,
        updated_at: i64,
        revoked_at: Option<i64>,
    }
}

impl TryFrom<GrantRow> for Grant {
    type Error = Error;

    fn try_from(row: GrantRow) -> Result<Self, Error> {
        let scopes = ScopeSet::parse_spaced(&row.scopes);
        let resources = serde_json::from_str(&row.resources);
        Ok(Self {
            id: GrantId::from_uuid(row.id),
            api: ApiId::from_uuid(row.api),
            account: AccountId::from_uuid(row.account),
            client: ClientId::from_uuid(row.client),
            scopes: scopes.map_err(|_| Error::corrupt("client_grant", "scopes"))?,
            resources: resources.map_err(|_| Error::corrupt("client_grant", "resources"))?,
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
            revoked_at: row.revoked_at.map(Timestamp::from_micros),
        })
    }
}

impl Conn {
    /// The grant with this id, revoked ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_grant(&mut self, id: GrantId) -> Result<Option<Grant>, Error> {
        fetch_optional!(self, GrantRow, FIND, id.uuid())?.map(Grant::try_from).transpose()
    }

    /// What a user allows a client now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_living_grant(
        &mut self,
        account: AccountId,
        client: ClientId,
    ) -> Result<Option<Grant>, Error> {
        fetch_optional!(self, GrantRow, FIND_LIVING, account.uuid(), client.uuid())?
            .map(Grant::try_from)
            .transpose()
    }

    /// Grants, newest first, revoked ones included.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_grants(
        &mut self,
        filter: GrantFilter,
        page: PageRequest,
    ) -> Result<Page<Grant>, Error> {
        let (before, limit) = (page.before.unwrap_or(Uuid::max()), i64::from(page.limit) + 1);
        let api = filter.api.map(ApiId::uuid);
        let client = filter.client.map(ClientId::uuid);
        let rows = match (filter.account, client) {
            (Some(account), client) => {
                fetch_all!(self, GrantRow, LIST_OF_ACCOUNT, account.uuid(), client, api, before, limit)?
            }
            (None, Some(client)) => fetch_all!(self, GrantRow, LIST_OF_CLIENT, client, api, before, limit)?,
            (None, None) => match api {
                Some(api) => fetch_all!(self, GrantRow, LIST_OF_API, api, before, limit)?,
                None => fetch_all!(self, GrantRow, LIST, before, limit)?,
            },
        };
        let rows = rows.into_iter().map(Grant::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |grant| grant.id.uuid()))
    }

    /// What a user allows now, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_living_grants(&mut self, account: AccountId, limit: u16) -> Result<Vec<Grant>, Error> {
        fetch_all!(self, GrantRow, LIST_LIVING, account.uuid(), i64::from(limit))?
            .into_iter()
            .map(Grant::try_from)
            .collect()
    }

    /// When each of a user's grants last gave a token that is still known.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_grant_uses(&mut self, account: AccountId) -> Result<Vec<(GrantId, Timestamp)>, Error> {
        let rows = fetch_all!(self, (Uuid, i64), LIST_USES, account.uuid())?;
        Ok(rows.into_iter().map(|(id, at)| (GrantId::from_uuid(id), Timestamp::from_micros(at))).collect())
    }
}

impl Tx {
    /// Inserts a grant, unless the user allows the client something already. Answers whether it did.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken, or API, user or client are gone; when the database fails.
    pub async fn insert_grant(&mut self, grant: &Grant) -> Result<bool, Error> {
        let rows = execute!(
            self,
            INSERT,
            grant.id.uuid(),
            grant.api.uuid(),
            grant.account.uuid(),
            grant.client.uuid(),
            grant.scopes.to_string(),
            resources_text(&grant.resources),
            grant.created_at.micros(),
            grant.updated_at.micros(),
            grant.revoked_at.map(Timestamp::micros),
        )?;
        Ok(rows == 1)
    }

    /// Keeps everyone else from widening or revoking a grant until this transaction ends. Answers whether it lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_grant(&mut self, id: GrantId) -> Result<bool, Error> {
        Ok(execute!(self, HOLD, id.uuid())? == 1)
    }

    /// Keeps everyone else from widening or revoking what a user allows a client until this transaction ends. Answers
    /// the grant, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_living_grant(
        &mut self,
        account: AccountId,
        client: ClientId,
    ) -> Result<Option<Grant>, Error> {
        if execute!(self, HOLD_LIVING, account.uuid(), client.uuid())? == 0 {
            return Ok(None);
        }
        self.find_living_grant(account, client).await
    }

    /// Gives a living grant these scopes and resources. Answers whether it lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn widen_grant(
        &mut self,
        id: GrantId,
        (scopes, resources): (&ScopeSet, &[String]),
        at: Timestamp,
    ) -> Result<bool, Error> {
        let rows =
            execute!(self, WIDEN, id.uuid(), scopes.to_string(), resources_text(resources), at.micros())?;
        Ok(rows == 1)
    }

    /// Revokes a grant, and ends every family that stands on it. Answers whether it lived.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_grant(&mut self, id: GrantId, at: Timestamp) -> Result<bool, Error> {
        if execute!(self, REVOKE, id.uuid(), at.micros())? == 0 {
            return Ok(false);
        }
        execute!(self, END_FAMILIES, id.uuid(), at.micros())?;
        Ok(true)
    }

    /// Deletes grants that were revoked before `cutoff`, with their tokens, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_revoked_grants(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_REVOKED, cutoff.micros(), i64::from(limit))
    }
}

fn resources_text(resources: &[String]) -> String {
    serde_json::Value::from(resources).to_string()
}
