//! Lists of keys, with the filters that pages and scripts ask for.

use claviger_domain::{ApiId, Environment, Key, Page, PageRequest, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, fetch_all};
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
macro_rules! list {
    ($workspace:literal, $api:literal) => {
        concat!(
            "SELECT ",
            key_columns!(),
            ", ",
            generation_columns!(),
            " FROM (SELECT p.* FROM api_key p WHERE p.id < $1 AND p.workspace = ",
            $workspace,
            " AND p.api = ",
            $api,
            " AND p.environment = COALESCE($4, p.environment) \
             AND (CAST($5 AS TEXT) IS NULL OR $5 = CASE WHEN p.revoked_at IS NOT NULL THEN 'revoked' \
                WHEN p.disabled_at IS NOT NULL THEN 'disabled' ELSE 'active' END) \
             AND (CAST($6 AS TEXT) IS NULL OR p.name_folded LIKE $6 ESCAPE '!') \
             ORDER BY p.id DESC LIMIT $7) k \
             JOIN key_generation g ON g.key = k.id ORDER BY k.id DESC, g.number DESC"
        )
    };
}

statements! {
    LIST = list!("COALESCE($2, p.workspace)", "COALESCE($3, p.api)");
    LIST_OF_WORKSPACE = list!("$2", "COALESCE($3, p.api)");
    LIST_OF_API = list!("COALESCE($2, p.workspace)", "$3");
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
        let rows = fetch_all!(
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
        )?;
        Ok(Page::from_overfull(into_keys(rows)?, page.limit, |key| key.id.uuid()))
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
