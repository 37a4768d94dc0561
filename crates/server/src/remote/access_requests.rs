//! `claviger access-requests …`.

use std::fmt::Display;

use clap::{Args, Subcommand};
use claviger_domain::{AccessRequestId, ReviewStep};

use super::call::{Call, Members};
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger access-requests check acr_… --step identity --note \"Called them.\"
  claviger access-requests approve acr_… --scope read
  claviger access-requests decline acr_… --reason \"The API is for lenders only.\"";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("COMPANY", "/company"),
    ("STATE", "/state"),
    ("CONTACT", "/email"),
    ("ENVIRONMENTS", "/environments"),
    ("ASKED", "/created_at"),
];

/// What to do with requests for access.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessRequestsCommand {
    /// List the requests that wait for a decision, newest first.
    List(ListRequests),
    /// Show a request with what was checked of it.
    Show(OneRequest),
    /// Note that a step of the review was looked at and found good.
    Check(CheckStep),
    /// Approve a request whose review is complete: makes its workspace and invites its contact.
    Approve(Approve),
    /// Decline a request; its contact is told why by mail.
    Decline(Decline),
}

/// Which requests to list.
#[derive(Debug, Args)]
pub(crate) struct ListRequests {
    /// Decided ones, too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    page: PageArguments,
}

/// One request.
#[derive(Debug, Args)]
pub(crate) struct OneRequest {
    /// The request's id, acr_…
    id: AccessRequestId,
}

/// A step that was checked.
#[derive(Debug, Args)]
pub(crate) struct CheckStep {
    #[command(flatten)]
    request: OneRequest,
    /// Which: identity, use_case, data_protection, handling or least_privilege.
    #[arg(long)]
    step: ReviewStep,
    /// What was found.
    #[arg(long)]
    note: Option<String>,
}

/// What the first keys may do.
#[derive(Debug, Args)]
pub(crate) struct Approve {
    #[command(flatten)]
    request: OneRequest,
    /// A scope of the first keys; give it again for more.
    #[arg(long = "scope")]
    scopes: Vec<String>,
}

/// Why not.
#[derive(Debug, Args)]
pub(crate) struct Decline {
    #[command(flatten)]
    request: OneRequest,
    /// What the contact is told, word for word.
    #[arg(long)]
    reason: String,
}

impl AccessRequestsCommand {
    pub(super) fn call(&self) -> Call {
        let post = |request: &OneRequest, what: &'static str, members: Members| {
            Call::post(&[&"access-requests", &request.id, &what]).body(members)
        };
        match self {
            Self::List(list) => {
                let call = Call::get(&[&"access-requests"]);
                list.page.on(call.query("state", list.all.then_some(&"all" as &dyn Display)))
            }
            Self::Show(request) => Call::get(&[&"access-requests", &request.id]),
            Self::Check(CheckStep { request, step, note }) => {
                let members = Members::default().with("step", step.as_str()).with_some("note", note.as_ref());
                post(request, "checks", members)
            }
            Self::Approve(Approve { request, scopes }) => {
                post(request, "approve", Members::default().with("scopes", scopes))
            }
            Self::Decline(Decline { request, reason }) => {
                post(request, "decline", Members::default().with("reason", reason))
            }
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Show(_) | Self::Check(_) | Self::Approve(_) | Self::Decline(_) => View::Object,
        }
    }
}
