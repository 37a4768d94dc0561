//! Who still uses the older versions of a rotated key.

use claviger_domain::{Key, KeyState, ReplacedVersion, Right, Timestamp};

use crate::error::PageError;
use crate::moment::Moment;
use crate::reader::Reader;
use crate::state::PagesState;
use crate::usage::{NetworkRow, network_rows};
use crate::words::{Phrase, say};

/// What a page tells of a rotation whose older versions still work.
pub(super) struct Overlap {
    pub(super) versions: Vec<VersionRow>,
    /// Whether requests are counted; where they are not, only the last use is known.
    pub(super) is_counted: bool,
    /// Whether nobody has presented any of them for long enough.
    pub(super) is_quiet: bool,
    pub(super) can_end: bool,
}

/// An older version that still works.
pub(super) struct VersionRow {
    pub(super) hint: String,
    pub(super) replaced: Moment,
    pub(super) ends: Option<Moment>,
    pub(super) last_seen: Option<Moment>,
    /// How it is used, in a word, and the tone of that.
    pub(super) state: (Phrase, &'static str),
    pub(super) requests: u64,
    pub(super) all_requests: u64,
    pub(super) percent: u64,
    pub(super) networks: Vec<NetworkRow>,
}

impl Overlap {
    /// That of a key; none where only its newest version works.
    pub(super) async fn of(
        state: &PagesState,
        reader: &Reader,
        key: &Key,
        now: Timestamp,
    ) -> Result<Option<Self>, PageError> {
        if matches!(key.state, KeyState::Revoked { .. }) || !key.is_overlapping(now) {
            return Ok(None);
        }
        let versions = state.engine.replaced_versions(key).await?;
        Ok(Some(Self {
            is_counted: state.engine.counts_usage(),
            is_quiet: versions.iter().all(|version| version.is_quiet(now)),
            versions: versions.iter().map(|version| version_row(version, now)).collect(),
            can_end: reader.allows(Right::WriteKeys),
        }))
    }
}

fn version_row(version: &ReplacedVersion, now: Timestamp) -> VersionRow {
    let networks = version.networks.iter().map(|used| (used.network, used.requests, Some(used.seen_at)));
    VersionRow {
        hint: version.hint.to_string(),
        replaced: Moment::ago(version.replaced_at, now),
        ends: version.ends_at.map(Moment::exact),
        last_seen: version.last_seen_at.map(|at| Moment::ago(at, now)),
        state: match version.last_seen_at {
            _ if version.is_quiet(now) => (say("overlap-quiet"), "good"),
            Some(_) => (say("overlap-in-use"), "over"),
            None => (say("overlap-not-seen-yet"), "rest"),
        },
        requests: version.requests,
        all_requests: version.all_requests,
        percent: version.percent(),
        networks: network_rows(networks, now),
    }
}
