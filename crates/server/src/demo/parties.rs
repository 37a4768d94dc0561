//! The demo's OAuth clients and users, made at the first start.

use claviger_domain::{
    Actor, Algorithm, ApiId, ApplicationType, ClientAuthentication, ClientId, ClientKeys, ClientMetadata,
    ClientPresentation, Environment, Profile, SubjectType, WorkspaceId,
};
use claviger_engine::{
    ClientError, Engine, IssuedClient, NewClient, NewPassword, NewUser, PasswordError, UserError,
};
use claviger_secrets::KeyPair;
use futures_util::future::{try_join, try_join_all};
use serde_json::json;

use super::credentials::{Fact, Facts};
use super::seed::{ClientSeed, ContractSeed, ProofSeed, UserSeed};

const ACTOR: Actor = Actor::LOCAL;

/// The key of a client that proves itself by one.
const KEY_ID: &str = "demo-1";

/// Why there are no clients or users.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PartyError {
    #[error("a client could not be made or looked up")]
    Client(#[from] ClientError),
    #[error("a user could not be made")]
    User(#[from] UserError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("a client's key pair could not be made")]
    Key(#[from] claviger_secrets::Error),
    #[error("the making of a client's key pair was broken off")]
    BrokenOff(#[from] tokio::task::JoinError),
    #[error("a client's key pair is no JSON")]
    KeyForm(#[from] serde_json::Error),
}

/// Makes a contract's clients and users, side by side.
pub(super) async fn seed(
    engine: &Engine,
    api: ApiId,
    workspace: WorkspaceId,
    contract: &ContractSeed,
) -> Result<Facts, PartyError> {
    let clients = contract.clients.iter().map(|client| seed_client(engine, api, workspace, client));
    let users = contract.users.iter().map(|user| seed_user(engine, api, workspace, user));
    let (clients, users) = try_join(try_join_all(clients), try_join_all(users)).await?;
    Ok(clients.into_iter().chain(users).flatten().collect())
}

/// Whether the client with this id works; none when there is no such client.
pub(super) async fn is_enabled(engine: &Engine, id: &str) -> Result<Option<bool>, PartyError> {
    let Ok(id) = id.parse::<ClientId>() else { return Ok(None) };
    match engine.find_client(id).await {
        Ok(client) => Ok(Some(client.disabled_at.is_none())),
        Err(ClientError::UnknownClient) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

async fn seed_client(
    engine: &Engine,
    api: ApiId,
    workspace: WorkspaceId,
    seed: &ClientSeed,
) -> Result<Facts, PartyError> {
    let pair = match &seed.proof {
        ProofSeed::Secret(_) => None,
        ProofSeed::Key { .. } => Some(key_pair().await?),
    };
    let metadata = metadata(seed, pair.as_ref())?;
    let new = NewClient { api, workspace, environment: Environment::Live, metadata };
    let IssuedClient { client, secret, .. } = engine.create_client(&ACTOR, new, None).await?;
    let mut facts = Facts::from_iter([(seed.field.clone(), client.id.to_string().into())]);
    match (&seed.proof, secret, pair) {
        (ProofSeed::Secret(field), Some(secret), _) => {
            facts.insert(field.clone(), secret.expose().into());
        }
        (ProofSeed::Key { id_field, private_field }, _, Some(pair)) => {
            facts.insert(id_field.clone(), KEY_ID.into());
            let members = serde_json::from_str(pair.private_jwk(KEY_ID)?.expose())?;
            facts.insert(private_field.clone(), Fact::Group(members));
        }
        _ => {}
    }
    if let Some(redirect) = &seed.redirect {
        facts.insert(redirect.field.clone(), redirect.uri.as_str().into());
    }
    Ok(facts)
}

/// RSA primes take their time to find, so other threads go on meanwhile.
async fn key_pair() -> Result<KeyPair, PartyError> {
    Ok(tokio::task::spawn_blocking(|| KeyPair::generate(Algorithm::Rs384)).await??)
}

fn metadata(seed: &ClientSeed, pair: Option<&KeyPair>) -> Result<ClientMetadata, PartyError> {
    let public = pair.map(|pair| pair.public_jwk(KEY_ID)).transpose()?;
    Ok(ClientMetadata {
        name: seed.name.clone(),
        presentation: ClientPresentation {
            description: Some(seed.description.clone()),
            ..ClientPresentation::default()
        },
        application_type: ApplicationType::Web,
        authentication: match &seed.proof {
            ProofSeed::Secret(_) => ClientAuthentication::SecretBasic,
            ProofSeed::Key { .. } => ClientAuthentication::PrivateKeyJwt,
        },
        keys: public.map(|jwk| ClientKeys::Inline(json!({ "keys": [jwk] }).to_string())),
        grant_types: seed.grants.clone(),
        redirect_uris: seed.redirect.iter().map(|redirect| redirect.uri.clone()).collect(),
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    })
}

async fn seed_user(
    engine: &Engine,
    api: ApiId,
    workspace: WorkspaceId,
    seed: &UserSeed,
) -> Result<Facts, PartyError> {
    let password = engine.random_text();
    let (given_name, family_name) = match seed.name.split_once(' ') {
        Some((given, family)) => (Some(given.to_owned()), Some(family.to_owned())),
        None => (None, None),
    };
    let new = NewUser {
        api,
        email: seed.email.clone(),
        is_email_verified: true,
        password: Some(NewPassword::choose(password.expose().to_owned())?),
        profile: Profile {
            name: Some(seed.name.clone()),
            given_name,
            family_name,
            locale: Some("en".to_owned()),
        },
        workspace: Some(workspace),
        environment: Environment::Live,
        scopes: seed.scopes.clone(),
    };
    engine.create_user(&ACTOR, new).await?;
    let email = (seed.email_field.clone(), seed.email.as_str());
    let facts = [email, (seed.password_field.clone(), password.expose())];
    Ok(match &seed.group {
        None => facts.into_iter().map(|(field, text)| (field, text.into())).collect(),
        Some(group) => {
            let members = facts.into_iter().map(|(field, text)| (field, text.into())).collect();
            Facts::from_iter([(group.clone(), Fact::Group(members))])
        }
    })
}
