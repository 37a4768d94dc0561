//! Countries of addresses, from a file in MaxMind's format, read again on SIGHUP.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use claviger_domain::Country;
use claviger_engine::Countries;
use maxminddb::{MaxMindDbError, Reader, path};

use crate::hangup::Hangups;
use crate::shutdown::Stop;

/// What files that know countries call themselves, whoever makes them.
const KINDS: [&str; 3] = ["Country", "City", "Enterprise"];

type Table = Reader<Vec<u8>>;

/// The file in force.
pub(crate) struct CountryFile {
    path: PathBuf,
    table: ArcSwap<Table>,
}

/// Why a file cannot tell countries.
#[derive(Debug, thiserror::Error)]
pub enum CountryFileError {
    /// It cannot be read.
    #[error("cannot read the file of countries {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no file in MaxMind's format, or damaged.
    #[error("the file of countries {} is not in MaxMind's format, or is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        source: MaxMindDbError,
    },
    /// It tells something else by addresses.
    #[error("the file {} is a {kind:?}; countries are in one whose kind says Country, City or Enterprise", path.display())]
    Other {
        /// The file.
        path: PathBuf,
        /// What it says it is.
        kind: String,
    },
}

impl CountryFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, or knows no countries.
    pub(crate) fn open(path: &Path) -> Result<Self, CountryFileError> {
        Ok(Self { path: path.to_owned(), table: ArcSwap::from_pointee(read(path)?) })
    }

    /// Reads the file again at every SIGHUP, until `stop`. A bad file is reported and the old one stays.
    pub(crate) async fn follow(self: Arc<Self>, mut hangups: Hangups, stop: Stop) {
        loop {
            tokio::select! {
                () = stop.requested() => return,
                () = hangups.next() => {}
            }
            let file = Arc::clone(&self);
            // It is some megabytes.
            let failed: Box<dyn Error> = match tokio::task::spawn_blocking(move || file.reload()).await {
                Ok(Ok(())) => {
                    tracing::info!("countries reloaded");
                    continue;
                }
                Ok(Err(error)) => error.into(),
                Err(error) => error.into(),
            };
            tracing::error!(error = &*failed, "the countries could not be reloaded; the old ones stay");
        }
    }

    fn reload(&self) -> Result<(), CountryFileError> {
        self.table.store(Arc::new(read(&self.path)?));
        Ok(())
    }
}

impl fmt::Debug for CountryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CountryFile({})", self.path.display())
    }
}

impl Countries for CountryFile {
    fn country(&self, address: IpAddr) -> Option<Country> {
        let table = self.table.load();
        let found = table.lookup(address.to_canonical()).ok()?;
        let code: Option<&str> = found.decode_path(&path!["country", "iso_code"]).ok()?;
        code?.parse().ok()
    }
}

fn read(path: &Path) -> Result<Table, CountryFileError> {
    let bytes =
        fs::read(path).map_err(|source| CountryFileError::Unreadable { path: path.to_owned(), source })?;
    let table = Reader::from_source(bytes)
        .map_err(|source| CountryFileError::Damaged { path: path.to_owned(), source })?;
    let kind = &table.metadata().database_type;
    if !KINDS.iter().any(|known| kind.contains(known)) {
        return Err(CountryFileError::Other { path: path.to_owned(), kind: kind.clone() });
    }
    Ok(table)
}

#[cfg(test)]
#[path = "countries_tests.rs"]
mod tests;
