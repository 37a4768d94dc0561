//! `claviger doctor`: everything that a start needs, checked one by one.

use std::process::ExitCode;
use std::time::Duration;

use claviger_contract::Contract;
use claviger_domain::{Clock, Environment, Timestamp};
use claviger_settings::{KeySource, Settings};
use http::Uri;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::compose::{self, Core};
use crate::contracts::{Deployments, read_files};
use crate::effects::Effects;
use crate::globals::Globals;
use crate::{output, private_file};

/// An upstream that does not accept a connection in this time would fail requests too.
const CONNECT: Duration = Duration::from_secs(3);
/// Before this program was written. A clock that says so was never set.
const EARLIEST: Timestamp = Timestamp::from_seconds(1_767_225_600);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Warning,
    Failed,
}

/// One finding.
#[derive(Debug, Serialize)]
struct Finding {
    check: String,
    verdict: Verdict,
    detail: String,
}

/// Findings as they are made.
#[derive(Default)]
struct Report(Vec<Finding>);

impl Report {
    fn add(&mut self, check: impl Into<String>, verdict: Verdict, detail: impl Into<String>) {
        self.0.push(Finding { check: check.into(), verdict, detail: detail.into() });
    }

    fn is_fatal(&self) -> bool {
        self.0.iter().any(|finding| finding.verdict == Verdict::Failed)
    }
}

pub(super) async fn run(globals: &Globals) -> ExitCode {
    let mut report = Report::default();
    match globals.load() {
        Ok(loaded) => {
            report.add("settings", Verdict::Ok, "every layer is valid");
            check_clock(&mut report, &*Effects::system().clock);
            check_modes(&mut report, &loaded.settings);
            check_database(&mut report, &loaded.settings).await;
            check_contracts(&mut report, &loaded.settings).await;
        }
        Err(error) => report.add("settings", Verdict::Failed, output::chain(&error)),
    }
    print(&report, globals);
    if report.is_fatal() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print(report: &Report, globals: &Globals) {
    if globals.json {
        return output::json(&serde_json::json!({ "ok": !report.is_fatal(), "checks": report.0 }));
    }
    for Finding { check, verdict, detail } in &report.0 {
        let mark = match verdict {
            Verdict::Ok => "ok     ",
            Verdict::Warning => "warning",
            Verdict::Failed => "FAILED ",
        };
        output::line(format_args!("{mark}  {check}: {detail}"));
    }
}

fn check_clock(report: &mut Report, clock: &dyn Clock) {
    let now = clock.now();
    let (verdict, remark) = match now < EARLIEST {
        true => (Verdict::Failed, ", which is long past: set it, else dates of keys mean nothing"),
        false => (Verdict::Ok, ""),
    };
    report.add("clock", verdict, format!("{now}{remark}"));
}

/// Files with secrets, beside the master key's own check at loading.
fn check_modes(report: &mut Report, settings: &Settings) {
    let mut secret = Vec::new();
    if let Some(tls) = &settings.server.tls {
        secret.push(&tls.key);
    }
    if let Some(KeySource::File(file)) = settings.master_key.as_ref().map(|keys| &keys.current) {
        secret.push(file);
    }
    for path in secret {
        let check = format!("mode of {}", path.display());
        match private_file::open_to_others(path) {
            Ok(None) => report.add(check, Verdict::Ok, "its owner's alone"),
            Ok(Some(mode)) => {
                report.add(check, Verdict::Warning, format!("{mode:03o} lets others in; run chmod 600"));
            }
            Err(error) => report.add(check, Verdict::Failed, error.to_string()),
        }
    }
}

async fn check_database(report: &mut Report, settings: &Settings) {
    // Opening migrates; it is what the next start would do first.
    match compose::open_store(&settings.database).await {
        Ok(store) => {
            report.add("database", Verdict::Ok, format!("schema version {}", store.migrated().to));
            store.close().await;
        }
        Err(error) => return report.add("database", Verdict::Failed, output::chain(&error)),
    }
    match Core::open(settings, Effects::system()).await {
        Ok(core) => {
            report.add("master key", Verdict::Ok, "it is this database's");
            core.store.close().await;
        }
        Err(error) => report.add("master key", Verdict::Failed, output::chain(&error)),
    }
}

async fn check_contracts(report: &mut Report, settings: &Settings) {
    let files = match read_files(&settings.contracts.directory) {
        Ok(files) => files,
        Err(error) => return report.add("contracts", Verdict::Failed, output::chain(&error)),
    };
    if files.is_empty() {
        let directory = settings.contracts.directory.display();
        report.add("contracts", Verdict::Warning, format!("{directory} has none, so no API is served"));
    }
    let deployments = Deployments::from_settings(settings);
    for (path, text) in files {
        let check = format!("contract {}", path.display());
        let parsed = match claviger_contract::parse(&path.display().to_string(), &text) {
            Ok(parsed) => parsed,
            Err(diagnostics) => {
                report.add(check, Verdict::Failed, diagnostics.to_string());
                continue;
            }
        };
        match deployments.apply(&parsed.contract) {
            Ok(contract) => {
                report.add(check, Verdict::Ok, contract.name().to_string());
                check_issuer(report, &contract);
                check_upstreams(report, &contract).await;
            }
            Err(error) => report.add(check, Verdict::Failed, error.to_string()),
        }
    }
}

/// Codes and tokens must not travel in clear (RFC 6749 section 1.6), but on one machine.
fn check_issuer(report: &mut Report, contract: &Contract) {
    let issuer = contract.issuer();
    let Ok(uri) = issuer.parse::<Uri>() else { return };
    if contract.tokens().grant_types.is_empty() {
        return;
    }
    let check = format!("issuer of {}", contract.name());
    if uri.scheme_str() == Some("https") || is_this_machine(uri.host().unwrap_or_default()) {
        return report.add(check, Verdict::Ok, issuer);
    }
    let detail = format!(
        "{issuer} is not https; set `server.control_origins` or `apis.{}.issuer` to how callers reach it",
        contract.name()
    );
    report.add(check, Verdict::Warning, detail);
}

fn is_this_machine(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    match literal {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

async fn check_upstreams(report: &mut Report, contract: &Contract) {
    let [live, test] = Environment::ALL.map(|environment| contract.upstream(environment));
    if live.is_some() && live == test {
        let check = format!("environments of {}", contract.name());
        report.add(
            check,
            Verdict::Warning,
            "live and test have one upstream: test credentials reach real data",
        );
    }
    for environment in Environment::ALL {
        let check = format!("upstream of {} {environment}", contract.name());
        let Some(uri) = contract.upstream(environment) else {
            report.add(check, Verdict::Warning, "none is set, so its requests are answered 502");
            continue;
        };
        match timeout(CONNECT, TcpStream::connect(address_of(uri))).await {
            Ok(Ok(_)) => report.add(check, Verdict::Ok, format!("{uri} accepts connections")),
            Ok(Err(error)) => report.add(check, Verdict::Warning, format!("{uri}: {error}")),
            Err(_) => report.add(check, Verdict::Warning, format!("{uri} does not answer")),
        }
    }
}

fn address_of(uri: &Uri) -> String {
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    format!("{}:{}", uri.host().unwrap_or_default(), uri.port_u16().unwrap_or(usual))
}
