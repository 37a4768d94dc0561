//! The project's own commands: `cargo xtask test`, `cargo xtask layers`, `cargo xtask screenshots`, `cargo xtask bench`.

mod bench;
mod failure;
mod layers;
mod screenshots;
mod terminal;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the tests need, then check and test everything.
    Test(test::Options),
    /// Check the direction of dependencies, module cycles, file lengths and names.
    Layers,
    /// Take the pictures of docs/screenshots anew, of every page of the demo in a real Chromium.
    Screenshots,
    /// Measure the release build beside bare servers and write the table of docs/src/performance.md.
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test(options) => test::run(&options),
        Command::Layers => layers::run(),
        Command::Screenshots => screenshots::run(),
        Command::Bench(options) => bench::run(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::error(&failure);
            ExitCode::FAILURE
        }
    }
}
