//! Usage: what counts add up to by minute, hour and day.

use std::collections::BTreeMap;

use claviger_domain::{ApiId, DenialReason, Grain, Latency, Tally, Timestamp, UsageName, WorkspaceId};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, survey};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

/// The workspace under which the totals of all together are kept: no id is of ones only.
const EVERYTHING: Uuid = Uuid::max();

/// The sums of rows `s` at the same time and of the same part.
macro_rules! added_up {
    ($rows:expr) => {
        concat!(
            "SELECT s.at AS at, s.part AS part, CAST(SUM(s.requests) AS BIGINT) AS requests, \
             CAST(SUM(s.latency_sum) AS BIGINT) AS latency_sum, \
             CAST(SUM(s.latency_0) AS BIGINT) AS latency_0, CAST(SUM(s.latency_1) AS BIGINT) AS latency_1, \
             CAST(SUM(s.latency_2) AS BIGINT) AS latency_2, CAST(SUM(s.latency_3) AS BIGINT) AS latency_3, \
             CAST(SUM(s.latency_4) AS BIGINT) AS latency_4, CAST(SUM(s.latency_5) AS BIGINT) AS latency_5, \
             CAST(SUM(s.latency_6) AS BIGINT) AS latency_6, CAST(SUM(s.latency_7) AS BIGINT) AS latency_7, \
             CAST(SUM(s.latency_8) AS BIGINT) AS latency_8, CAST(SUM(s.latency_9) AS BIGINT) AS latency_9 \
             FROM (",
            $rows,
            ") s GROUP BY s.at, s.part ORDER BY s.at, s.part LIMIT $8"
        )
    };
}

/// One text per leading column, because a condition that may be absent can use no index. The range compares rows where it
/// has a leading column: by single columns, SQLite would take the primary key for the better index and read all there is of
/// the time.
macro_rules! sum {
    ($range:literal) => {
        added_up!(concat!(
            "SELECT u.*, CASE CAST($7 AS TEXT) WHEN 'credential' THEN u.credential WHEN 'route' THEN u.route \
                WHEN 'status' THEN CAST(u.status AS TEXT) WHEN 'reason' THEN u.reason ELSE '' END AS part \
                FROM usage u WHERE ",
            $range,
            " AND u.api = COALESCE($4, u.api) AND u.workspace = COALESCE($5, u.workspace) \
             AND u.credential = COALESCE($6, u.credential)"
        ))
    };
}

statements! {
    ADD = "INSERT INTO usage (grain, at, api, workspace, credential, route, status, reason, requests, latency_sum, \
        latency_0, latency_1, latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) \
        ON CONFLICT (grain, at, api, workspace, credential, route, status, reason) DO UPDATE SET \
        requests = usage.requests + excluded.requests, latency_sum = usage.latency_sum + excluded.latency_sum, \
        latency_0 = usage.latency_0 + excluded.latency_0, latency_1 = usage.latency_1 + excluded.latency_1, \
        latency_2 = usage.latency_2 + excluded.latency_2, latency_3 = usage.latency_3 + excluded.latency_3, \
        latency_4 = usage.latency_4 + excluded.latency_4, latency_5 = usage.latency_5 + excluded.latency_5, \
        latency_6 = usage.latency_6 + excluded.latency_6, latency_7 = usage.latency_7 + excluded.latency_7, \
        latency_8 = usage.latency_8 + excluded.latency_8, latency_9 = usage.latency_9 + excluded.latency_9";
    SUM = sum!("u.grain = $1 AND u.at >= $2 AND u.at < $3");
    SUM_OF_API = sum!("(u.api, u.grain, u.at) >= ($4, $1, $2) AND (u.api, u.grain, u.at) < ($4, $1, $3)");
    SUM_OF_WORKSPACE =
        sum!("(u.workspace, u.grain, u.at) >= ($5, $1, $2) AND (u.workspace, u.grain, u.at) < ($5, $1, $3)");
    SUM_OF_CREDENTIAL =
        sum!("(u.credential, u.grain, u.at) >= ($6, $1, $2) AND (u.credential, u.grain, u.at) < ($6, $1, $3)");
    SUM_OF_TOTALS = added_up!("SELECT t.*, CASE CAST($7 AS TEXT) WHEN 'reason' THEN t.reason ELSE '' END AS part \
        FROM usage_total t WHERE t.workspace = $5 AND t.grain = $1 AND t.at >= $2 AND t.at < $3 \
        AND t.api = COALESCE($4, t.api) AND CAST($6 AS TEXT) IS NULL");
    ADD_TO_TOTAL = "INSERT INTO usage_total (workspace, grain, at, api, reason, requests, latency_sum, \
        latency_0, latency_1, latency_2, latency_3, latency_4, latency_5, latency_6, latency_7, latency_8, latency_9) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) \
        ON CONFLICT (workspace, grain, at, api, reason) DO UPDATE SET \
        requests = usage_total.requests + excluded.requests, \
        latency_sum = usage_total.latency_sum + excluded.latency_sum, \
        latency_0 = usage_total.latency_0 + excluded.latency_0, latency_1 = usage_total.latency_1 + excluded.latency_1, \
        latency_2 = usage_total.latency_2 + excluded.latency_2, latency_3 = usage_total.latency_3 + excluded.latency_3, \
        latency_4 = usage_total.latency_4 + excluded.latency_4, latency_5 = usage_total.latency_5 + excluded.latency_5, \
        latency_6 = usage_total.latency_6 + excluded.latency_6, latency_7 = usage_total.latency_7 + excluded.latency_7, \
        latency_8 = usage_total.latency_8 + excluded.latency_8, latency_9 = usage_total.latency_9 + excluded.latency_9";
    DELETE_OLDEST_TOTALS = "DELETE FROM usage_total WHERE grain = $1 \
        AND at = (SELECT MIN(o.at) FROM usage_total o WHERE o.grain = $1 AND o.at < $2)";
    DELETE_OLDEST = "DELETE FROM usage WHERE grain = $1 \
        AND at = (SELECT MIN(o.at) FROM usage o WHERE o.grain = $1 AND o.at < $2)";
}

/// By what usage is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsagePart {
    /// The credential.
    Credential,
    /// The contract's route.
    Route,
    /// The status of the answer.
    Status,
    /// Why it was refused.
    Reason,
    /// The network it came from, which is kept of what has a credential, by hour and day.
    Network,
}

impl UsagePart {
    /// Every part.
    pub const ALL: [Self; 5] = [Self::Credential, Self::Route, Self::Status, Self::Reason, Self::Network];

    /// The word on the wire and in the statement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Credential => "credential",
            Self::Route => "route",
            Self::Status => "status",
            Self::Reason => "reason",
            Self::Network => "network",
        }
    }
}

/// Which usage is wanted; what is `None` is not asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFilter {
    /// How finely.
    pub grain: Grain,
    /// From the grain that begins then, or after.
    pub from: Timestamp,
    /// To the last grain that begins before.
    pub to: Timestamp,
    /// Of this API.
    pub api: Option<ApiId>,
    /// Of this workspace. Only operators may leave it out.
    pub workspace: Option<WorkspaceId>,
    /// Of this credential.
    pub credential: Option<String>,
    /// Told apart by this.
    pub by: Option<UsagePart>,
}

/// A sum of usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageSum {
    /// When the grain began.
    pub at: Timestamp,
    /// Of what, where usage is told apart; empty for what is not known, and `0` for no status. Of networks, those that
    /// had no room are not known.
    pub part: String,
    /// How often.
    pub tally: Tally,
}

/// Workspace, grain and instant, API and reason.
type TotalOf = (Uuid, &'static str, Timestamp, ApiId, Option<DenialReason>);

row! {
    struct SumRow {
        at: i64,
        part: String,
        requests: i64,
        latency_sum: i64,
        latency_0: i64,
        latency_1: i64,
        latency_2: i64,
        latency_3: i64,
        latency_4: i64,
        latency_5: i64,
        latency_6: i64,
        latency_7: i64,
        latency_8: i64,
        latency_9: i64,
    }
}

impl From<SumRow> for UsageSum {
    fn from(row: SumRow) -> Self {
        let buckets = [
            row.latency_0,
            row.latency_1,
            row.latency_2,
            row.latency_3,
            row.latency_4,
            row.latency_5,
            row.latency_6,
            row.latency_7,
            row.latency_8,
            row.latency_9,
        ];
        let latency = Latency { sum: unsigned(row.latency_sum), buckets: buckets.map(unsigned) };
        let tally = Tally { requests: unsigned(row.requests), latency };
        Self { at: Timestamp::from_micros(row.at), part: row.part, tally }
    }
}

pub(crate) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Conn {
    /// Sums of usage in order of time, and of part within the same time; `most` of them at most. What was counted
    /// within the last half minute may not be among them yet. Told apart by network, nothing is timed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sum_usage(&mut self, filter: &UsageFilter, most: u32) -> Result<Vec<UsageSum>, Error> {
        let statement = match filter {
            UsageFilter { credential: None, by: None | Some(UsagePart::Reason), .. } => SUM_OF_TOTALS,
            UsageFilter { credential: Some(_), .. } => SUM_OF_CREDENTIAL,
            UsageFilter { workspace: Some(_), .. } => SUM_OF_WORKSPACE,
            UsageFilter { api: Some(_), .. } => SUM_OF_API,
            _ => SUM,
        };
        let rows = survey!(
            self,
            SumRow,
            statement,
            filter.grain.as_str(),
            filter.from.micros(),
            filter.to.micros(),
            filter.api.map(ApiId::uuid),
            filter.workspace.map(WorkspaceId::uuid).or((statement == SUM_OF_TOTALS).then_some(EVERYTHING)),
            filter.credential.as_deref(),
            filter.by.map(UsagePart::as_str),
            i64::from(most),
        )?;
        Ok(rows.into_iter().map(UsageSum::from).collect())
    }
}

impl Tx {
    /// Adds sums of minutes, hours and days to what is there, and to the totals of workspaces and of everything.
    pub(crate) async fn add_sums(
        &mut self,
        sums: BTreeMap<(&'static str, Timestamp, UsageName), Tally>,
    ) -> Result<(), Error> {
        let mut totals = BTreeMap::<TotalOf, Tally>::new();
        for ((grain, at, name), tally) in sums {
            for workspace in name.workspace.map(WorkspaceId::uuid).into_iter().chain([EVERYTHING]) {
                *totals.entry((workspace, grain, at, name.api, name.reason)).or_default() += tally;
            }
            self.add_usage((grain, at), &name, &tally).await?;
        }
        for (of, tally) in totals {
            self.add_to_total(of, &tally).await?;
        }
        Ok(())
    }

    async fn add_usage(
        &mut self,
        (grain, at): (&'static str, Timestamp),
        name: &UsageName,
        tally: &Tally,
    ) -> Result<(), Error> {
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9] = tally.latency.buckets.map(signed);
        execute!(
            self,
            ADD,
            grain,
            at.micros(),
            name.api.uuid(),
            name.workspace.map_or(Uuid::nil(), WorkspaceId::uuid),
            name.credential.as_deref().unwrap_or_default(),
            name.route.as_deref().unwrap_or_default(),
            i64::from(name.status.unwrap_or_default()),
            name.reason.map(DenialReason::as_str).unwrap_or_default(),
            signed(tally.requests),
            signed(tally.latency.sum),
            b0,
            b1,
            b2,
            b3,
            b4,
            b5,
            b6,
            b7,
            b8,
            b9,
        )?;
        Ok(())
    }

    async fn add_to_total(
        &mut self,
        (workspace, grain, at, api, reason): TotalOf,
        tally: &Tally,
    ) -> Result<(), Error> {
        let [b0, b1, b2, b3, b4, b5, b6, b7, b8, b9] = tally.latency.buckets.map(signed);
        execute!(
            self,
            ADD_TO_TOTAL,
            workspace,
            grain,
            at.micros(),
            api.uuid(),
            reason.map(DenialReason::as_str).unwrap_or_default(),
            signed(tally.requests),
            signed(tally.latency.sum),
            b0,
            b1,
            b2,
            b3,
            b4,
            b5,
            b6,
            b7,
            b8,
            b9,
        )?;
        Ok(())
    }

    /// Deletes the oldest instant of a grain if it lies before `cutoff`. Answers how many rows it had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_oldest_usage(&mut self, grain: Grain, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_OLDEST_TOTALS, grain.as_str(), cutoff.micros())?;
        execute!(self, DELETE_OLDEST, grain.as_str(), cutoff.micros())
    }
}
