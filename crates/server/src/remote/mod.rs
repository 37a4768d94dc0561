//! Commands that talk to a running server through its management API, on this machine or another.
//!
//! A command is two values: the [`Call`] it makes and the [`View`] that shows the answer. Everything between,
//! from finding the server to the exit code, is the same for all.

mod access_requests;
mod apis;
mod audit;
mod call;
mod client;
mod clients;
mod credential;
mod credits;
mod error;
mod explain;
mod findings;
mod grants;
mod keys;
mod members;
mod nodes;
mod operator_tokens;
mod parse;
mod sandbox;
mod signing_keys;
mod table;
mod target;
mod tokens;
mod tree;
mod usage;
mod users;
mod verify;
mod view;
mod webhooks;
mod workspaces;

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::globals::Globals;
use crate::output;

use self::client::Client;
use self::error::RemoteError;
use self::target::TargetArguments;
use self::view::View;

/// What to ask a running server.
#[derive(Debug, Subcommand)]
pub(crate) enum RemoteCommand {
    /// Make, list, change, rotate and revoke keys.
    #[command(after_help = keys::EXAMPLES)]
    Keys(Group<keys::KeysCommand>),
    /// Make, list, change, suspend and resume workspaces.
    #[command(after_help = workspaces::EXAMPLES)]
    Workspaces(Group<workspaces::WorkspacesCommand>),
    /// Give workspaces credits, show what they have, take some for a request.
    #[command(after_help = credits::EXAMPLES)]
    Credits(Group<credits::CreditsCommand>),
    /// Invite people to a workspace, list them, give them roles, remove them.
    #[command(after_help = members::EXAMPLES)]
    Members(Group<members::MembersCommand>),
    /// List, review, approve and decline requests for access.
    #[command(after_help = access_requests::EXAMPLES)]
    AccessRequests(Group<access_requests::AccessRequestsCommand>),
    /// Make, list, change, disable and delete OAuth clients.
    #[command(after_help = clients::EXAMPLES)]
    Clients(Group<clients::ClientsCommand>),
    /// Make, list, change, disable and delete the users of an API.
    #[command(after_help = users::EXAMPLES)]
    Users(Group<users::UsersCommand>),
    /// List and revoke what users allowed clients.
    Grants(Group<grants::GrantsCommand>),
    /// List and end tokens: what was bought with keys, clients, grants and passwords, and exchanged for it.
    #[command(after_help = tokens::EXAMPLES)]
    Tokens(Group<tokens::TokensCommand>),
    /// List and rotate the keys that sign an API's tokens.
    #[command(after_help = signing_keys::EXAMPLES)]
    SigningKeys(Group<signing_keys::SigningKeysCommand>),
    /// Make, list, change and try webhooks, and send their messages again.
    #[command(after_help = webhooks::EXAMPLES)]
    Webhooks(Group<webhooks::WebhooksCommand>),
    /// Show the APIs that are protected, and what their contracts promise.
    Apis(Group<apis::ApisCommand>),
    /// Show and reset the test environment of an API.
    #[command(after_help = sandbox::EXAMPLES)]
    Sandbox(Group<sandbox::SandboxCommand>),
    /// Make, list and revoke the tokens that drive the management API.
    #[command(after_help = operator_tokens::EXAMPLES)]
    OperatorTokens(Group<operator_tokens::OperatorTokensCommand>),
    /// Show, export and check the record of who did what.
    #[command(after_help = audit::EXAMPLES)]
    Audit(Group<audit::AuditCommand>),
    /// Show how often requests were made, how they ended and how long they took.
    #[command(after_help = usage::EXAMPLES)]
    Usage(usage::UsageCommand),
    /// Show the servers of this installation, how they do, and what each does for all.
    #[command(after_help = nodes::EXAMPLES)]
    Nodes(nodes::NodesCommand),
    /// List what was found unusual, acknowledge it, lift what was done about it.
    #[command(after_help = findings::EXAMPLES)]
    Findings(Group<findings::FindingsCommand>),
    /// Ask whether a credential would be accepted; exits with 1 when it would not.
    #[command(after_help = verify::EXAMPLES)]
    Verify(verify::VerifyCommand),
    /// Show why a request was refused, check by check.
    #[command(after_help = explain::EXAMPLES)]
    Explain(explain::ExplainCommand),
}

/// Commands about one kind of thing, and the server they go to.
#[derive(Debug, Args)]
pub(crate) struct Group<C: Subcommand> {
    #[command(flatten)]
    target: TargetArguments,
    #[command(subcommand)]
    command: C,
}

impl RemoteCommand {
    /// Does it: 0 when done, 1 when refused or failed. What went wrong is said on standard error.
    pub(crate) async fn run(self, globals: &Globals) -> ExitCode {
        match self.ask(globals).await {
            Ok(code) => code,
            Err(error) => {
                output::error(&error, globals.json);
                ExitCode::FAILURE
            }
        }
    }

    async fn ask(self, globals: &Globals) -> Result<ExitCode, RemoteError> {
        let (target, call, view) = match self {
            Self::Keys(group) => (group.target, group.command.call(), group.command.view()),
            Self::Workspaces(group) => (group.target, group.command.call(), group.command.view()),
            Self::Credits(group) => (group.target, group.command.call(), group.command.view()),
            Self::Members(group) => (group.target, group.command.call(), group.command.view()),
            Self::AccessRequests(group) => (group.target, group.command.call(), group.command.view()),
            Self::Clients(group) => (group.target, group.command.call(), group.command.view()),
            Self::Users(group) => {
                let password = group.command.read_password()?;
                (group.target, group.command.call(password.as_deref()), group.command.view())
            }
            Self::Grants(group) => (group.target, group.command.call(), group.command.view()),
            Self::Tokens(group) => (group.target, group.command.call(), group.command.view()),
            Self::SigningKeys(group) => (group.target, group.command.call(), group.command.view()),
            Self::Webhooks(group) => (group.target, group.command.call(), group.command.view()),
            Self::Apis(group) => (group.target, group.command.call(), group.command.view()),
            Self::Sandbox(group) => (group.target, group.command.call(), group.command.view()),
            Self::OperatorTokens(group) => (group.target, group.command.call(), group.command.view()),
            Self::Audit(group) => (group.target, group.command.call(), group.command.view()),
            Self::Findings(group) => (group.target, group.command.call(), group.command.view()),
            Self::Nodes(command) => {
                (command.target, nodes::NodesCommand::call(), nodes::NodesCommand::view())
            }
            Self::Usage(command) => {
                let (call, view) = (command.call(), command.view());
                (command.target, call, view)
            }
            Self::Verify(command) => {
                let credential = credential::read(command.credential_file.as_deref(), "Credential: ")?;
                let call = command.call(&credential);
                (command.target, call, View::Verdict)
            }
            Self::Explain(command) => {
                let call = command.call();
                (command.target, call, View::Explanation)
            }
        };
        let target = target.resolve(globals.config.as_deref())?;
        if target.is_in_the_clear() {
            view::warn("the operator token travels unencrypted to another machine; use https");
        }
        let client = Client::new(target);
        if matches!(view, View::Copy) {
            client.copy(call, &mut std::io::stdout()).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Ok(view.show(&client.send(call).await?, globals.json))
    }
}

#[cfg(test)]
#[path = "remote_tests.rs"]
mod tests;
