//! Tokens and their families: made, rotated, spent, deleted.

use claviger_domain::{
    AccountId, ClientId, FamilyId, Generation, KeyId, ParentId, Timestamp, TokenFamily, TokenPart,
};

use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::grant_tokens::acts;
use crate::kept_tokens::{FamilyWithSealed, is_named, text_of};
use crate::statements::statements;
use crate::token_rows::{
    FamilyRow, NewFamily, SessionRecord, SessionRow, StoredToken, family_columns, parent_columns,
};
use crate::tx::Tx;

// A family's sessions have no refresh tokens worth waiting for: what counts is whether its access token lives.
macro_rules! list_sessions {
    ($parent:literal) => {
        concat!(
            "SELECT id, session, session_name, scopes, created_at, access_ends_at AS expires_at FROM token_family WHERE ",
            $parent,
            " = $1 AND session IS NOT NULL AND ended_at IS NULL AND access_ends_at > $2 \
             ORDER BY created_at DESC, id DESC LIMIT $3"
        )
    };
}

// The newest access token has a row where its text may be sealed.
macro_rules! find_with_sealed {
    ($which:literal) => {
        concat!(
            "SELECT ",
            family_columns!(),
            ", t.sealed AS t_sealed FROM token_family f LEFT JOIN token t \
             ON t.family = f.id AND t.generation = f.newest AND t.part = 'access' WHERE ",
            $which
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
    FIND_REUSABLE = find_with_sealed!("f.reuse = $1");
    FIND = find_with_sealed!("f.id = $1");
    FIND_UNSPENT = concat!("SELECT ", family_columns!(), " FROM token_family f WHERE f.id = $1");
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
        session_name, scopes, details, newest, spent, created_at, ends_at, ended_at, issued_at, access_ends_at, tokens) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, NULL, $17, $18, $19)";
    INSERT = "INSERT INTO token (lookup, family, generation, part, issued_at, expires_at, sealed) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    ROTATE = concat!("UPDATE token_family SET newest = newest + 1, spent = $4, issued_at = $5, access_ends_at = $6, \
        tokens = $7 WHERE id = $1 AND newest = $2 AND spent = $3 AND ended_at IS NULL AND ", acts!());
    // Apart from the rotation, because it is in an index, which most rotations need not touch.
    MOVE_END = "UPDATE token_family SET ends_at = $2 WHERE id = $1";
    SPEND = "UPDATE token_family SET spent = $2 WHERE id = $1 AND spent < $2 AND ended_at IS NULL";
    DELETE_SPENT = "DELETE FROM token WHERE family = $1 AND generation <= $2 AND expires_at < $3";
    DELETE_DEAD = "DELETE FROM token_family WHERE id IN \
        (SELECT id FROM token_family WHERE ends_at < $1 ORDER BY ends_at LIMIT $2)";
}

/// One generation of a family more.
#[derive(Clone, Copy, Debug)]
pub struct FamilyStep<'s> {
    /// The newest generation that is spent from here on.
    pub spent: Generation,
    /// The tokens that were there before; those that are spent go.
    pub kept: &'s [StoredToken],
    /// The tokens of the new generation.
    pub made: &'s [StoredToken],
}

fn newest_issue(tokens: &[StoredToken]) -> Option<Timestamp> {
    tokens.iter().map(|token| token.issued_at).max()
}

fn access_end(tokens: &[StoredToken]) -> Option<Timestamp> {
    tokens.iter().find(|token| token.part == TokenPart::Access)?.expires_at
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
        let row = fetch_optional!(self, FamilyWithSealed, FIND_REUSABLE, reuse.as_slice())?;
        let Some((family, tokens)) = row.map(FamilyWithSealed::with_newest).transpose()? else {
            return Ok(None);
        };
        let access = tokens.into_iter().find(|token| token.part == TokenPart::Access);
        Ok(access.map(|access| (family, access)))
    }

    /// A family with its tokens that are not spent, without sealed texts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_unspent(
        &mut self,
        id: FamilyId,
    ) -> Result<Option<(TokenFamily, Vec<StoredToken>)>, Error> {
        let row = fetch_optional!(self, FamilyRow, FIND_UNSPENT, id.uuid())?;
        row.map(FamilyRow::with_tokens).transpose()
    }

    /// A family with the tokens of its newest generation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_family(
        &mut self,
        id: FamilyId,
    ) -> Result<Option<(TokenFamily, Vec<StoredToken>)>, Error> {
        let row = fetch_optional!(self, FamilyWithSealed, FIND, id.uuid())?;
        row.map(FamilyWithSealed::with_newest).transpose()
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
        let kept = text_of(family.id, tokens)?;
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
            newest_issue(tokens).unwrap_or(family.created_at).micros(),
            access_end(tokens).map(Timestamp::micros),
            kept,
        )?;
        self.insert_nameless(family.id, tokens).await
    }

    /// Inserts rows for those tokens that nothing else finds.
    async fn insert_nameless(&mut self, family: FamilyId, tokens: &[StoredToken]) -> Result<(), Error> {
        for token in tokens.iter().filter(|token| !is_named(token, family)) {
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
            )?;
        }
        Ok(())
    }

    /// Makes the next generation of a family, unless its user may not act. Answers whether it happened: of many that try,
    /// and of those who spend a generation meanwhile, one is told so.
    ///
    /// # Errors
    /// [`Error::Conflict`] when one of its tokens is there already; when the database fails.
    pub async fn rotate_family(
        &mut self,
        family: &TokenFamily,
        step: &FamilyStep<'_>,
    ) -> Result<bool, Error> {
        let FamilyStep { spent, kept, made } = *step;
        let kept = text_of(family.id, kept.iter().filter(|token| token.generation > spent).chain(made))?;
        let rotated = execute!(
            self,
            ROTATE,
            family.id.uuid(),
            family.newest.as_i64(),
            family.spent.as_i64(),
            spent.as_i64(),
            newest_issue(made).unwrap_or(family.created_at).micros(),
            access_end(made).map(Timestamp::micros),
            kept,
        )?;
        if rotated == 1 {
            self.insert_nameless(family.id, made).await?;
        }
        Ok(rotated == 1)
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

    /// Deletes the rows of a family's tokens up to a generation that expired before `cutoff`. Answers how many.
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
