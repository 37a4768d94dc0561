//! What a member reaches of applications and tokens, and what no member does, whatever the role.

use std::time::Duration;

use claviger_domain::{
    AccountId, Actor, Algorithm, Call, GrantId, Membership, OperatorScopes, OperatorTokenId, PageRequest,
    ParentId, Role, Timestamp, Who, WorkspaceId,
};
use claviger_engine::{
    ClientError, ClientFilter, FamilyError, KeyError, NewClient, NewOperatorToken, NewWorkspace, UserPatch,
    Wait, WorkspacePatch,
};
use claviger_testkit::FakeClock;
use uuid::Uuid;

use crate::house::{ACTOR, House, postgres};
use crate::logins::with_all;

const ALL: PageRequest = PageRequest { before: None, limit: 50 };

/// Each promise on both databases.
macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::partner("sqlite::memory:").await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::partner(&super::postgres()).await).await;
            })*
        }
    };
}

on_both! {
    a_member_reaches_applications_of_their_workspace_only_and_as_their_role_allows
    a_member_sees_and_ends_what_stems_from_their_workspaces_keys_and_clients
    every_token_of_a_key_is_ended_at_once_and_the_key_buys_new_ones
    no_role_makes_a_member_the_provider
}

async fn partner(url: &str) -> House {
    House::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), with_all()).await
}

pub(crate) fn member(workspace: WorkspaceId, role: Role) -> Actor {
    let account = AccountId::from_uuid(Uuid::from_u128(7));
    Actor::new(Who::Member(Membership { workspace, account, role }), Call::NONE)
}

pub(crate) async fn other_workspace(house: &House) -> WorkspaceId {
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id
}

async fn a_member_reaches_applications_of_their_workspace_only_and_as_their_role_allows(house: House) {
    let (own, _) = house.robot().await;
    let stranger = member(other_workspace(&house).await, Role::Owner);
    let viewer = member(house.workspace.id, Role::Viewer);
    let developer = member(house.workspace.id, Role::Developer);
    let engine = &house.engine;
    let asked = ClientFilter { workspace: Some(house.workspace.id), ..ClientFilter::default() };
    assert!(engine.list_clients_for(&stranger, asked.clone(), ALL).await.unwrap().rows.is_empty());
    assert_eq!(engine.list_clients_for(&viewer, asked, ALL).await.unwrap().rows.len(), 1);
    assert_eq!(engine.find_client_for(&viewer, own.id).await.unwrap().id, own.id);
    assert!(matches!(engine.find_client_for(&stranger, own.id).await, Err(ClientError::UnknownClient)));
    for (actor, is_known) in [(&stranger, false), (&viewer, true)] {
        let results = [
            engine.update_client(actor, own.id, own.metadata.clone()).await.map(drop),
            engine.rotate_client_secret(actor, own.id, Duration::ZERO).await.map(drop),
            engine.switch_client(actor, own.id, false).await.map(drop),
            engine.delete_client(actor, own.id).await,
        ];
        for result in results {
            let right = match &result {
                Err(ClientError::UnknownClient) => !is_known,
                Err(ClientError::NotAllowed(_)) => is_known,
                _ => false,
            };
            assert!(right, "{result:?}");
        }
    }
    let new = NewClient {
        api: house.api.id,
        workspace: house.workspace.id,
        environment: own.environment,
        metadata: own.metadata.clone(),
    };
    let refused = engine.create_client(&viewer, new.clone(), None).await;
    assert!(matches!(refused, Err(ClientError::NotAllowed(_))), "{refused:?}");
    let refused = engine.create_client(&stranger, new.clone(), None).await;
    assert!(matches!(refused, Err(ClientError::UnknownWorkspace)), "{refused:?}");
    let made = engine.create_client(&developer, new, None).await.unwrap();
    assert_eq!(made.client.created_by, developer.to_string());
    engine.delete_client(&developer, made.client.id).await.unwrap();
    assert!(engine.find_client(own.id).await.unwrap().disabled_at.is_none());
}

async fn a_member_sees_and_ends_what_stems_from_their_workspaces_keys_and_clients(house: House) {
    let (key, text) = house.key().await;
    let bought = house.log_in(text.expose(), Some("tablet")).await.unwrap();
    let stranger = member(other_workspace(&house).await, Role::Owner);
    let viewer = member(house.workspace.id, Role::Viewer);
    let developer = member(house.workspace.id, Role::Developer);
    let parent = ParentId::Key(key.id);
    let engine = &house.engine;
    assert!(engine.list_families_for(&stranger, parent, ALL).await.unwrap().is_none());
    let listed = engine.list_families_for(&viewer, parent, ALL).await.unwrap().unwrap().rows;
    assert_eq!(listed.len(), 1);
    let (client, _) = house.robot().await;
    assert!(engine.list_families_for(&viewer, ParentId::Client(client.id), ALL).await.unwrap().is_some());
    assert!(engine.list_families_for(&stranger, ParentId::Client(client.id), ALL).await.unwrap().is_none());
    for parent in [
        ParentId::Account(AccountId::from_uuid(Uuid::from_u128(9))),
        ParentId::Grant(GrantId::from_uuid(Uuid::from_u128(9))),
    ] {
        assert!(engine.list_families_for(&developer, parent, ALL).await.unwrap().is_none(), "{parent}");
    }
    let id = listed[0].family.id;
    let refused = engine.end_family_by(&viewer, id, Wait::No).await;
    assert!(matches!(refused, Err(FamilyError::NotAllowed(_))), "{refused:?}");
    assert_eq!(engine.end_family_by(&stranger, id, Wait::No).await.unwrap(), None);
    assert_eq!(house.code(&bought.access).await, "VALID");
    assert!(engine.end_family_by(&developer, id, Wait::No).await.unwrap().is_some());
    assert_eq!(house.code(&bought.access).await, "REVOKED");
}

async fn every_token_of_a_key_is_ended_at_once_and_the_key_buys_new_ones(house: House) {
    let (key, text) = house.key().await;
    let mut sold = Vec::new();
    for session in ["tablet", "phone", "server"] {
        sold.push(house.log_in(text.expose(), Some(session)).await.unwrap());
        assert_eq!(house.code(&sold.last().unwrap().access).await, "VALID");
    }
    let engine = &house.engine;
    let stranger = member(other_workspace(&house).await, Role::Owner);
    let viewer = member(house.workspace.id, Role::Viewer);
    let refused = engine.end_tokens_of_key(&viewer, key.id).await;
    assert!(matches!(refused, Err(KeyError::NotAllowed(_))), "{refused:?}");
    let refused = engine.end_tokens_of_key(&stranger, key.id).await;
    assert!(matches!(refused, Err(KeyError::UnknownKey)), "{refused:?}");
    assert_eq!(house.code(&sold[0].access).await, "VALID");
    let developer = member(house.workspace.id, Role::Developer);
    for _ in 0..2 {
        engine.end_tokens_of_key(&developer, key.id).await.unwrap();
    }
    for bought in &sold {
        assert_eq!(house.code(&bought.access).await, "REVOKED");
    }
    let again = house.log_in(text.expose(), Some("tablet")).await.unwrap();
    assert_eq!((house.code(&again.access).await, house.code(&text).await), ("VALID", "VALID"));
}

/// Every use case of the provider, refused to an owner of the workspace it is about.
async fn no_role_makes_a_member_the_provider(house: House) {
    let owner = &member(house.workspace.id, Role::Owner);
    let (engine, own) = (&house.engine, house.workspace.id);
    let worker = house.worker("grace@example.com").await.id;
    let new = NewWorkspace { name: "Cog".parse().unwrap(), plan: None };
    let patch = WorkspacePatch { name: Some("Cog".parse().unwrap()), plan: None };
    let token =
        NewOperatorToken { name: "script".parse().unwrap(), scopes: OperatorScopes::all(), expires_at: None };
    let profile = UserPatch { profile: None, workspace: None, scopes: None, password: None };
    let script = OperatorTokenId::from_uuid(Uuid::from_u128(9));
    let grant = GrantId::from_uuid(Uuid::from_u128(9));
    let refusals = [
        engine.create_workspace(owner, new, None).await.unwrap_err().kind(),
        engine.update_workspace(owner, own, patch).await.unwrap_err().kind(),
        engine.suspend_workspace(owner, own).await.unwrap_err().kind(),
        engine.resume_workspace(owner, own).await.unwrap_err().kind(),
        engine.create_user(owner, house.new_user("eve@example.com")).await.unwrap_err().kind(),
        engine.update_user(owner, worker, profile).await.unwrap_err().kind(),
        engine.switch_user(owner, worker, false).await.unwrap_err().kind(),
        engine.end_user_sessions(owner, worker).await.unwrap_err().kind(),
        engine.delete_user(owner, worker).await.unwrap_err().kind(),
        engine.rotate_signing_key(owner, house.api.id, Algorithm::Es256, true).await.unwrap_err().kind(),
        engine.issue_operator_token(owner, None, token).await.unwrap_err().kind(),
        engine.revoke_grant(owner, grant).await.unwrap_err().kind(),
        engine.revoke_operator_token(owner, script).await.unwrap_err().kind(),
        engine.remove_credit_refill(owner, own).await.unwrap_err().kind(),
    ];
    assert!(refusals.iter().all(|kind| *kind == claviger_domain::ErrorKind::Forbidden), "{refusals:?}");
    assert_eq!(engine.list_workspaces(ALL).await.unwrap().rows.len(), 1);
    assert_eq!(engine.find_user(worker).await.unwrap().disabled_at, None);
}
