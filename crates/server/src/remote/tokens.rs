//! `claviger tokens …`.

use clap::{Args, Subcommand};
use claviger_domain::{FamilyId, ParentId};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

/// What people want to do with tokens first.
pub(super) const EXAMPLES: &str = "\
Examples:
  claviger tokens list --parent key_…     what was bought with a key, and exchanged for it
  claviger tokens tree fam_…              a family and all that stem from it
  claviger tokens end fam_… --wait        answers when every node refuses its tokens";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("PARENT", "/parent"),
    ("SOURCE", "/source"),
    ("SESSION", "/session"),
    ("SCOPES", "/scopes"),
    ("STATE", "/state"),
    ("CREATED", "/created_at"),
    ("EXPIRES", "/expires_at"),
];

/// What a branch of a tree shows beside its id.
const BRANCH: &[&str] = &["/state", "/parent", "/actor", "/session", "/scopes", "/expires_at"];

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub(crate) enum TokensCommand {
    /// List the families of tokens that were bought with a key, client, grant or user, newest first.
    List(ListTokens),
    /// Show a family of tokens with all that were exchanged for them.
    Tree(OneFamily),
    /// End a family of tokens and all that were exchanged for them, at once.
    End(EndTokens),
}

/// Which families to list.
#[derive(Debug, Args)]
pub(crate) struct ListTokens {
    /// What they were bought with: key_…, cli_…, grt_… or acc_…
    #[arg(long)]
    parent: ParentId,
    #[command(flatten)]
    page: PageArguments,
}

/// One family.
#[derive(Debug, Args)]
pub(crate) struct OneFamily {
    /// The family's id, fam_…
    id: FamilyId,
}

/// A family to end.
#[derive(Debug, Args)]
pub(crate) struct EndTokens {
    /// The family's id, fam_…
    id: FamilyId,
    /// Answer only when every live node refuses its tokens.
    #[arg(long)]
    wait: bool,
}

impl TokensCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(list) => list.page.on(Call::get(&[&"tokens"]).query("parent", Some(&list.parent))),
            Self::Tree(family) => Call::get(&[&"tokens", &family.id]),
            Self::End(family) => Call::post(&[&"tokens", &family.id, &"end"])
                .body(Members::default().with("wait", family.wait)),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Tree(_) => View::Tree(BRANCH),
            Self::End(_) => View::Object,
        }
    }
}
