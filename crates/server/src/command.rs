//! The command line: what can be asked for, and which module does it.

mod check;
mod config;
mod doctor;
mod manual;
mod operator;
mod operator_token;
mod serve;

use std::env::ArgsOs;
use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::demo::DemoOptions;
use crate::globals::Globals;
use crate::init::InitOptions;
use crate::remote::RemoteCommand;
use crate::{demo, init, output};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "claviger",
    version,
    about = "A self-hosted authentication server: API keys verified in front of any API",
    after_help = "Start here:\n  claviger demo                  five sample APIs with keys, on http://127.0.0.1:8080\n  claviger init                  settings, master key and a first contract for your own API\n  claviger serve                 run it\n\nExit codes: 0 done, 1 failed, 2 wrong usage.",
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: five sample APIs with contracts, keys and upstreams
    #[command(after_help = demo::EXAMPLES)]
    Demo(DemoOptions),
    /// Write settings, a master key, a first contract and an operator token
    #[command(after_help = init::EXAMPLES)]
    Init(InitOptions),
    /// Run the server
    #[command(
        after_help = "Examples:\n  claviger serve\n  claviger serve --config /etc/claviger/claviger.toml\n  CLAVIGER__SERVER__LISTEN=0.0.0.0:8443 claviger serve\n\nSIGHUP reloads contracts and the certificate; Ctrl-C and SIGTERM drain and stop."
    )]
    Serve,
    /// Bring the database to this program's schema and stop
    Migrate,
    /// Check everything that a start needs, and name what is wrong
    Doctor,
    /// Look at contracts
    #[command(subcommand)]
    Contract(check::ContractCommand),
    /// Look at the settings
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Make operators, who can sign in to the console
    #[command(subcommand)]
    Operator(operator::OperatorCommand),
    /// Make an operator token with the database at hand, when no other is left
    #[command(subcommand)]
    OperatorToken(operator_token::OperatorTokenCommand),
    #[command(flatten)]
    Remote(RemoteCommand),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  claviger completions bash > /etc/bash_completion.d/claviger")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example:\n  claviger man | man -l -")]
    Man,
}

/// Reads the command line, does what it asks, and answers how that went.
///
/// Not generic: the binary would get machine code of its own for all that is called from here.
pub fn main(arguments: ArgsOs) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::error(&error, cli.globals.json);
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(cli))
}

async fn run(cli: Cli) -> ExitCode {
    let Cli { globals, command } = cli;
    match command {
        Command::Remote(remote) => remote.run(&globals).await,
        Command::Doctor => doctor::run(&globals).await,
        Command::Contract(command) => check::run(command, &globals),
        Command::Demo(options) => code(demo::run(options, &globals).await, &globals),
        Command::Init(options) => code(init::run(&options, &globals).await, &globals),
        Command::Serve => code(serve::run(&globals).await, &globals),
        Command::Migrate => code(serve::migrate(&globals).await, &globals),
        Command::Config(command) => code(config::run(&command, &globals), &globals),
        Command::Operator(command) => code(operator::run(command, &globals).await, &globals),
        Command::OperatorToken(command) => code(operator_token::run(command, &globals).await, &globals),
        Command::Completions { shell } => code(manual::print_completions(shell), &globals),
        Command::Man => code(manual::print_page(), &globals),
    }
}

/// 0 for done; 1, with everything that led to it printed, for failed.
fn code<E: Error + 'static>(result: Result<(), E>, globals: &Globals) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error, globals.json);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
#[path = "command_tests.rs"]
mod tests;
