//! Where the database is and how long anything may wait for it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

/// A parsed database URL: `sqlite:PATH`, `sqlite::memory:` or `postgres://…`. Its password is never printed.
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Target);

#[derive(Clone)]
pub(crate) enum Target {
    Memory,
    File(PathBuf),
    Postgres(Box<PgConnectOptions>),
}

/// The text is not the URL of a database we can use. It is not repeated, because it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a database URL; expected `sqlite:PATH`, `sqlite::memory:` or `postgres://user@host/database`")]
pub struct DatabaseUrlError;

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, DatabaseUrlError> {
        let target = match text.split_once(':') {
            Some(("sqlite", ":memory:" | "//:memory:")) => Target::Memory,
            Some(("sqlite", path)) => Target::File(file(path).ok_or(DatabaseUrlError)?),
            Some(("postgres" | "postgresql", _)) => {
                Target::Postgres(Box::new(text.parse().map_err(|_| DatabaseUrlError)?))
            }
            _ => return Err(DatabaseUrlError),
        };
        Ok(Self(target))
    }
}

/// The file of `sqlite:PATH` and `sqlite://PATH`. Parameters, which other programs allow after a question mark, are
/// refused: a file of such a name would be made instead of what they ask for.
fn file(path: &str) -> Option<PathBuf> {
    let path = path.strip_prefix("//").unwrap_or(path);
    let names_a_file = !path.trim_start_matches('/').is_empty() && !path.contains('?');
    names_a_file.then(|| PathBuf::from(path))
}

/// The place without credentials, for logs.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Memory => f.write_str("sqlite::memory:"),
            Target::File(path) => write!(f, "sqlite:{}", path.display()),
            Target::Postgres(options) => {
                let database = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => write!(f, "postgres://{}/{database}", socket.display()),
                    None => write!(f, "postgres://{}:{}/{database}", options.get_host(), options.get_port()),
                }
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Some ten milliseconds of a database that is in memory.
pub(crate) const LOOK: u32 = 20_000;

/// How to open a store.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// The database.
    pub url: DatabaseUrl,
    /// Connections: readers beside SQLite's one writer, or all of PostgreSQL's.
    pub connections: u32,
    /// The longest any read, write or wait for a connection may take.
    pub deadline: Duration,
    /// How long SQLite waits for another process that is writing. Below the deadline.
    pub lock_wait: Duration,
    /// Writes that may wait for SQLite's writer; one more is refused as busy.
    pub queue: usize,
    /// Writes that may share one commit on SQLite.
    pub batch: usize,
    /// Rows that a page of a list looks at in vain before it ends short, at least one.
    pub look: u32,
}

impl StoreOptions {
    /// The usual measures for this database.
    pub fn new(url: DatabaseUrl) -> Self {
        let connections = match url.0 {
            Target::Memory | Target::File(_) => 4,
            Target::Postgres(_) => 16,
        };
        Self {
            url,
            connections,
            deadline: Duration::from_secs(5),
            lock_wait: Duration::from_secs(2),
            queue: 1024,
            batch: 128,
            look: LOOK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let url: DatabaseUrl =
            "postgres://claviger:hunter2@db.internal:6432/auth?sslmode=disable".parse().unwrap();
        let options = StoreOptions::new(url);
        assert_eq!(options.url.to_string(), "postgres://db.internal:6432/auth");
        assert!(!format!("{options:?}").contains("hunter2"));
        let error = "postgres://u:hunter2@host:notaport/x".parse::<DatabaseUrl>().unwrap_err();
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }

    #[test]
    fn only_the_two_engines_are_accepted() {
        for bad in ["", "sqlite:", "sqlite://", "sqlite:a.db?mode=ro", "mysql://localhost/x", "claviger.db"] {
            assert_eq!(bad.parse::<DatabaseUrl>().unwrap_err(), DatabaseUrlError, "{bad}");
        }
        assert_eq!("sqlite:a/b.db".parse::<DatabaseUrl>().unwrap().to_string(), "sqlite:a/b.db");
        assert_eq!("sqlite:///a/b.db".parse::<DatabaseUrl>().unwrap().to_string(), "sqlite:/a/b.db");
    }
}
