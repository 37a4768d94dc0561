//! What a key could do at an instant, as the record tells it.

use std::time::Duration;

use claviger_domain::{
    AuditObject, AuditSeq, KeyId, KeyMoment, KeySnapshot, Timestamp, WorkspaceId, WorkspaceState,
};
use claviger_store::{AuditFilter, Conn};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::AuditError;
use crate::engine::Engine;

/// Rows read at once. Most are about the object's state.
const STEP: u32 = 50;
/// The finest difference between two instants.
const INSTANT: Duration = Duration::from_micros(1);

/// A key as it was at an instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAt {
    /// Which key.
    pub id: KeyId,
    /// When.
    pub instant: Timestamp,
    /// Whether it worked, and if not, why.
    pub moment: KeyMoment,
    /// What it was then; as it was made, when that was later.
    pub key: KeySnapshot,
    /// The row that says so; none when it has not been changed since before the record began.
    pub evidence: Option<AuditSeq>,
}

/// The part of a workspace's state that its keys depend on.
#[derive(Deserialize)]
struct Suspension {
    suspended_since: Option<Timestamp>,
}

/// A state that the record tells, and the row that does.
struct Told<T> {
    state: T,
    seq: AuditSeq,
}

impl Engine {
    /// What a key could do at an instant. Keys that are deleted by now are remembered.
    ///
    /// # Errors
    /// When there was never such a key, the record does not go back so far, or the database fails.
    pub async fn key_at(&self, id: KeyId, instant: Timestamp) -> Result<KeyAt, AuditError> {
        let mut conn = self.store().read().await?;
        let told = state_at::<KeySnapshot>(&mut conn, id.into(), instant).await?;
        let (key, evidence) = match told {
            Some(told) => (told.state, Some(told.seq)),
            None => {
                let key = conn.find_key(id, None).await?.ok_or(AuditError::UnknownKey)?;
                if key.updated_at > instant && key.created_at <= instant {
                    return Err(AuditError::NotRecorded);
                }
                (KeySnapshot::from(&key), None)
            }
        };
        let is_suspended = is_suspended_at(&mut conn, key.workspace, instant).await?;
        Ok(KeyAt { id, instant, moment: key.moment(instant, is_suspended), key, evidence })
    }
}

async fn is_suspended_at(
    conn: &mut Conn,
    id: WorkspaceId,
    instant: Timestamp,
) -> Result<bool, claviger_store::Error> {
    if let Some(told) = state_at::<Suspension>(conn, id.into(), instant).await? {
        return Ok(told.state.suspended_since.is_some_and(|since| since <= instant));
    }
    let workspace = conn.find_workspace(id).await?;
    Ok(workspace.is_some_and(|workspace| match workspace.state {
        WorkspaceState::Active => false,
        WorkspaceState::Suspended { since } => since <= instant,
    }))
}

/// What an object was: after the last row up to the instant, else before the first row since.
async fn state_at<T: DeserializeOwned>(
    conn: &mut Conn,
    object: AuditObject,
    instant: Timestamp,
) -> Result<Option<Told<T>>, claviger_store::Error> {
    let about = AuditFilter { object: Some(object), ..AuditFilter::default() };
    let next = instant.plus(INSTANT);
    let earlier = AuditFilter { until: Some(next), ..about.clone() };
    let mut before = None;
    loop {
        let found = conn.list_audit(&earlier, before, STEP).await?;
        let told =
            found.rows.iter().find_map(|row| Some(Told { state: read(row.after.as_deref())?, seq: row.seq }));
        if told.is_some() {
            return Ok(told);
        }
        if found.next.is_none() {
            break;
        }
        before = found.next;
    }
    let later = AuditFilter { from: Some(next), ..about };
    let mut after = AuditSeq::default();
    loop {
        let rows = conn.list_audit_after(&later, after, STEP).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        after = last.seq;
        // A row without "before" made the object.
        let told = rows.iter().find_map(|row| {
            let state = read(row.before.as_deref()).or_else(|| read(row.after.as_deref()))?;
            Some(Told { state, seq: row.seq })
        });
        if told.is_some() {
            return Ok(told);
        }
    }
}

/// Rows that say something else of the object are passed over.
fn read<T: DeserializeOwned>(json: Option<&str>) -> Option<T> {
    serde_json::from_str(json?).ok()
}
