//! Tokens as rows: the columns every query of tokens selects, and the way back into the domain.

use claviger_domain::{
    AccountId, ClientId, FamilyId, Generation, GrantId, KeyId, Parent, ScopeSet, SecretId, Timestamp,
    TokenFamily, TokenPart,
};
use uuid::Uuid;

use crate::columns::row;
use crate::error::Error;
use crate::key_rows::hash;

/// The columns of a family, of `token_family f`.
macro_rules! family_columns {
    () => {
        "f.id AS f_id, f.key AS f_key, f.secret AS f_secret, f.client AS f_client, f.client_grant AS f_grant, \
         f.account AS f_account, f.source AS f_source, f.scopes AS f_scopes, f.details AS f_details, f.newest AS f_newest, \
         f.spent AS f_spent, f.created_at AS f_created_at, f.ends_at AS f_ends_at, f.ended_at AS f_ended_at, \
         f.tokens AS f_tokens"
    };
}

/// The columns of a token, of `token t`.
macro_rules! token_columns {
    () => {
        "t.lookup AS t_lookup, t.generation AS t_generation, t.part AS t_part, t.issued_at AS t_issued_at, \
         t.expires_at AS t_expires_at, t.sealed AS t_sealed"
    };
}

pub(crate) use {family_columns, token_columns};

/// A token as it is kept: everything but its text. One whose lookup says its name is kept with its family alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredToken {
    /// The keyed hash of its text, or its name and what there is room for of that.
    pub lookup: [u8; 32],
    /// Its generation.
    pub generation: Generation,
    /// Access or refresh.
    pub part: TokenPart,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends by itself; none for never.
    pub expires_at: Option<Timestamp>,
    /// Its sealed text, where it cannot be made again and may have to be given again.
    pub sealed: Option<Vec<u8>>,
    /// What it may do, where that is less than its family may.
    pub scopes: Option<ScopeSet>,
}

/// A family to be inserted.
#[derive(Clone, Debug)]
pub struct NewFamily {
    /// The family, in its first generation.
    pub family: TokenFamily,
    /// The keyed hash of what its token is given again for, if it is.
    pub reuse: Option<[u8; 32]>,
    /// Its session, if it has one.
    pub session: Option<StoredSession>,
    /// What else its tokens are made of, as a JSON object.
    pub details: String,
    /// Its tokens.
    pub tokens: Vec<StoredToken>,
}

/// A session's name as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The keyed hash of key and name.
    pub lookup: [u8; 32],
    /// The sealed name.
    pub name: Vec<u8>,
}

/// A living family of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The family.
    pub family: FamilyId,
    /// The session.
    pub session: StoredSession,
    /// The scopes of its tokens.
    pub scopes: ScopeSet,
    /// When it was bought.
    pub created_at: Timestamp,
    /// When its access token ends.
    pub expires_at: Option<Timestamp>,
}

row! {
    pub(crate) struct FamilyRow {
        pub(crate) f_id: Uuid,
        f_key: Option<Uuid>,
        f_secret: Option<Uuid>,
        f_client: Option<Uuid>,
        f_grant: Option<Uuid>,
        f_account: Option<Uuid>,
        f_source: Option<Uuid>,
        f_scopes: String,
        pub(crate) f_details: String,
        f_newest: i64,
        pub(crate) f_spent: i64,
        f_created_at: i64,
        f_ends_at: Option<i64>,
        f_ended_at: Option<i64>,
        pub(crate) f_tokens: String,
    }
}

row! {
    pub(crate) struct TokenRow {
        t_lookup: Vec<u8>,
        t_generation: i64,
        t_part: String,
        t_issued_at: i64,
        t_expires_at: Option<i64>,
        t_sealed: Option<Vec<u8>>,
    }
}

row! {
    pub(crate) struct SessionRow {
        id: Uuid,
        session: Vec<u8>,
        session_name: Vec<u8>,
        scopes: String,
        created_at: i64,
        expires_at: Option<i64>,
    }
}

impl FamilyRow {
    /// The family, and what else its tokens are made of.
    pub(crate) fn with_details(mut self) -> Result<(TokenFamily, String), Error> {
        let details = std::mem::take(&mut self.f_details);
        Ok((self.try_into()?, details))
    }
}

impl TryFrom<FamilyRow> for TokenFamily {
    type Error = Error;

    fn try_from(row: FamilyRow) -> Result<Self, Error> {
        let generation = |number, column| {
            Generation::from_i64(number).ok_or_else(|| Error::corrupt("token_family", column))
        };
        Ok(Self {
            id: FamilyId::from_uuid(row.f_id),
            parent: parent_of(&row)?,
            source: row.f_source.map(FamilyId::from_uuid),
            scopes: scopes_of(&row.f_scopes)?,
            newest: generation(row.f_newest, "newest")?,
            spent: generation(row.f_spent, "spent")?,
            created_at: Timestamp::from_micros(row.f_created_at),
            ends_at: row.f_ends_at.map(Timestamp::from_micros),
            ended_at: row.f_ended_at.map(Timestamp::from_micros),
        })
    }
}

impl TryFrom<TokenRow> for StoredToken {
    type Error = Error;

    fn try_from(row: TokenRow) -> Result<Self, Error> {
        let bad = |column| Error::corrupt("token", column);
        Ok(Self {
            lookup: hash(&row.t_lookup, "token", "lookup")?,
            generation: Generation::from_i64(row.t_generation).ok_or_else(|| bad("generation"))?,
            part: TokenPart::from_word(&row.t_part).ok_or_else(|| bad("part"))?,
            issued_at: Timestamp::from_micros(row.t_issued_at),
            expires_at: row.t_expires_at.map(Timestamp::from_micros),
            sealed: row.t_sealed,
            scopes: None,
        })
    }
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = Error;

    fn try_from(row: SessionRow) -> Result<Self, Error> {
        let lookup = hash(&row.session, "token_family", "session")?;
        Ok(Self {
            family: FamilyId::from_uuid(row.id),
            session: StoredSession { lookup, name: row.session_name },
            scopes: scopes_of(&row.scopes)?,
            created_at: Timestamp::from_micros(row.created_at),
            expires_at: row.expires_at.map(Timestamp::from_micros),
        })
    }
}

fn parent_of(row: &FamilyRow) -> Result<Parent, Error> {
    match (row.f_key, row.f_secret, row.f_client, row.f_grant, row.f_account) {
        (Some(key), Some(secret), None, None, None) => {
            Ok(Parent::Key { key: KeyId::from_uuid(key), secret: SecretId::from_uuid(secret) })
        }
        (None, None, Some(client), None, None) => Ok(Parent::Client(ClientId::from_uuid(client))),
        (None, None, Some(client), Some(grant), Some(account)) => Ok(Parent::Grant {
            grant: GrantId::from_uuid(grant),
            client: ClientId::from_uuid(client),
            account: AccountId::from_uuid(account),
        }),
        (None, None, None, None, Some(account)) => Ok(Parent::Account(AccountId::from_uuid(account))),
        _ => Err(Error::corrupt("token_family", "parent")),
    }
}

/// The columns of a parent: key, secret, client, grant, account.
pub(crate) fn parent_columns(parent: Parent) -> [Option<Uuid>; 5] {
    match parent {
        Parent::Key { key, secret } => [Some(key.uuid()), Some(secret.uuid()), None, None, None],
        Parent::Client(client) => [None, None, Some(client.uuid()), None, None],
        Parent::Grant { grant, client, account } => {
            [None, None, Some(client.uuid()), Some(grant.uuid()), Some(account.uuid())]
        }
        Parent::Account(account) => [None, None, None, None, Some(account.uuid())],
    }
}

pub(crate) fn scopes_of(text: &str) -> Result<ScopeSet, Error> {
    ScopeSet::parse_spaced(text).map_err(|_| Error::corrupt("token_family", "scopes"))
}
