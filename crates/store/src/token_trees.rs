//! Families and those that their tokens were exchanged for (RFC 8693): read together, ended together.

use claviger_domain::{
    AccountId, ClientId, FamilyId, GrantId, KeyId, Page, PageRequest, ParentId, SessionId, Timestamp,
    TokenFamily,
};
use uuid::Uuid;

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::kept_tokens::unspent;
use crate::statements::statements;
use crate::token_rows::{FamilyRow, family_columns};
use crate::tx::Tx;

/// The families that meet a condition, and all that stem from them.
macro_rules! tree {
    ($roots:expr) => {
        concat!(
            "WITH RECURSIVE tree (id) AS (SELECT id FROM token_family WHERE ",
            $roots,
            " UNION SELECT f.id FROM tree JOIN token_family f ON f.source = tree.id) "
        )
    };
}

macro_rules! end {
    ($roots:expr) => {
        // One that would live for ever has an end now, by which it is cleaned up.
        concat!(
            "UPDATE token_family SET ended_at = $1, reuse = NULL, ends_at = COALESCE(ends_at, $1) WHERE ended_at IS NULL AND id IN (",
            tree!($roots),
            "SELECT id FROM tree)"
        )
    };
}

macro_rules! lookups {
    ($roots:expr) => {
        // Joined in this order: SQLite cannot know that a tree is small.
        concat!(
            tree!($roots),
            "SELECT f.id, f.tokens, f.spent FROM tree CROSS JOIN token_family f WHERE f.id = tree.id AND f.ended_at IS NULL"
        )
    };
}

macro_rules! branches {
    ($roots:expr, $rest:expr) => {
        concat!(
            tree!($roots),
            "SELECT ",
            family_columns!(),
            ", f.session_name AS f_session_name FROM tree JOIN token_family f ON f.id = tree.id ",
            $rest
        )
    };
}

macro_rules! list {
    ($roots:expr) => {
        branches!($roots, "WHERE f.id < $2 ORDER BY f.id DESC LIMIT $3")
    };
}

statements! {
    LIST_LOOKUPS = lookups!("id = $1");
    LIST_SESSION_OF_KEY = lookups!("key = $1 AND session = $2 AND ended_at IS NULL");
    LIST_SESSION_OF_CLIENT = lookups!("client = $1 AND session = $2 AND ended_at IS NULL");
    LIST_SESSION_OF_GRANT = lookups!("client_grant = $1 AND session = $2 AND ended_at IS NULL");
    LIST_SESSION_OF_ACCOUNT = lookups!("account = $1 AND session = $2 AND ended_at IS NULL");
    LIST_OF_KEY = list!("key = $1");
    LIST_OF_CLIENT = list!("client = $1");
    LIST_OF_GRANT = list!("client_grant = $1");
    LIST_OF_ACCOUNT = list!("account = $1");
    // A root is there whatever the limit cuts off.
    LIST_OF_FAMILY = branches!("id = $1", "ORDER BY CASE WHEN f.id = $1 THEN 0 ELSE 1 END, f.id LIMIT $2");
    END = end!("id = $2");
    END_SESSION_OF_KEY = end!("key = $2 AND session = $3 AND ended_at IS NULL");
    END_SESSION_OF_CLIENT = end!("client = $2 AND session = $3 AND ended_at IS NULL");
    END_SESSION_OF_GRANT = end!("client_grant = $2 AND session = $3 AND ended_at IS NULL");
    END_SESSION_OF_ACCOUNT = end!("account = $2 AND session = $3 AND ended_at IS NULL");
    END_OF_KEY = end!("key = $2 AND ended_at IS NULL");
    END_OF_CLIENT = end!("client = $2 AND ended_at IS NULL");
    END_OF_GRANT = end!("client_grant = $2 AND ended_at IS NULL");
    END_OF_ACCOUNT = end!("account = $2 AND ended_at IS NULL");
    END_OF_SIGN_IN = end!("account = $2 AND ended_at IS NULL AND details LIKE $3");
    END_OF_SIGN_INS =
        end!("account = $2 AND ended_at IS NULL AND details LIKE $3 AND details NOT LIKE $4");
    END_OWN_OF_ACCOUNT = end!("account = $2 AND client IS NULL AND ended_at IS NULL");
}

/// A family in the tree of what it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchRecord {
    /// The family, with its parent and its source.
    pub family: TokenFamily,
    /// What else its tokens are made of, as a JSON object.
    pub details: String,
    /// The sealed name of its session, if it has one.
    pub session_name: Option<Vec<u8>>,
}

row! {
    struct BranchRow {
        #[sqlx(flatten)]
        family: FamilyRow,
        f_session_name: Option<Vec<u8>>,
    }
}

impl TryFrom<BranchRow> for BranchRecord {
    type Error = Error;

    fn try_from(row: BranchRow) -> Result<Self, Error> {
        let (family, details) = row.family.with_details()?;
        Ok(Self { family, details, session_name: row.f_session_name })
    }
}

impl Conn {
    /// The keyed hashes of the tokens that end when a family does: its own and those of all that stem from it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_tree_lookups(&mut self, id: FamilyId) -> Result<Vec<[u8; 32]>, Error> {
        lookups_of(fetch_all!(self, Unspent, LIST_LOOKUPS, id.uuid())?)
    }

    /// The keyed hashes of the tokens that end with a living session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_session_lookups(
        &mut self,
        parent: ParentId,
        session: &[u8; 32],
    ) -> Result<Vec<[u8; 32]>, Error> {
        let statement = match parent {
            ParentId::Key(_) => LIST_SESSION_OF_KEY,
            ParentId::Client(_) => LIST_SESSION_OF_CLIENT,
            ParentId::Grant(_) => LIST_SESSION_OF_GRANT,
            ParentId::Account(_) => LIST_SESSION_OF_ACCOUNT,
        };
        lookups_of(fetch_all!(self, Unspent, statement, parent.uuid(), session.as_slice())?)
    }

    /// A page of the families of a parent, and of all that stem from them, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_token_tree(
        &mut self,
        parent: ParentId,
        page: PageRequest,
    ) -> Result<Page<BranchRecord>, Error> {
        let statement = match parent {
            ParentId::Key(_) => LIST_OF_KEY,
            ParentId::Client(_) => LIST_OF_CLIENT,
            ParentId::Grant(_) => LIST_OF_GRANT,
            ParentId::Account(_) => LIST_OF_ACCOUNT,
        };
        let (before, limit) = (page.before.unwrap_or(Uuid::max()), i64::from(page.limit) + 1);
        let rows = fetch_all!(self, BranchRow, statement, parent.uuid(), before, limit)?;
        let rows = rows.into_iter().map(BranchRecord::try_from).collect::<Result<Vec<_>, _>>()?;
        Ok(Page::from_overfull(rows, page.limit, |branch| branch.family.id.uuid()))
    }

    /// A family and all that stem from it, oldest first, at most `limit`; nothing when there is no such family.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_family_tree(&mut self, id: FamilyId, limit: u32) -> Result<Vec<BranchRecord>, Error> {
        let rows = fetch_all!(self, BranchRow, LIST_OF_FAMILY, id.uuid(), i64::from(limit))?;
        rows.into_iter().map(BranchRecord::try_from).collect()
    }
}

/// A family's id, its tokens, and which of them are spent.
type Unspent = (Uuid, String, i64);

/// The keyed hashes of the tokens of families. Those of spent generations are known as dead already.
fn lookups_of(families: Vec<Unspent>) -> Result<Vec<[u8; 32]>, Error> {
    let mut lookups = Vec::with_capacity(families.len());
    for (family, tokens, spent) in families {
        lookups.extend(
            unspent(&tokens, FamilyId::from_uuid(family), spent)?.into_iter().map(|token| token.lookup),
        );
    }
    Ok(lookups)
}

/// The details of a family that ends with a browser session. JSON escapes the quotes of any other text in them.
fn ending_with(session: Option<SessionId>) -> String {
    match session {
        Some(session) => format!("%\"session\":\"{session}\"%"),
        None => "%\"session\":\"%".to_owned(),
    }
}

impl Tx {
    /// Ends a family and all that stem from it. Answers whether there was anything to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_family(&mut self, id: FamilyId, at: Timestamp) -> Result<bool, Error> {
        Ok(execute!(self, END, at.micros(), id.uuid())? > 0)
    }

    /// Ends every family of a session, and all that stem from them. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_named_session(
        &mut self,
        parent: ParentId,
        session: &[u8; 32],
        at: Timestamp,
    ) -> Result<u64, Error> {
        let statement = match parent {
            ParentId::Key(_) => END_SESSION_OF_KEY,
            ParentId::Client(_) => END_SESSION_OF_CLIENT,
            ParentId::Grant(_) => END_SESSION_OF_GRANT,
            ParentId::Account(_) => END_SESSION_OF_ACCOUNT,
        };
        execute!(self, statement, at.micros(), parent.uuid(), session.as_slice())
    }

    /// Ends every family of a key, and all that stem from them. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_key(&mut self, key: KeyId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, END_OF_KEY, at.micros(), key.uuid())
    }

    /// Ends every family of a client, those of its users' grants included, and all that stem from them. Answers how
    /// many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_client(&mut self, client: ClientId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, END_OF_CLIENT, at.micros(), client.uuid())
    }

    /// Ends every family of a grant, and all that stem from them. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_grant(&mut self, grant: GrantId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, END_OF_GRANT, at.micros(), grant.uuid())
    }

    /// Ends every family of an account, those of its grants included, and all that stem from them. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_account(&mut self, account: AccountId, at: Timestamp) -> Result<u64, Error> {
        execute!(self, END_OF_ACCOUNT, at.micros(), account.uuid())
    }

    /// Ends every family of an account that ends with this browser session, and all that stem from them. Answers how
    /// many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_sign_in(
        &mut self,
        account: AccountId,
        session: SessionId,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let pattern = ending_with(Some(session));
        execute!(self, END_OF_SIGN_IN, at.micros(), account.uuid(), pattern)
    }

    /// The same for every browser session, or every one but one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_families_of_sign_ins(
        &mut self,
        account: AccountId,
        kept: Option<SessionId>,
        at: Timestamp,
    ) -> Result<u64, Error> {
        let any = ending_with(None);
        let kept = kept.map_or_else(String::new, |kept| ending_with(Some(kept)));
        execute!(self, END_OF_SIGN_INS, at.micros(), account.uuid(), any, kept)
    }

    /// Ends every family that an account bought by signing in at the API itself, and all that stem from them: those of
    /// its grants live on. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_own_families_of_account(
        &mut self,
        account: AccountId,
        at: Timestamp,
    ) -> Result<u64, Error> {
        execute!(self, END_OWN_OF_ACCOUNT, at.micros(), account.uuid())
    }
}
