//! Lists of keys, with the filters that pages and scripts ask for.

use claviger_domain::{ApiId, Environment, Key, Page, PageRequest, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, fetch_optional, survey};
use crate::error::Error;
use crate::key_rows::{KeyWithGeneration, generation_columns, into_keys, key_columns};
use crate::keys::fold;
use crate::statements::statements;

/// A key whose texts are looked at costs as much as so many others.
pub(crate) const CLOSER: i64 = 6;

/// Which keys are wanted; what is `None` is not asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Keys of this API.
    pub api: Option<ApiId>,
    /// Keys of this workspace. Only operators may leave it out.
    pub workspace: Option<WorkspaceId>,
    /// Keys of this environment.
    pub environment: Option<Environment>,
    /// Keys in this state.
    pub state: Option<StateFilter>,
    /// Keys whose name contains this text, in whatever case.
    pub name: Option<String>,
    /// Keys that end after the first of these instants and before the second.
    pub ends: Option<(Timestamp, Timestamp)>,
    /// Keys that could be used before this instant, and were not used from then on.
    pub unused_since: Option<Timestamp>,
    /// Single keys whose newest text was made before this instant.
    pub text_before: Option<Timestamp>,
}

/// A key's state without its instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// It works, apart from its dates.
    Active,
    /// Switched off for now.
    Disabled,
    /// Ended for good.
    Revoked,
}

impl StateFilter {
    /// The word used on the wire, the same as [`KeyState::as_str`](claviger_domain::KeyState::as_str).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Revoked => "revoked",
        }
    }
}

/// The conditions of a filter on `api_key p` that no index answers. `$2` is the workspace, `$3` the API.
macro_rules! passes {
    () => {
        "p.workspace = COALESCE($2, p.workspace) AND p.api = COALESCE($3, p.api) \
         AND p.environment = COALESCE($4, p.environment) \
         AND (CAST($5 AS TEXT) IS NULL OR $5 = CASE WHEN p.revoked_at IS NOT NULL THEN 'revoked' \
            WHEN p.disabled_at IS NOT NULL THEN 'disabled' ELSE 'active' END) \
         AND (CAST($6 AS TEXT) IS NULL OR p.name_folded LIKE $6 ESCAPE '!') \
         AND (CAST($8 AS BIGINT) IS NULL OR (p.expires_at > $8 AND p.expires_at < $9)) \
         AND (CAST($10 AS BIGINT) IS NULL OR (p.created_at < $10 AND COALESCE(p.not_before, 0) < $10 \
            AND NOT EXISTS (SELECT 1 FROM key_generation u WHERE u.key = p.id AND u.last_used_at >= $10))) \
         AND (CAST($11 AS BIGINT) IS NULL OR (p.kind = 'single' \
            AND NOT EXISTS (SELECT 1 FROM key_generation n WHERE n.key = p.id AND n.created_at >= $11)))"
    };
}

/// Keys of a condition that leads an index, one text for each: a condition that may be absent cannot use one. They lie
/// between two ids, since what no index answers would walk through all of them for a page.
macro_rules! list {
    ($leading:literal) => {
        concat!(
            "SELECT ",
            key_columns!(),
            ", ",
            generation_columns!(),
            " FROM (SELECT p.* FROM api_key p WHERE p.id < $1 AND p.id >= $12 AND ",
            $leading,
            passes!(),
            " ORDER BY p.id DESC LIMIT $7) k JOIN key_generation g ON g.key = k.id ORDER BY k.id DESC, g.number DESC"
        )
    };
}

/// The last id that a page looks at.
macro_rules! floor {
    ($leading:literal) => {
        concat!(
            "SELECT p.id FROM api_key p WHERE ",
            $leading,
            "p.id < $1 ORDER BY p.id DESC LIMIT 1 OFFSET $2"
        )
    };
}

pub(crate) use passes;

statements! {
    LIST = list!("");
    LIST_OF_WORKSPACE = list!("p.workspace = $2 AND ");
    LIST_OF_API = list!("p.api = $3 AND ");
    LIST_DISABLED = list!("p.disabled_at IS NOT NULL AND p.revoked_at IS NULL AND ");
    LIST_DISABLED_OF_WORKSPACE =
        list!("p.workspace = $2 AND p.disabled_at IS NOT NULL AND p.revoked_at IS NULL AND ");
    LIST_REVOKED = list!("p.revoked_at IS NOT NULL AND ");
    LIST_REVOKED_OF_WORKSPACE = list!("p.workspace = $2 AND p.revoked_at IS NOT NULL AND ");
    FLOOR = floor!("");
    FLOOR_OF_WORKSPACE = floor!("p.workspace = $3 AND ");
    FLOOR_OF_API = floor!("p.api = $3 AND ");
    FLOOR_DISABLED = floor!("p.disabled_at IS NOT NULL AND p.revoked_at IS NULL AND ");
    FLOOR_DISABLED_OF_WORKSPACE =
        floor!("p.workspace = $3 AND p.disabled_at IS NOT NULL AND p.revoked_at IS NULL AND ");
    FLOOR_REVOKED = floor!("p.revoked_at IS NOT NULL AND ");
    FLOOR_REVOKED_OF_WORKSPACE = floor!("p.workspace = $3 AND p.revoked_at IS NOT NULL AND ");
}

/// What a filter leads to, of which an index knows the order.
#[derive(Clone, Copy)]
struct Walk {
    list: &'static str,
    floor: &'static str,
    /// The value of the condition that leads, where it has one.
    leading: Option<Uuid>,
}

impl Walk {
    /// Those that do not work are few, and so are mostly those of a workspace.
    fn of(filter: &KeyFilter) -> Self {
        let workspace = filter.workspace.map(WorkspaceId::uuid);
        let (list, floor, leading) = match (filter.state, workspace, filter.api) {
            (Some(StateFilter::Disabled), None, _) => (LIST_DISABLED, FLOOR_DISABLED, None),
            (Some(StateFilter::Disabled), Some(_), _) => {
                (LIST_DISABLED_OF_WORKSPACE, FLOOR_DISABLED_OF_WORKSPACE, workspace)
            }
            (Some(StateFilter::Revoked), None, _) => (LIST_REVOKED, FLOOR_REVOKED, None),
            (Some(StateFilter::Revoked), Some(_), _) => {
                (LIST_REVOKED_OF_WORKSPACE, FLOOR_REVOKED_OF_WORKSPACE, workspace)
            }
            (_, Some(_), _) => (LIST_OF_WORKSPACE, FLOOR_OF_WORKSPACE, workspace),
            (_, None, Some(api)) => (LIST_OF_API, FLOOR_OF_API, Some(api.uuid())),
            (_, None, None) => (LIST, FLOOR, None),
        };
        Self { list, floor, leading }
    }
}

impl KeyFilter {
    /// Whether it asks for more than a walk answers, so that a page may look at many keys in vain.
    fn is_picky(&self) -> bool {
        let is_walked = match self.state {
            None => self.api.is_none() || self.workspace.is_none(),
            Some(StateFilter::Active) => false,
            Some(StateFilter::Disabled | StateFilter::Revoked) => self.api.is_none(),
        };
        let others = Self { api: None, workspace: None, state: None, ..self.clone() };
        !is_walked || others != Self::default()
    }

    /// Whether each key that is looked at costs a look at its texts as well.
    pub(crate) const fn is_close(&self) -> bool {
        self.unused_since.is_some() || self.text_before.is_some()
    }

    /// An id that is greater than that of every key which passes. A key is no younger than it is old: one that was made
    /// before an instant has an id of before, too.
    pub(crate) fn newest(&self) -> Uuid {
        let cutoff = self.unused_since.into_iter().chain(self.text_before).min();
        cutoff.map_or(Uuid::max(), |cutoff| {
            let millis = u64::try_from(cutoff.millis().saturating_add(1)).unwrap_or_default();
            // The first 48 bits are the time (RFC 9562 section 5.7).
            Uuid::from_u128(u128::from(millis) << 80)
        })
    }
}

impl Conn {
    /// Keys that pass the filter, newest first.
    ///
    /// It looks at so many keys and no more (see [`StoreOptions::look`](crate::StoreOptions::look)): a page may have fewer
    /// rows than were asked for, and even none, and still not be the last.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&mut self, filter: &KeyFilter, page: PageRequest) -> Result<Page<Key>, Error> {
        let walk = Walk::of(filter);
        let before = page.before.unwrap_or(Uuid::max()).min(filter.newest());
        let floor = if filter.is_picky() { self.floor_of(filter, walk, before).await? } else { None };
        let rows = survey!(
            self,
            KeyWithGeneration,
            walk.list,
            before,
            filter.workspace.map(WorkspaceId::uuid),
            filter.api.map(ApiId::uuid),
            filter.environment.map(Environment::as_str),
            filter.state.map(StateFilter::as_str),
            filter.name.as_deref().map(pattern),
            i64::from(page.limit) + 1,
            filter.ends.map(|(from, _)| from.micros()),
            filter.ends.map(|(_, to)| to.micros()),
            filter.unused_since.map(Timestamp::micros),
            filter.text_before.map(Timestamp::micros),
            floor.unwrap_or(Uuid::nil()),
        )?;
        let Page { rows, next } = Page::from_overfull(into_keys(rows)?, page.limit, |key| key.id.uuid());
        Ok(Page { rows, next: next.or(floor) })
    }

    /// The last key that a page looks at; none when there are not that many.
    async fn floor_of(
        &mut self,
        filter: &KeyFilter,
        walk: Walk,
        before: Uuid,
    ) -> Result<Option<Uuid>, Error> {
        let look = if filter.is_close() { self.look() / CLOSER } else { self.look() };
        let place = (look - 1).max(0);
        let found: Option<(Uuid,)> = match walk.leading {
            Some(leading) => fetch_optional!(self, (Uuid,), walk.floor, before, place, leading)?,
            None => fetch_optional!(self, (Uuid,), walk.floor, before, place)?,
        };
        Ok(found.map(|(id,)| id))
    }
}

/// A LIKE pattern for "contains", with `!` as its escape.
pub(crate) fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in fold(text).chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
