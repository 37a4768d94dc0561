//! `claviger grants …`.

use clap::{Args, Subcommand};
use claviger_domain::{AccountId, ClientId, GrantId};

use super::call::Call;
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("API", "/api"),
    ("USER", "/user"),
    ("CLIENT", "/client"),
    ("STATE", "/state"),
    ("SCOPES", "/scopes"),
    ("UPDATED", "/updated_at"),
];

/// What to do with grants.
#[derive(Debug, Subcommand)]
pub(crate) enum GrantsCommand {
    /// List grants, newest first.
    List(ListGrants),
    /// Show a grant.
    Show(OneGrant),
    /// Take a grant back: every token of it ends at once, and the user is asked again.
    Revoke(OneGrant),
}

/// Which grants to list.
#[derive(Debug, Args)]
pub(crate) struct ListGrants {
    /// Only those at this API, by name or id.
    #[arg(long)]
    api: Option<String>,
    /// Only those of this user.
    #[arg(long)]
    user: Option<AccountId>,
    /// Only those to this client.
    #[arg(long)]
    client: Option<ClientId>,
    #[command(flatten)]
    page: PageArguments,
}

/// One grant.
#[derive(Debug, Args)]
pub(crate) struct OneGrant {
    /// The grant's id, grt_…
    id: GrantId,
}

impl GrantsCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::List(list) => {
                let call = Call::get(&[&"grants"])
                    .query("api", list.api.as_ref().map(|name| name as _))
                    .query("user", list.user.as_ref().map(|id| id as _))
                    .query("client", list.client.as_ref().map(|id| id as _));
                list.page.on(call)
            }
            Self::Show(grant) => Call::get(&[&"grants", &grant.id]),
            Self::Revoke(grant) => Call::post(&[&"grants", &grant.id, &"revoke"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Show(_) | Self::Revoke(_) => View::Object,
        }
    }
}
