//! Lists of keys, with the filters that pages and scripts ask for.

use claviger_domain::{ApiId, Environment, Key, Page, PageRequest, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, fetch_one, survey};
use crate::error::Error;
use crate::key_rows::{KeyWithGeneration, generation_columns, into_keys, key_columns};
use crate::keys::fold;
use crate::statements::statements;

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

/// One text per leading column: a condition that may be absent cannot use an index, and a workspace's page must not
/// cost a walk through everyone's keys. `$2` is the workspace, `$3` the API in each of them.
macro_rules! chosen {
    ($columns:literal, $workspace:literal, $api:literal, $order:literal) => {
        concat!(
            "(SELECT ",
            $columns,
            " FROM api_key p WHERE p.id < $1 AND p.workspace = ",
            $workspace,
            " AND p.api = ",
            $api,
            " AND p.environment = COALESCE($4, p.environment) \
             AND (CAST($5 AS TEXT) IS NULL OR $5 = CASE WHEN p.revoked_at IS NOT NULL THEN 'revoked' \
                WHEN p.disabled_at IS NOT NULL THEN 'disabled' ELSE 'active' END) \
             AND (CAST($6 AS TEXT) IS NULL OR p.name_folded LIKE $6 ESCAPE '!') \
             AND (CAST($8 AS BIGINT) IS NULL OR (p.expires_at > $8 AND p.expires_at < $9)) \
             AND (CAST($10 AS BIGINT) IS NULL OR (p.created_at < $10 AND COALESCE(p.not_before, 0) < $10 \
                AND NOT EXISTS (SELECT 1 FROM key_generation u WHERE u.key = p.id AND u.last_used_at >= $10))) \
             AND (CAST($11 AS BIGINT) IS NULL OR (p.kind = 'single' \
                AND NOT EXISTS (SELECT 1 FROM key_generation n WHERE n.key = p.id AND n.created_at >= $11))) \
             ORDER BY p.id ",
            $order,
            " LIMIT $7)"
        )
    };
}

macro_rules! list {
    ($workspace:literal, $api:literal) => {
        concat!(
            "SELECT ",
            key_columns!(),
            ", ",
            generation_columns!(),
            " FROM ",
            chosen!("p.*", $workspace, $api, "DESC"),
            " k JOIN key_generation g ON g.key = k.id ORDER BY k.id DESC, g.number DESC"
        )
    };
}

// From the oldest on: what needs care is more often found among them.
macro_rules! count {
    ($workspace:literal, $api:literal) => {
        concat!("SELECT COUNT(*) FROM ", chosen!("p.id", $workspace, $api, "ASC"), " k")
    };
}

statements! {
    LIST = list!("COALESCE($2, p.workspace)", "COALESCE($3, p.api)");
    LIST_OF_WORKSPACE = list!("$2", "COALESCE($3, p.api)");
    LIST_OF_API = list!("COALESCE($2, p.workspace)", "$3");
    COUNT = count!("COALESCE($2, p.workspace)", "COALESCE($3, p.api)");
    COUNT_OF_WORKSPACE = count!("$2", "COALESCE($3, p.api)");
    COUNT_OF_API = count!("COALESCE($2, p.workspace)", "$3");
    // By the index of ends, which the conditions that may be absent keep the others from.
    COUNT_ENDING = "SELECT COUNT(*) FROM (SELECT p.id FROM api_key p WHERE p.api = $1 AND p.expires_at > $2 \
        AND p.expires_at < $3 AND p.revoked_at IS NULL AND p.disabled_at IS NULL ORDER BY p.expires_at LIMIT $4) k";
}

impl Conn {
    /// Keys that pass the filter, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&mut self, filter: &KeyFilter, page: PageRequest) -> Result<Page<Key>, Error> {
        let statement = match filter {
            KeyFilter { workspace: Some(_), .. } => LIST_OF_WORKSPACE,
            KeyFilter { api: Some(_), .. } => LIST_OF_API,
            _ => LIST,
        };
        let rows = survey!(
            self,
            KeyWithGeneration,
            statement,
            page.before.unwrap_or(Uuid::max()),
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
        )?;
        Ok(Page::from_overfull(into_keys(rows)?, page.limit, |key| key.id.uuid()))
    }

    /// How many active keys of an API end between two instants, counted no further than `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_ending_keys(
        &mut self,
        api: ApiId,
        (from, to): (Timestamp, Timestamp),
        most: u16,
    ) -> Result<u16, Error> {
        let (from, to) = (from.micros(), to.micros());
        let (count,) = fetch_one!(self, (i64,), COUNT_ENDING, api.uuid(), from, to, i64::from(most))?;
        Ok(u16::try_from(count).unwrap_or(most))
    }

    /// How many keys pass the filter, counted no further than `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_keys(&mut self, filter: &KeyFilter, most: u16) -> Result<u16, Error> {
        let statement = match filter {
            KeyFilter { workspace: Some(_), .. } => COUNT_OF_WORKSPACE,
            KeyFilter { api: Some(_), .. } => COUNT_OF_API,
            _ => COUNT,
        };
        let (count,) = fetch_one!(
            self,
            (i64,),
            statement,
            Uuid::max(),
            filter.workspace.map(WorkspaceId::uuid),
            filter.api.map(ApiId::uuid),
            filter.environment.map(Environment::as_str),
            filter.state.map(StateFilter::as_str),
            filter.name.as_deref().map(pattern),
            i64::from(most),
            filter.ends.map(|(from, _)| from.micros()),
            filter.ends.map(|(_, to)| to.micros()),
            filter.unused_since.map(Timestamp::micros),
            filter.text_before.map(Timestamp::micros),
        )?;
        Ok(u16::try_from(count).unwrap_or(most))
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
