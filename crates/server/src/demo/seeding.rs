//! Making the demo's keys at the first start, and finding them again at every later one.

use std::sync::Arc;
use std::time::Duration;

use claviger_contract::{Directory, Installed};
use claviger_domain::{
    Actor, Decision, DenialReason, EmailError, Facts as RequestFacts, Key, KeyKind, KeyState, KindSet, Label,
    Metadata, OperatorScopes, Origin, Outcome, PageRequest, Presented, Role, TextError, WorkspaceId,
};
use claviger_engine::{
    BelongingRequest, Engine, KeyError, KeyFilter, MemberError, NewKey, NewMember, NewOperatorToken,
    NewPassword, NewWorkspace, OperatorError, OperatorTokenError, PasswordError, Question, WorkspaceError,
};
use futures_util::TryFutureExt as _;
use futures_util::future::{try_join, try_join_all};
use indexmap::IndexMap;

use claviger_settings::Settings;

use super::credentials::{Credentials, Facts, Member, Operator, text_of};
use super::hooks::{self, HookError};
use super::parties::{self, PartyError};
use super::past::{self, PastError};
use super::past_grant::{self, PastGrantError};
use super::seed::{BelongingSeed, ContractSeed, KeySeed, Seed};
use crate::output;

const ACTOR: Actor = Actor::LOCAL;

/// Whom the console knows at first.
const OPERATOR: &str = "operator@claviger.localhost";

/// Whom the portal knows at first.
const MEMBER: &str = "member@claviger.localhost";

/// Why the demo has no usable keys.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SeedingError {
    #[error("the demo's contract `{0}` is not loaded; start over with --fresh")]
    NoContract(String),
    #[error(
        "the database is not empty, but its keys are unknown: credentials.json is missing; start over with --fresh"
    )]
    Unknown,
    #[error("credentials.json has no `{field}` for `{contract}`; start over with --fresh")]
    Missing { contract: String, field: String },
    #[error(
        "the database does not know the `{field}` of `{contract}` that credentials.json has; start over with --fresh"
    )]
    Stranger { contract: String, field: String },
    #[error("the database does not accept the operator token of credentials.json; start over with --fresh")]
    Operator(#[source] OperatorTokenError),
    #[error("an operator token could not be made")]
    Token(#[from] OperatorTokenError),
    #[error("a workspace could not be made")]
    Workspace(#[from] WorkspaceError),
    #[error("a key could not be made or looked up")]
    Key(#[from] KeyError),
    #[error(transparent)]
    Party(#[from] PartyError),
    #[error(transparent)]
    Hook(#[from] HookError),
    #[error(transparent)]
    Past(#[from] PastError),
    #[error(transparent)]
    PastGrant(#[from] PastGrantError),
    #[error("a credential could not be checked")]
    Verify(#[from] claviger_engine::Error),
    #[error("the operator could not be made")]
    Account(#[from] OperatorError),
    #[error("the member could not be made")]
    Member(#[from] MemberError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Email(#[from] EmailError),
    #[error(transparent)]
    Text(#[from] TextError),
}

/// Makes everything; webhooks are told at `receiver`. Contracts and keys are made side by side, so that the writer's group commit makes a few
/// commits of them and not dozens.
pub(super) async fn seed(
    (engine, receiver): (&Engine, &str),
    settings: &Settings,
    known: &Directory,
    seed: &Seed,
) -> Result<Credentials, SeedingError> {
    let newest = PageRequest { before: None, limit: 1 };
    if !engine.list_workspaces(newest).await?.rows.is_empty() {
        return Err(SeedingError::Unknown);
    }
    let contracts = seed.contracts.iter().map(|contract| seed_contract((engine, receiver), known, contract));
    let (operator, contracts) = try_join(seed_operator(engine), try_join_all(contracts)).await?;
    let mut contracts: IndexMap<String, Facts> = contracts.into_iter().collect();
    for contract in &seed.contracts {
        let Some(facts) = contracts.get_mut(contract.name.as_str()) else { continue };
        for expired in &contract.expired {
            let bought = past::buy(settings, installed(known, contract)?, expired, facts).await?;
            facts.extend(bought);
        }
        for expired in &contract.expired_grant {
            let bought =
                past_grant::buy(settings, installed(known, contract)?, (contract, expired), facts).await?;
            facts.extend(bought);
        }
    }
    let member = Some(seed_member(engine).await?);
    Ok(Credentials { base_url: String::new(), operator, member, contracts })
}

/// Someone who can sign in to the console, and a token for scripts. The password is hashed while contracts are seeded.
async fn seed_operator(engine: &Engine) -> Result<Operator, SeedingError> {
    let name: Label = "demo".parse()?;
    let new = NewOperatorToken { name, scopes: OperatorScopes::all(), expires_at: None };
    let password = engine.random_text();
    let chosen = NewPassword::choose(password.expose().to_owned())?;
    let account = engine.create_operator(&ACTOR, OPERATOR.parse()?, chosen);
    let token = engine.issue_operator_token(&ACTOR, None, new);
    let (_, issued) =
        try_join(account.map_err(SeedingError::from), token.map_err(SeedingError::from)).await?;
    Ok(Operator {
        email: OPERATOR.to_owned(),
        password: password.expose().to_owned(),
        token: issued.text.expose().to_owned(),
    })
}

/// An owner of every workspace, so that the portal can be looked at for each contract.
async fn seed_member(engine: &Engine) -> Result<Member, SeedingError> {
    let all = PageRequest { before: None, limit: PageRequest::MAX_LIMIT };
    let places = engine.list_workspaces(all).await?.rows.into_iter().map(|row| (row.id, Role::Owner));
    let password = engine.random_text();
    let new = NewMember {
        name: Some("Mia Member".to_owned()),
        password: NewPassword::choose(password.expose().to_owned())?,
        origin: Origin::default(),
    };
    engine.create_member(MEMBER.parse()?, new, places.collect()).await?;
    Ok(Member { email: MEMBER.to_owned(), password: password.expose().to_owned() })
}

async fn seed_contract(
    (engine, receiver): (&Engine, &str),
    known: &Directory,
    contract: &ContractSeed,
) -> Result<(String, Facts), SeedingError> {
    let installed = installed(known, contract)?;
    let new = NewWorkspace { name: contract.workspace.clone(), plan: contract.plan.clone() };
    let workspace = engine.create_workspace(&ACTOR, new, None).await?.id;
    hooks::seed(engine, workspace, receiver).await?;
    let keys = contract.keys.iter().map(|key| seed_key(engine, installed, workspace, key));
    let parties = parties::seed(engine, installed.api, workspace, contract);
    let (keys, parties) = try_join(try_join_all(keys), parties.map_err(SeedingError::from)).await?;
    Ok((contract.name.to_string(), keys.into_iter().flatten().chain(parties).collect()))
}

async fn seed_key(
    engine: &Engine,
    installed: &Installed,
    workspace: WorkspaceId,
    seed: &KeySeed,
) -> Result<Facts, SeedingError> {
    let issued = engine.issue_key(&ACTOR, new_key(installed, workspace, seed), None).await?;
    let id = issued.key.id;
    let mut facts = Facts::from_iter([(seed.field.clone(), issued.text.expose().into())]);
    if let Some(field) = &seed.secret_field {
        let secret = engine.replace_secret(&ACTOR, id).await?.secret;
        facts.insert(field.clone(), secret.expose().into());
    }
    if seed.ended {
        // Nobody can make a key that has ended already, but a rotation without overlap ends its text.
        engine.rotate_key(&ACTOR, id, Duration::ZERO).await?;
    }
    for BelongingSeed { field, collection, value } in &seed.belongings {
        let request = BelongingRequest { collection: collection.clone(), value: value.clone() };
        engine.add_belonging(&ACTOR, id, request.clone()).await?;
        engine.verify_belonging(&ACTOR, id, request).await?;
        facts.insert(field.clone(), value.as_str().into());
    }
    Ok(facts)
}

fn new_key(installed: &Installed, workspace: WorkspaceId, seed: &KeySeed) -> NewKey {
    NewKey {
        api: installed.api,
        workspace,
        environment: seed.environment,
        kind: seed.kind,
        name: seed.name.clone(),
        scopes: seed.scopes.clone(),
        not_before: None,
        expires_at: None,
        addresses: Vec::new(),
        limits: seed.limits.clone(),
        metadata: Metadata::default(),
        is_canary: false,
    }
}

/// Makes sure that the database still knows every credential of the file. One that was revoked or disabled since
/// is as it was left, and said.
pub(super) async fn check(
    engine: &Engine,
    known: &Directory,
    seed: &Seed,
    credentials: &Credentials,
) -> Result<(), SeedingError> {
    let token = credentials.operator.token.as_bytes();
    engine.authenticate_operator(token).await.map_err(SeedingError::Operator)?;
    for contract in &seed.contracts {
        let installed = installed(known, contract)?;
        let facts = credentials.contracts.get(contract.name.as_str());
        check_clients(engine, contract, facts).await?;
        for key in &contract.keys {
            let field = |field: &String| {
                facts.and_then(|facts| text_of(facts, field)).ok_or_else(|| SeedingError::Missing {
                    contract: contract.name.to_string(),
                    field: field.clone(),
                })
            };
            let text = field(&key.field)?;
            key.secret_field.as_ref().map(field).transpose()?;
            let standing = match key.kind {
                KeyKind::Single => standing_of_single(engine, installed, text).await?,
                KeyKind::Pair => standing_of_pair(engine, installed, text).await?,
            };
            match standing {
                Standing::Unknown => {
                    let (contract, field) = (contract.name.to_string(), key.field.clone());
                    return Err(SeedingError::Stranger { contract, field });
                }
                Standing::Refused(reason) if !(key.ended && reason == DenialReason::Expired) => {
                    output::remark(format_args!("{} {}: {}", contract.name, key.field, reason.as_str()));
                }
                Standing::Good | Standing::Refused(_) => {}
            }
        }
    }
    Ok(())
}

async fn check_clients(
    engine: &Engine,
    contract: &ContractSeed,
    facts: Option<&Facts>,
) -> Result<(), SeedingError> {
    for client in &contract.clients {
        let (contract, field) = (contract.name.to_string(), client.field.clone());
        let Some(id) = facts.and_then(|facts| text_of(facts, &field)) else {
            return Err(SeedingError::Missing { contract, field });
        };
        match parties::is_enabled(engine, id).await? {
            None => return Err(SeedingError::Stranger { contract, field }),
            Some(false) => output::remark(format_args!("{contract} {field}: DISABLED")),
            Some(true) => {}
        }
    }
    Ok(())
}

enum Standing {
    Good,
    Refused(DenialReason),
    Unknown,
}

async fn standing_of_single(
    engine: &Engine,
    installed: &Installed,
    text: &str,
) -> Result<Standing, SeedingError> {
    let question = Question {
        api: installed.api,
        policy: installed.contract.policy(),
        presented: Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY },
        facts: &RequestFacts::none(),
    };
    let Decision { outcome, .. } = engine.verify(&question).await?;
    Ok(match outcome {
        Outcome::Allow(_) => Standing::Good,
        Outcome::Deny(denial) => match denial.reason {
            DenialReason::Unknown | DenialReason::Malformed | DenialReason::WrongKind => Standing::Unknown,
            reason => Standing::Refused(reason),
        },
    })
}

/// Half of a pair is no credential, so it is looked for in the list, by what may be shown of it.
async fn standing_of_pair(
    engine: &Engine,
    installed: &Installed,
    text: &str,
) -> Result<Standing, SeedingError> {
    let filter = KeyFilter { api: Some(installed.api), ..KeyFilter::default() };
    let mut before = None;
    loop {
        let page =
            engine.list_keys(filter.clone(), PageRequest { before, limit: PageRequest::MAX_LIMIT }).await?;
        if let Some(key) = page.rows.iter().find(|key| is_shown_as(key, text)) {
            return Ok(match key.state {
                KeyState::Active => Standing::Good,
                KeyState::Disabled { .. } => Standing::Refused(DenialReason::Disabled),
                KeyState::Revoked { .. } => Standing::Refused(DenialReason::Revoked),
            });
        }
        before = page.next;
        if before.is_none() {
            return Ok(Standing::Unknown);
        }
    }
}

fn is_shown_as(key: &Key, text: &str) -> bool {
    key.generations.iter().any(|generation| {
        text.starts_with(&*generation.hint.prefix) && text.ends_with(&*generation.hint.last_four)
    })
}

fn installed<'d>(known: &'d Directory, contract: &ContractSeed) -> Result<&'d Arc<Installed>, SeedingError> {
    let name = contract.name.as_str();
    known.by_name_or_id(name).ok_or_else(|| SeedingError::NoContract(name.to_owned()))
}
