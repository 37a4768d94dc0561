//! Test clocks that are ahead, one for each workspace.

use std::time::Duration;

use claviger_domain::{TestClock, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT workspace, ahead, set_at, set_by FROM test_clock WHERE workspace = $1";
    PUT = "INSERT INTO test_clock (workspace, ahead, set_at, set_by) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (workspace) DO UPDATE \
        SET ahead = excluded.ahead, set_at = excluded.set_at, set_by = excluded.set_by";
    DELETE = "DELETE FROM test_clock WHERE workspace = $1";
    DELETE_BEFORE = "DELETE FROM test_clock WHERE set_at < $1";
}

#[derive(sqlx::FromRow)]
struct ClockRow {
    workspace: Uuid,
    ahead: i64,
    set_at: i64,
    set_by: String,
}

impl TryFrom<ClockRow> for TestClock {
    type Error = Error;

    fn try_from(row: ClockRow) -> Result<Self, Error> {
        let corrupt = || Error::corrupt("test_clock", "ahead");
        let ahead = Duration::from_micros(u64::try_from(row.ahead).map_err(|_| corrupt())?);
        Ok(Self {
            workspace: WorkspaceId::from_uuid(row.workspace),
            ahead: ahead.try_into().map_err(|_| corrupt())?,
            set_at: Timestamp::from_micros(row.set_at),
            set_by: row.set_by,
        })
    }
}

impl Conn {
    /// The test clock of a workspace, where it is ahead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_test_clock(&mut self, workspace: WorkspaceId) -> Result<Option<TestClock>, Error> {
        fetch_optional!(self, ClockRow, FIND, workspace.uuid())?.map(TestClock::try_from).transpose()
    }
}

impl Tx {
    /// Puts a workspace's test clock ahead, wherever it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn put_test_clock(&mut self, clock: &TestClock) -> Result<(), Error> {
        let ahead = i64::try_from(clock.ahead.get().as_micros()).unwrap_or(i64::MAX);
        let (workspace, set_at) = (clock.workspace.uuid(), clock.set_at.micros());
        execute!(self, PUT, workspace, ahead, set_at, clock.set_by.as_str())?;
        Ok(())
    }

    /// Returns a workspace's test clock to the real time. Answers whether it was ahead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_test_clock(&mut self, workspace: WorkspaceId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, workspace.uuid())? == 1)
    }

    /// Returns all test clocks that were put ahead before `cutoff`. Answers how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_test_clocks_before(&mut self, cutoff: Timestamp) -> Result<u64, Error> {
        execute!(self, DELETE_BEFORE, cutoff.micros())
    }
}
