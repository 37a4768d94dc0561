//! Tokens and their families: made, rotated, spent, deleted.

use claviger_domain::{AccountId, ClientId, FamilyId, Generation, KeyId, ParentId, Timestamp, TokenFamily};

use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::token_rows::{
    FamilyRow, NewFamily, SessionRecord, SessionRow, StoredToken, TokenWithFamily, family_columns,
    lookups_of, parent_columns, token_columns,
};
use crate::tx::Tx;

// A family's sessions have no refresh tokens worth waiting for: what counts is whether its access token lives.
macro_rules! list_sessions {
    ($parent:literal) => {
        concat!(
            "SELECT f.id, f.session, f.session_name, f.scopes, f.created_at, t.expires_at FROM token_family f \
             JOIN token t ON t.family = f.id AND t.generation = f.newest AND t.part = 'access' WHERE f.",
            $parent,
            " = $1 AND f.session IS NOT NULL AND f.ended_at IS NULL AND t.expires_at > $2 \
             ORDER BY f.created_at DESC, f.id DESC LIMIT $3"
        )
    };
}

macro_rules! count_sessions {
    ($parent:literal) => {
        concat!(
            "SELECT COUNT(DISTINCT session) FROM token_family WHERE ",
            $parent,
            " = $1 AND session IS NOT NULL AND session <> $2 AND ended_at IS NULL \
             AND (ends_at IS NULL OR ends_at > $3)"
        )
    };
}

statements! {
    FIND_REUSABLE = concat!("SELECT ", token_columns!(), ", ", family_columns!(), " FROM token_family f \
        JOIN token t ON t.family = f.id AND t.generation = f.newest AND t.part = 'access' \
        WHERE f.reuse = $1");
    LIST_NEWEST = concat!("SELECT ", token_columns!(), ", ", family_columns!(), " FROM token_family f \
        JOIN token t ON t.family = f.id AND t.generation = f.newest WHERE f.id = $1");
    FIND_FAMILY = concat!("SELECT ", family_columns!(), " FROM token_family f WHERE f.id = $1");
    LIST_LOOKUPS = "SELECT lookup FROM token WHERE family = $1 AND generation > $2 AND generation <= $3";
    LIST_SESSIONS_OF_KEY = list_sessions!("key");
    LIST_SESSIONS_OF_CLIENT = list_sessions!("client");
    LIST_SESSIONS_OF_GRANT = list_sessions!("client_grant");
    LIST_SESSIONS_OF_ACCOUNT = list_sessions!("account");
    COUNT_SESSIONS_OF_KEY = count_sessions!("key");
    COUNT_SESSIONS_OF_CLIENT = count_sessions!("client");
    COUNT_SESSIONS_OF_GRANT = count_sessions!("client_grant");
    COUNT_SESSIONS_OF_ACCOUNT = count_sessions!("account");
    // Changes nothing, but waits for whoever changes the key, and keeps others waiting.
    HOLD_KEY = "UPDATE api_key SET kind = kind WHERE id = $1 AND revoked_at IS NULL AND disabled_at IS NULL";
    HOLD_CLIENT = "UPDATE client SET api = api WHERE id = $1 AND disabled_at IS NULL";
    HOLD_ACCOUNT = "UPDATE account SET pool = pool WHERE id = $1 AND disabled_at IS NULL";
    // Likewise for whoever ends a family, or exchanges a token of it.
    HOLD_FAMILY = "UPDATE token_family SET spent = spent WHERE id = $1 AND ended_at IS NULL";
    RELEASE_REUSE = "UPDATE token_family SET reuse = NULL WHERE reuse = $1";
    INSERT_FAMILY = "INSERT INTO token_family (id, key, secret, client, client_grant, account, source, reuse, session, \
        session_name, scopes, details, newest, spent, created_at, ends_at, ended_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, NULL)";
    INSERT = "INSERT INTO token (lookup, family, generation, part, issued_at, expires_at, sealed, scopes) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    ROTATE = "UPDATE token_family SET newest = newest + 1 \
        WHERE id = $1 AND newest = $2 AND ended_at IS NULL";
    // Apart from the rotation, because it is in an index, which most rotations need not touch.
    MOVE_END = "UPDATE token_family SET ends_at = $2 WHERE id = $1";
    SPEND = "UPDATE token_family SET spent = $2 WHERE id = $1 AND spent < $2 AND ended_at IS NULL";
    DELETE_SPENT = "DELETE FROM token WHERE family = $1 AND generation <= $2 AND expires_at < $3";
    DELETE_DEAD = "DELETE FROM token_family WHERE id IN \
        (SELECT id FROM token_family WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";
}

impl Conn {
    /// The family that holds this reuse, and its newest access token.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_reusable(
        &mut self,
        reuse: &[u8; 32],
    ) -> Result<Option<(TokenFamily, StoredToken)>, Error> {
        let row = fetch_optional!(self, TokenWithFamily, FIND_REUSABLE, reuse.as_slice())?;
        row.map(|row| Ok((row.family.try_into()?, row.token.try_into()?))).transpose()
    }

    /// A family without its tokens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_bare_family(&mut self, id: FamilyId) -> Result<Option<TokenFamily>, Error> {
        let row = fetch_optional!(self, FamilyRow, FIND_FAMILY, id.uuid())?;
        row.map(TokenFamily::try_from).transpose()
    }

    /// A family with the tokens of its newest generation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_family(
        &mut self,
        id: FamilyId,
    ) -> Result<Option<(TokenFamily, Vec<StoredToken>)>, Error> {
        let mut family = None;
        let mut tokens = Vec::new();
        for row in fetch_all!(self, TokenWithFamily, LIST_NEWEST, id.uuid())? {
            family = Some(row.family);
            tokens.push(row.token.try_into()?);
        }
        family.map(|family| Ok((family.try_into()?, tokens))).transpose()
    }

    /// The keyed hashes of a family's tokens after a generation and up to another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_token_lookups(
        &mut self,
        id: FamilyId,
        (after, through): (Generation, Generation),
    ) -> Result<Vec<[u8; 32]>, Error> {
        lookups_of(&fetch_all!(self, (Vec<u8>,), LIST_LOOKUPS, id.uuid(), after.as_i64(), through.as_i64())?)
    }

    /// The living families of a parent that have a session, newest first, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_named_sessions(
        &mut self,
        parent: ParentId,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<SessionRecord>, Error> {
        let statement = match parent {
            ParentId::Key(_) => LIST_SESSIONS_OF_KEY,
            ParentId::Client(_) => LIST_SESSIONS_OF_CLIENT,
            ParentId::Grant(_) => LIST_SESSIONS_OF_GRANT,
            ParentId::Account(_) => LIST_SESSIONS_OF_ACCOUNT,
        };
        let rows = fetch_all!(self, SessionRow, statement, parent.uuid(), now.micros(), i64::from(limit))?;
        rows.into_iter().map(SessionRecord::try_from).collect()
    }

    /// How many sessions of a parent live, beside this one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_other_sessions(
        &mut self,
        parent: ParentId,
        session: &[u8; 32],
        now: Timestamp,
    ) -> Result<u64, Error> {
        let statement = match parent {
            ParentId::Key(_) => COUNT_SESSIONS_OF_KEY,
            ParentId::Client(_) => COUNT_SESSIONS_OF_CLIENT,
            ParentId::Grant(_) => COUNT_SESSIONS_OF_GRANT,
            ParentId::Account(_) => COUNT_SESSIONS_OF_ACCOUNT,
        };
        let row = fetch_optional!(self, (i64,), statement, parent.uuid(), session.as_slice(), now.micros())?;
        Ok(row.and_then(|(count,)| u64::try_from(count).ok()).unwrap_or_default())
    }
}

impl Tx {
    /// Keeps everyone else from changing a key, or buying with it, until this transaction ends. Answers whether the
    /// key works.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_key(&mut self, id: KeyId) -> Result<bool, Error> {
        Ok(execute!(self, HOLD_KEY, id.uuid())? == 1)
    }

    /// Keeps everyone else from changing a client until this transaction ends. Answers whether it is enabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_client(&mut self, id: ClientId) -> Result<bool, Error> {
        Ok(execute!(self, HOLD_CLIENT, id.uuid())? == 1)
    }

    /// Keeps everyone else from changing an account until this transaction ends. Answers whether it is enabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_account(&mut self, id: AccountId) -> Result<bool, Error> {
        Ok(execute!(self, HOLD_ACCOUNT, id.uuid())? == 1)
    }

    /// Keeps everyone else from ending a family until this transaction ends. Answers whether it lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hold_family(&mut self, id: FamilyId) -> Result<bool, Error> {
        Ok(execute!(self, HOLD_FAMILY, id.uuid())? == 1)
    }

    /// Takes a reuse away from the family that holds it, which lives on. Answers whether one did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_reuse(&mut self, reuse: &[u8; 32]) -> Result<bool, Error> {
        Ok(execute!(self, RELEASE_REUSE, reuse.as_slice())? == 1)
    }

    /// Inserts a family with its first tokens.
    ///
    /// # Errors
    /// [`Error::Conflict`] when another family holds its reuse, or the key is gone; when the database fails.
    pub async fn insert_family(&mut self, new: &NewFamily) -> Result<(), Error> {
        let NewFamily { family, reuse, session, details, tokens } = new;
        let [key, secret, client, grant, account] = parent_columns(family.parent);
        execute!(
            self,
            INSERT_FAMILY,
            family.id.uuid(),
            key,
            secret,
            client,
            grant,
            account,
            family.source.map(FamilyId::uuid),
            reuse.as_ref().map(<[u8; 32]>::as_slice),
            session.as_ref().map(|session| session.lookup.as_slice()),
            session.as_ref().map(|session| session.name.as_slice()),
            family.scopes.to_string(),
            details.as_str(),
            family.newest.as_i64(),
            family.spent.as_i64(),
            family.created_at.micros(),
            family.ends_at.map(Timestamp::micros),
        )?;
        for token in tokens {
            self.insert_token(family.id, token).await?;
        }
        Ok(())
    }

    /// Inserts a token of a family.
    ///
    /// # Errors
    /// [`Error::Conflict`] when it is there already; when the database fails.
    pub async fn insert_token(&mut self, family: FamilyId, token: &StoredToken) -> Result<(), Error> {
        execute!(
            self,
            INSERT,
            token.lookup.as_slice(),
            family.uuid(),
            token.generation.as_i64(),
            token.part.as_str(),
            token.issued_at.micros(),
            token.expires_at.map(Timestamp::micros),
            token.sealed.as_deref(),
            token.scopes.as_ref().map(ToString::to_string),
        )?;
        Ok(())
    }

    /// Makes the generation after `newest` the newest. Answers whether it happened: of many that try, one is told so.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rotate_family(&mut self, id: FamilyId, newest: Generation) -> Result<bool, Error> {
        Ok(execute!(self, ROTATE, id.uuid(), newest.as_i64())? == 1)
    }

    /// Lets the last token of a family end by itself then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_family_end(&mut self, id: FamilyId, ends_at: Option<Timestamp>) -> Result<(), Error> {
        execute!(self, MOVE_END, id.uuid(), ends_at.map(Timestamp::micros))?;
        Ok(())
    }

    /// Spends a generation and all before it. Answers whether that changed anything.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn spend_generations(&mut self, id: FamilyId, through: Generation) -> Result<bool, Error> {
        Ok(execute!(self, SPEND, id.uuid(), through.as_i64())? == 1)
    }

    /// Deletes the tokens of a family up to a generation that expired before `cutoff`. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_spent_tokens(
        &mut self,
        family: FamilyId,
        through: Generation,
        cutoff: Timestamp,
    ) -> Result<u64, Error> {
        execute!(self, DELETE_SPENT, family.uuid(), through.as_i64(), cutoff.micros())
    }

    /// Deletes families whose last token ended before `cutoff`, at most `limit` at a time. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_dead_families(&mut self, cutoff: Timestamp, limit: u32) -> Result<u64, Error> {
        execute!(self, DELETE_DEAD, cutoff.micros(), i64::from(limit))
    }
}
