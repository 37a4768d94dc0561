//! Where usage came from: the networks of each credential, and the versions of each key, by hour and day.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::Arc;

use claviger_domain::{
    ApiId, Grain, KeyId, KeyVersion, Network, SecretId, Tally, Timestamp, UsageOrigin, VersionCount,
    WorkspaceId,
};
use serde::Deserialize;
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, survey};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;
use crate::usage::{UsageFilter, UsageSum, signed, unsigned};

/// What is kept by: whoever asks from where wants to know who it is, not the minute.
const GRAINS: [Grain; 2] = [Grain::Hour, Grain::Day];
/// Networks of one credential that are told apart within an hour or a day.
const NETWORKS: i64 = 64;

statements! {
    // What finds no room is counted without its network.
    ADD = "INSERT INTO usage_origin (grain, at, credential, version, network, api, workspace, requests, replaced, seen_at) \
        VALUES ($1, $2, $3, $4, CASE WHEN \
            EXISTS (SELECT 1 FROM usage_origin o WHERE o.grain = $1 AND o.at = $2 AND o.credential = $3 \
                AND o.version = $4 AND o.network = $5) \
            OR (SELECT COUNT(*) FROM usage_origin o WHERE o.grain = $1 AND o.at = $2 AND o.credential = $3) < $6 \
            THEN $5 ELSE '' END, $7, $8, $9, $10, $11) \
        ON CONFLICT (grain, at, credential, version, network) DO UPDATE SET \
        requests = usage_origin.requests + excluded.requests, replaced = usage_origin.replaced + excluded.replaced, \
        seen_at = CASE WHEN excluded.seen_at > usage_origin.seen_at THEN excluded.seen_at ELSE usage_origin.seen_at END";
    SUM_NETWORKS = "SELECT at, network, CAST(SUM(requests) AS BIGINT) AS requests FROM usage_origin \
        WHERE credential = $1 AND grain = $2 AND at >= $3 AND at < $4 \
        AND api = COALESCE($5, api) AND workspace = COALESCE($6, workspace) \
        GROUP BY at, network ORDER BY at, network LIMIT $7";
    SUM_VERSIONS = "SELECT version, network, CAST(SUM(requests) AS BIGINT) AS requests, \
        CAST(SUM(replaced) AS BIGINT) AS replaced, MAX(seen_at) AS seen_at FROM usage_origin \
        WHERE credential = $1 AND grain = $2 AND at >= $3 GROUP BY version, network ORDER BY version, network LIMIT $4";
    DELETE_OLDEST = "DELETE FROM usage_origin WHERE grain = $1 \
        AND at = (SELECT MIN(o.at) FROM usage_origin o WHERE o.grain = $1 AND o.at < $2)";
}

/// How often an origin was seen in one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinuteOrigin {
    /// When the minute began.
    pub minute: Timestamp,
    /// Where it came from.
    pub origin: UsageOrigin,
    /// Requests.
    pub requests: u64,
}

/// An origin in a batch as nodes wrote it before there were sheets: minute, API, workspace, credential, version and whether it is
/// replaced, network, requests.
#[derive(Deserialize)]
struct Line(i64, Uuid, Uuid, Arc<str>, Option<(Uuid, bool)>, Option<Network>, u64);

impl From<Line> for MinuteOrigin {
    fn from(Line(minute, api, workspace, credential, version, network, requests): Line) -> Self {
        let origin = UsageOrigin {
            api: ApiId::from_uuid(api),
            workspace: WorkspaceId::from_uuid(workspace),
            credential,
            version: version.map(|(id, is_replaced)| KeyVersion { id: SecretId::from_uuid(id), is_replaced }),
            network,
        };
        Self { minute: Timestamp::from_micros(minute), origin, requests }
    }
}

/// The origins of a batch as nodes wrote them before there were sheets.
pub(crate) fn from_json(text: &str) -> Result<Vec<MinuteOrigin>, Error> {
    let lines: Vec<Line> =
        serde_json::from_str(text).map_err(|_| Error::corrupt("usage_batch", "origins"))?;
    Ok(lines.into_iter().map(MinuteOrigin::from).collect())
}

/// Of what an hour or a day has a row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    at: Timestamp,
    credential: Arc<str>,
    version: Uuid,
    network: Option<Network>,
    api: ApiId,
    workspace: WorkspaceId,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    requests: u64,
    replaced: u64,
    seen_at: i64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.replaced = self.replaced.saturating_add(other.replaced);
        self.seen_at = self.seen_at.max(other.seen_at);
    }
}

/// What the origins of several batches come to, by hour.
#[derive(Default)]
pub(crate) struct OriginSums(BTreeMap<Name, Sum>);

impl OriginSums {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn add(&mut self, origins: Vec<MinuteOrigin>) {
        for MinuteOrigin { minute, origin, requests } in origins {
            let UsageOrigin { api, workspace, credential, version, network } = origin;
            let (at, is_replaced) = (Grain::Hour.floor(minute), version.is_some_and(|one| one.is_replaced));
            let version = version.map_or(Uuid::nil(), |version| version.id.uuid());
            let name = Name { at, credential, version, network, api, workspace };
            let replaced = if is_replaced { requests } else { 0 };
            *self.0.entry(name).or_default() += Sum { requests, replaced, seen_at: minute.micros() };
        }
    }

    /// The same by another grain.
    fn by(&self, grain: Grain) -> BTreeMap<Name, Sum> {
        let mut sums = BTreeMap::<_, Sum>::new();
        for (name, sum) in &self.0 {
            *sums.entry(Name { at: grain.floor(name.at), ..name.clone() }).or_default() += *sum;
        }
        sums
    }
}

row! {
    struct NetworkRow {
        at: i64,
        network: String,
        requests: i64,
    }
}

row! {
    struct VersionRow {
        version: Uuid,
        network: String,
        requests: i64,
        replaced: i64,
        seen_at: i64,
    }
}

impl Conn {
    /// The requests of a credential by network, in order of time and of network within the same time; `most` sums at
    /// most. They are kept by hour and day; those of networks that had no room have an empty part. Nothing is timed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sum_networks(
        &mut self,
        credential: &str,
        filter: &UsageFilter,
        most: u32,
    ) -> Result<Vec<UsageSum>, Error> {
        let rows = survey!(
            self,
            NetworkRow,
            SUM_NETWORKS,
            credential,
            filter.grain.as_str(),
            filter.from.micros(),
            filter.to.micros(),
            filter.api.map(ApiId::uuid),
            filter.workspace.map(WorkspaceId::uuid),
            i64::from(most),
        )?;
        let sum = |row: NetworkRow| UsageSum {
            at: Timestamp::from_micros(row.at),
            part: row.network,
            tally: Tally { requests: unsigned(row.requests), ..Tally::default() },
        };
        Ok(rows.into_iter().map(sum).collect())
    }

    /// What was counted of each version of a key from each network since the day in which `since` lies; `most` counts
    /// at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sum_versions(
        &mut self,
        key: KeyId,
        since: Timestamp,
        most: u32,
    ) -> Result<Vec<VersionCount>, Error> {
        let from = Grain::Day.floor(since).micros();
        let day = Grain::Day.as_str();
        let rows = survey!(self, VersionRow, SUM_VERSIONS, key.to_string(), day, from, i64::from(most))?;
        let count = |row: VersionRow| {
            let network = (!row.network.is_empty()).then(|| row.network.parse()).transpose();
            Ok(VersionCount {
                version: SecretId::from_uuid(row.version),
                network: network.map_err(|_| Error::corrupt("usage_origin", "network"))?,
                requests: unsigned(row.requests),
                replaced: unsigned(row.replaced),
                seen_at: Timestamp::from_micros(row.seen_at),
            })
        };
        rows.into_iter().map(count).collect()
    }
}

impl Tx {
    /// Adds to the origins of hours and days.
    pub(crate) async fn add_origins(&mut self, sums: OriginSums) -> Result<(), Error> {
        let rows =
            GRAINS.into_iter().flat_map(|grain| sums.by(grain).into_iter().map(move |row| (grain, row)));
        for (grain, (name, Sum { requests, replaced, seen_at })) in rows {
            execute!(
                self,
                ADD,
                grain.as_str(),
                name.at.micros(),
                &*name.credential,
                name.version,
                name.network.map(|network| network.to_string()).unwrap_or_default(),
                NETWORKS,
                name.api.uuid(),
                name.workspace.uuid(),
                signed(requests),
                signed(replaced),
                seen_at,
            )?;
        }
        Ok(())
    }

    /// Deletes the origins of the oldest instant of a grain if it lies before `cutoff`. Answers how many rows it had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_oldest_origins(&mut self, grain: Grain, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_OLDEST, grain.as_str(), cutoff.micros())
    }
}
