//! The audit record. Rows are added and never changed; what chains them is computed outside.

use std::time::Duration;

use claviger_domain::{Action, AuditEntry, AuditObject, AuditSeq, ChainHash, Timestamp, WorkspaceId};

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_one, fetch_optional, survey};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

/// Which rows are wanted; what is `None` is not asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Rows about this workspace's objects.
    pub workspace: Option<WorkspaceId>,
    /// Rows of this actor, as it is written.
    pub actor: Option<String>,
    /// Rows of this action.
    pub action: Option<Action>,
    /// Rows about this object.
    pub object: Option<AuditObject>,
    /// Rows from this instant on.
    pub from: Option<Timestamp>,
    /// Rows before this instant.
    pub until: Option<Timestamp>,
}

/// Rows of the record, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRows {
    /// The rows.
    pub rows: Vec<AuditEntry>,
    /// Before which row the list goes on; none when there is no other.
    pub next: Option<AuditSeq>,
}

/// Rows are numbered as they are committed and dated before: an instant's rows lie within this of their place.
const DISORDER: Duration = Duration::from_secs(60 * 60);

/// Where the record ends, as it is noted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last row; 0 when there is none.
    pub seq: AuditSeq,
    /// Its hash.
    pub hash: ChainHash,
    /// The keyed hash of both; empty when there is no row.
    pub seal: Vec<u8>,
}

macro_rules! columns {
    () => {
        "seq, recorded_at, actor_kind, actor, action, object, workspace, request, address, state_before, state_after, \
         previous, hash"
    };
}

/// One text per leading column: a condition that may be absent cannot use an index.
macro_rules! list {
    ($range:literal, $object:literal, $workspace:literal, $actor:literal, $action:literal, $order:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM audit WHERE ",
            $range,
            " AND ",
            $object,
            " AND ",
            $workspace,
            " AND ",
            $actor,
            " AND ",
            $action,
            " AND recorded_at >= $6 AND recorded_at < $7 ORDER BY seq ",
            $order,
            " LIMIT $8"
        )
    };
    ($object:literal, $workspace:literal, $actor:literal, $action:literal) => {
        list!("seq < $1 AND seq >= $9", $object, $workspace, $actor, $action, "DESC")
    };
}

/// The last row that a page looks at.
macro_rules! floor {
    ($leading:literal) => {
        concat!("SELECT seq FROM audit WHERE ", $leading, "seq < $1 ORDER BY seq DESC LIMIT 1 OFFSET $2")
    };
}

statements! {
    // Locks the row until the transaction ends: whoever has the next number commits later.
    TAKE = "UPDATE change_counter SET audit_seq = audit_seq WHERE id = 1 RETURNING audit_seq, audit_hash, audit_seal";
    HEAD = "SELECT audit_seq, audit_hash, audit_seal FROM change_counter WHERE id = 1";
    MOVE = "UPDATE change_counter SET audit_seq = $1, audit_hash = $2, audit_seal = $3 WHERE id = 1";
    INSERT = concat!(
        "INSERT INTO audit (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    LIST = list!(
        "(CAST($2 AS TEXT) IS NULL OR object = $2)",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)"
    );
    LIST_OF_OBJECT = list!(
        "object = $2",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)"
    );
    LIST_OF_WORKSPACE = list!(
        "(CAST($2 AS TEXT) IS NULL OR object = $2)",
        "workspace = $3",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)"
    );
    LIST_OF_ACTOR = list!(
        "(CAST($2 AS TEXT) IS NULL OR object = $2)",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "actor = $4",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)"
    );
    LIST_OF_ACTION = list!(
        "(CAST($2 AS TEXT) IS NULL OR object = $2)",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "action = $5"
    );
    FLOOR = floor!("");
    FLOOR_OF_OBJECT = floor!("object = $3 AND ");
    FLOOR_OF_WORKSPACE = floor!("workspace = $3 AND ");
    FLOOR_OF_ACTOR = floor!("actor = $3 AND ");
    FLOOR_OF_ACTION = floor!("action = $3 AND ");
    FIRST_SINCE = "SELECT seq FROM audit WHERE recorded_at >= $1 ORDER BY recorded_at, seq LIMIT 1";
    LAST_BEFORE = "SELECT seq FROM audit WHERE recorded_at < $1 ORDER BY recorded_at DESC, seq DESC LIMIT 1";
    LIST_FORWARD = list!(
        "seq > $1 AND seq <= $9",
        "(CAST($2 AS TEXT) IS NULL OR object = $2)",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)",
        "ASC"
    );
    FIND_BY_HASH = "SELECT seq FROM audit WHERE hash = $1";
    LIST_OF_OBJECT_FORWARD = list!(
        "seq > $1 AND seq <= $9",
        "object = $2",
        "(CAST($3 AS TEXT) IS NULL OR workspace = $3)",
        "(CAST($4 AS TEXT) IS NULL OR actor = $4)",
        "(CAST($5 AS TEXT) IS NULL OR action = $5)",
        "ASC"
    );
}

row! {
    struct AuditRow {
        seq: i64,
        recorded_at: i64,
        actor_kind: String,
        actor: String,
        action: String,
        object: String,
        workspace: Option<String>,
        request: Option<String>,
        address: Option<String>,
        state_before: Option<String>,
        state_after: Option<String>,
        previous: Vec<u8>,
        hash: Vec<u8>,
    }
}

/// What is no hash was not written by us, and reads as one that fits nothing.
fn chain_hash(bytes: &[u8]) -> ChainHash {
    bytes.try_into().map_or(ChainHash([0xff; 32]), ChainHash)
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        Self {
            seq: AuditSeq::from_i64(row.seq),
            at: Timestamp::from_micros(row.recorded_at),
            actor_kind: row.actor_kind,
            actor: row.actor,
            action: row.action,
            object: row.object,
            workspace: row.workspace,
            request: row.request,
            address: row.address,
            before: row.state_before,
            after: row.state_after,
            previous: chain_hash(&row.previous),
            hash: chain_hash(&row.hash),
        }
    }
}

fn head((seq, hash, seal): (i64, Vec<u8>, Vec<u8>)) -> AuditHead {
    AuditHead { seq: AuditSeq::from_i64(seq), hash: chain_hash(&hash), seal }
}

/// What a filter leads to, of which an index knows the order.
struct Walk {
    list: &'static str,
    floor: &'static str,
    /// The value of the condition that leads, where it has one.
    leading: Option<String>,
}

impl Walk {
    fn of(filter: &AuditFilter) -> Self {
        let (list, floor, leading) = match filter {
            AuditFilter { object: Some(object), .. } => {
                (LIST_OF_OBJECT, FLOOR_OF_OBJECT, Some(object.to_string()))
            }
            AuditFilter { actor: Some(actor), .. } => (LIST_OF_ACTOR, FLOOR_OF_ACTOR, Some(actor.clone())),
            AuditFilter { workspace: Some(workspace), .. } => {
                (LIST_OF_WORKSPACE, FLOOR_OF_WORKSPACE, Some(workspace.to_string()))
            }
            AuditFilter { action: Some(action), .. } => {
                (LIST_OF_ACTION, FLOOR_OF_ACTION, Some(action.as_str().to_owned()))
            }
            _ => (LIST, FLOOR, None),
        };
        Self { list, floor, leading }
    }
}

impl AuditFilter {
    /// Whether it asks for more than a walk answers, so that a page may look at many rows in vain.
    fn is_picky(&self) -> bool {
        let Self { workspace, actor, action, object, from, until } = self;
        let conditions = [workspace.is_some(), actor.is_some(), action.is_some(), object.is_some()];
        from.is_some() || until.is_some() || conditions.into_iter().filter(|is_asked| *is_asked).count() > 1
    }
}

impl Conn {
    /// Where the record ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_audit_head(&mut self) -> Result<AuditHead, Error> {
        Ok(head(fetch_one!(self, (i64, Vec<u8>, Vec<u8>), HEAD)?))
    }

    /// Rows before one, newest first, at most `limit`.
    ///
    /// It looks at so many rows and no more (see [`StoreOptions::look`](crate::StoreOptions::look)): there may be fewer
    /// than were asked for, and even none, and still others before them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(
        &mut self,
        filter: &AuditFilter,
        before: Option<AuditSeq>,
        limit: u32,
    ) -> Result<AuditRows, Error> {
        let walk = Walk::of(filter);
        let mut before = before.map_or(i64::MAX, AuditSeq::as_i64);
        if let Some(until) = filter.until {
            let first = fetch_optional!(self, (i64,), FIRST_SINCE, until.plus(DISORDER).micros())?;
            before = first.map_or(before, |(first,)| before.min(first));
        }
        let mut floor = None;
        if filter.is_picky() {
            let place = self.look() - 1;
            let found: Option<(i64,)> = match &walk.leading {
                Some(leading) => fetch_optional!(self, (i64,), walk.floor, before, place, leading.as_str())?,
                None => fetch_optional!(self, (i64,), walk.floor, before, place)?,
            };
            floor = found.map(|(seq,)| seq);
        }
        let mut end = i64::MIN;
        if let Some(from) = filter.from {
            let last = fetch_optional!(self, (i64,), LAST_BEFORE, from.minus(DISORDER).micros())?;
            end = last.map_or(end, |(last,)| last.saturating_add(1));
            floor = floor.filter(|floor| *floor > end);
        }
        let place = (before, floor.unwrap_or(end));
        let mut rows = self.list_audit_by(walk.list, place, filter, limit.saturating_add(1)).await?;
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = if rows.len() > most {
            rows.truncate(most);
            rows.last().map(|row| row.seq)
        } else {
            floor.map(AuditSeq::from_i64)
        };
        Ok(AuditRows { rows, next })
    }

    /// Rows after one, oldest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit_after(
        &mut self,
        filter: &AuditFilter,
        after: AuditSeq,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, Error> {
        let statement = if filter.object.is_some() { LIST_OF_OBJECT_FORWARD } else { LIST_FORWARD };
        self.list_audit_by(statement, (after.as_i64(), i64::MAX), filter, limit).await
    }

    async fn list_audit_by(
        &mut self,
        statement: &'static str,
        (place, end): (i64, i64),
        filter: &AuditFilter,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, Error> {
        let rows = survey!(
            self,
            AuditRow,
            statement,
            place,
            filter.object.map(|object| object.to_string()),
            filter.workspace.map(|workspace| workspace.to_string()),
            filter.actor.as_deref(),
            filter.action.map(Action::as_str),
            filter.from.map_or(i64::MIN, Timestamp::micros),
            filter.until.map_or(i64::MAX, Timestamp::micros),
            i64::from(limit),
            end,
        )?;
        Ok(rows.into_iter().map(AuditEntry::from).collect())
    }

    /// The row that has this hash.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_audit_by_hash(&mut self, hash: ChainHash) -> Result<Option<AuditSeq>, Error> {
        let found = fetch_optional!(self, (i64,), FIND_BY_HASH, hash.0.as_slice())?;
        Ok(found.map(|(seq,)| AuditSeq::from_i64(seq)))
    }
}

impl Tx {
    /// Where the record ends, and keeps it there until the transaction ends. Do it late: every other transaction that
    /// changes something waits for this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_audit_head(&mut self) -> Result<AuditHead, Error> {
        Ok(head(fetch_one!(self, (i64, Vec<u8>, Vec<u8>), TAKE)?))
    }

    /// Adds a row after the head that is held, and moves the head to it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn append_audit(&mut self, entry: &AuditEntry, seal: &[u8]) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            entry.seq.as_i64(),
            entry.at.micros(),
            entry.actor_kind.as_str(),
            entry.actor.as_str(),
            entry.action.as_str(),
            entry.object.as_str(),
            entry.workspace.as_deref(),
            entry.request.as_deref(),
            entry.address.as_deref(),
            entry.before.as_deref(),
            entry.after.as_deref(),
            entry.previous.0.as_slice(),
            entry.hash.0.as_slice(),
        )?;
        execute!(self, MOVE, entry.seq.as_i64(), entry.hash.0.as_slice(), seal)?;
        Ok(())
    }
}
