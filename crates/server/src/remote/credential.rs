//! Reading a credential or password without it ever standing on a command line.

use std::io::{IsTerminal, Read};
use std::path::Path;

use super::error::RemoteError;

/// More than any credential takes, so that a wrong file is noticed.
const MAX_BYTES: u64 = 64 << 10;

/// The secret from a file, else from a prompt that does not echo, else from standard input.
/// One line end at its end is not part of it.
pub(super) fn read(file: Option<&Path>, prompt: &str) -> Result<String, RemoteError> {
    let text = match file {
        Some(path) => {
            let file = std::fs::File::open(path);
            let failed = |source| RemoteError::File { path: path.to_owned(), source };
            read_bounded(file.map_err(failed)?).map_err(failed)?
        }
        None if std::io::stdin().is_terminal() => {
            rpassword::prompt_password(prompt).map_err(RemoteError::Credential)?
        }
        None => read_bounded(std::io::stdin().lock()).map_err(RemoteError::Credential)?,
    };
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn read_bounded(source: impl Read) -> std::io::Result<String> {
    let mut text = String::new();
    let bytes = source.take(MAX_BYTES + 1).read_to_string(&mut text)?;
    if u64::try_from(bytes).is_ok_and(|bytes| bytes <= MAX_BYTES) {
        Ok(text)
    } else {
        Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "longer than any credential"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_end_is_cut_off() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), " sk_live_x \r\n").unwrap();
        assert_eq!(read(Some(file.path()), "").unwrap(), " sk_live_x ");
    }

    #[test]
    fn a_file_that_cannot_be_a_credential_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "x".repeat(70_000)).unwrap();
        assert!(matches!(read(Some(file.path()), ""), Err(RemoteError::File { .. })));
    }
}
