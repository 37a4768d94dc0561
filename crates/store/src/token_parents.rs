//! What tokens stand on: a token found by its name or its keyed hash, with its family and everything that the family dies with.
//!
//! Those of keys are found by the first statement; the others by a second one, so that the rows of neither are wide.

use claviger_domain::{
    ApiId, Email, Environment, FamilyId, PlanName, Pool, ScopeSet, Timestamp, TokenFamily, TokenName,
    WorkspaceId, WorkspaceState,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, fetch_all, fetch_optional};
use crate::error::Error;
use crate::kept_tokens::{find_named, with_scopes};
use crate::key_rows::{KeyRecord, RecordRow, generation_columns, into_record, key_columns};
use crate::statements::statements;
use crate::token_rows::{FamilyRow, StoredToken, TokenRow, family_columns, scopes_of, token_columns};
use crate::workspaces::{plan_of, state_of};

macro_rules! key_parent_columns {
    () => {
        concat!(
            family_columns!(),
            ", ",
            key_columns!(),
            ", ",
            generation_columns!(),
            ", w.suspended_at AS w_suspended_at, w.plan AS w_plan, b.collection AS b_collection, b.value AS b_value"
        )
    };
}

macro_rules! join_key {
    () => {
        "JOIN key_generation g ON g.id = f.secret \
         JOIN api_key k ON k.id = f.key \
         JOIN workspace w ON w.id = k.workspace \
         LEFT JOIN key_belonging b ON b.key = k.id AND b.verified_at IS NOT NULL "
    };
}

macro_rules! other_parent_columns {
    () => {
        concat!(
            family_columns!(),
            ", c.api AS c_api, c.workspace AS c_workspace, c.environment AS c_environment, \
             c.disabled_at AS c_disabled_at, g.scopes AS g_scopes, g.revoked_at AS g_revoked_at, a.pool AS a_pool, \
             a.workspace AS a_workspace, a.environment AS a_environment, a.email AS a_email, a.scopes AS a_scopes, \
             a.disabled_at AS a_disabled_at, w.suspended_at AS w_suspended_at, w.plan AS w_plan"
        )
    };
}

macro_rules! join_others {
    () => {
        "LEFT JOIN client c ON c.id = f.client \
         LEFT JOIN client_grant g ON g.id = f.client_grant \
         LEFT JOIN account a ON a.id = f.account \
         LEFT JOIN workspace w ON w.id = COALESCE(c.workspace, a.workspace) "
    };
}

statements! {
    FIND_OF_KEY = concat!("SELECT ", token_columns!(), ", ", key_parent_columns!(), " FROM token t \
        JOIN token_family f ON f.id = t.family ", join_key!(),
        "WHERE t.lookup = $1 ORDER BY b.collection, b.value");
    FIND_OF_OTHERS = concat!("SELECT ", token_columns!(), ", ", other_parent_columns!(), " FROM token t \
        JOIN token_family f ON f.id = t.family ", join_others!(),
        "WHERE t.lookup = $1 AND f.key IS NULL");
    FIND_FAMILY_OF_KEY = concat!("SELECT ", key_parent_columns!(), " FROM token_family f ", join_key!(),
        "WHERE f.id = $1 ORDER BY b.collection, b.value");
    FIND_FAMILY_OF_OTHERS = concat!("SELECT ", other_parent_columns!(), " FROM token_family f ", join_others!(),
        "WHERE f.id = $1 AND f.key IS NULL");
}

/// What verification reads of a presented token, all in one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRecord {
    /// The token.
    pub token: StoredToken,
    /// Its family, and what that stands on.
    pub of: FamilyRecord,
    /// The tokens of its family that are not spent, without sealed texts.
    pub unspent: Vec<StoredToken>,
}

/// A family with what it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyRecord {
    /// The family.
    pub family: TokenFamily,
    /// What else its tokens are made of, as a JSON object.
    pub details: String,
    /// What it was bought with.
    pub parent: ParentRecord,
}

/// What verification needs to know of a family's parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParentRecord {
    /// A key. Of its generations, only the one that the family was bought with is here.
    Key(Box<KeyRecord>),
    /// A client for itself.
    Client(Box<HolderRecord>),
    /// A user's grant to a client, which is the holder.
    Grant {
        /// The client.
        holder: Box<HolderRecord>,
        /// What the user allows it.
        scopes: ScopeSet,
        /// When the grant was revoked.
        revoked_at: Option<Timestamp>,
        /// The user.
        user: Box<UserRecord>,
    },
    /// A user who signed in at the API itself, and is the holder.
    Account {
        /// The account, for its workspace.
        holder: Box<HolderRecord>,
        /// The account, as a user.
        user: Box<UserRecord>,
    },
}

impl ParentRecord {
    /// The world it belongs to.
    pub fn environment(&self) -> Environment {
        match self {
            Self::Key(record) => record.key.environment,
            Self::Client(holder) | Self::Grant { holder, .. } | Self::Account { holder, .. } => {
                holder.environment
            }
        }
    }

    /// Whose it is.
    pub fn workspace(&self) -> WorkspaceId {
        match self {
            Self::Key(record) => record.key.workspace,
            Self::Client(holder) | Self::Grant { holder, .. } | Self::Account { holder, .. } => {
                holder.workspace
            }
        }
    }
}

/// A client, or an account that acts for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderRecord {
    /// Its API.
    pub api: ApiId,
    /// Its workspace.
    pub workspace: WorkspaceId,
    /// Whether its workspace's credentials work.
    pub workspace_state: WorkspaceState,
    /// Its workspace's plan.
    pub plan: Option<PlanName>,
    /// The world it belongs to.
    pub environment: Environment,
    /// Since when it is disabled.
    pub disabled_at: Option<Timestamp>,
}

/// A user, as far as tokens depend on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// By which they sign in.
    pub email: Email,
    /// The most that they may do and allow; none for all of the API's scopes that do not imply all others.
    pub scopes: Option<ScopeSet>,
    /// Since when they can neither sign in nor act.
    pub disabled_at: Option<Timestamp>,
}

row! {
    struct OfKeyRow {
        #[sqlx(flatten)]
        family: FamilyRow,
        #[sqlx(flatten)]
        key: RecordRow,
    }
}

row! {
    struct TokenOfKeyRow {
        #[sqlx(flatten)]
        token: TokenRow,
        #[sqlx(flatten)]
        of: OfKeyRow,
    }
}

row! {
    struct OfOtherRow {
        #[sqlx(flatten)]
        family: FamilyRow,
        c_api: Option<Uuid>,
        c_workspace: Option<Uuid>,
        c_environment: Option<String>,
        c_disabled_at: Option<i64>,
        g_scopes: Option<String>,
        g_revoked_at: Option<i64>,
        a_pool: Option<String>,
        a_workspace: Option<Uuid>,
        a_environment: Option<String>,
        a_email: Option<String>,
        a_scopes: Option<String>,
        a_disabled_at: Option<i64>,
        w_suspended_at: Option<i64>,
        w_plan: Option<String>,
    }
}

row! {
    struct TokenOfOtherRow {
        #[sqlx(flatten)]
        token: TokenRow,
        #[sqlx(flatten)]
        of: OfOtherRow,
    }
}

/// A family, what it stands on, and its tokens that are not spent.
type Whole = (FamilyRecord, Vec<StoredToken>);

impl OfOtherRow {
    /// The family. None for a user without a workspace, who can hold nothing.
    fn into_record(self) -> Result<Option<Whole>, Error> {
        let (is_client, is_grant) = (self.c_api.is_some(), self.g_scopes.is_some());
        let parent = match (is_client, is_grant) {
            (true, false) => self.client()?.map(|holder| ParentRecord::Client(Box::new(holder))),
            (true, true) => self.grant()?,
            (false, _) => self.account()?,
        };
        whole(self.family, parent)
    }

    fn client(&self) -> Result<Option<HolderRecord>, Error> {
        let Some((api, workspace)) = self.c_api.zip(self.c_workspace) else { return Ok(None) };
        let environment = self.c_environment.as_deref().unwrap_or_default().parse();
        Ok(Some(HolderRecord {
            api: ApiId::from_uuid(api),
            workspace: WorkspaceId::from_uuid(workspace),
            workspace_state: state_of(self.w_suspended_at),
            plan: plan_of(self.w_plan.clone())?,
            environment: environment.map_err(|_| Error::corrupt("client", "environment"))?,
            disabled_at: self.c_disabled_at.map(Timestamp::from_micros),
        }))
    }

    fn grant(&self) -> Result<Option<ParentRecord>, Error> {
        let (holder, user) = (self.client()?, self.user()?);
        let scopes = scopes_of(self.g_scopes.as_deref().unwrap_or_default())?;
        let revoked_at = self.g_revoked_at.map(Timestamp::from_micros);
        Ok(holder.zip(user).map(|(holder, user)| {
            let (holder, user) = (Box::new(holder), Box::new(user));
            ParentRecord::Grant { holder, scopes, revoked_at, user }
        }))
    }

    fn account(&self) -> Result<Option<ParentRecord>, Error> {
        let pool = self.a_pool.as_deref().map(str::parse).transpose();
        let Some(Pool::Api(api)) = pool.map_err(|_| Error::corrupt("account", "pool"))? else {
            return Ok(None);
        };
        let (Some(workspace), Some(user)) = (self.a_workspace, self.user()?) else { return Ok(None) };
        let environment = self.a_environment.as_deref().unwrap_or_default().parse();
        let holder = HolderRecord {
            api,
            workspace: WorkspaceId::from_uuid(workspace),
            workspace_state: state_of(self.w_suspended_at),
            plan: plan_of(self.w_plan.clone())?,
            environment: environment.map_err(|_| Error::corrupt("account", "environment"))?,
            disabled_at: user.disabled_at,
        };
        Ok(Some(ParentRecord::Account { holder: Box::new(holder), user: Box::new(user) }))
    }

    fn user(&self) -> Result<Option<UserRecord>, Error> {
        let Some(email) = self.a_email.as_deref() else { return Ok(None) };
        let scopes = self.a_scopes.as_deref().map(ScopeSet::parse_spaced).transpose();
        Ok(Some(UserRecord {
            email: email.parse().map_err(|_| Error::corrupt("account", "email"))?,
            scopes: scopes.map_err(|_| Error::corrupt("account", "scopes"))?,
            disabled_at: self.a_disabled_at.map(Timestamp::from_micros),
        }))
    }
}

fn whole(row: FamilyRow, parent: Option<ParentRecord>) -> Result<Option<Whole>, Error> {
    let Some(parent) = parent else { return Ok(None) };
    let (family, details, tokens) = row.with_all()?;
    Ok(Some((FamilyRecord { family, details, parent }, tokens)))
}

/// The token with its family, of which more may be known.
fn with_row(token: TokenRow, (of, unspent): Whole) -> Result<TokenRecord, Error> {
    let token = with_scopes(token, &unspent)?;
    Ok(TokenRecord { token, of, unspent })
}

/// The token of this name.
fn by_name((name, lookup): (TokenName, &[u8; 32]), (of, unspent): Whole) -> Option<TokenRecord> {
    let token = find_named((name, lookup), (of.family.spent, of.family.created_at), &unspent)?;
    Some(TokenRecord { token, of, unspent })
}

/// Folds the rows of one family of a key, one for each of the key's belongings, into it.
fn of_key(rows: Vec<OfKeyRow>) -> Result<Option<Whole>, Error> {
    let mut keys = Vec::with_capacity(rows.len());
    let mut first = None;
    for OfKeyRow { family, key } in rows {
        first.get_or_insert(family);
        keys.push(key);
    }
    let Some((family, key)) = first.zip(into_record(keys)?) else { return Ok(None) };
    whole(family, Some(ParentRecord::Key(Box::new(key))))
}

impl Conn {
    /// Everything that verification needs of the token with this lookup. One read for a token of a key, two for any
    /// other.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_token_by_lookup(&mut self, lookup: &[u8; 32]) -> Result<Option<TokenRecord>, Error> {
        if let Some(name) = TokenName::of_lookup(lookup)
            && let Some(whole) = self.find_whole_family(name.family).await?
        {
            return Ok(by_name((name, lookup), whole));
        }
        let mut token = None;
        let mut rows = Vec::new();
        for row in fetch_all!(self, TokenOfKeyRow, FIND_OF_KEY, lookup.as_slice())? {
            token.get_or_insert(row.token);
            rows.push(row.of);
        }
        let Some(token) = token else { return self.find_nameless_of_no_key(lookup).await };
        of_key(rows)?.map(|whole| with_row(token, whole)).transpose()
    }

    /// The same in one read, for a token that cannot have been bought with a key. Those that were are not found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_token_of_no_key(&mut self, lookup: &[u8; 32]) -> Result<Option<TokenRecord>, Error> {
        if let Some(name) = TokenName::of_lookup(lookup)
            && let Some(whole) = self.find_whole_family_of_no_key(name.family).await?
        {
            return Ok(by_name((name, lookup), whole));
        }
        self.find_nameless_of_no_key(lookup).await
    }

    async fn find_nameless_of_no_key(&mut self, lookup: &[u8; 32]) -> Result<Option<TokenRecord>, Error> {
        let row = fetch_optional!(self, TokenOfOtherRow, FIND_OF_OTHERS, lookup.as_slice())?;
        let Some(TokenOfOtherRow { token, of }) = row else { return Ok(None) };
        of.into_record()?.map(|whole| with_row(token, whole)).transpose()
    }

    /// A family with everything that verification needs of what it stands on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_family_record(&mut self, id: FamilyId) -> Result<Option<FamilyRecord>, Error> {
        Ok(self.find_whole_family(id).await?.map(|(of, _)| of))
    }

    async fn find_whole_family(&mut self, id: FamilyId) -> Result<Option<Whole>, Error> {
        let rows = fetch_all!(self, OfKeyRow, FIND_FAMILY_OF_KEY, id.uuid())?;
        if !rows.is_empty() {
            return of_key(rows);
        }
        self.find_whole_family_of_no_key(id).await
    }

    async fn find_whole_family_of_no_key(&mut self, id: FamilyId) -> Result<Option<Whole>, Error> {
        match fetch_optional!(self, OfOtherRow, FIND_FAMILY_OF_OTHERS, id.uuid())? {
            Some(row) => row.into_record(),
            None => Ok(None),
        }
    }
}
