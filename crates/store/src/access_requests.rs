//! Requests for access, and what was checked of them.

use claviger_domain::{
    AccessRequest, AccessRequestId, ApiId, Environment, KeyId, Page, PageRequest, Prose, ReviewCheck, Ruled,
    Ruling, ScopeSet, Timestamp, WorkspaceId,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_one, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, api, company, contact, email, use_case, environments, decided_at, decided_by, workspace, scopes, \
         reason, live_key, test_key, created_at"
    };
}

statements! {
    INSERT = "INSERT INTO access_request (id, api, company, contact, email, use_case, environments, created_at, \
        email_folded) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    FIND = concat!("SELECT ", columns!(), " FROM access_request WHERE id = $1");
    FIND_BY_LOOKUP = concat!("SELECT ", columns!(), " FROM access_request WHERE lookup = $1");
    LIST = concat!("SELECT ", columns!(), " FROM access_request WHERE id < $1 ORDER BY id DESC LIMIT $2");
    LIST_WAITING = concat!("SELECT ", columns!(), " FROM access_request WHERE id < $1 AND decided_at IS NULL \
        ORDER BY id DESC LIMIT $2");
    LIST_OF_WORKSPACE = concat!("SELECT ", columns!(), " FROM access_request WHERE workspace = $1 ORDER BY id");
    COUNT_OF_EMAIL = "SELECT COUNT(*) FROM access_request WHERE email_folded = $1 AND created_at > $2";
    COUNT_WAITING = "SELECT COUNT(*) FROM (SELECT id FROM access_request WHERE decided_at IS NULL LIMIT $1) w";
    // A new link makes the one before worthless.
    LINK = "UPDATE access_request SET lookup = $2 WHERE id = $1";
    APPROVE = "UPDATE access_request SET decided_at = $2, decided_by = $3, workspace = $4, scopes = $5 \
        WHERE id = $1 AND decided_at IS NULL";
    DECLINE = "UPDATE access_request SET decided_at = $2, decided_by = $3, reason = $4 \
        WHERE id = $1 AND decided_at IS NULL";
    REVEAL_LIVE = "UPDATE access_request SET live_key = $2 \
        WHERE id = $1 AND workspace IS NOT NULL AND live_key IS NULL";
    REVEAL_TEST = "UPDATE access_request SET test_key = $2 \
        WHERE id = $1 AND workspace IS NOT NULL AND test_key IS NULL";
    CHECK = "INSERT INTO access_check (request, step, note, checked_at, checked_by) \
        SELECT r.id, $2, $3, $4, $5 FROM access_request r WHERE r.id = $1 AND r.decided_at IS NULL \
        ON CONFLICT (request, step) DO NOTHING";
    LIST_CHECKS = "SELECT step, note, checked_at, checked_by FROM access_check WHERE request = $1 \
        ORDER BY checked_at, step";
    DELETE = "DELETE FROM access_request WHERE id IN \
        (SELECT id FROM access_request WHERE decided_at < $1 AND workspace IS NULL ORDER BY decided_at LIMIT $2)";
}

row! {
    struct RequestRow {
        id: Uuid,
        api: Uuid,
        company: String,
        contact: String,
        email: String,
        use_case: String,
        environments: String,
        decided_at: Option<i64>,
        decided_by: Option<String>,
        workspace: Option<Uuid>,
        scopes: Option<String>,
        reason: Option<String>,
        live_key: Option<Uuid>,
        test_key: Option<Uuid>,
        created_at: i64,
    }
}

row! {
    struct CheckRow {
        step: String,
        note: Option<String>,
        checked_at: i64,
        checked_by: String,
    }
}

fn corrupt(column: &'static str) -> Error {
    Error::corrupt("access_request", column)
}

impl TryFrom<RequestRow> for AccessRequest {
    type Error = Error;

    fn try_from(row: RequestRow) -> Result<Self, Error> {
        let environments: Result<Vec<Environment>, _> = row.environments.split(' ').map(str::parse).collect();
        let revealed = [(Environment::Live, row.live_key), (Environment::Test, row.test_key)];
        let revealed = revealed.into_iter().filter_map(|(at, key)| Some((at, KeyId::from_uuid(key?))));
        let ruling = match (row.workspace, row.reason) {
            (Some(workspace), _) => {
                let scopes = ScopeSet::parse_spaced(row.scopes.as_deref().unwrap_or_default());
                let scopes = scopes.map_err(|_| corrupt("scopes"))?;
                Some(Ruling::Approved { workspace: WorkspaceId::from_uuid(workspace), scopes })
            }
            (None, Some(reason)) => {
                Some(Ruling::Declined { reason: reason.parse().map_err(|_| corrupt("reason"))? })
            }
            (None, None) => None,
        };
        let ruled = match (ruling, row.decided_at, row.decided_by) {
            (Some(ruling), Some(at), Some(by)) => Some(Ruled { ruling, at: Timestamp::from_micros(at), by }),
            (None, None, None) => None,
            _ => return Err(corrupt("decided_at")),
        };
        Ok(Self {
            id: AccessRequestId::from_uuid(row.id),
            api: ApiId::from_uuid(row.api),
            company: row.company.parse().map_err(|_| corrupt("company"))?,
            contact: row.contact.parse().map_err(|_| corrupt("contact"))?,
            email: row.email.parse().map_err(|_| corrupt("email"))?,
            use_case: row.use_case.parse().map_err(|_| corrupt("use_case"))?,
            environments: environments.map_err(|_| corrupt("environments"))?,
            ruled,
            revealed: revealed.collect(),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

impl TryFrom<CheckRow> for ReviewCheck {
    type Error = Error;

    fn try_from(row: CheckRow) -> Result<Self, Error> {
        let corrupt = |column| Error::corrupt("access_check", column);
        Ok(Self {
            step: row.step.parse().map_err(|_| corrupt("step"))?,
            note: row.note.map(|note| note.parse()).transpose().map_err(|_| corrupt("note"))?,
            checked_at: Timestamp::from_micros(row.checked_at),
            checked_by: row.checked_by,
        })
    }
}

impl Conn {
    /// The request with this id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_access_request(&mut self, id: AccessRequestId) -> Result<Option<AccessRequest>, Error> {
        fetch_optional!(self, RequestRow, FIND, id.uuid())?.map(AccessRequest::try_from).transpose()
    }

    /// The request whose link has this keyed hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_access_request_by_lookup(
        &mut self,
        lookup: &[u8; 32],
    ) -> Result<Option<AccessRequest>, Error> {
        fetch_optional!(self, RequestRow, FIND_BY_LOOKUP, lookup.as_slice())?
            .map(AccessRequest::try_from)
            .transpose()
    }

    /// Requests, newest first; all, or those that wait for a decision.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_access_requests(
        &mut self,
        only_waiting: bool,
        page: PageRequest,
    ) -> Result<Page<AccessRequest>, Error> {
        let statement = if only_waiting { LIST_WAITING } else { LIST };
        let before = page.before.unwrap_or(Uuid::max());
        let rows = fetch_all!(self, RequestRow, statement, before, i64::from(page.limit) + 1)?;
        let rows = rows.into_iter().map(AccessRequest::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |request| request.id.uuid()))
    }

    /// The requests that a workspace came of, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_access_requests_of(
        &mut self,
        workspace: WorkspaceId,
    ) -> Result<Vec<AccessRequest>, Error> {
        let rows = fetch_all!(self, RequestRow, LIST_OF_WORKSPACE, workspace.uuid())?;
        rows.into_iter().map(AccessRequest::try_from).collect()
    }

    /// How many requests an address, in lower case, has made since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_access_requests(&mut self, folded: &str, since: Timestamp) -> Result<u64, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_OF_EMAIL, folded, since.micros())?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// How many requests wait, counted up to `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_waiting_access_requests(&mut self, limit: u32) -> Result<u64, Error> {
        let (count,) = fetch_one!(self, (i64,), COUNT_WAITING, i64::from(limit))?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// What was checked of a request, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_access_checks(&mut self, id: AccessRequestId) -> Result<Vec<ReviewCheck>, Error> {
        fetch_all!(self, CheckRow, LIST_CHECKS, id.uuid())?.into_iter().map(ReviewCheck::try_from).collect()
    }
}

impl Tx {
    /// Inserts a request that waits and has no link yet.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such API; when the database fails.
    pub async fn insert_access_request(&mut self, request: &AccessRequest) -> Result<(), Error> {
        let environments: Vec<&str> = request.environments.iter().map(|at| at.as_str()).collect();
        execute!(
            self,
            INSERT,
            request.id.uuid(),
            request.api.uuid(),
            request.company.as_str(),
            request.contact.as_str(),
            request.email.as_str(),
            request.use_case.as_str(),
            environments.join(" "),
            request.created_at.micros(),
            request.email.folded(),
        )?;
        Ok(())
    }

    /// Gives a request a new link, by its keyed hash. Answers whether there is such a request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_access_request(
        &mut self,
        id: AccessRequestId,
        lookup: &[u8; 32],
    ) -> Result<bool, Error> {
        Ok(execute!(self, LINK, id.uuid(), lookup.as_slice())? == 1)
    }

    /// Notes that a step was checked. Answers whether the request waits and the step was open.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn check_access_request(
        &mut self,
        id: AccessRequestId,
        check: &ReviewCheck,
    ) -> Result<bool, Error> {
        let ReviewCheck { step, note, checked_at, checked_by } = check;
        let note = note.as_ref().map(Prose::as_str);
        let inserted =
            execute!(self, CHECK, id.uuid(), step.as_str(), note, checked_at.micros(), checked_by.as_str())?;
        Ok(inserted == 1)
    }

    /// Decides about a request. Answers whether it waited.
    ///
    /// # Errors
    /// [`Error::Conflict`] when there is no such workspace; when the database fails.
    pub async fn rule_access_request(&mut self, id: AccessRequestId, ruled: &Ruled) -> Result<bool, Error> {
        let (at, by) = (ruled.at.micros(), ruled.by.as_str());
        let decided = match &ruled.ruling {
            Ruling::Approved { workspace, scopes } => {
                execute!(self, APPROVE, id.uuid(), at, by, workspace.uuid(), scopes.to_string())?
            }
            Ruling::Declined { reason } => execute!(self, DECLINE, id.uuid(), at, by, reason.as_str())?,
        };
        Ok(decided == 1)
    }

    /// Notes the first key of an approved request in an environment. Answers whether there was none before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reveal_access_key(
        &mut self,
        id: AccessRequestId,
        environment: Environment,
        key: KeyId,
    ) -> Result<bool, Error> {
        let statement = match environment {
            Environment::Live => REVEAL_LIVE,
            Environment::Test => REVEAL_TEST,
        };
        Ok(execute!(self, statement, id.uuid(), key.uuid())? == 1)
    }

    /// Deletes requests that were declined before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_access_requests(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE, cutoff.micros(), i64::from(limit))
    }
}
