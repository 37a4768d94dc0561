//! Rules over single files: how long they are, what they are called, what they may not mention.

use std::path::{Path, PathBuf};

use super::{Rule, Violation};
use crate::failure::Failure;
use crate::workspace;

/// The most lines of a file, its tests not counted.
const MAX_LINES: usize = 600;
/// The most lines of a file of tests.
const MAX_TEST_LINES: usize = 900;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "shared", "types"];
/// Folders of one machine. Written in two halves, since this file is checked too.
const PLACES: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

/// A text file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// Where it is, from the root.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) text: String,
}

impl File {
    /// Whether it holds nothing but tests, benchmarks or examples.
    pub(crate) fn is_test(&self) -> bool {
        let in_test_folder = self
            .path
            .iter()
            .any(|part| ["tests", "benches", "examples"].iter().any(|folder| part == *folder));
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        in_test_folder || stem == "tests" || stem.ends_with("_tests")
    }

    fn is_rust(&self) -> bool {
        self.path.extension().is_some_and(|extension| extension == "rs")
    }

    /// Lines before the module of tests, which stands last by convention.
    fn lines_without_tests(&self) -> usize {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_start = |pair: &[&str]| match pair {
            [attribute, module] => *attribute == "#[cfg(test)]" && module.trim_start().starts_with("mod "),
            _ => false,
        };
        lines.windows(2).position(is_start).unwrap_or(lines.len())
    }
}

/// Every text file that git tracks, or would if it were added.
pub(crate) fn tracked(root: &Path) -> Result<Vec<File>, Failure> {
    let mut git = workspace::command("git");
    // A checkout owned by someone else is normal in a container.
    git.args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let listing = workspace::output(&mut git)?;
    let mut files = Vec::new();
    for path in listing.split('\0').filter(|path| !path.is_empty()) {
        match std::fs::read(root.join(path)) {
            Ok(bytes) => {
                // What is not text is not checked.
                files.extend(String::from_utf8(bytes).ok().map(|text| File { path: path.into(), text }));
            }
            // Deleted, but not yet from the index.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(Failure::file(path)(error)),
        }
    }
    Ok(files)
}

/// The broken rules among these files.
pub(crate) fn check(files: &[File]) -> Vec<Violation> {
    let mut violations: Vec<_> = files.iter().flat_map(check_places).collect();
    for file in files.iter().filter(|file| file.is_rust()) {
        violations.extend(check_length(file));
        violations.extend(check_name(&file.path));
    }
    violations
}

fn check_length(file: &File) -> Option<Violation> {
    let (lines, limit, what) = if file.is_test() {
        (file.text.lines().count(), MAX_TEST_LINES, "tests")
    } else {
        (file.lines_without_tests(), MAX_LINES, "code")
    };
    let detail = format!("{lines} lines of {what}; at most {limit}");
    (lines > limit).then(|| Violation::new(Rule::Length, file.path.display(), detail))
}

fn check_name(path: &Path) -> Option<Violation> {
    let empty =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).find(|part| {
            // A crate's folder may carry the project's name before its own.
            let own = part.rsplit_once('-').map_or(part.as_str(), |(_, own)| own);
            EMPTY_NAMES.contains(&own)
        })?;
    Some(Violation::new(
        Rule::Name,
        path.display(),
        format_args!("`{empty}` says nothing about what is inside"),
    ))
}

fn check_places(file: &File) -> Option<Violation> {
    let (number, place) = file.text.lines().enumerate().find_map(|(i, line)| {
        PLACES.iter().find(|place| line.contains(*place)).map(|place| (i + 1, place))
    })?;
    let at = format!("{}:{number}", file.path.display());
    Some(Violation::new(Rule::Place, at, format_args!("mentions `{place}`, a folder of one machine")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: impl Into<String>) -> File {
        File { path: path.into(), text: text.into() }
    }

    fn said(file: File) -> Vec<String> {
        check(&[file]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_long_file_is_refused_and_its_tests_are_not_counted() {
        let code = "let x = 1;\n".repeat(600);
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &"// y\n".repeat(500) + "}\n";
        assert!(said(file("crates/a/src/b.rs", code.clone() + &tests)).is_empty());
        assert_eq!(
            said(file("crates/a/src/b.rs", code + "one more\n" + &tests)),
            ["length: crates/a/src/b.rs: 601 lines of code; at most 600"]
        );
    }

    #[test]
    fn files_of_tests_may_be_longer() {
        let text = "// x\n".repeat(900);
        assert!(said(file("crates/a/src/b_tests.rs", text.clone())).is_empty());
        assert!(said(file("crates/a/tests/b.rs", text.clone())).is_empty());
        assert_eq!(said(file("crates/a/tests/b.rs", text + "\n")).len(), 1);
    }

    #[test]
    fn a_name_must_say_something() {
        for path in ["crates/a/src/utils.rs", "crates/a/src/common/x.rs", "crates/a-shared/src/x.rs"] {
            assert_eq!(said(file(path, "")).len(), 1, "{path}");
        }
        assert!(said(file("crates/a/src/shared_counter.rs", "")).is_empty());
    }

    #[test]
    fn no_file_mentions_a_folder_of_one_machine() {
        let text = format!("fine\nsee {}shop/x\n", PLACES[0]);
        let [only] = &said(file("docs/a.md", text))[..] else { panic!("one violation") };
        assert!(only.starts_with("place: docs/a.md:2: "), "{only}");
    }
}
