//! SQLite underneath. A statement runs where it is called: a point read takes a few microseconds, which is less than to
//! hand it to another thread and to be woken with the answer.

use std::any::TypeId;
use std::cell::{RefCell, RefMut};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{CachedStatement, Connection, OpenFlags, Statement, ToSql};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

use crate::columns::{FromColumns, Positions};
use crate::error::{Error, Fault};

/// Prepared statements kept per connection: more than there are, so that each is prepared once.
const STATEMENTS: usize = 512;

/// Pages of the write-ahead log, 16 MB, after which they are brought to the database file. A page that many commits touch is
/// brought once.
const LOG_PAGES: i64 = 4_000;

/// What the writer may keep of the database in memory, in KiB, as SQLite wants it told: with a minus.
const WRITER_CACHE: i64 = -16_000;

/// The same of each reader: there are several, and what is asked for often is in the caches of the engine.
const READER_CACHE: i64 = -2_000;

/// A statement looks at its deadline after this many steps of SQLite's machine, some milliseconds.
const STEPS: i32 = 100_000;

/// Where an SQLite database is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// In memory that the connections of one store share. It is named by its address, which nothing else has.
    Memory(Arc<u8>),
    /// In a file.
    File(PathBuf),
}

/// How to connect.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) place: Place,
    /// How long to wait for another process that is writing.
    pub(crate) lock_wait: Duration,
}

/// One connection.
pub(crate) struct Sqlite {
    connection: Connection,
    began: Instant,
    /// When the statement that is running has to end, in microseconds after `began`.
    until: Arc<AtomicU64>,
    orders: RefCell<HashMap<Text, Order>>,
    positions: RefCell<HashMap<(Text, TypeId), Positions>>,
}

/// Where a statement's text begins, and its length: it is there for ever, and nothing else ever is.
type Text = (usize, usize);

/// The numbers of a statement's values, in the order in which SQLite counts their places.
type Order = Box<[Option<usize>]>;

impl Source {
    /// A connection that can write.
    pub(crate) fn connect(&self) -> Result<Sqlite, Error> {
        let connection = match &self.place {
            Place::Memory(name) => {
                let name = format!("file:claviger-{:p}?mode=memory&cache=shared", Arc::as_ptr(name));
                Connection::open_with_flags(name, OpenFlags::default())
            }
            // Without SQLITE_OPEN_URI: a path that begins with "file:" is a path.
            Place::File(path) => {
                Connection::open_with_flags(path, OpenFlags::default() - OpenFlags::SQLITE_OPEN_URI)
            }
        }?;
        connection.busy_timeout(self.lock_wait)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Plans do not depend on values: else SQLite would prepare a statement anew when one of its values is another.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        if let Place::File(_) = self.place {
            connection.pragma_update(None, "journal_mode", "wal")?;
            // A commit that was acknowledged survives a power cut; group commit pays for it.
            connection.pragma_update(None, "synchronous", "full")?;
            connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
            connection.pragma_update(None, "cache_size", WRITER_CACHE)?;
        }
        let (began, until) = (Instant::now(), Arc::new(AtomicU64::new(u64::MAX)));
        let end = Arc::clone(&until);
        let is_late = move || micros(began.elapsed()) > end.load(Ordering::Relaxed);
        connection.progress_handler(STEPS, Some(is_late))?;
        let (orders, positions) = (RefCell::default(), RefCell::default());
        Ok(Sqlite { connection, began, until, orders, positions })
    }

    /// A connection that cannot.
    pub(crate) fn connect_reader(&self) -> Result<Sqlite, Error> {
        let reader = self.connect()?;
        reader.connection.pragma_update(None, "query_only", true)?;
        reader.connection.pragma_update(None, "cache_size", READER_CACHE)?;
        Ok(reader)
    }
}

impl Sqlite {
    /// Runs a statement and answers how many rows it touched.
    pub(crate) fn execute(
        &self,
        deadline: Duration,
        sql: &'static str,
        values: &[&dyn ToSql],
    ) -> Result<u64, Error> {
        let touched = self.bind(deadline, sql, values)?.raw_execute()?;
        Ok(u64::try_from(touched).unwrap_or(u64::MAX))
    }

    /// Runs a text of several statements.
    pub(crate) fn execute_text(&self, deadline: Duration, text: &str) -> Result<(), Error> {
        self.allow(deadline);
        Ok(self.connection.execute_batch(text)?)
    }

    /// The first row, if any.
    pub(crate) fn fetch_optional<R: FromColumns>(
        &self,
        deadline: Duration,
        sql: &'static str,
        values: &[&dyn ToSql],
    ) -> Result<Option<R>, Error> {
        let mut statement = self.bind(deadline, sql, values)?;
        let mut rows = statement.raw_query();
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(Some(R::from_row(row, &mut self.positions(sql, TypeId::of::<R>()))?))
    }

    /// The row that is always there.
    pub(crate) fn fetch_one<R: FromColumns>(
        &self,
        deadline: Duration,
        sql: &'static str,
        values: &[&dyn ToSql],
    ) -> Result<R, Error> {
        let row = self.fetch_optional(deadline, sql, values)?;
        row.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// All rows.
    pub(crate) fn fetch_all<R: FromColumns>(
        &self,
        deadline: Duration,
        sql: &'static str,
        values: &[&dyn ToSql],
    ) -> Result<Vec<R>, Error> {
        let mut statement = self.bind(deadline, sql, values)?;
        let mut rows = statement.raw_query();
        let mut positions = self.positions(sql, TypeId::of::<R>());
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(R::from_row(row, &mut positions)?);
        }
        Ok(all)
    }

    /// Closes it, which for the last connection folds the write-ahead log into the database file.
    pub(crate) fn close(self) -> Result<(), Error> {
        Ok(self.connection.close().map_err(|(_, error)| error)?)
    }

    /// Makes a statement ready, or finds it as it was made ready before.
    pub(crate) fn prepare(&self, deadline: Duration, sql: &str) -> Result<CachedStatement<'_>, Error> {
        self.allow(deadline);
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Makes a statement ready with its values. To SQLite `$1` is a name like any other, and the places are numbered as
    /// they occur: each has to be asked for the value it means, which is done once.
    fn bind(
        &self,
        deadline: Duration,
        sql: &'static str,
        values: &[&dyn ToSql],
    ) -> Result<CachedStatement<'_>, Error> {
        let mut statement = self.prepare(deadline, sql)?;
        let mut orders = self.orders.borrow_mut();
        let order = orders.entry(text_of(sql)).or_insert_with(|| order_of(&statement));
        for (place, number) in (1..).zip(order.iter()) {
            let Some(value) = number.and_then(|number| values.get(number.checked_sub(1)?)) else {
                return Err(rusqlite::Error::InvalidParameterCount(values.len(), place).into());
            };
            statement.raw_bind_parameter(place, value)?;
        }
        Ok(statement)
    }

    /// Where a type's columns are in a statement, as far as that is known yet. One piece of machine code for all types.
    #[inline(never)]
    fn positions(&self, sql: &'static str, reads: TypeId) -> RefMut<'_, Positions> {
        RefMut::map(self.positions.borrow_mut(), |all| all.entry((text_of(sql), reads)).or_default())
    }

    /// Gives the statements from here on this long.
    fn allow(&self, deadline: Duration) {
        self.until.store(micros(self.began.elapsed().saturating_add(deadline)), Ordering::Relaxed);
    }
}

fn text_of(sql: &'static str) -> Text {
    (sql.as_ptr().addr(), sql.len())
}

fn order_of(statement: &Statement<'_>) -> Order {
    let names = (1..=statement.parameter_count()).map(|place| statement.parameter_name(place));
    names.map(|name| name?.strip_prefix('$')?.parse().ok()).collect()
}

/// Does work that takes milliseconds without keeping the other tasks of this thread waiting, where there are threads
/// that can take them.
pub(crate) fn aside<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, ref message) = error else { return Self::internal(error) };
        match code.extended_code {
            rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE => {
                return Self::Conflict { constraint: constraint_name(message.as_deref(), "key") };
            }
            rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
                return Self::Conflict { constraint: constraint_name(message.as_deref(), "pkey") };
            }
            rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY => {
                return Self::Conflict { constraint: "foreign_key".to_owned() };
            }
            _ => {}
        }
        use rusqlite::ErrorCode as Code;
        match code.code {
            Code::DatabaseBusy | Code::DatabaseLocked => Self::Busy,
            Code::OperationInterrupted => Self::unavailable(Fault::Deadline),
            Code::OutOfMemory
            | Code::ReadOnly
            | Code::SystemIoFailure
            | Code::DiskFull
            | Code::CannotOpen => Self::unavailable(error),
            _ => Self::internal(error),
        }
    }
}

/// SQLite names the columns ("UNIQUE constraint failed: api.name"), PostgreSQL the constraint (`api_name_key`);
/// both come out in PostgreSQL's spelling.
fn constraint_name(message: Option<&str>, kind: &str) -> String {
    let columns = message.and_then(|message| message.rsplit(": ").next()).unwrap_or_default();
    let mut pairs = columns.split(", ").filter_map(|pair| pair.split_once('.')).peekable();
    let table = pairs.peek().map_or("", |(table, _)| *table).to_owned();
    if kind == "pkey" {
        return table + "_pkey";
    }
    pairs.fold(table, |name, (_, column)| name + "_" + column) + "_key"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_is_built_so_that_no_statement_can_load_code_and_connections_share_no_lock() {
        let source = Source { place: Place::Memory(Arc::default()), lock_wait: Duration::ZERO };
        let sqlite = source.connect().unwrap();
        let options: Vec<(String,)> = sqlite
            .fetch_all(Duration::MAX, "SELECT compile_options FROM pragma_compile_options", &[])
            .unwrap();
        let has = |wanted: &str| options.iter().any(|(option,)| option.starts_with(wanted));
        assert!(has("OMIT_LOAD_EXTENSION") && has("DEFAULT_MEMSTATUS=0"), "{options:?}");
        assert!(!has("ENABLE_MEMORY_MANAGEMENT") && !has("ENABLE_FTS"), "{options:?}");
    }
}
