//! Endpoints that are told of what happens.

use claviger_domain::{
    DisabledFor, EventType, Label, Page, PageRequest, Subscription, Timestamp, Webhook, WebhookAddress,
    WebhookId, WorkspaceId,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, workspace, name, address, events, secret, previous_secret, previous_until, failing_since, disabled_at, \
         disabled_for, created_at, created_by, updated_at, updated_by"
    };
}

statements! {
    INSERT = concat!("INSERT INTO webhook (", columns!(), ") \
        VALUES ($1, $2, $3, $4, $5, $6, NULL, NULL, NULL, NULL, NULL, $7, $8, $7, $8)");
    FIND = concat!("SELECT ", columns!(), " FROM webhook WHERE id = $1");
    LIST = concat!("SELECT ", columns!(), " FROM webhook WHERE id < $1 ORDER BY id DESC LIMIT $2");
    LIST_OF_WORKSPACE = concat!("SELECT ", columns!(), " FROM webhook WHERE workspace = $1 AND id < $2 \
        ORDER BY id DESC LIMIT $3");
    LIST_TARGETS = "SELECT id, events FROM webhook \
        WHERE disabled_at IS NULL AND (workspace IS NULL OR workspace = $1)";
    COUNT = "SELECT COUNT(*) FROM webhook WHERE workspace = $1";
    COUNT_OF_INSTANCE = "SELECT COUNT(*) FROM webhook WHERE workspace IS NULL";
    UPDATE = "UPDATE webhook SET name = $2, address = $3, events = $4, updated_at = $5, updated_by = $6 WHERE id = $1";
    REPLACE_SECRET = "UPDATE webhook SET previous_secret = secret, previous_until = $3, secret = $2, \
        updated_at = $4, updated_by = $5 WHERE id = $1 AND updated_at = $6";
    DISABLE = "UPDATE webhook SET disabled_at = $2, disabled_for = $3, updated_at = $2, updated_by = $4 \
        WHERE id = $1 AND disabled_at IS NULL";
    ENABLE = "UPDATE webhook SET disabled_at = NULL, disabled_for = NULL, failing_since = NULL, updated_at = $2, \
        updated_by = $3 WHERE id = $1 AND disabled_at IS NOT NULL";
    NOTE_SUCCESS = "UPDATE webhook SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL";
    NOTE_FAILURE = "UPDATE webhook SET failing_since = $2 WHERE id = $1 AND failing_since IS NULL";
    DELETE = "DELETE FROM webhook WHERE id = $1";
}

row! {
    struct WebhookRow {
        id: Uuid,
        workspace: Option<Uuid>,
        name: String,
        address: String,
        events: String,
        secret: Vec<u8>,
        previous_secret: Option<Vec<u8>>,
        previous_until: Option<i64>,
        failing_since: Option<i64>,
        disabled_at: Option<i64>,
        disabled_for: Option<String>,
        created_at: i64,
        created_by: String,
        updated_at: i64,
        updated_by: String,
    }
}

/// An endpoint with what signs its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookRecord {
    /// The endpoint.
    pub webhook: Webhook,
    /// Its secret, sealed.
    pub secret: Vec<u8>,
    /// The secret before, sealed; good until [`Webhook::previous_secret_until`].
    pub previous_secret: Option<Vec<u8>>,
}

impl TryFrom<WebhookRow> for WebhookRecord {
    type Error = Error;

    fn try_from(row: WebhookRow) -> Result<Self, Error> {
        let cause = |word: String| word.parse().map_err(|_| Error::corrupt("webhook", "disabled_for"));
        let disabled = match (row.disabled_at, row.disabled_for) {
            (Some(at), word) => {
                Some((Timestamp::from_micros(at), word.map_or(Ok(DisabledFor::Hand), cause)?))
            }
            (None, _) => None,
        };
        let webhook = Webhook {
            id: WebhookId::from_uuid(row.id),
            workspace: row.workspace.map(WorkspaceId::from_uuid),
            name: row.name.parse().map_err(|_| Error::corrupt("webhook", "name"))?,
            address: row.address.parse().map_err(|_| Error::corrupt("webhook", "address"))?,
            events: row.events.parse().map_err(|_| Error::corrupt("webhook", "events"))?,
            failing_since: row.failing_since.map(Timestamp::from_micros),
            disabled,
            previous_secret_until: row.previous_until.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.created_at),
            created_by: row.created_by,
            updated_at: Timestamp::from_micros(row.updated_at),
            updated_by: row.updated_by,
        };
        Ok(Self { webhook, secret: row.secret, previous_secret: row.previous_secret })
    }
}

impl Conn {
    /// The endpoint with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_webhook(&mut self, id: WebhookId) -> Result<Option<WebhookRecord>, Error> {
        fetch_optional!(self, WebhookRow, FIND, id.uuid())?.map(WebhookRecord::try_from).transpose()
    }

    /// The endpoints of a workspace, or all of them, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_webhooks(
        &mut self,
        workspace: Option<WorkspaceId>,
        page: PageRequest,
    ) -> Result<Page<Webhook>, Error> {
        let (before, limit) = (page.before.unwrap_or(Uuid::max()), i64::from(page.limit) + 1);
        let rows = match workspace {
            Some(workspace) => {
                fetch_all!(self, WebhookRow, LIST_OF_WORKSPACE, workspace.uuid(), before, limit)?
            }
            None => fetch_all!(self, WebhookRow, LIST, before, limit)?,
        };
        let found: Result<Vec<_>, _> =
            rows.into_iter().map(|row| WebhookRecord::try_from(row).map(|record| record.webhook)).collect();
        Ok(Page::from_overfull(found?, page.limit, |webhook| webhook.id.uuid()))
    }

    /// The enabled endpoints that want to be told of this, of a workspace and of the instance.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_webhook_targets(
        &mut self,
        workspace: Option<WorkspaceId>,
        event: EventType,
    ) -> Result<Vec<WebhookId>, Error> {
        let rows = fetch_all!(self, (Uuid, String), LIST_TARGETS, workspace.map(WorkspaceId::uuid))?;
        let mut targets = Vec::new();
        for (id, events) in rows {
            let events: Subscription = events.parse().map_err(|_| Error::corrupt("webhook", "events"))?;
            if events.includes(event) {
                targets.push(WebhookId::from_uuid(id));
            }
        }
        Ok(targets)
    }

    /// How many endpoints a workspace has, or the instance itself.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_webhooks(&mut self, workspace: Option<WorkspaceId>) -> Result<u64, Error> {
        let (count,) = match workspace {
            Some(workspace) => fetch_one!(self, (i64,), COUNT, workspace.uuid())?,
            None => fetch_one!(self, (i64,), COUNT_OF_INSTANCE)?,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }
}

impl Tx {
    /// Inserts an enabled endpoint with its sealed secret.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the id is taken or there is no such workspace; when the database fails.
    pub async fn insert_webhook(&mut self, webhook: &Webhook, secret: &[u8]) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            webhook.id.uuid(),
            webhook.workspace.map(WorkspaceId::uuid),
            webhook.name.as_str(),
            webhook.address.as_str(),
            webhook.events.to_string(),
            secret,
            webhook.created_at.micros(),
            webhook.created_by.as_str(),
        )?;
        Ok(())
    }

    /// Gives an endpoint another name, address and choice of events. Answers whether it exists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn update_webhook(
        &mut self,
        id: WebhookId,
        (name, address, events): (&Label, &WebhookAddress, &Subscription),
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        let (name, address) = (name.as_str(), address.as_str());
        Ok(execute!(self, UPDATE, id.uuid(), name, address, events.to_string(), at.micros(), by)? == 1)
    }

    /// Gives an endpoint another sealed secret; the one before signs as well until `previous_until`. Answers whether
    /// nobody else changed the endpoint since `seen_at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_webhook_secret(
        &mut self,
        (id, seen_at): (WebhookId, Timestamp),
        (secret, previous_until): (&[u8], Timestamp),
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        let until = previous_until.micros();
        let rows =
            execute!(self, REPLACE_SECRET, id.uuid(), secret, until, at.micros(), by, seen_at.micros())?;
        Ok(rows == 1)
    }

    /// Switches an enabled endpoint off. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable_webhook(
        &mut self,
        id: WebhookId,
        cause: DisabledFor,
        at: Timestamp,
        by: &str,
    ) -> Result<bool, Error> {
        Ok(execute!(self, DISABLE, id.uuid(), at.micros(), cause.as_str(), by)? == 1)
    }

    /// Switches a disabled endpoint on; it counts as one that never failed. Answers whether it happened.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enable_webhook(&mut self, id: WebhookId, at: Timestamp, by: &str) -> Result<bool, Error> {
        Ok(execute!(self, ENABLE, id.uuid(), at.micros(), by)? == 1)
    }

    /// Notes that an endpoint took a message.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_webhook_success(&mut self, id: WebhookId) -> Result<(), Error> {
        execute!(self, NOTE_SUCCESS, id.uuid()).map(drop)
    }

    /// Notes that an endpoint did not take a message, if it took the one before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn note_webhook_failure(&mut self, id: WebhookId, at: Timestamp) -> Result<(), Error> {
        execute!(self, NOTE_FAILURE, id.uuid(), at.micros()).map(drop)
    }

    /// Deletes an endpoint with its messages. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_webhook(&mut self, id: WebhookId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, id.uuid())? == 1)
    }
}
