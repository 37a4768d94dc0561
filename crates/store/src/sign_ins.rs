//! How often people sign in or are refused, by hour and day.

use claviger_domain::{Grain, Pool, SignInOutcome, Timestamp};

use crate::columns::row;
use crate::conn::{Conn, execute, fetch_all};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    ADD = "INSERT INTO sign_in_tally (grain, at, pool, outcome, times) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (grain, at, pool, outcome) DO UPDATE SET times = sign_in_tally.times + excluded.times";
    LIST = "SELECT at, pool, outcome, times FROM sign_in_tally WHERE grain = $1 AND at >= $2 AND at < $3 \
        ORDER BY at, pool, outcome";
    DELETE_OLDEST = "DELETE FROM sign_in_tally WHERE grain = $1 \
        AND at = (SELECT MIN(o.at) FROM sign_in_tally o WHERE o.grain = $1 AND o.at < $2)";
}

/// How often something became of an attempt to sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignInSum {
    /// When the hour or day began.
    pub at: Timestamp,
    /// Whose people tried.
    pub pool: Pool,
    /// What became of it.
    pub outcome: SignInOutcome,
    /// How often.
    pub times: u64,
}

row! {
    struct TallyRow {
        at: i64,
        pool: String,
        outcome: String,
        times: i64,
    }
}

/// A later program may tell outcomes apart that this one does not know; they are left out.
fn read(row: &TallyRow) -> Option<Result<SignInSum, Error>> {
    let outcome = SignInOutcome::from_name(&row.outcome)?;
    let pool = row.pool.parse().map_err(|_| Error::corrupt("sign_in_tally", "pool"));
    let (at, times) = (Timestamp::from_micros(row.at), u64::try_from(row.times).unwrap_or_default());
    Some(pool.map(|pool| SignInSum { at, pool, outcome, times }))
}

impl Conn {
    /// What became of attempts to sign in, from the hour or day that begins at `from` or after to the last that begins
    /// before `to`, in order of time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_sign_ins(
        &mut self,
        grain: Grain,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<SignInSum>, Error> {
        let rows = fetch_all!(self, TallyRow, LIST, grain.as_str(), from.micros(), to.micros())?;
        rows.iter().filter_map(read).collect()
    }
}

impl Tx {
    /// Adds to the hour or day that began at `sum.at`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_sign_ins(&mut self, grain: Grain, sum: &SignInSum) -> Result<(), Error> {
        let SignInSum { at, pool, outcome, times } = *sum;
        let times = i64::try_from(times).unwrap_or(i64::MAX);
        execute!(self, ADD, grain.as_str(), at.micros(), pool.to_string(), outcome.as_str(), times)?;
        Ok(())
    }

    /// Deletes the oldest hour or day if it began before `cutoff`. Answers how many rows it had.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_oldest_sign_ins(&mut self, grain: Grain, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_OLDEST, grain.as_str(), cutoff.micros())
    }
}
