//! The tables of `docs/src/telemetry.md`, and what a parser of PromQL says.

use std::collections::BTreeSet;
use std::process::Stdio;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::client::PATIENCE;
use crate::oauth::libraries::{install, kept};

const PAGE: &str = include_str!("../../../../../docs/src/telemetry.md");

/// A row of the table of numbers.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) name: String,
    pub(super) prometheus: String,
    pub(super) kind: String,
    pub(super) unit: String,
}

/// The cells of the rows of the table under this heading, without the marks around code.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let section = PAGE.split_once(heading).unwrap().1;
    let lines = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let cells = |line: &str| {
        let inner = line.trim_matches('|').split('|');
        inner.map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// Every documented number.
pub(super) fn numbers() -> Vec<Number> {
    let number = |cells: Vec<String>| {
        let [name, prometheus, kind, unit, ..] = &cells[..] else { panic!("{cells:?}") };
        let [name, prometheus, kind, unit] = [name, prometheus, kind, unit].map(Clone::clone);
        Number { name, prometheus, kind, unit }
    };
    let numbers: Vec<Number> = rows("## Numbers\n").into_iter().map(number).collect();
    assert!(numbers.len() > 10, "{numbers:?}");
    numbers
}

/// Every documented attribute of spans.
pub(super) fn attributes() -> BTreeSet<String> {
    rows("### Spans\n").into_iter().map(|mut cells| cells.remove(0)).collect()
}

/// The names in these expressions, as this package's parser finds them.
pub(super) async fn names_asked_for(package: &str, script: &str, expressions: &[String]) -> Vec<Vec<String>> {
    let folder = kept("promql");
    let make = ["-m", "venv", "."].map(str::to_owned).to_vec();
    let words = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", package];
    let python = folder.join("bin/python").display().to_string();
    let pip = words.map(str::to_owned).to_vec();
    install(&folder, package, &[("python3", make), (python.as_str(), pip)]).await;
    let mut command = Command::new(&python);
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let input = serde_json::to_vec(expressions).unwrap();
    child.stdin.take().unwrap().write_all(&input).await.unwrap();
    let output = timeout(PATIENCE, child.wait_with_output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}
