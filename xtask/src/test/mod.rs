//! `cargo xtask test`: everything that must hold before a change is merged, cheapest first.

mod packages;
mod postgres;

use std::process::Command;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::{layers, terminal, workspace};

/// Names the server that all test programs share; `claviger-testkit` reads it.
const POSTGRES: &str = "CLAVIGER_TEST_POSTGRES";

/// What to run.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run only this step; may be given several times.
    #[arg(long, value_enum)]
    only: Vec<Step>,
    /// Leave this step out; may be given several times.
    #[arg(long, value_enum)]
    skip: Vec<Step>,
}

/// A step, in the order they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Install PostgreSQL, Redis, nginx and Chromium from Debian's packages where missing.
    Packages,
    /// Check the formatting.
    Format,
    /// Check layers, cycles, lengths and names.
    Layers,
    /// Run clippy over all targets, warnings denied.
    Lint,
    /// Run all tests of the workspace, those in documentation included.
    Tests,
    /// Check licences, advisories and banned crates, where cargo-deny is installed.
    Deny,
}

impl Step {
    const ALL: [Self; 6] = [Self::Packages, Self::Format, Self::Layers, Self::Lint, Self::Tests, Self::Deny];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Packages => "packages",
            Self::Format => "format",
            Self::Layers => "layers",
            Self::Lint => "lint",
            Self::Tests => "tests",
            Self::Deny => "deny",
        }
    }

    fn run(self) -> Result<Outcome, Failure> {
        match self {
            Self::Packages => packages::install_missing()?,
            Self::Format => workspace::run(workspace::cargo().args(["fmt", "--all", "--check"]))?,
            Self::Layers => layers::run()?,
            Self::Lint => {
                let arguments =
                    ["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
                workspace::run(workspace::cargo().args(arguments))?;
            }
            Self::Tests => run_tests()?,
            Self::Deny if workspace::find_program("cargo-deny").is_none() => {
                return Ok(Outcome::Skipped("cargo-deny is not installed"));
            }
            Self::Deny => workspace::run(workspace::cargo().args(["deny", "check"]))?,
        }
        Ok(Outcome::Passed)
    }
}

/// How a step went.
enum Outcome {
    Passed,
    Skipped(&'static str),
    Failed(Failure),
}

impl Outcome {
    fn line(&self, step: Step, took: Duration) -> String {
        let (word, why) = match self {
            Self::Passed => ("ok", String::new()),
            Self::Skipped(why) => ("skipped", format!(" ({why})")),
            Self::Failed(failure) => ("FAILED", format!(" ({failure})")),
        };
        format!("{:<10}{word:<8}{:>7.1} s{why}", step.as_str(), took.as_secs_f64())
    }
}

/// Runs the steps until one fails, and sums up.
pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let is_wanted = |step: &Step| {
        (options.only.is_empty() || options.only.contains(step)) && !options.skip.contains(step)
    };
    let mut summary = Vec::new();
    let mut failed = None;
    for step in Step::ALL.into_iter().filter(is_wanted) {
        terminal::line(format_args!("==> {}", step.as_str()));
        let start = Instant::now();
        let outcome = step.run().unwrap_or_else(Outcome::Failed);
        let line = outcome.line(step, start.elapsed());
        terminal::line(format_args!("    {line}"));
        summary.push(line);
        if matches!(outcome, Outcome::Failed(_)) {
            failed = Some(step);
            break;
        }
    }
    terminal::line("==> summary");
    for line in summary {
        terminal::line(format_args!("    {line}"));
    }
    failed.map_or(Ok(()), |step| Err(Failure::Step(step.as_str())))
}

/// One PostgreSQL serves the whole run, unless the caller brought one.
fn run_tests() -> Result<(), Failure> {
    let mut tests = workspace::cargo();
    tests.args(["test", "--workspace", "--locked"]);
    if std::env::var_os(POSTGRES).is_some() {
        return workspace::run(&mut tests);
    }
    build_tests()?;
    let server = postgres::Server::start()?;
    workspace::run(tests.env(POSTGRES, server.url()))
}

/// Compiling first keeps the database from idling meanwhile, and a compile error from looking like a failed test.
fn build_tests() -> Result<(), Failure> {
    let build: &mut Command = &mut workspace::cargo();
    workspace::run(build.args(["test", "--workspace", "--locked", "--no-run", "--quiet"]))
}
