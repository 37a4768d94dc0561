//! The demo's directory: what stands in it, and that it is the demo's.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use claviger_secrets::MasterKey;

use crate::effects::Effects;
use crate::private_file;

/// Every contract of the repository: file name and text.
pub(super) const CONTRACTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/contracts.rs"));

const SETTINGS: &str = include_str!("claviger.toml");
const MARKER: &str = ".claviger-demo";
const MARKER_TEXT: &str = "Made by `claviger demo`, which removes what it made here with --fresh.\n";
/// What the demo makes beside contracts and marker.
const OWN: [&str; 6] =
    ["master.key", "claviger.toml", "credentials.json", "claviger.db", "claviger.db-wal", "claviger.db-shm"];

/// A directory of the demo's, with everything in it that a start needs, for one demo at a time.
pub(super) struct Directory {
    path: PathBuf,
    /// The marker, locked as long as this lives: a second demo would change keys and port under the first.
    _marker: File,
}

/// Why a directory cannot be the demo's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DirectoryError {
    #[error("{} was not made by `claviger demo`; name another with --dir", .0.display())]
    Foreign(PathBuf),
    #[error("a demo is running in {} already; end it first, or name another with --dir", .0.display())]
    Busy(PathBuf),
    #[error("{} is missing, but there is a database already; start over with --fresh", .0.display())]
    Incomplete(PathBuf),
    #[error("cannot prepare {}", path.display())]
    Io { path: PathBuf, source: io::Error },
}

impl Directory {
    /// Makes whatever is missing. `fresh` first removes what an earlier demo made, and nothing else.
    pub(super) fn prepare(path: &Path, fresh: bool, port: u16) -> Result<Self, DirectoryError> {
        if !is_ours(path)? {
            return Err(DirectoryError::Foreign(path.to_path_buf()));
        }
        at(path, private_file::create_directory)?;
        let directory = Self { path: path.to_path_buf(), _marker: lock(path)? };
        if fresh {
            directory.clear()?;
        }
        directory.fill(port)?;
        Ok(directory)
    }

    /// For people.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn settings(&self) -> PathBuf {
        self.path.join("claviger.toml")
    }

    pub(super) fn credentials(&self) -> PathBuf {
        self.path.join("credentials.json")
    }

    fn contracts(&self) -> PathBuf {
        self.path.join("contracts")
    }

    fn clear(&self) -> Result<(), DirectoryError> {
        let contracts = CONTRACTS.iter().map(|(name, _)| self.contracts().join(name));
        for path in OWN.iter().map(|name| self.path.join(name)).chain(contracts) {
            at(&path, private_file::remove_if_present)?;
        }
        for path in mails(&self.path.join("mail"))? {
            at(&path, private_file::remove_if_present)?;
        }
        Ok(())
    }

    fn fill(&self, port: u16) -> Result<(), DirectoryError> {
        self.fill_master_key()?;
        let settings = self.settings();
        if !settings.exists() {
            at(&settings, |path| fs::write(path, SETTINGS.replace("{port}", &port.to_string())))?;
        }
        at(&self.contracts(), |path| fs::create_dir_all(path))?;
        for (name, text) in CONTRACTS {
            let path = self.contracts().join(name);
            if !path.exists() {
                at(&path, |path| fs::write(path, text))?;
            }
        }
        Ok(())
    }

    fn fill_master_key(&self) -> Result<(), DirectoryError> {
        let path = self.path.join("master.key");
        if path.exists() {
            return Ok(());
        }
        if self.path.join("claviger.db").exists() {
            return Err(DirectoryError::Incomplete(path));
        }
        let key = MasterKey::generate(&*Effects::system().entropy);
        at(&path, |path| private_file::create(path, &key.to_text()))
    }
}

/// The mails that an earlier demo sent.
fn mails(directory: &Path) -> Result<Vec<PathBuf>, DirectoryError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(DirectoryError::Io { path: directory.to_path_buf(), source }),
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "eml")).collect())
}

/// It has our marker, or there is nothing in it yet.
fn is_ours(path: &Path) -> Result<bool, DirectoryError> {
    if path.join(MARKER).is_file() {
        return Ok(true);
    }
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(source) => Err(DirectoryError::Io { path: path.to_path_buf(), source }),
    }
}

/// The marker, made if it is not there, and ours alone until it is dropped or this process ends.
fn lock(path: &Path) -> Result<File, DirectoryError> {
    let marker = path.join(MARKER);
    let failed = |source| DirectoryError::Io { path: marker.clone(), source };
    let mut file = File::options().create(true).append(true).open(&marker).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(DirectoryError::Busy(path.to_path_buf())),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    if file.metadata().map_err(failed)?.len() == 0 {
        file.write_all(MARKER_TEXT.as_bytes()).map_err(failed)?;
    }
    Ok(file)
}

fn at<T>(path: &Path, work: impl FnOnce(&Path) -> io::Result<T>) -> Result<T, DirectoryError> {
    work(path).map_err(|source| DirectoryError::Io { path: path.to_path_buf(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_directory_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("claviger.db");
        fs::write(&file, "mine").unwrap();
        let refused = Directory::prepare(place.path(), true, 1);
        assert!(matches!(refused, Err(DirectoryError::Foreign(_))));
        assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn starting_over_removes_what_the_demo_made_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("demo");
        Directory::prepare(&path, false, 8080).unwrap();
        let key = fs::read(path.join("master.key")).unwrap();
        let (contract, text) = CONTRACTS[0];
        fs::write(path.join("contracts").join(contract), "changed").unwrap();
        fs::write(path.join("notes.txt"), "mine").unwrap();
        Directory::prepare(&path, false, 8080).unwrap();
        assert_eq!(fs::read(path.join("master.key")).unwrap(), key);
        assert_eq!(fs::read_to_string(path.join("contracts").join(contract)).unwrap(), "changed");
        Directory::prepare(&path, true, 8080).unwrap();
        assert_ne!(fs::read(path.join("master.key")).unwrap(), key);
        assert_eq!(fs::read_to_string(path.join("contracts").join(contract)).unwrap(), text);
        assert_eq!(fs::read_to_string(path.join("notes.txt")).unwrap(), "mine");
        assert_eq!(private_file::open_to_others(&path).unwrap(), None);
    }

    #[test]
    fn a_directory_has_one_demo_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let first = Directory::prepare(place.path(), false, 8080).unwrap();
        let key = fs::read(place.path().join("master.key")).unwrap();
        let second = Directory::prepare(place.path(), true, 8080);
        assert!(matches!(second, Err(DirectoryError::Busy(_))));
        assert_eq!(fs::read(place.path().join("master.key")).unwrap(), key);
        drop(first);
        assert!(Directory::prepare(place.path(), true, 8080).is_ok());
    }

    #[test]
    fn a_database_without_its_master_key_is_not_given_another() {
        let place = tempfile::tempdir().unwrap();
        Directory::prepare(place.path(), false, 8080).unwrap();
        fs::write(place.path().join("claviger.db"), "").unwrap();
        fs::remove_file(place.path().join("master.key")).unwrap();
        let refused = Directory::prepare(place.path(), false, 8080);
        assert!(matches!(refused, Err(DirectoryError::Incomplete(_))));
    }
}
