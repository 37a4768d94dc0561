//! `claviger users …`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use claviger_domain::{AccountId, Email, Environment, Scope, SessionId, WorkspaceId};

use super::call::{Call, Members};
use super::credential;
use super::error::RemoteError;
use super::keys::PageArguments;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger users create --api example --email ada@example.com --email-verified    asks for the password
  claviger users create --api example --email ada@example.com < password.txt
  claviger users list --api example
  claviger users update acc_… --new-password < password.txt
  claviger users sessions acc_…
  claviger users sign-out acc_…";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("EMAIL", "/email"),
    ("VERIFIED", "/email_verified"),
    ("NAME", "/name"),
    ("STATE", "/state"),
    ("WORKSPACE", "/workspace"),
    ("SCOPES", "/scopes"),
    ("CREATED", "/created_at"),
];

const SESSION_COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("ADDRESS", "/address"),
    ("AGENT", "/agent"),
    ("SIGNED IN", "/created_at"),
    ("LAST SEEN", "/last_seen_at"),
    ("EXPIRES", "/expires_at"),
];

/// What to do with users.
#[derive(Debug, Subcommand)]
pub(crate) enum UsersCommand {
    /// Make a user. The password is read from a prompt or standard input, never from an argument.
    Create(Box<CreateUser>),
    /// List the users of an API, newest first.
    List(ListUsers),
    /// Show a user.
    Show(OneUser),
    /// Change what a user is called, may do, or signs in with.
    Update(Box<UpdateUser>),
    /// End a user's sessions and tokens, and let nobody sign in as them until they are enabled.
    Disable(OneUser),
    /// Let a disabled user sign in again.
    Enable(OneUser),
    /// List where a user is signed in, newest first.
    Sessions(OneUser),
    /// End one session of a user.
    EndSession(OneSession),
    /// End every session of a user.
    SignOut(OneUser),
    /// Delete a user with sessions, grants and tokens, for ever.
    Delete(OneUser),
}

/// A user to make.
#[derive(Debug, Args)]
pub(crate) struct CreateUser {
    /// The API whose user it is, by name or id.
    #[arg(long)]
    api: String,
    /// The address it signs in by.
    #[arg(long, value_parser = email)]
    email: Email,
    /// The address is known to be theirs.
    #[arg(long)]
    email_verified: bool,
    /// A file that holds the password; without it, a prompt or standard input is read.
    #[arg(long, value_name = "FILE", conflicts_with = "no_password")]
    password_file: Option<PathBuf>,
    /// Make a user who signs in by other means.
    #[arg(long)]
    no_password: bool,
    #[command(flatten)]
    profile: ProfileArguments,
    /// The workspace for which it acts at the API itself.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// live (unless named) or test.
    #[arg(long)]
    environment: Option<Environment>,
    /// A scope it may have at most; may be given several times, or as a list with commas.
    #[arg(long = "scope", value_delimiter = ',')]
    scopes: Vec<Scope>,
}

/// What a user is called.
#[derive(Debug, Args)]
struct ProfileArguments {
    /// The full name.
    #[arg(long)]
    name: Option<String>,
    /// The given name.
    #[arg(long)]
    given_name: Option<String>,
    /// The family name.
    #[arg(long)]
    family_name: Option<String>,
    /// The language, like en or de-CH.
    #[arg(long)]
    locale: Option<String>,
}

/// Which users to list.
#[derive(Debug, Args)]
pub(crate) struct ListUsers {
    /// The API whose users are wanted, by name or id.
    #[arg(long)]
    api: String,
    #[command(flatten)]
    page: PageArguments,
}

/// One user.
#[derive(Debug, Args)]
pub(crate) struct OneUser {
    /// The user's id, acc_…
    id: AccountId,
}

/// One session of a user.
#[derive(Debug, Args)]
pub(crate) struct OneSession {
    /// The user's id, acc_…
    user: AccountId,
    /// The session's id, ses_…
    session: SessionId,
}

/// A change to a user. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct UpdateUser {
    /// The user's id, acc_…
    id: AccountId,
    #[command(flatten)]
    profile: ProfileArguments,
    /// A new workspace.
    #[arg(long, conflicts_with = "no_workspace")]
    workspace: Option<WorkspaceId>,
    /// Take its workspace: it only consents.
    #[arg(long)]
    no_workspace: bool,
    /// The scopes it may have at most, all of them.
    #[arg(long = "scope", value_delimiter = ',', conflicts_with = "any_scope")]
    scopes: Vec<Scope>,
    /// Let it have every scope of the API that does not imply all others.
    #[arg(long)]
    any_scope: bool,
    /// Give it a new password, from a prompt or standard input; its sessions end.
    #[arg(long)]
    new_password: bool,
    /// The same, from a file.
    #[arg(long, value_name = "FILE", conflicts_with = "new_password")]
    password_file: Option<PathBuf>,
}

fn email(text: &str) -> Result<Email, String> {
    text.parse().map_err(|error: claviger_domain::EmailError| error.to_string())
}

impl UsersCommand {
    /// The password that the command sends, read from where it says; none when it sends none.
    pub(super) fn read_password(&self) -> Result<Option<String>, RemoteError> {
        let (is_wanted, file): (bool, Option<&Path>) = match self {
            Self::Create(new) => (!new.no_password, new.password_file.as_deref()),
            Self::Update(change) => {
                (change.new_password || change.password_file.is_some(), change.password_file.as_deref())
            }
            _ => (false, None),
        };
        if is_wanted { credential::read(file, "Password: ").map(Some) } else { Ok(None) }
    }

    pub(super) fn call(&self, password: Option<&str>) -> Call {
        match self {
            Self::Create(new) => new.call(password),
            Self::List(list) => list.page.on(Call::get(&[&"users"]).query("api", Some(&list.api))),
            Self::Show(user) => Call::get(&[&"users", &user.id]),
            Self::Update(change) => change.call(password),
            Self::Disable(user) => Call::post(&[&"users", &user.id, &"disable"]),
            Self::Enable(user) => Call::post(&[&"users", &user.id, &"enable"]),
            Self::Sessions(user) => Call::get(&[&"users", &user.id, &"sessions"]),
            Self::EndSession(one) => Call::post(&[&"users", &one.user, &"sessions", &one.session, &"end"]),
            Self::SignOut(user) => Call::post(&[&"users", &user.id, &"sign-out"]),
            Self::Delete(user) => Call::delete(&[&"users", &user.id]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::List(_) => View::Page(COLUMNS),
            Self::Sessions(_) => View::Page(SESSION_COLUMNS),
            Self::EndSession(_) | Self::Delete(_) => View::Nothing,
            Self::Create(_)
            | Self::Show(_)
            | Self::Update(_)
            | Self::Disable(_)
            | Self::Enable(_)
            | Self::SignOut(_) => View::Object,
        }
    }
}

impl CreateUser {
    fn call(&self, password: Option<&str>) -> Call {
        let members = Members::default()
            .with("api", &self.api)
            .with("email", self.email.as_str())
            .with("email_verified", self.email_verified)
            .with_some("password", password)
            .with_some("workspace", self.workspace)
            .with_some("environment", self.environment)
            .with_list("scopes", &self.scopes);
        Call::post(&[&"users"]).body(self.profile.on(members))
    }
}

impl UpdateUser {
    fn call(&self, password: Option<&str>) -> Call {
        let members = Members::default()
            .with_some("password", password)
            .with_some("workspace", self.workspace)
            .clearing("workspace", self.no_workspace)
            .with_list("scopes", &self.scopes)
            .clearing("scopes", self.any_scope);
        Call::patch(&[&"users", &self.id]).body(self.profile.on(members))
    }
}

impl ProfileArguments {
    fn on(&self, members: Members) -> Members {
        members
            .with_some("name", self.name.as_ref())
            .with_some("given_name", self.given_name.as_ref())
            .with_some("family_name", self.family_name.as_ref())
            .with_some("locale", self.locale.as_ref())
    }
}
