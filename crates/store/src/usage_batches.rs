//! Batches of counts as they come, written often and folded into usage.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_domain::{
    ApiId, DenialReason, Grain, Latency, NodeId, Tally, Timestamp, UsageName, WorkspaceId,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;
use crate::usage::signed;
use crate::usage_origins::{self, MinuteOrigin, OriginSums};
use crate::usage_sheets::{self, MinuteTally, UsageBatch};

/// Batches that are folded in one transaction.
const FOLDED_AT_ONCE: i64 = 40;
/// Names beyond which a transaction takes no further batch.
const NAMES_AT_ONCE: usize = 1_000;

statements! {
    BEGIN_FLUSH = "INSERT INTO usage_flush (node, number, at) VALUES ($1, $2, $3) \
        ON CONFLICT (node) DO UPDATE SET number = excluded.number, at = excluded.at \
        WHERE usage_flush.number < excluded.number";
    DELETE_FLUSHES = "DELETE FROM usage_flush WHERE at < $1";
    INSERT = "INSERT INTO usage_batch (id, part, tallies) VALUES ($1, $2, $3)";
    OLDEST_PART = "SELECT part FROM usage_batch WHERE id >= $1 ORDER BY id LIMIT 1";
    LIST = "SELECT id, tallies, origins FROM usage_batch WHERE part = $1 ORDER BY id LIMIT $2";
    DELETE = "DELETE FROM usage_batch WHERE id = $1";
}

/// A tally in a batch as nodes wrote it before there were sheets: minute, API, workspace, credential, route, status,
/// reason, requests, sum and buckets of the latency.
#[derive(Deserialize)]
struct Line(
    i64,
    Uuid,
    Option<Uuid>,
    Option<Arc<str>>,
    Option<Arc<str>>,
    Option<u16>,
    Option<String>,
    u64,
    u64,
    [u64; Latency::BUCKETS],
);

impl From<Line> for MinuteTally {
    fn from(line: Line) -> Self {
        let Line(minute, api, workspace, credential, route, status, reason, requests, sum, buckets) = line;
        let name = UsageName {
            api: ApiId::from_uuid(api),
            workspace: workspace.map(WorkspaceId::from_uuid),
            credential,
            route,
            status,
            // A later program may refuse for a reason that this one does not know; it is counted without.
            reason: reason.as_deref().and_then(DenialReason::from_name),
        };
        let tally = Tally { requests, latency: Latency { sum, buckets } };
        Self { minute: Timestamp::from_micros(minute), name, tally }
    }
}

/// What a batch counts, whichever release wrote it.
fn read(tallies: &str, origins: &str) -> Result<(Vec<MinuteTally>, Vec<MinuteOrigin>), Error> {
    let corrupt = || Error::corrupt("usage_batch", "tallies");
    if tallies.starts_with('{') {
        return usage_sheets::from_json(tallies).ok_or_else(corrupt);
    }
    let lines: Vec<Line> = serde_json::from_str(tallies).map_err(|_| corrupt())?;
    Ok((lines.into_iter().map(MinuteTally::from).collect(), usage_origins::from_json(origins)?))
}

row! {
    struct PartRow {
        part: i64,
    }
}

row! {
    struct BatchRow {
        id: Uuid,
        tallies: String,
        origins: String,
    }
}

impl Conn {
    /// Whether there are batches to be folded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_usage_waiting(&mut self) -> Result<bool, Error> {
        Ok(fetch_optional!(self, PartRow, OLDEST_PART, Uuid::nil())?.is_some())
    }
}

impl Tx {
    /// Notes at `now` that a node writes its flush of this number in this transaction. Answers whether it is not written
    /// yet: a node's flushes are numbered upwards, and one at a time is tried until it is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_usage_flush(
        &mut self,
        node: NodeId,
        number: u64,
        now: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, BEGIN_FLUSH, node.uuid(), signed(number), now.micros())? == 1)
    }

    /// Forgets the flushes of nodes that wrote none since `cutoff`. Answers how many nodes those were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_usage_flushes(&mut self, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_FLUSHES, cutoff.micros())
    }

    /// Writes counts as they are, to be folded later.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_usage_batch(&mut self, batch: &UsageBatch) -> Result<(), Error> {
        let sheet = usage_sheets::to_json(batch)?;
        execute!(self, INSERT, batch.id, batch.part, sheet)?;
        Ok(())
    }

    /// Adds the batches of the oldest one's part to minutes, hours and days, and deletes them; each counts exactly once.
    /// Answers how many there were.
    ///
    /// # Errors
    /// [`Error::Busy`] when someone else folds them at the same time; when the database fails.
    pub async fn fold_usage(&mut self) -> Result<usize, Error> {
        let Some(PartRow { part }) = fetch_optional!(self, PartRow, OLDEST_PART, Uuid::nil())? else {
            return Ok(0);
        };
        let batches = fetch_all!(self, BatchRow, LIST, part, FOLDED_AT_ONCE)?;
        // Added up by minute first: most batches are of one, and say the same names again.
        let mut minutes = BTreeMap::<(Timestamp, UsageName), Tally>::new();
        let mut origins = OriginSums::default();
        let mut folded = 0;
        for BatchRow { id, tallies, origins: seen } in batches {
            if minutes.len() + origins.len() > NAMES_AT_ONCE {
                break;
            }
            if execute!(self, DELETE, id)? != 1 {
                return Err(Error::Busy);
            }
            folded += 1;
            let (counted, seen) = read(&tallies, &seen)?;
            for MinuteTally { minute, name, tally } in counted {
                *minutes.entry((minute, name)).or_default() += tally;
            }
            origins.add(seen);
        }
        let mut sums = BTreeMap::<(&'static str, Timestamp, UsageName), Tally>::new();
        for ((minute, name), tally) in minutes {
            for grain in Grain::ALL {
                *sums.entry((grain.as_str(), grain.floor(minute), name.clone())).or_default() += tally;
            }
        }
        self.add_sums(sums).await?;
        self.add_origins(origins).await?;
        Ok(folded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nodes_wrote_before_there_were_sheets_is_read() {
        let (api, workspace) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let tallies = format!(
            r#"[[60000000,"{api}","{workspace}","key_a","/items",200,null,2,9,[2,0,0,0,0,0,0,0,0,0]]]"#
        );
        let origins =
            format!(r#"[[60000000,"{api}","{workspace}","key_a",["{api}",true],"203.0.113.0/24",2]]"#);
        let (counted, seen) = read(&tallies, &origins).unwrap();
        assert_eq!((counted[0].tally.requests, counted[0].tally.latency.buckets[0]), (2, 2));
        assert_eq!(counted[0].name.credential.as_deref(), Some("key_a"));
        assert_eq!((seen[0].requests, seen[0].origin.version.unwrap().is_replaced), (2, true));
        assert!(read("[[]]", "[]").is_err() && read("{}", "[]").is_err());
    }
}
