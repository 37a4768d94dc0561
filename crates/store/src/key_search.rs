//! Keys found by what people know of them, however many there are: the beginning of a name, or what they still see of a
//! text.

use claviger_domain::{ApiId, Environment, Key, Timestamp, WorkspaceId};

use crate::conn::{Conn, survey};
use crate::error::Error;
use crate::key_lists::{KeyFilter, StateFilter, passes};
use crate::key_rows::{KeyWithGeneration, generation_columns, into_keys, key_columns};
use crate::keys::fold;
use crate::statements::statements;

/// Names that are looked at, of those that begin alike.
const NAMES: i64 = 5_000;

macro_rules! find {
    ($those:literal) => {
        concat!(
            "SELECT ",
            key_columns!(),
            ", ",
            generation_columns!(),
            " FROM (SELECT p.* FROM ",
            $those,
            " t JOIN api_key p ON p.id = t.id WHERE ",
            passes!(),
            " LIMIT $7) k JOIN key_generation g ON g.key = k.id ORDER BY k.id DESC, g.number DESC"
        )
    };
}

statements! {
    // A name that begins with the text lies between it and the text with the greatest character behind it.
    FIND_BY_NAME = find!("(SELECT n.id FROM (SELECT m.id, m.workspace FROM api_key m \
        WHERE m.name_folded >= $1 AND m.name_folded < $12 ORDER BY m.name_folded, m.workspace, m.id LIMIT $13) n \
        WHERE n.workspace = COALESCE($2, n.workspace))");
    FIND_BY_HINT = find!("(SELECT DISTINCT h.key AS id FROM key_generation h WHERE h.last_four = $1 \
        AND h.prefix = COALESCE($12, h.prefix) LIMIT $13)");
}

impl Conn {
    /// Keys whose name begins with a text, in whatever case, and that pass the filter, whose own text is not asked about.
    /// Of very many they are some, newest first, `most` at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_keys_by_name(
        &mut self,
        filter: &KeyFilter,
        beginning: &str,
        most: u16,
    ) -> Result<Vec<Key>, Error> {
        let from = fold(beginning);
        let to = format!("{from}{}", char::MAX);
        self.find_keys_by(FIND_BY_NAME, filter, (from, Some(to)), most).await
    }

    /// Keys one of whose texts ends with these four characters, and begins with a prefix where one is named, and that
    /// pass the filter, whose own text is not asked about; newest first, `most` at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_keys_by_hint(
        &mut self,
        filter: &KeyFilter,
        (prefix, last_four): (Option<&str>, &str),
        most: u16,
    ) -> Result<Vec<Key>, Error> {
        let of = (last_four.to_owned(), prefix.map(str::to_owned));
        self.find_keys_by(FIND_BY_HINT, filter, of, most).await
    }

    async fn find_keys_by(
        &mut self,
        statement: &'static str,
        filter: &KeyFilter,
        (first, second): (String, Option<String>),
        most: u16,
    ) -> Result<Vec<Key>, Error> {
        let rows = survey!(
            self,
            KeyWithGeneration,
            statement,
            first,
            filter.workspace.map(WorkspaceId::uuid),
            filter.api.map(ApiId::uuid),
            filter.environment.map(Environment::as_str),
            filter.state.map(StateFilter::as_str),
            None::<&str>,
            i64::from(most),
            filter.ends.map(|(from, _)| from.micros()),
            filter.ends.map(|(_, to)| to.micros()),
            filter.unused_since.map(Timestamp::micros),
            filter.text_before.map(Timestamp::micros),
            second,
            NAMES,
        )?;
        into_keys(rows)
    }
}
