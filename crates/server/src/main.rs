//! The binary.

mod remote;

mod command {
    //! Stand-in.
    /// Options of every command.
    #[derive(Debug, clap::Args)]
    pub(crate) struct Globals {
        /// The settings file.
        #[arg(long, global = true)]
        pub(crate) config: Option<std::path::PathBuf>,
        /// Print the API's JSON.
        #[arg(long, global = true)]
        pub(crate) json: bool,
    }
}

#[derive(Debug, clap::Parser)]
struct Cli {
    #[command(flatten)]
    globals: command::Globals,
    #[command(subcommand)]
    command: remote::RemoteCommand,
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let cli = <Cli as clap::Parser>::parse();
    cli.command.run(&cli.globals).await
}
