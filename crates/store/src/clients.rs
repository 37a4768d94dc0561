//! OAuth clients.

use claviger_domain::{
    ApiId, Client, ClientId, ClientMetadata, ClientOrigin, ClientSecret, Page, PageRequest, Timestamp,
    WorkspaceId, WorkspaceState,
};
use uuid::Uuid;

use crate::client_secrets::ClientSecretRow;
use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional, survey};
use crate::error::Error;
use crate::key_lists::pattern;
use crate::key_rows::hash;
use crate::keys::fold;
use crate::statements::statements;
use crate::tx::Tx;
use crate::workspaces::state_of;

/// Which clients are wanted; what is `None` is not asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientFilter {
    /// Of this API.
    pub api: Option<ApiId>,
    /// Of this workspace.
    pub workspace: Option<WorkspaceId>,
    /// Whose name contains this, in whatever case.
    pub name: Option<String>,
}

/// What has to be known of a client that proves itself, all of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRecord {
    /// The client.
    pub client: Client,
    /// Whether its workspace's credentials work.
    pub workspace_state: WorkspaceState,
    /// Its secrets, newest first, those that ended included.
    pub secrets: Vec<ClientSecret>,
    /// The keyed hash of the token by which it manages its registration.
    pub registration: Option<[u8; 32]>,
}

macro_rules! columns {
    () => {
        "c.id, c.api, c.workspace, c.environment, c.metadata, c.origin, c.disabled_at, c.last_used_at, \
         c.created_at, c.created_by, c.updated_at, c.updated_by"
    };
}

/// One text per leading column: a condition that may be absent cannot use an index.
macro_rules! list {
    ($workspace:literal, $api:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM client c WHERE c.id < $1 AND c.id >= $6 AND c.workspace = ",
            $workspace,
            " AND c.api = ",
            $api,
            " AND (CAST($5 AS TEXT) IS NULL OR c.name_folded LIKE $5 ESCAPE '!') ORDER BY c.id DESC LIMIT $4"
        )
    };
}

/// The last one that a page of a search looks at.
macro_rules! floor {
    ($leading:literal) => {
        concat!(
            "SELECT c.id FROM client c WHERE ",
            $leading,
            "c.id < $1 ORDER BY c.id DESC LIMIT 1 OFFSET $2"
        )
    };
}

statements! {
    INSERT = "INSERT INTO client (id, api, workspace, environment, name, name_folded, metadata, origin, \
        registration, disabled_at, last_used_at, created_at, created_by, updated_at, updated_by) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    FIND = concat!("SELECT ", columns!(), " FROM client c WHERE c.id = $1");
    FIND_RECORD = concat!("SELECT ", columns!(), ", c.registration, w.suspended_at AS w_suspended_at, \
        s.id AS s_id, s.lookup AS s_lookup, s.last_four AS s_last_four, s.created_at AS s_created_at, \
        s.retires_at AS s_retires_at FROM client c JOIN workspace w ON w.id = c.workspace \
        LEFT JOIN client_secret s ON s.client = c.id WHERE c.id = $1 ORDER BY s.id DESC");
    LIST = list!("COALESCE($2, c.workspace)", "COALESCE($3, c.api)");
    LIST_OF_WORKSPACE = list!("$2", "COALESCE($3, c.api)");
    LIST_OF_API = list!("COALESCE($2, c.workspace)", "$3");
    FLOOR = floor!("");
    FLOOR_OF_WORKSPACE = floor!("c.workspace = $3 AND ");
    FLOOR_OF_API = floor!("c.api = $3 AND ");
    UPDATE = "UPDATE client SET name = $2, name_folded = $3, metadata = $4, updated_at = $5, updated_by = $6 \
        WHERE id = $1";
    SET_REGISTRATION = "UPDATE client SET registration = $2 WHERE id = $1 AND registration = $3";
    DISABLE = "UPDATE client SET disabled_at = $2, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND disabled_at IS NULL";
    ENABLE = "UPDATE client SET disabled_at = NULL, updated_at = $2, updated_by = $3 \
        WHERE id = $1 AND disabled_at IS NOT NULL";
    TOUCH = "UPDATE client SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    DELETE = "DELETE FROM client WHERE id = $1";
    DELETE_UNUSED = "DELETE FROM client WHERE id IN (SELECT id FROM client \
        WHERE origin = 'open' AND last_used_at IS NULL AND created_at < $1 ORDER BY created_at LIMIT $2) \
        RETURNING id";
}

row! {
    struct ClientRow {
        id: Uuid,
        api: Uuid,
        workspace: Uuid,
        environment: String,
        metadata: String,
        origin: String,
        disabled_at: Option<i64>,
        last_used_at: Option<i64>,
        created_at: i64,
        created_by: String,
        updated_at: i64,
        updated_by: String,
    }
}

row! {
    /// A client beside its workspace's state and one of its secrets.
    struct RecordRow {
        #[sqlx(flatten)]
        client: ClientRow,
        registration: Option<Vec<u8>>,
        w_suspended_at: Option<i64>,
        #[sqlx(flatten)]
        secret: ClientSecretRow,
    }
}

impl TryFrom<ClientRow> for Client {
    type Error = Error;

    fn try_from(row: ClientRow) -> Result<Self, Error> {
        Ok(Self {
            id: ClientId::from_uuid(row.id),
            api: ApiId::from_uuid(row.api),
            workspace: WorkspaceId::from_uuid(row.workspace),
            environment: row.environment.parse().map_err(|_| Error::corrupt("client", "environment"))?,
            metadata: serde_json::from_str(&row.metadata)
                .map_err(|_| Error::corrupt("client", "metadata"))?,
            origin: ClientOrigin::from_name(&row.origin).ok_or(Error::corrupt("client", "origin"))?,
            disabled_at: row.disabled_at.map(Timestamp::from_micros),
            last_used_at: row.last_used_at.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
            updated_at: Timestamp::from_micros(row.updated_at),
            updated_by: row.updated_by,
        })
    }
}

fn json(metadata: &ClientMetadata) -> Result<String, Error> {
    serde_json::to_string(metadata).map_err(Error::internal)
}

impl Conn {
    /// The client with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_client(&mut self, id: ClientId) -> Result<Option<Client>, Error> {
        fetch_optional!(self, ClientRow, FIND, id.uuid())?.map(Client::try_from).transpose()
    }

    /// The client with this id, with its secrets and the state of its workspace.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_client_record(&mut self, id: ClientId) -> Result<Option<ClientRecord>, Error> {
        let mut rows = fetch_all!(self, RecordRow, FIND_RECORD, id.uuid())?.into_iter();
        let Some(first) = rows.next() else { return Ok(None) };
        let mut secrets = Vec::new();
        for secret in std::iter::once(first.secret).chain(rows.map(|row| row.secret)) {
            secrets.extend(secret.into_secret()?);
        }
        Ok(Some(ClientRecord {
            client: first.client.try_into()?,
            workspace_state: state_of(first.w_suspended_at),
            secrets,
            registration: first
                .registration
                .map(|bytes| hash(&bytes, "client", "registration"))
                .transpose()?,
        }))
    }

    /// Clients that pass the filter, newest first.
    ///
    /// It looks at so many clients and no more (see [`StoreOptions::look`](crate::StoreOptions::look)): a page may have
    /// fewer rows than were asked for, and even none, and still not be the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_clients(
        &mut self,
        filter: ClientFilter,
        page: PageRequest,
    ) -> Result<Page<Client>, Error> {
        let (statement, floor, leading) = match filter {
            ClientFilter { workspace: Some(workspace), .. } => {
                (LIST_OF_WORKSPACE, FLOOR_OF_WORKSPACE, Some(workspace.uuid()))
            }
            ClientFilter { api: Some(api), .. } => (LIST_OF_API, FLOOR_OF_API, Some(api.uuid())),
            _ => (LIST, FLOOR, None),
        };
        let (before, place) = (page.before.unwrap_or(Uuid::max()), self.look() - 1);
        let is_picky = filter.name.is_some() || (filter.workspace.is_some() && filter.api.is_some());
        let floor: Option<(Uuid,)> = match leading {
            _ if !is_picky => None,
            Some(leading) => fetch_optional!(self, (Uuid,), floor, before, place, leading)?,
            None => fetch_optional!(self, (Uuid,), floor, before, place)?,
        };
        let floor = floor.map(|(id,)| id);
        let rows = survey!(
            self,
            ClientRow,
            statement,
            before,
            filter.workspace.map(WorkspaceId::uuid),
            filter.api.map(ApiId::uuid),
            i64::from(page.limit) + 1,
            filter.name.as_deref().map(pattern),
            floor.unwrap_or(Uuid::nil()),
        )?;
        let rows = rows.into_iter().map(Client::try_from).collect::<Result<Vec<_>, _>>()?;
        let Page { rows, next } = Page::from_overfull(rows, page.limit, |client: &Client| client.id.uuid());
        Ok(Page { rows, next: next.or(floor) })
    }
}

impl Tx {
    /// Inserts a client, with the keyed hash of its registration token where it has one.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken, or API or workspace do not exist; when the database fails.
    pub async fn insert_client(
        &mut self,
        client: &Client,
        registration: Option<&[u8; 32]>,
    ) -> Result<(), Error> {
        let (name, metadata) = (client.metadata.name.as_str(), json(&client.metadata)?);
        execute!(
            self,
            INSERT,
            client.id.uuid(),
            client.api.uuid(),
            client.workspace.uuid(),
            client.environment.as_str(),
            name,
            fold(name),
            metadata,
            client.origin.as_str(),
            registration.map(<[u8; 32]>::as_slice),
            client.disabled_at.map(Timestamp::micros),
            client.last_used_at.map(Timestamp::micros),
            client.created_at.micros(),
            client.created_by.as_str(),
            client.updated_at.micros(),
            client.updated_by.as_str(),
        )?;
        self.put_client_origins(client.id, &client.metadata).await
    }

    /// Gives a client other metadata. Answers whether it exists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_client(
        &mut self,
        id: ClientId,
        metadata: &ClientMetadata,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        let (name, text) = (metadata.name.as_str(), json(metadata)?);
        if execute!(self, UPDATE, id.uuid(), name, fold(name), text, at.micros(), by)? != 1 {
            return Ok(false);
        }
        self.put_client_origins(id, metadata).await?;
        Ok(true)
    }

    /// Puts the next registration token in the place of the one that was presented. Answers whether that was still
    /// the client's: of two updates at once, one is told not.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate_registration(
        &mut self,
        id: ClientId,
        presented: &[u8; 32],
        next: &[u8; 32],
    ) -> Result<bool, Error> {
        Ok(execute!(self, SET_REGISTRATION, id.uuid(), next.as_slice(), presented.as_slice())? == 1)
    }

    /// Switches an enabled client off. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_client(&mut self, id: ClientId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, DISABLE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Switches a disabled client on again. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enable_client(&mut self, id: ClientId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, ENABLE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Notes when clients were last used; an earlier instant than is known changes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_clients(&mut self, uses: Vec<(ClientId, Timestamp)>) -> Result<(), Error> {
        for (id, at) in uses {
            execute!(self, TOUCH, id.uuid(), at.micros())?;
        }
        Ok(())
    }

    /// Deletes a client with its secrets, grants and tokens. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_client(&mut self, id: ClientId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, id.uuid())? == 1)
    }

    /// Deletes clients that registered themselves before `cutoff` and were never used, at most `limit` at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_unused_clients(
        &mut self,
        cutoff: Timestamp,
        limit: u32,
    ) -> Result<Vec<ClientId>, Error> {
        let rows = fetch_all!(self, (Uuid,), DELETE_UNUSED, cutoff.micros(), i64::from(limit))?;
        Ok(rows.into_iter().map(|(id,)| ClientId::from_uuid(id)).collect())
    }
}
