//! A batch of counts as it is written: JSON in which whoever was counted stands once, however much is said of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use claviger_domain::{
    ApiId, DenialReason, KeyVersion, Latency, Network, SecretId, Tally, Timestamp, UsageName, UsageOrigin,
    WorkspaceId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::usage_origins::MinuteOrigin;

/// Counts of one name in one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinuteTally {
    /// When the minute began.
    pub minute: Timestamp,
    /// What was counted.
    pub name: UsageName,
    /// How often.
    pub tally: Tally,
}

/// What is written at once, to be folded later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageBatch {
    /// Its id.
    pub id: Uuid,
    /// Batches of one part are folded together.
    pub part: i64,
    /// What was counted.
    pub tallies: Vec<MinuteTally>,
    /// Where it came from, as far as it had a credential.
    pub origins: Vec<MinuteOrigin>,
}

impl UsageBatch {
    /// An empty one.
    pub const fn new(id: Uuid, part: i64) -> Self {
        Self { id, part, tallies: Vec::new(), origins: Vec::new() }
    }
}

/// API, workspace and credential: what tallies and origins have in common.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Owner(Uuid, Option<Uuid>, Option<Arc<str>>);

/// Owner, minute, route, status, reason, requests, sum and buckets of the latency up to the last that is not empty.
#[derive(Serialize, Deserialize)]
struct TallyLine(usize, i64, Option<Arc<str>>, Option<u16>, Option<String>, u64, u64, Vec<u64>);

/// Owner, minute, version and whether it is replaced, network, requests.
#[derive(Serialize, Deserialize)]
struct OriginLine(usize, i64, Option<(Uuid, bool)>, Option<Network>, u64);

#[derive(Serialize, Deserialize)]
struct Sheet {
    owners: Vec<Owner>,
    tallies: Vec<TallyLine>,
    origins: Vec<OriginLine>,
}

/// The owners of a sheet by their place in it.
#[derive(Default)]
struct Owners(BTreeMap<Owner, usize>);

impl Owners {
    fn place(&mut self, owner: Owner) -> usize {
        let next = self.0.len();
        *self.0.entry(owner).or_insert(next)
    }

    fn into_list(self) -> Vec<Owner> {
        let mut list: Vec<_> = self.0.into_iter().collect();
        list.sort_unstable_by_key(|(_, place)| *place);
        list.into_iter().map(|(owner, _)| owner).collect()
    }
}

/// Writes what a batch counts.
pub(crate) fn to_json(batch: &UsageBatch) -> Result<String, Error> {
    let mut owners = Owners::default();
    let tallies = batch.tallies.iter().map(|counted| tally_line(counted, &mut owners)).collect();
    let origins = batch.origins.iter().map(|counted| origin_line(counted, &mut owners)).collect();
    let sheet = Sheet { owners: owners.into_list(), tallies, origins };
    serde_json::to_string(&sheet).map_err(Error::internal)
}

/// Reads it again; `None` for what no sheet says.
pub(crate) fn from_json(text: &str) -> Option<(Vec<MinuteTally>, Vec<MinuteOrigin>)> {
    let Sheet { owners, tallies, origins } = serde_json::from_str(text).ok()?;
    let tallies = tallies.into_iter().map(|line| tally_of(line, &owners)).collect::<Option<_>>()?;
    let origins = origins.iter().map(|line| origin_of(line, &owners)).collect::<Option<_>>()?;
    Some((tallies, origins))
}

fn tally_line(MinuteTally { minute, name, tally }: &MinuteTally, owners: &mut Owners) -> TallyLine {
    let owner = Owner(
        name.api.uuid(),
        name.workspace.map(WorkspaceId::uuid),
        name.credential.as_ref().map(Arc::clone),
    );
    let Latency { sum, buckets } = tally.latency;
    let filled = buckets.iter().rposition(|count| *count > 0).map_or(0, |last| last + 1);
    TallyLine(
        owners.place(owner),
        minute.micros(),
        name.route.clone(),
        name.status,
        name.reason.map(|reason| reason.as_str().to_owned()),
        tally.requests,
        sum,
        buckets.into_iter().take(filled).collect(),
    )
}

fn tally_of(line: TallyLine, owners: &[Owner]) -> Option<MinuteTally> {
    let TallyLine(owner, minute, route, status, reason, requests, sum, filled) = line;
    let Owner(api, workspace, credential) = owners.get(owner)?.clone();
    let mut buckets = [0; Latency::BUCKETS];
    buckets.get_mut(..filled.len())?.copy_from_slice(&filled);
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
    Some(MinuteTally { minute: Timestamp::from_micros(minute), name, tally })
}

fn origin_line(counted: &MinuteOrigin, owners: &mut Owners) -> OriginLine {
    let MinuteOrigin { minute, origin, requests } = counted;
    let UsageOrigin { api, workspace, credential, version, network } = origin;
    let owner = Owner(api.uuid(), Some(workspace.uuid()), Some(Arc::clone(credential)));
    let version = version.map(|version| (version.id.uuid(), version.is_replaced));
    OriginLine(owners.place(owner), minute.micros(), version, *network, *requests)
}

fn origin_of(line: &OriginLine, owners: &[Owner]) -> Option<MinuteOrigin> {
    let &OriginLine(owner, minute, version, network, requests) = line;
    let Owner(api, workspace, credential) = owners.get(owner)?.clone();
    let origin = UsageOrigin {
        api: ApiId::from_uuid(api),
        workspace: WorkspaceId::from_uuid(workspace?),
        credential: credential?,
        version: version.map(|(id, is_replaced)| KeyVersion { id: SecretId::from_uuid(id), is_replaced }),
        network,
    };
    Some(MinuteOrigin { minute: Timestamp::from_micros(minute), origin, requests })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn name(credential: Option<&str>, reason: Option<DenialReason>) -> UsageName {
        UsageName {
            api: ApiId::from_uuid(Uuid::from_u128(1)),
            workspace: credential.map(|_| WorkspaceId::from_uuid(Uuid::from_u128(2))),
            credential: credential.map(Arc::from),
            route: Some("/items".into()),
            status: Some(200),
            reason,
        }
    }

    fn batch() -> UsageBatch {
        let minute = Timestamp::from_seconds(1_800_000_000);
        let tally = |name, took: u64| MinuteTally {
            minute,
            name,
            tally: Tally::one(Some(Duration::from_millis(took))),
        };
        let origin = |version, network: &str| MinuteOrigin {
            minute,
            origin: UsageOrigin {
                api: ApiId::from_uuid(Uuid::from_u128(1)),
                workspace: WorkspaceId::from_uuid(Uuid::from_u128(2)),
                credential: "key_a".into(),
                version,
                network: network.parse().ok(),
            },
            requests: 3,
        };
        let version = KeyVersion { id: SecretId::from_uuid(Uuid::from_u128(3)), is_replaced: true };
        UsageBatch {
            tallies: vec![
                tally(name(Some("key_a"), None), 1),
                tally(name(Some("key_a"), Some(DenialReason::Expired)), 600_000),
                tally(name(None, Some(DenialReason::Unknown)), 20),
            ],
            origins: vec![origin(Some(version), "203.0.113.0/24"), origin(None, "")],
            ..UsageBatch::new(Uuid::nil(), 1)
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let batch = batch();
        let text = to_json(&batch).unwrap();
        assert_eq!(from_json(&text), Some((batch.tallies, batch.origins)));
    }

    #[test]
    fn whoever_was_counted_stands_there_once() {
        assert_eq!(to_json(&batch()).unwrap().matches("key_a").count(), 1);
    }

    #[test]
    fn what_is_no_sheet_is_not_read() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"owners":[],"tallies":[[0,0,null,null,null,1,0,[]]],"origins":[]}"#,
            r#"{"owners":[],"tallies":[],"origins":[[0,0,null,null,1]]}"#,
        ] {
            assert_eq!(from_json(text), None, "{text}");
        }
        let owner = r#"["00000000-0000-0000-0000-000000000001",null,null]"#;
        let too_many = format!(
            r#"{{"owners":[{owner}],"tallies":[[0,0,null,null,null,1,0,{:?}]],"origins":[]}}"#,
            vec![1; Latency::BUCKETS + 1]
        );
        assert_eq!(from_json(&too_many), None);
    }
}
