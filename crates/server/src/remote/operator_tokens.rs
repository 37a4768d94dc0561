//! `claviger operator-tokens …`.

use clap::{Args, Subcommand};
use claviger_domain::{Label, OperatorScope, OperatorTokenId, Timestamp};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::parse;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger operator-tokens create --name gateway --scope verify > gateway.token
  claviger operator-tokens revoke otk_…";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("SCOPES", "/scopes"),
    ("CREATED", "/created_at"),
    ("EXPIRES", "/expires_at"),
    ("REVOKED", "/revoked_at"),
];

/// What to do with operator tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum OperatorTokensCommand {
    /// Make a token. The token alone is printed on standard output, once.
    Create(CreateOperatorToken),
    /// List tokens, newest first.
    List(ListOperatorTokens),
    /// End a token for ever.
    Revoke(OneOperatorToken),
}

/// An operator token to make.
#[derive(Debug, Args)]
pub(crate) struct CreateOperatorToken {
    /// What people call it.
    #[arg(long)]
    name: Label,
    /// What it may do: verify, workspaces:read, workspaces:write, keys:read, keys:write, clients:read,
    /// clients:write, tokens:write, audit:read, webhooks:read, webhooks:write, observe. May be given several times,
    /// or as a list with commas.
    #[arg(long = "scope", value_delimiter = ',', required = true)]
    scopes: Vec<OperatorScope>,
    /// It does not work from then on, like 2027-01-31T00:00:00Z.
    #[arg(long, value_parser = parse::instant)]
    expires_at: Option<Timestamp>,
}

/// Which operator tokens to list.
#[derive(Debug, Args)]
pub(crate) struct ListOperatorTokens {
    #[command(flatten)]
    page: PageArguments,
}

/// One operator token.
#[derive(Debug, Args)]
pub(crate) struct OneOperatorToken {
    /// The token's id, otk_…
    id: OperatorTokenId,
}

impl OperatorTokensCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Create(new) => {
                let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
                let members = Members::default()
                    .with("name", &new.name)
                    .with("scopes", scopes)
                    .with_some("expires_at", new.expires_at);
                Call::post(&[&"operator-tokens"]).body(members)
            }
            Self::List(list) => list.page.on(Call::get(&[&"operator-tokens"])),
            Self::Revoke(token) => Call::post(&[&"operator-tokens", &token.id, &"revoke"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::Create(_) => View::Secret("token"),
            Self::List(_) => View::Page(COLUMNS),
            Self::Revoke(_) => View::Object,
        }
    }
}
