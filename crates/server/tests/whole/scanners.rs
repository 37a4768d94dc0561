//! Scanners for leaked secrets, with the patterns that we export: the real gitleaks, and for those that are no
//! program one runs at home, their patterns in the syntax that they read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use claviger_contract::{Contract, Scanner, parse};
use claviger_domain::{KeyFormat, KeyKind};
use claviger_secrets::generate_key;
use claviger_testkit::SeededEntropy;
use regex::Regex;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::oauth::libraries::kept;

const GITLEAKS: &str = "github.com/zricethezav/gitleaks/v8@v8.30.1";
/// It is built from its source, the first time.
const BUILDING: Duration = Duration::from_secs(20 * 60);
const SCANNING: Duration = Duration::from_secs(60);

const CONTRACTS: [(&str, &str); 5] = [
    ("redpin.toml", include_str!("../../../../contracts/redpin.toml")),
    ("example.toml", include_str!("../../../../contracts/example.toml")),
    ("propertybase.toml", include_str!("../../../../contracts/propertybase.toml")),
    ("brifle.toml", include_str!("../../../../contracts/brifle.toml")),
    ("redox.toml", include_str!("../../../../contracts/redox.toml")),
];

/// Where people leave keys.
const PLACES: [&str; 10] = [
    "API_KEY={}\n",
    "export API_KEY=\"{}\"\n",
    r#"{"apiKey":"{}","next":1}"#,
    "curl -H 'Authorization: Bearer {}' https://api.example.com/\n",
    "https://api.example.com/v1/users?key={}&page=2",
    "const key='{}';fetch(key)",
    "key: {}\n",
    "<key>{}</key>",
    "It is ({}).\n",
    "{}",
];

fn contracts() -> Vec<Contract> {
    CONTRACTS.iter().map(|(name, text)| parse(name, text).unwrap().contract).collect()
}

/// Keys that open something by themselves; the public half of a pair is no secret.
fn searched(contract: &Contract) -> impl Iterator<Item = &KeyFormat> {
    contract.policy().key_formats.iter().filter(|format| format.kind == KeyKind::Single)
}

/// A folder with real keys of every contract in all places, and those that scanners should find.
struct Corpus {
    folder: tempfile::TempDir,
    keys: BTreeSet<String>,
    /// What only looks like a key.
    misses: Vec<String>,
}

impl Corpus {
    fn new(contracts: &[Contract]) -> Self {
        let mut corpus =
            Self { folder: tempfile::tempdir().unwrap(), keys: BTreeSet::new(), misses: Vec::new() };
        let entropy = SeededEntropy::new(11);
        for contract in contracts {
            for (number, format) in contract.policy().key_formats.iter().enumerate() {
                let name = format!("{}-{number}", contract.policy().name);
                let is_searched = format.kind == KeyKind::Single;
                for (place, text) in PLACES.iter().enumerate() {
                    let key = generate_key(format, &entropy).expose().to_owned();
                    corpus.write(&format!("{name}-{place}.txt"), &text.replace("{}", &key));
                    if is_searched {
                        corpus.keys.insert(key);
                    }
                }
                let key = generate_key(format, &entropy).expose().to_owned();
                let (prefix, rest) = key.split_at(format.prefix.len());
                let short = &rest[1..];
                for miss in [
                    format!("{prefix}{short}"),
                    format!("{prefix}{rest}0"),
                    format!("x{key}"),
                    format!("{prefix}{short}-"),
                    format!("{prefix}_{short}"),
                    format!("{}{rest}", prefix.to_uppercase()),
                    format!("{prefix}{} {}", &rest[..9], &rest[9..]),
                    format!("{prefix}YOUR_KEY_HERE"),
                    prefix.to_owned(),
                ] {
                    corpus.misses.push(miss);
                }
            }
        }
        let misses = corpus.misses.join("\n");
        corpus.write("misses.txt", &misses);
        corpus
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).unwrap();
    }

    /// Everything in the folder.
    fn text(&self) -> String {
        let files = std::fs::read_dir(self.folder.path()).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap() + "\n").collect()
    }
}

/// The real gitleaks: built once from its source.
async fn gitleaks() -> PathBuf {
    let folder = kept("gitleaks");
    let program = folder.join("gitleaks");
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == GITLEAKS) {
        return program;
    }
    std::fs::create_dir_all(&folder).unwrap();
    let mut go = Command::new("go");
    go.args(["install", GITLEAKS]).env("GOBIN", &folder).stdin(Stdio::null()).kill_on_drop(true);
    let output = timeout(BUILDING, go.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    std::fs::write(mark, GITLEAKS).unwrap();
    program
}

async fn scan(program: &Path, rules: &Path, folder: &Path) -> Vec<Value> {
    let report = tempfile::NamedTempFile::new().unwrap();
    let mut command = Command::new(program);
    command.arg("dir").arg(folder).arg("--config").arg(rules);
    command.args(["--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path"]);
    let output = command.arg(report.path()).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = timeout(SCANNING, output).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&std::fs::read(report.path()).unwrap()).unwrap()
}

#[tokio::test]
async fn gitleaks_finds_every_key_of_the_five_contracts_and_nothing_that_only_looks_like_one() {
    let contracts = contracts();
    let corpus = Corpus::new(&contracts);
    let rules: String = contracts.iter().map(|contract| contract.leak_patterns(Scanner::Gitleaks)).collect();
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), rules).unwrap();
    let found = scan(&gitleaks().await, file.path(), corpus.folder.path()).await;
    let secrets: Vec<_> = found.iter().map(|leak| leak["Secret"].as_str().unwrap().to_owned()).collect();
    assert_eq!(secrets.len(), corpus.keys.len(), "each once");
    assert_eq!(secrets.into_iter().collect::<BTreeSet<_>>(), corpus.keys);
    let rules: BTreeSet<_> = found.iter().map(|leak| leak["RuleID"].as_str().unwrap()).collect();
    let formats: usize = contracts.iter().map(|contract| searched(contract).count()).sum();
    assert!(rules.len() == formats && formats >= 8, "{rules:?}");
}

/// What these patterns find in a text: the first group of each.
fn found_by(patterns: &[String], text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for pattern in patterns {
        for captures in Regex::new(pattern).unwrap().captures_iter(text) {
            found.insert(captures[1].to_owned());
        }
    }
    found
}

#[test]
fn what_trufflehog_and_github_read_finds_the_same() {
    let contracts = contracts();
    let corpus = Corpus::new(&contracts);
    let text = corpus.text();
    // TruffleHog's detectors are Go's RE2, as is this library's syntax; in quotes they are JSON.
    let trufflehog: Vec<String> = contracts
        .iter()
        .flat_map(|contract| {
            let lines = contract.leak_patterns(Scanner::Trufflehog);
            let keys = lines.lines().filter_map(|line| line.trim().strip_prefix("key: "));
            keys.map(|quoted| serde_json::from_str(quoted).unwrap()).collect::<Vec<String>>()
        })
        .collect();
    assert_eq!(found_by(&trufflehog, &text), corpus.keys);
    // GitHub puts what stands before and after around the secret.
    let github: Vec<String> = contracts
        .iter()
        .flat_map(|contract| {
            let list: Vec<Value> = serde_json::from_str(&contract.leak_patterns(Scanner::Github)).unwrap();
            let part = |pattern: &Value, name: &str| pattern[name].as_str().unwrap().to_owned();
            let whole = |pattern: &Value| {
                let [before, secret, after] =
                    ["before_secret", "secret_format", "after_secret"].map(|name| part(pattern, name));
                format!("(?:{before})({secret})(?:{after})")
            };
            list.iter().map(whole).collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(found_by(&github, &text), corpus.keys);
}
