//! Keys counted, from the oldest on: what needs care is more often found among them.

use claviger_domain::{ApiId, Environment, KeyId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, fetch_one, fetch_optional, survey};
use crate::error::Error;
use crate::key_lists::{KeyFilter, StateFilter, passes, pattern};
use crate::statements::statements;

/// The keys between two ids that pass, no more of them than `$7`.
macro_rules! count {
    ($leading:literal) => {
        concat!(
            "SELECT COUNT(*) FROM (SELECT p.id FROM api_key p WHERE p.id > $1 AND p.id <= $12 AND ",
            $leading,
            passes!(),
            " LIMIT $7) k"
        )
    };
}

/// The last id that a count looks at.
macro_rules! ceiling {
    ($leading:literal) => {
        concat!("SELECT p.id FROM api_key p WHERE ", $leading, "p.id > $1 ORDER BY p.id LIMIT 1 OFFSET $2")
    };
}

statements! {
    COUNT = count!("");
    COUNT_OF_WORKSPACE = count!("p.workspace = $2 AND ");
    COUNT_OF_API = count!("p.api = $3 AND ");
    CEILING = ceiling!("");
    CEILING_OF_WORKSPACE = ceiling!("p.workspace = $3 AND ");
    CEILING_OF_API = ceiling!("p.api = $3 AND ");
    // By the index of ends, which the conditions that may be absent keep the others from.
    COUNT_ENDING = "SELECT COUNT(*) FROM (SELECT p.id FROM api_key p WHERE p.api = $1 AND p.expires_at > $2 \
        AND p.expires_at < $3 AND p.revoked_at IS NULL AND p.disabled_at IS NULL ORDER BY p.expires_at LIMIT $4) k";
}

/// Which keys are looked at for a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyStretch {
    /// Those made after this one; none for the oldest.
    pub after: Option<KeyId>,
    /// So many of them, at least one.
    pub look: u32,
}

/// What came of a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCount {
    /// How many keys of the stretch passed.
    pub count: u16,
    /// The last key of the stretch, after which the count goes on; none when no other can pass.
    pub next: Option<KeyId>,
}

impl Conn {
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

    /// How many keys of a stretch pass the filter, counted no further than `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_keys(
        &mut self,
        filter: &KeyFilter,
        stretch: KeyStretch,
        most: u16,
    ) -> Result<KeyCount, Error> {
        let workspace = filter.workspace.map(WorkspaceId::uuid);
        let (statement, ceiling, leading) = match (workspace, filter.api) {
            (Some(_), _) => (COUNT_OF_WORKSPACE, CEILING_OF_WORKSPACE, workspace),
            (None, Some(api)) => (COUNT_OF_API, CEILING_OF_API, Some(api.uuid())),
            (None, None) => (COUNT, CEILING, None),
        };
        let after = stretch.after.map_or(Uuid::nil(), KeyId::uuid);
        let place = i64::from(stretch.look.max(1)) - 1;
        let last: Option<(Uuid,)> = match leading {
            Some(leading) => fetch_optional!(self, (Uuid,), ceiling, after, place, leading)?,
            None => fetch_optional!(self, (Uuid,), ceiling, after, place)?,
        };
        let newest = filter.newest();
        let last = last.map(|(id,)| id).filter(|id| *id < newest);
        let counted = survey!(
            self,
            (i64,),
            statement,
            after,
            workspace,
            filter.api.map(ApiId::uuid),
            filter.environment.map(Environment::as_str),
            filter.state.map(StateFilter::as_str),
            filter.name.as_deref().map(pattern),
            i64::from(most),
            filter.ends.map(|(from, _)| from.micros()),
            filter.ends.map(|(_, to)| to.micros()),
            filter.unused_since.map(Timestamp::micros),
            filter.text_before.map(Timestamp::micros),
            last.unwrap_or(newest),
        )?;
        let count = counted.first().map_or(0, |(count,)| u16::try_from(*count).unwrap_or(most));
        let next = last.filter(|_| count < most).map(KeyId::from_uuid);
        Ok(KeyCount { count, next })
    }
}
