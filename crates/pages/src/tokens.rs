//! The tokens that stem from a key, a client, a grant or a user: the tree, and ending a branch of it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use claviger_domain::{FamilyId, KeyId, PageRequest, ParentId, Right, Timestamp};
use claviger_engine::{Branch, BranchState, Wait};
use http::StatusCode;

use crate::chrome::{Chrome, Section, page};
use crate::error::{Answer, PageError};
use crate::fields::Fields;
use crate::keys::list::next_page;
use crate::many::Ticks;
use crate::many::deeds::OF_TOKENS;
use crate::moment::Moment;
use crate::notice::Notice;
use crate::path::Path;
use crate::permit::{Permit, Recent, TokensRead, TokensWrite};
use crate::reader::Reader;
use crate::sent::Sent;
use crate::state::PagesState;
use crate::words::{Phrase, say};

/// How deep a branch is shown; deeper ones stand as deep.
const DEEPEST: usize = 4;

/// A family as the tree shows it.
struct BranchRow {
    id: String,
    /// How many exchanges lie between it and what it stands on.
    depth: usize,
    session: Option<String>,
    scopes: Vec<String>,
    bought: Moment,
    ends: Option<Moment>,
    state: BranchLife,
}

/// [`BranchState`] in the page's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct BranchLife(BranchState);

impl BranchLife {
    const fn word(self) -> Phrase {
        match self.0 {
            BranchState::Living => say("tokens-working"),
            BranchState::Expired => say("tokens-expired"),
            BranchState::Ended => say("tokens-ended"),
        }
    }

    const fn tone(self) -> &'static str {
        match self.0 {
            BranchState::Living => "good",
            BranchState::Expired | BranchState::Ended => "over",
        }
    }

    const fn is_living(self) -> bool {
        matches!(self.0, BranchState::Living)
    }
}

/// What the tokens stand on.
#[derive(Clone)]
struct Root {
    parent: ParentId,
    section: Section,
    /// Where its page is, below console or workspace; a grant has none of its own.
    path: Option<&'static str>,
    what: Phrase,
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens<'p> {
    chrome: Chrome<'p>,
    of: &'p str,
    what: Phrase,
    /// The page of what they stand on.
    back: Option<String>,
    rows: Vec<BranchRow>,
    may_end: bool,
    /// Where the form leads that ends all of them at once.
    end_all: Option<String>,
    /// The address of the next page.
    next: Option<String>,
    /// What can be done with many of them; none for whoever may end none.
    ticks: Option<Ticks>,
}

/// `GET …/tokens?of=…`
pub(crate) async fn list_tokens(
    State(state): State<PagesState>,
    permit: Permit<TokensRead>,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let of = query.get("of");
    let root = read_root(of).ok_or(PageError::Parameter("key, application, user or grant"))?;
    let before = query.given("before").map(str::parse::<FamilyId>).transpose();
    let before = before.map_err(|_| PageError::Parameter("page"))?.map(FamilyId::uuid);
    let wanted = PageRequest { before, limit: PageRequest::MAX_LIMIT };
    let listed = state.engine.list_families_for(&permit.actor(), root.parent, wanted).await?;
    let listed = listed.ok_or(PageError::NoPage)?;
    let (reader, now) = (permit.reader(), state.engine.clock().now());
    let path = format!("{}/tokens", reader.base());
    let next = |id| next_page((&path, &["of"]), &query, &FamilyId::from_uuid(id));
    let may_end = reader.allows(Right::WriteKeys);
    let rows = grow(&listed.rows, now);
    let has_living = rows.iter().any(|row| row.state.is_living());
    let shown = Tokens {
        chrome: Chrome::at(reader, root.section).saying(Notice::read(&query)),
        of,
        what: root.what,
        back: root.path.map(|path| format!("{}/{path}/{of}", reader.base())),
        end_all: match root.parent {
            ParentId::Key(id) if may_end && has_living => {
                Some(format!("{}/keys/{id}/end-tokens", reader.base()))
            }
            _ => None,
        },
        may_end,
        rows,
        next: listed.next.map(next),
        ticks: (may_end && has_living).then(|| Ticks::of(reader, "/tokens", &query, OF_TOKENS)),
    };
    page(StatusCode::OK, &shown)
}

/// `POST …/tokens/{id}/end`
pub(crate) async fn end_token(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, fields }: Sent<TokensWrite>,
) -> Answer {
    let id: FamilyId = id.parse().map_err(|_| PageError::NoPage)?;
    let of = fields.get("of");
    read_root(of).ok_or(PageError::BadForm)?;
    // Twice is fine: what has ended has ended.
    state.engine.end_family_by(&permit.actor(), id, Wait::No).await?.ok_or(PageError::NoPage)?;
    Ok(back(permit.reader(), of, Notice::TokenEnded))
}

/// `POST …/keys/{id}/end-tokens`
pub(crate) async fn end_tokens_of_key(
    State(state): State<PagesState>,
    Path(id): Path<String>,
    Sent { permit, .. }: Sent<Recent<TokensWrite>>,
) -> Answer {
    let id: KeyId = id.parse().map_err(|_| PageError::NoPage)?;
    state.engine.end_tokens_of_key(&permit.actor(), id).await?;
    Ok(back(permit.reader(), &id.to_string(), Notice::TokensEnded))
}

fn back(reader: &Reader, of: &str, notice: Notice) -> Response {
    Redirect::to(&format!("{}/tokens?of={of}&notice={}", reader.base(), notice.word())).into_response()
}

fn read_root(text: &str) -> Option<Root> {
    let root = |parent, section, path, what| Some(Root { parent, section, path, what });
    if let Ok(id) = text.parse() {
        return root(ParentId::Key(id), Section::Keys, Some("keys"), say("tokens-key"));
    }
    if let Ok(id) = text.parse() {
        let path = Some("clients");
        return root(ParentId::Client(id), Section::Applications, path, say("tokens-application"));
    }
    if let Ok(id) = text.parse() {
        return root(ParentId::Account(id), Section::Users, Some("users"), say("tokens-user"));
    }
    text.parse().ok().and_then(|id| root(ParentId::Grant(id), Section::Consents, None, say("tokens-grant")))
}

/// The families in the order of a tree: each after what it was exchanged for.
fn grow(branches: &[Branch], now: Timestamp) -> Vec<BranchRow> {
    let is_here = |id: FamilyId| branches.iter().any(|branch| branch.family.id == id);
    let is_root = |branch: &&Branch| branch.family.source.is_none_or(|source| !is_here(source));
    let mut waiting: Vec<(&Branch, usize)> = branches.iter().filter(is_root).map(|root| (root, 0)).collect();
    waiting.reverse();
    let mut rows = Vec::with_capacity(branches.len());
    while let Some((branch, depth)) = waiting.pop() {
        rows.push(row(branch, depth, now));
        let children = branches.iter().filter(|other| other.family.source == Some(branch.family.id));
        waiting.extend(children.rev().map(|child| (child, (depth + 1).min(DEEPEST))));
    }
    rows
}

fn row(branch: &Branch, depth: usize, now: Timestamp) -> BranchRow {
    let family = &branch.family;
    BranchRow {
        id: family.id.to_string(),
        depth,
        session: branch.session.as_ref().map(|name| name.expose().to_owned()),
        scopes: family.scopes.iter().map(ToString::to_string).collect(),
        bought: Moment::exact(family.created_at),
        ends: family.ended_at.or(family.ends_at).map(Moment::exact),
        state: BranchLife(branch.state_at(now)),
    }
}

#[cfg(test)]
mod tests {
    use claviger_domain::{Generation, Parent, ScopeSet, SecretId, TokenFamily};
    use claviger_testkit::SeededEntropy;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    fn branch(entropy: &SeededEntropy, source: Option<&Branch>, ends_at: Option<i64>) -> Branch {
        let family = TokenFamily {
            id: FamilyId::generate_at(NOW, entropy),
            parent: Parent::Key {
                key: KeyId::generate_at(NOW, entropy),
                secret: SecretId::generate_at(NOW, entropy),
            },
            source: source.map(|source| source.family.id),
            scopes: ScopeSet::default(),
            newest: Generation::FIRST,
            spent: Generation::NONE,
            created_at: NOW,
            ends_at: ends_at.map(Timestamp::from_seconds),
            ended_at: None,
        };
        Branch { family, session: None, subject: String::new(), actor: None }
    }

    #[test]
    fn what_was_exchanged_stands_below_what_it_was_exchanged_for() {
        let entropy = SeededEntropy::new(1);
        let root = branch(&entropy, None, None);
        let child = branch(&entropy, Some(&root), Some(2_000));
        let grandchild = branch(&entropy, Some(&child), Some(1_000));
        let other = branch(&entropy, None, None);
        let ids = [&root, &child, &grandchild, &other].map(|branch| branch.family.id.to_string());
        // The list comes newest first, the tree from its roots.
        let rows = grow(&[other, grandchild, child, root], NOW);
        let seen: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.depth)).collect();
        assert_eq!(seen, [(&*ids[3], 0), (&*ids[0], 0), (&*ids[1], 1), (&*ids[2], 2)]);
        assert_eq!(rows[3].state, BranchLife(BranchState::Expired));
        assert!(rows[2].state.is_living());
    }

    #[test]
    fn a_branch_whose_source_is_not_listed_is_a_root() {
        let entropy = SeededEntropy::new(2);
        let unlisted = branch(&entropy, None, None);
        let rows = grow(&[branch(&entropy, Some(&unlisted), None)], NOW);
        assert_eq!(rows.iter().map(|row| row.depth).collect::<Vec<_>>(), [0]);
    }
}
