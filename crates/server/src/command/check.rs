//! `claviger contract check|show|leak-patterns`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use claviger_contract::{Contract, Diagnostics, Scanner};
use claviger_domain::{Environment, KeyKind};
use serde::Serialize;
use serde_json::json;

use crate::contracts::read_files;
use crate::globals::Globals;
use crate::output;

/// What to do with contracts.
#[derive(Debug, Subcommand)]
pub(super) enum ContractCommand {
    /// Check contract files and name every mistake with its line
    #[command(
        after_help = "Examples:\n  claviger contract check contracts/*.toml\n  claviger contract check        those of the settings"
    )]
    Check {
        /// The files; else all of the settings' directory
        files: Vec<PathBuf>,
    },
    /// Show what a contract file says
    #[command(after_help = "Example:\n  claviger contract show contracts/example.toml")]
    Show {
        /// The file
        file: PathBuf,
    },
    /// Export what scanners look for to find leaked keys of an API
    #[command(
        after_help = "Examples:\n  claviger contract leak-patterns contracts/example.toml --format gitleaks > .gitleaks.toml"
    )]
    LeakPatterns {
        /// The file
        file: PathBuf,
        /// gitleaks, trufflehog or github
        #[arg(long)]
        format: Scanner,
    },
}

/// Why there is nothing to check.
#[derive(Debug, thiserror::Error)]
enum CheckError {
    #[error("cannot read {}", path.display())]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Settings(#[from] claviger_settings::LoadError),
    #[error(transparent)]
    Directory(#[from] crate::contracts::ContractsError),
}

pub(super) fn run(command: ContractCommand, globals: &Globals) -> ExitCode {
    let done = match command {
        ContractCommand::Check { files } => check(&files, globals),
        ContractCommand::Show { file } => show(&file, globals),
        ContractCommand::LeakPatterns { file, format } => leak_patterns(&file, format),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            output::error(&error, globals.json);
            ExitCode::FAILURE
        }
    }
}

/// Whether all are good.
fn check(files: &[PathBuf], globals: &Globals) -> Result<bool, CheckError> {
    let texts = match files {
        [] => {
            let directory = globals.load()?.settings.contracts.directory;
            read_files(&directory)?.into_iter().map(|(path, text)| (path, text.to_string())).collect()
        }
        files => files
            .iter()
            .map(|path| Ok((path.clone(), read(path)?)))
            .collect::<Result<Vec<_>, CheckError>>()?,
    };
    let mut reports = Vec::new();
    for (path, text) in &texts {
        let (good, diagnostics) = match claviger_contract::parse(&path.display().to_string(), text) {
            Ok(parsed) => (true, parsed.warnings),
            Err(diagnostics) => (false, diagnostics),
        };
        report(path, good, &diagnostics, globals);
        reports.push(json!({
            "file": path, "valid": good, "diagnostics": diagnostics.iter().collect::<Vec<_>>(),
        }));
    }
    if globals.json {
        output::json(&reports);
    }
    Ok(reports.iter().all(|report| report.get("valid").and_then(serde_json::Value::as_bool) == Some(true)))
}

fn report(path: &Path, good: bool, diagnostics: &Diagnostics, globals: &Globals) {
    if globals.json {
        return;
    }
    if !diagnostics.is_empty() {
        output::remark(diagnostics.render(output::is_colorful()));
    }
    let verdict = if good { "valid" } else { "not valid" };
    output::line(format_args!("{}: {verdict}", path.display()));
}

fn show(path: &Path, globals: &Globals) -> Result<bool, CheckError> {
    let contract = match claviger_contract::parse(&path.display().to_string(), &read(path)?) {
        Ok(parsed) => parsed.contract,
        Err(diagnostics) => {
            output::remark(diagnostics.render(output::is_colorful()));
            return Ok(false);
        }
    };
    let summary = Summary::of(&contract);
    match globals.json {
        true => output::json(&summary),
        false => summary.print(),
    }
    Ok(true)
}

fn leak_patterns(path: &Path, scanner: Scanner) -> Result<bool, CheckError> {
    match claviger_contract::parse(&path.display().to_string(), &read(path)?) {
        Ok(parsed) => {
            output::line(parsed.contract.leak_patterns(scanner).trim_end());
            Ok(true)
        }
        Err(diagnostics) => {
            output::remark(diagnostics.render(output::is_colorful()));
            Ok(false)
        }
    }
}

fn read(path: &Path) -> Result<String, CheckError> {
    fs::read_to_string(path).map_err(|source| CheckError::Unreadable { path: path.to_path_buf(), source })
}

/// What a contract says, in short.
#[derive(Serialize)]
struct Summary<'c> {
    name: &'c str,
    title: &'c str,
    hosts: Vec<&'c str>,
    keys: Vec<KeyLine<'c>>,
    scopes: Vec<(&'c str, &'c str)>,
    plans: Vec<&'c str>,
    upstreams: Vec<(Environment, String)>,
}

#[derive(Serialize)]
struct KeyLine<'c> {
    environment: Environment,
    kind: KeyKind,
    prefix: &'c str,
}

impl<'c> Summary<'c> {
    fn of(contract: &'c Contract) -> Self {
        let policy = contract.policy();
        let key = |format: &'c claviger_domain::KeyFormat| KeyLine {
            environment: format.environment,
            kind: format.kind,
            prefix: &format.prefix,
        };
        let upstream = |environment| Some((environment, contract.upstream(environment)?.to_string()));
        Self {
            name: contract.name().as_str(),
            title: contract.title(),
            hosts: contract.hosts().iter().map(|host| host.name.as_str()).collect(),
            keys: policy.key_formats.iter().map(key).collect(),
            scopes: policy.scopes.iter().map(|(s, d)| (s.as_str(), d.description.as_str())).collect(),
            plans: policy.plans.keys().map(claviger_domain::PlanName::as_str).collect(),
            upstreams: Environment::ALL.into_iter().filter_map(upstream).collect(),
        }
    }

    fn print(&self) {
        output::line(format_args!("{} ({})", self.title, self.name));
        output::line(format_args!("hosts      {}", self.hosts.join(", ")));
        for key in &self.keys {
            output::line(format_args!(
                "keys       {} {} {}…",
                key.environment,
                key.kind.as_str(),
                key.prefix
            ));
        }
        for (scope, description) in &self.scopes {
            output::line(format_args!("scope      {scope}  {description}"));
        }
        if !self.plans.is_empty() {
            output::line(format_args!("plans      {}", self.plans.join(", ")));
        }
        for environment in Environment::ALL {
            match self.upstreams.iter().find(|(of, _)| *of == environment) {
                Some((_, upstream)) => output::line(format_args!("upstream   {environment} {upstream}")),
                None => output::line(format_args!(
                    "upstream   {environment} none here: its requests are refused unless the settings have one"
                )),
            }
        }
    }
}
