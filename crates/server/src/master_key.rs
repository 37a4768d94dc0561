//! Fetching the master key from where the settings say it is.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use claviger_secrets::MasterKey;
use claviger_settings::{KeySource, MasterKeySettings};

use crate::private_file;

/// Why there is no usable master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// The settings name no place.
    #[error("no [master_key] is set; `claviger init` makes one")]
    Unset,
    /// The file cannot be read.
    #[error("cannot read the master key from {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is open to more than its owner.
    #[error("{} has mode {mode:03o}, so others than its owner can reach it; run: chmod 600 {}", path.display(), path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The variable is not set.
    #[error("the environment has no variable {name}")]
    NoVariable {
        /// Its name.
        name: String,
    },
    /// The command could not be run.
    #[error("cannot run {program}, which should print the master key")]
    Command {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The command ended badly.
    #[error("{program}, which should print the master key, ended with {status}")]
    CommandFailed {
        /// The program.
        program: String,
        /// How.
        status: std::process::ExitStatus,
    },
    /// The text is no master key.
    #[error(transparent)]
    Secrets(#[from] claviger_secrets::Error),
}

/// The master key in force and those before it.
#[derive(Debug)]
pub(crate) struct MasterKeys {
    pub(crate) current: MasterKey,
    pub(crate) previous: Vec<MasterKey>,
}

/// Fetches every configured master key.
pub(crate) fn load(settings: Option<&MasterKeySettings>) -> Result<MasterKeys, MasterKeyError> {
    let settings = settings.ok_or(MasterKeyError::Unset)?;
    let previous = settings.previous.iter().map(fetch).collect::<Result<_, _>>()?;
    Ok(MasterKeys { current: fetch(&settings.current)?, previous })
}

fn fetch(source: &KeySource) -> Result<MasterKey, MasterKeyError> {
    let text = match source {
        KeySource::File(path) => from_file(path)?,
        KeySource::Environment(name) => from_environment(name)?,
        KeySource::Command(command) => from_command(command)?,
    };
    Ok(MasterKey::parse(&text)?)
}

type Text = zeroize::Zeroizing<String>;

fn from_file(path: &Path) -> Result<Text, MasterKeyError> {
    let unreadable = |source| MasterKeyError::Unreadable { path: path.to_path_buf(), source };
    if let Some(mode) = private_file::open_to_others(path).map_err(unreadable)? {
        return Err(MasterKeyError::OpenToOthers { path: path.to_path_buf(), mode });
    }
    fs::read_to_string(path).map(Text::new).map_err(unreadable)
}

#[expect(clippy::disallowed_methods, reason = "the settings name a variable to read the master key from")]
fn from_environment(name: &str) -> Result<Text, MasterKeyError> {
    let no_variable = || MasterKeyError::NoVariable { name: name.to_owned() };
    std::env::var(name).map(Text::new).map_err(|_| no_variable())
}

fn from_command(command: &[String]) -> Result<Text, MasterKeyError> {
    let (program, arguments) = command.split_first().ok_or(MasterKeyError::Unset)?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| MasterKeyError::Command { program: program.clone(), source })?;
    if !output.status.success() {
        return Err(MasterKeyError::CommandFailed { program: program.clone(), status: output.status });
    }
    Ok(Text::new(String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Effects;

    fn settings(current: KeySource) -> MasterKeySettings {
        MasterKeySettings { current, previous: Vec::new() }
    }

    #[test]
    fn a_key_file_must_be_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("master.key");
        let key = MasterKey::generate(&*Effects::system().entropy);
        private_file::create(&path, &key.to_text()).unwrap();
        assert!(load(Some(&settings(KeySource::File(path.clone())))).is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = load(Some(&settings(KeySource::File(path)))).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_command_prints_the_key_or_is_named_in_the_error() {
        let key = MasterKey::generate(&*Effects::system().entropy).to_text();
        let printing = KeySource::Command(vec!["echo".to_owned(), key.to_string()]);
        assert!(load(Some(&settings(printing))).is_ok());
        let failing = load(Some(&settings(KeySource::Command(vec!["false".to_owned()])))).unwrap_err();
        assert!(failing.to_string().starts_with("false, "), "{failing}");
        let missing = load(Some(&settings(KeySource::Command(vec!["no-such-program-here".to_owned()]))));
        assert!(matches!(missing, Err(MasterKeyError::Command { .. })));
    }
}
