//! `/v1/tokens`: what was bought with keys, clients, grants and passwords, and what was exchanged for it.

use axum::extract::State;
use claviger_domain::{FamilyId, ParentId, ScopeSet, SessionName, Timestamp};
use claviger_engine::{Branch, BranchState, TokenTree, Wait};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::SentOrDefault;
use crate::keys::lifecycle::ReceiptObject;
use crate::list::{Cursor, List, PageLimit, Params, page};
use crate::path::PathId;
use crate::permit::{ClientsRead, ClientsWrite, Permit};
use crate::problem::{Code, Problem};
use crate::reply::Answer;
use crate::state::Shared;

/// Tokens that were bought together, and those that followed them by refreshing. They end together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TokenFamily)]
pub(crate) struct FamilyObject<'b> {
    /// Its id, with which the `jti` of its JWTs begins.
    #[schema(value_type = String, example = "fam_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: FamilyId,
    /// What it was bought with, and with which it dies: a key, a client, a grant or a user.
    #[schema(value_type = String, example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    parent: ParentId,
    /// The family whose token it was exchanged for, and with which it dies as well; null for one that was not
    /// exchanged.
    #[schema(value_type = Option<String>, example = json!(null))]
    source: Option<FamilyId>,
    /// The `sub` of its tokens.
    #[schema(example = "key_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    subject: &'b str,
    /// Who acts for the subject (RFC 8693 section 4.1); null for nobody else.
    #[schema(example = json!(null))]
    actor: Option<&'b str>,
    /// The name of its session under the parent; null for none.
    #[schema(value_type = Option<String>, example = "nightly-import")]
    session: Option<&'b str>,
    /// What its tokens may do, as long as the parent may.
    #[schema(value_type = Vec<String>, example = json!(["document.read"]))]
    scopes: &'b ScopeSet,
    /// Whether its tokens work, as long as those do that it stands on.
    state: FamilyStatus,
    /// How often it was refreshed.
    #[schema(example = 0)]
    refreshes: i64,
    /// When it was bought.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When the last of its tokens ends by itself; null for never.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was ended: by logging out, with its session, by an operator, or with what it stands on.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

/// Where a family is in its life.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FamilyStatus {
    /// Its newest tokens work, as long as what it stands on does.
    Active,
    /// Its time is over.
    Expired,
    /// It was ended.
    Ended,
}

impl<'b> FamilyObject<'b> {
    fn at(branch: &'b Branch, now: Timestamp) -> Self {
        let family = &branch.family;
        Self {
            id: family.id,
            parent: family.parent.id(),
            source: family.source,
            subject: &branch.subject,
            actor: branch.actor.as_deref(),
            session: branch.session.as_ref().map(SessionName::expose),
            scopes: &family.scopes,
            state: match branch.state_at(now) {
                BranchState::Living => FamilyStatus::Active,
                BranchState::Expired => FamilyStatus::Expired,
                BranchState::Ended => FamilyStatus::Ended,
            },
            refreshes: family.newest.as_i64() - 1,
            created_at: family.created_at,
            expires_at: family.ends_at,
            ended_at: family.ended_at,
        }
    }
}

/// A family and all that stem from it.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenTree)]
pub(crate) struct TreeObject<'b> {
    #[serde(flatten)]
    family: FamilyObject<'b>,
    /// What was exchanged for its tokens, oldest first.
    #[schema(no_recursion)]
    children: Vec<Self>,
}

impl<'b> TreeObject<'b> {
    fn at(tree: &'b TokenTree, now: Timestamp) -> Self {
        let children = tree.children.iter().map(|child| Self::at(child, now)).collect();
        Self { family: FamilyObject::at(&tree.root, now), children }
    }
}

/// A family with all that stem from it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WholeTree<'b> {
    #[serde(flatten)]
    tree: TreeObject<'b>,
    /// Whether this is everything: of a tree with more than a thousand families only the oldest are shown.
    #[schema(example = true)]
    complete: bool,
}

/// Which families are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FamilyQuery {
    parent: ParentId,
    #[serde(default)]
    cursor: Option<Cursor<FamilyId>>,
    #[serde(default)]
    limit: PageLimit,
}

/// How to end a family.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wait": true}))]
pub(crate) struct EndFamily {
    /// Whether to answer only when every live node refuses its tokens, or a few seconds have passed.
    #[serde(default)]
    wait: bool,
}

/// An ended family and, when it was waited for, the proof that no node accepts its tokens any more.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedFamily<'b> {
    #[serde(flatten)]
    object: FamilyObject<'b>,
    /// The proof; null when the call did not wait.
    receipt: Option<ReceiptObject>,
}

/// List the families of tokens that were bought with a key, client, grant or user, and all that were exchanged for
/// them, newest first.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "tokens",
    security(("operator_token" = ["clients:read"])),
    params(
        ("parent" = String, Query, description = "The id of the key, client, grant or user that they were bought with."),
        ("cursor" = Option<String>, Query, description = "The `next_cursor` of the page before."),
        ("limit" = Option<u16>, Query, description = "The most objects to answer; 50 unless named.", minimum = 1, maximum = 200),
    ),
    responses((status = 200, description = "A page of families.", body = List<FamilyObject>)),
)]
pub(crate) async fn list_tokens(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    Params(query): Params<FamilyQuery>,
) -> Answer {
    let page = doors.engine.list_families(query.parent, page(query.cursor, query.limit)).await;
    let page = page.map_err(|error| permit.refuse(error))?;
    let now = doors.engine.clock().now();
    let objects = page.rows.iter().map(|branch| FamilyObject::at(branch, now)).collect();
    permit.context().ok(&List::of::<FamilyId>(objects, page.next))
}

/// Show a family of tokens with all that stem from it, as a tree.
#[utoipa::path(
    get, path = "/v1/tokens/{id}", tag = "tokens",
    security(("operator_token" = ["clients:read"])),
    params(("id" = String, Path, description = "The family's id.")),
    responses((status = 200, description = "The family and its tree.", body = WholeTree)),
)]
pub(crate) async fn get_token_tree(
    State(doors): State<Shared>,
    permit: Permit<ClientsRead>,
    PathId(id): PathId<FamilyId>,
) -> Answer {
    let found = doors.engine.find_token_tree(id).await.map_err(|error| permit.refuse(error))?;
    let (tree, complete) = found.ok_or_else(|| permit.refuse(unknown()))?;
    let tree = TreeObject::at(&tree, doors.engine.clock().now());
    permit.context().ok(&WholeTree { tree, complete })
}

/// End a family of tokens and all that stem from it, at once. What it stands on lives on.
#[utoipa::path(
    post, path = "/v1/tokens/{id}/end", tag = "tokens",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The family's id.")),
    request_body = Option<EndFamily>,
    responses((status = 200, description = "The ended family and the receipt, if waited for.", body = EndedFamily)),
)]
pub(crate) async fn end_tokens(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<FamilyId>,
    SentOrDefault(how): SentOrDefault<EndFamily>,
) -> Answer {
    let wait = if how.wait { Wait::ForAllNodes } else { Wait::No };
    let ended = doors.engine.end_family_by(&permit.actor(), id, wait).await;
    let ended = ended.map_err(|error| permit.refuse(error))?.ok_or_else(|| permit.refuse(unknown()))?;
    let object = FamilyObject::at(&ended.branch, doors.engine.clock().now());
    permit.context().ok(&EndedFamily { object, receipt: ended.receipt.map(ReceiptObject::from) })
}

fn unknown() -> Problem {
    Problem::new(Code::NotFound, "no such family of tokens")
}
