//! Clients that register themselves, and manage their registration.

use std::time::Duration;

use claviger_domain::{
    ClientAuthentication, ClientMetadata, ClientOrigin, Environment, GrantType, OperatorScope,
    OperatorScopes, ScopeSet,
};
use claviger_engine::{Caller, NewOperatorToken, OAuthError, RegisteredClient};
use claviger_oauth::ErrorCode;

use crate::clients::metadata;
use crate::house::{ACTOR, House, postgres};

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() {
            super::$name(super::House::with_clients("sqlite::memory:").await).await;
        })* }
        mod on_postgres { $(#[tokio::test] async fn $name() {
            super::$name(super::House::with_clients(&super::postgres()).await).await;
        })* }
    };
}

both! {
    anyone_registers_a_client_where_the_contract_is_open
    a_closed_contract_wants_an_operators_token
    a_stranger_gets_neither_client_credentials_nor_the_master_scope
    an_operators_token_registers_any_client
    only_so_many_register_in_a_minute
    a_registration_is_managed_by_its_token_which_changes_at_each_update
    a_client_that_begins_to_use_a_secret_gets_one
    a_managed_client_cannot_widen_itself
    a_registration_ends_for_good
    clients_that_were_never_used_are_cleared_away
}

const BASIC: ClientAuthentication = ClientAuthentication::SecretBasic;
const PUBLIC: ClientAuthentication = ClientAuthentication::None;

fn code<T: std::fmt::Debug>(result: Result<T, OAuthError>) -> ErrorCode {
    match result {
        Err(OAuthError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

fn machine() -> ClientMetadata {
    ClientMetadata { grant_types: vec![GrantType::ClientCredentials], ..metadata(BASIC) }
}

impl House {
    async fn register(&self, metadata: ClientMetadata) -> Result<RegisteredClient, OAuthError> {
        self.engine.register_client(&self.caller(), None, metadata).await
    }

    async fn operator_token(&self, scope: OperatorScope) -> String {
        let scopes: OperatorScopes = [scope].into_iter().collect();
        let new = NewOperatorToken { name: "script".parse().unwrap(), scopes, expires_at: None };
        let issued = self.engine.issue_operator_token(&ACTOR, None, new).await.unwrap();
        issued.text.expose().to_owned()
    }
}

async fn anyone_registers_a_client_where_the_contract_is_open(house: House) {
    let (one, two) = tokio::join!(house.register(metadata(BASIC)), house.register(metadata(PUBLIC)));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert!(one.secret.unwrap().expose().starts_with("clv_cs_") && two.secret.is_none());
    assert!(one.registration_token.unwrap().expose().starts_with("clv_reg_"));
    assert_eq!(one.client.workspace, two.client.workspace, "one workspace for all of an API");
    assert_ne!(one.client.workspace, house.workspace.id);
    assert_eq!((one.client.origin, one.client.environment), (ClientOrigin::Open, Environment::Live));
    assert_eq!(one.client.created_by, one.client.id.to_string());
    let sandbox = Caller { environment: Some(Environment::Test), ..house.caller() };
    let there = house.engine.register_client(&sandbox, None, metadata(PUBLIC)).await.unwrap();
    assert_eq!(there.client.environment, Environment::Test);
}

async fn a_closed_contract_wants_an_operators_token(house: House) {
    let mut policy = crate::clients::client_policy();
    policy.tokens.open_registration = false;
    let closed = Caller { policy: &policy, ..house.caller() };
    let refused = house.engine.register_client(&closed, None, metadata(PUBLIC)).await;
    assert_eq!(code(refused), ErrorCode::AccessDenied);
    let token = house.operator_token(OperatorScope::ClientsWrite).await;
    assert!(house.engine.register_client(&closed, Some(&token), metadata(PUBLIC)).await.is_ok());
}

async fn a_stranger_gets_neither_client_credentials_nor_the_master_scope(house: House) {
    assert_eq!(code(house.register(machine()).await), ErrorCode::InvalidClientMetadata);
    let admin = Some(ScopeSet::parse_spaced("admin").unwrap());
    let greedy = ClientMetadata { scopes: admin, ..metadata(PUBLIC) };
    assert_eq!(code(house.register(greedy).await), ErrorCode::InvalidClientMetadata);
    let nowhere = ClientMetadata { redirect_uris: Vec::new(), ..metadata(PUBLIC) };
    assert_eq!(code(house.register(nowhere).await), ErrorCode::InvalidRedirectUri);
}

async fn an_operators_token_registers_any_client(house: House) {
    let register =
        async |token: &str| house.engine.register_client(&house.caller(), Some(token), machine()).await;
    let token = house.operator_token(OperatorScope::ClientsWrite).await;
    let registered = register(&token).await.unwrap();
    assert_eq!(registered.client.origin, ClientOrigin::Managed);
    let weak = house.operator_token(OperatorScope::ClientsRead).await;
    assert_eq!(code(register(&weak).await), ErrorCode::InsufficientScope);
    for bad in ["", "clv_op_x", registered.registration_token.unwrap().expose()] {
        assert_eq!(code(register(bad).await), ErrorCode::InvalidToken);
    }
}

async fn only_so_many_register_in_a_minute(house: House) {
    for _ in 0..20 {
        house.register(metadata(PUBLIC)).await.unwrap();
    }
    let refused = house.register(metadata(PUBLIC)).await;
    assert!(matches!(refused, Err(OAuthError::TooMany { .. })), "{refused:?}");
    let elsewhere = Caller { address: "192.0.2.9".parse().unwrap(), ..house.caller() };
    assert!(house.engine.register_client(&elsewhere, None, metadata(PUBLIC)).await.is_ok());
    house.clock.advance(Duration::from_secs(60));
    assert!(house.register(metadata(PUBLIC)).await.is_ok());
}

async fn a_registration_is_managed_by_its_token_which_changes_at_each_update(house: House) {
    let registered = house.register(metadata(BASIC)).await.unwrap();
    let (id, caller, engine) = (registered.client.id, house.caller(), &house.engine);
    let first = registered.registration_token.unwrap();
    let found = engine.find_registration(&caller, id, first.expose()).await.unwrap();
    assert_eq!(found.client, registered.client);
    let other = house.register(metadata(BASIC)).await.unwrap();
    for (id, token) in [(id, "clv_reg_wrong"), (other.client.id, first.expose())] {
        assert_eq!(code(engine.find_registration(&caller, id, token).await), ErrorCode::InvalidToken);
        let refused = engine.update_registration(&caller, id, token, metadata(BASIC)).await;
        assert_eq!(code(refused), ErrorCode::InvalidToken);
        assert_eq!(code(engine.delete_registration(&caller, id, token).await), ErrorCode::InvalidToken);
    }
    let renamed = ClientMetadata { name: "New".parse().unwrap(), ..metadata(BASIC) };
    let updated = engine.update_registration(&caller, id, first.expose(), renamed.clone()).await.unwrap();
    assert_eq!((&updated.client.metadata, updated.secret.is_none()), (&renamed, true));
    let second = updated.registration_token.unwrap();
    assert_eq!(code(engine.find_registration(&caller, id, first.expose()).await), ErrorCode::InvalidToken);
    assert!(engine.find_registration(&caller, id, second.expose()).await.is_ok());
    let machine = engine.update_registration(&caller, id, second.expose(), machine()).await;
    assert_eq!(code(machine), ErrorCode::InvalidClientMetadata);
    engine.switch_client(&ACTOR, id, false).await.unwrap();
    assert_eq!(code(engine.find_registration(&caller, id, second.expose()).await), ErrorCode::InvalidToken);
}

async fn a_client_that_begins_to_use_a_secret_gets_one(house: House) {
    let registered = house.register(metadata(PUBLIC)).await.unwrap();
    let (id, token) = (registered.client.id, registered.registration_token.unwrap());
    let caller = house.caller();
    let updated =
        house.engine.update_registration(&caller, id, token.expose(), metadata(BASIC)).await.unwrap();
    let secret = updated.secret.unwrap();
    assert!(secret.expose().starts_with("clv_cs_"));
    let token = updated.registration_token.unwrap();
    let back = house.engine.update_registration(&caller, id, token.expose(), metadata(PUBLIC)).await.unwrap();
    assert!(back.secret.is_none());
    let record = house.store.read().await.unwrap().find_client_record(id).await.unwrap().unwrap();
    assert!(record.secrets.is_empty());
}

async fn a_managed_client_cannot_widen_itself(house: House) {
    let operator = house.operator_token(OperatorScope::ClientsWrite).await;
    let read = Some(ScopeSet::parse_spaced("read").unwrap());
    let narrow = ClientMetadata { scopes: read, ..machine() };
    let registered =
        house.engine.register_client(&house.caller(), Some(&operator), narrow.clone()).await.unwrap();
    let (id, token) = (registered.client.id, registered.registration_token.unwrap());
    let all_scopes = ClientMetadata { scopes: None, ..narrow.clone() };
    let all_grants = ClientMetadata { grant_types: GrantType::ALL.to_vec(), ..narrow.clone() };
    for wider in [all_scopes, all_grants] {
        let refused = house.engine.update_registration(&house.caller(), id, token.expose(), wider).await;
        assert_eq!(code(refused), ErrorCode::InvalidClientMetadata);
    }
    assert!(house.engine.update_registration(&house.caller(), id, token.expose(), narrow).await.is_ok());
}

async fn a_registration_ends_for_good(house: House) {
    let registered = house.register(metadata(BASIC)).await.unwrap();
    let (id, token) = (registered.client.id, registered.registration_token.unwrap());
    house.engine.delete_registration(&house.caller(), id, token.expose()).await.unwrap();
    let again = house.engine.delete_registration(&house.caller(), id, token.expose()).await;
    assert_eq!(code(again), ErrorCode::InvalidToken);
    assert!(house.engine.find_client(id).await.is_err());
}

async fn clients_that_were_never_used_are_cleared_away(house: House) {
    let registered = house.register(metadata(BASIC)).await.unwrap();
    let operator = house.operator_token(OperatorScope::ClientsWrite).await;
    let managed =
        house.engine.register_client(&house.caller(), Some(&operator), metadata(BASIC)).await.unwrap();
    house.clock.advance(Duration::from_secs(29 * 86_400));
    house.engine.clean_up().await.unwrap();
    assert!(house.engine.find_client(registered.client.id).await.is_ok());
    house.clock.advance(Duration::from_secs(2 * 86_400));
    house.engine.clean_up().await.unwrap();
    assert!(house.engine.find_client(registered.client.id).await.is_err());
    assert!(house.engine.find_client(managed.client.id).await.is_ok());
}
