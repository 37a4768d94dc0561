//! `claviger keys …`.

use clap::{Args, Subcommand};
use claviger_domain::{Environment, KeyId, KeyKind, Label, Limit, Scope, Timestamp, WorkspaceId};
use ipnet::IpNet;
use serde_json::{Map, Value};

use super::call::{Call, Members};
use super::parse;
use super::table::Column;
use super::view::View;

pub(super) const EXAMPLES: &str = "\
Examples:
  claviger keys create --api example --workspace wsp_… --environment live --name Billing --scope read
  KEY=$(claviger keys create …)           the key alone is on standard output
  claviger keys list --api example --json
  claviger keys rotate key_… --overlap-seconds 86400
  claviger keys overlap key_…             who still uses the old text
  claviger keys end-overlap key_…         when nobody does
  claviger keys revoke key_… --wait       answers when every node refuses it";

const COLUMNS: &[Column] = &[
    ("ID", "/id"),
    ("NAME", "/name"),
    ("API", "/api"),
    ("ENVIRONMENT", "/environment"),
    ("STATE", "/state"),
    ("PREFIX", "/hint/prefix"),
    ("LAST FOUR", "/hint/last_four"),
    ("SCOPES", "/scopes"),
    ("LAST USED", "/last_used_at"),
    ("EXPIRES", "/expires_at"),
];

const REPLACED: &[Column] = &[
    ("PREFIX", "/hint/prefix"),
    ("LAST FOUR", "/hint/last_four"),
    ("REPLACED", "/replaced_at"),
    ("ENDS", "/ends_at"),
    ("REQUESTS", "/requests"),
    ("OF", "/all_requests"),
    ("LAST SEEN", "/last_seen_at"),
    ("QUIET", "/quiet"),
    ("MOST FROM", "/networks/0/network"),
];

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make a key. The key alone is printed on standard output, once.
    Create(Box<CreateKey>),
    /// List keys, newest first.
    List(ListKeys),
    /// Show a key; never its text, which nobody can read again.
    Show(OneKey),
    /// Change a key's name, scopes, dates, addresses, limits or metadata.
    Update(Box<UpdateKey>),
    /// Give a key a new text. The old one works on during the overlap, then ends.
    Rotate(RotateKey),
    /// Show the older texts of a rotated key that still work, and who uses them.
    Overlap(OneKey),
    /// End every text of a key but the newest now.
    EndOverlap(OneKey),
    /// End a key for ever.
    Revoke(RevokeKey),
    /// Stop a key from working until it is enabled.
    Disable(OneKey),
    /// Let a disabled key work again.
    Enable(OneKey),
    /// Make or replace the secret of a key pair. The secret alone is printed on standard output, once.
    Secret(OneKey),
}

/// A key to make.
#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    /// The API it opens, by name or id.
    #[arg(long)]
    api: String,
    /// The workspace it belongs to.
    #[arg(long)]
    workspace: WorkspaceId,
    /// live or test.
    #[arg(long)]
    environment: Environment,
    /// What people call it.
    #[arg(long)]
    name: Label,
    /// A scope it has; may be given several times, or as a list with commas.
    #[arg(long = "scope", value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// single, or pair for a key that needs a secret beside it.
    #[arg(long)]
    kind: Option<KeyKind>,
    /// It does not work from then on, like 2027-01-31T00:00:00Z.
    #[arg(long, value_parser = parse::instant)]
    expires_at: Option<Timestamp>,
    /// It does not work before.
    #[arg(long, value_parser = parse::instant)]
    not_before: Option<Timestamp>,
    /// An address or network it may be used from; may be given several times. Without any: from anywhere.
    #[arg(long = "address", value_parser = parse::network)]
    addresses: Vec<IpNet>,
    /// A limit of its own, NAME=REQUESTS/SECONDS; may be given several times.
    #[arg(long = "limit", value_parser = parse::limit)]
    limits: Vec<Limit>,
    /// Free data, as a JSON object.
    #[arg(long, value_parser = parse::object)]
    metadata: Option<Map<String, Value>>,
    /// Make a canary, to be put where nobody should look: it opens nothing, and each use of it is found.
    #[arg(long)]
    canary: bool,
    /// A text of your choice that makes repeating this command harmless.
    #[arg(long)]
    idempotency_key: Option<String>,
}

/// Which keys to list.
#[derive(Debug, Args)]
pub(crate) struct ListKeys {
    /// Only those of this workspace.
    #[arg(long)]
    workspace: Option<WorkspaceId>,
    /// Only those that open this API, by name or id.
    #[arg(long)]
    api: Option<String>,
    /// Only live or only test.
    #[arg(long)]
    environment: Option<Environment>,
    /// Only those that end from now on and before this instant, like 2027-01-31T00:00:00Z.
    #[arg(long, value_parser = parse::instant)]
    expiring_before: Option<Timestamp>,
    /// Only those that nobody used from this instant on.
    #[arg(long, value_parser = parse::instant)]
    unused_since: Option<Timestamp>,
    #[command(flatten)]
    page: PageArguments,
}

/// Which part of a list to show.
#[derive(Debug, Args)]
pub(super) struct PageArguments {
    /// Where the page before said that this one starts.
    #[arg(long)]
    cursor: Option<String>,
    /// At most so many, 1 to 200.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=200))]
    limit: Option<u16>,
}

impl PageArguments {
    /// Adds the page to a list's query.
    pub(super) fn on(&self, call: Call) -> Call {
        call.query("cursor", self.cursor.as_ref().map(|text| text as _))
            .query("limit", self.limit.as_ref().map(|limit| limit as _))
    }
}

/// One key.
#[derive(Debug, Args)]
pub(crate) struct OneKey {
    /// The key's id, key_…
    id: KeyId,
}

/// A change to a key. What is not given stays.
#[derive(Debug, Args)]
pub(crate) struct UpdateKey {
    /// The key's id, key_…
    id: KeyId,
    /// A new name.
    #[arg(long)]
    name: Option<Label>,
    /// Its new scopes, all of them.
    #[arg(long = "scope", value_delimiter = ',', conflicts_with = "no_scopes")]
    scopes: Vec<Scope>,
    /// Take all its scopes.
    #[arg(long)]
    no_scopes: bool,
    /// A new end.
    #[arg(long, value_parser = parse::instant, conflicts_with = "never_expires")]
    expires_at: Option<Timestamp>,
    /// Take its end.
    #[arg(long)]
    never_expires: bool,
    /// A new start.
    #[arg(long, value_parser = parse::instant, conflicts_with = "works_now")]
    not_before: Option<Timestamp>,
    /// Take its start.
    #[arg(long)]
    works_now: bool,
    /// Where it may be used from, all of it.
    #[arg(long = "address", value_parser = parse::network, conflicts_with = "from_anywhere")]
    addresses: Vec<IpNet>,
    /// Let it be used from anywhere.
    #[arg(long)]
    from_anywhere: bool,
    /// Its own limits, all of them, NAME=REQUESTS/SECONDS.
    #[arg(long = "limit", value_parser = parse::limit, conflicts_with = "no_limits")]
    limits: Vec<Limit>,
    /// Take its own limits; those of API and plan stay.
    #[arg(long)]
    no_limits: bool,
    /// New metadata, as a JSON object.
    #[arg(long, value_parser = parse::object)]
    metadata: Option<Map<String, Value>>,
}

/// A key to rotate.
#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    /// The key's id, key_…
    id: KeyId,
    /// How long the old text works on.
    #[arg(long, value_name = "SECONDS")]
    overlap_seconds: u64,
}

/// A key to end.
#[derive(Debug, Args)]
pub(crate) struct RevokeKey {
    /// The key's id, key_…
    id: KeyId,
    /// Wait until every node refuses it, and show the receipt.
    #[arg(long)]
    wait: bool,
}

impl KeysCommand {
    pub(super) fn call(&self) -> Call {
        match self {
            Self::Create(new) => new.call(),
            Self::List(list) => list.call(),
            Self::Show(key) => Call::get(&[&"keys", &key.id]),
            Self::Update(change) => change.call(),
            Self::Rotate(key) => Call::post(&[&"keys", &key.id, &"rotate"])
                .body(Members::default().with("overlap_seconds", key.overlap_seconds)),
            Self::Overlap(key) => Call::get(&[&"keys", &key.id, &"overlap"]),
            Self::EndOverlap(key) => Call::post(&[&"keys", &key.id, &"end-overlap"]),
            Self::Revoke(key) => {
                Call::post(&[&"keys", &key.id, &"revoke"]).body(Members::default().with("wait", key.wait))
            }
            Self::Disable(key) => Call::post(&[&"keys", &key.id, &"disable"]),
            Self::Enable(key) => Call::post(&[&"keys", &key.id, &"enable"]),
            Self::Secret(key) => Call::post(&[&"keys", &key.id, &"secret"]),
        }
    }

    pub(super) const fn view(&self) -> View {
        match self {
            Self::Create(_) | Self::Rotate(_) => View::Secret("key"),
            Self::Secret(_) => View::Secret("secret"),
            Self::List(_) => View::Page(COLUMNS),
            Self::Overlap(_) => View::Page(REPLACED),
            Self::Show(_)
            | Self::Update(_)
            | Self::EndOverlap(_)
            | Self::Revoke(_)
            | Self::Disable(_)
            | Self::Enable(_) => View::Object,
        }
    }
}

impl CreateKey {
    fn call(&self) -> Call {
        let members = Members::default()
            .with("api", &self.api)
            .with("workspace", self.workspace)
            .with("environment", self.environment)
            .with("name", &self.name)
            .with_some("kind", self.kind)
            .with_list("scopes", &self.scopes)
            .with_some("expires_at", self.expires_at)
            .with_some("not_before", self.not_before)
            .with_list("addresses", &self.addresses)
            .with_list("limits", &self.limits)
            .with_some("metadata", self.metadata.as_ref())
            .with_some("canary", self.canary.then_some(true));
        Call::post(&[&"keys"]).body(members).once(self.idempotency_key.as_deref())
    }
}

impl ListKeys {
    fn call(&self) -> Call {
        let call = Call::get(&[&"keys"])
            .query("workspace", self.workspace.as_ref().map(|id| id as _))
            .query("api", self.api.as_ref().map(|name| name as _))
            .query("environment", self.environment.as_ref().map(|environment| environment as _))
            .query("expiring_before", self.expiring_before.as_ref().map(|instant| instant as _))
            .query("unused_since", self.unused_since.as_ref().map(|instant| instant as _));
        self.page.on(call)
    }
}

impl UpdateKey {
    fn call(&self) -> Call {
        let members = Members::default()
            .with_some("name", self.name.as_ref())
            .with_list("scopes", &self.scopes)
            .emptying("scopes", self.no_scopes)
            .with_some("expires_at", self.expires_at)
            .clearing("expires_at", self.never_expires)
            .with_some("not_before", self.not_before)
            .clearing("not_before", self.works_now)
            .with_list("addresses", &self.addresses)
            .emptying("addresses", self.from_anywhere)
            .with_list("limits", &self.limits)
            .emptying("limits", self.no_limits)
            .with_some("metadata", self.metadata.as_ref());
        Call::patch(&[&"keys", &self.id]).body(members)
    }
}
