//! Users as those with permission see them.

use claviger_domain::{Email, PageRequest, Pool, Profile, ScopeSet, WorkspaceId};
use claviger_engine::{SignInError, UserError, UserPatch};

use crate::house::{ACTOR, House};
use crate::people::{ADA, OTHER, PASSWORD, chosen, with_users};

with_users! {
    a_user_is_made_found_listed_and_signs_in
    an_address_is_one_user_in_an_api_and_may_be_an_operator_beside
    what_a_user_is_made_of_has_to_be_there
    a_user_is_changed_part_by_part
    a_new_password_ends_the_sessions_of_the_old_one
    a_disabled_user_looks_like_a_wrong_password_and_comes_back
    a_deleted_user_is_gone_with_their_sessions
    a_session_of_one_pool_is_none_in_another
    an_operator_is_no_user
    a_user_without_a_password_cannot_sign_in_by_one
    every_change_of_a_user_is_told_to_other_nodes
    an_operator_ends_one_session_of_a_user_and_none_of_another
}

const PAGE: PageRequest = PageRequest { before: None, limit: 10 };

async fn a_user_is_made_found_listed_and_signs_in(house: House) {
    let ada = house.ada().await;
    assert_eq!((ada.pool, ada.email_verified_at), (house.pool(), None));
    assert_eq!(house.engine.find_user(ada.id).await.unwrap(), ada);
    assert_eq!(house.engine.list_users(house.api.id, PAGE).await.unwrap().rows, std::slice::from_ref(&ada));
    let found = house.engine.search_users(house.api.id, "ADA@", PAGE).await.unwrap();
    assert_eq!(found.rows, std::slice::from_ref(&ada));
    assert!(house.engine.search_users(house.api.id, "eve", PAGE).await.unwrap().rows.is_empty());
    let signed_in = house.signed_in(PASSWORD).await;
    assert_eq!(signed_in.account(), &ada);
    assert!(!signed_in.awaits_second_factor());
}

async fn an_address_is_one_user_in_an_api_and_may_be_an_operator_beside(house: House) {
    house.engine.create_operator(&ACTOR, ADA.parse().unwrap(), chosen(OTHER)).await.unwrap();
    house.ada().await;
    let again = house.engine.create_user(&ACTOR, house.new_user("ADA@EXAMPLE.com")).await;
    assert!(matches!(again, Err(UserError::Taken)), "{again:?}");
    assert!(matches!(house.try_sign_in(ADA, OTHER).await, Err(SignInError::Wrong)), "that is the operator's");
}

async fn what_a_user_is_made_of_has_to_be_there(house: House) {
    let nowhere = WorkspaceId::generate(house.engine.clock(), house.engine.entropy());
    let mut new = house.new_user(ADA);
    new.workspace = Some(nowhere);
    let refused = house.engine.create_user(&ACTOR, new).await;
    assert!(matches!(refused, Err(UserError::UnknownWorkspace)), "{refused:?}");
    let mut new = house.new_user(ADA);
    new.api = claviger_domain::ApiId::generate(house.engine.clock(), house.engine.entropy());
    assert!(matches!(house.engine.create_user(&ACTOR, new).await, Err(UserError::UnknownApi)));
    let undefined = ScopeSet::parse_spaced("read nonsense").unwrap();
    let mut new = house.new_user(ADA);
    new.scopes = Some(undefined.clone());
    let refused = house.engine.create_user(&ACTOR, new).await;
    assert!(matches!(refused, Err(UserError::UndefinedScope(_))), "{refused:?}");
    let ada = house.ada().await;
    let patch = UserPatch { scopes: Some(Some(undefined)), ..UserPatch::default() };
    let refused = house.engine.update_user(&ACTOR, ada.id, patch).await;
    assert!(matches!(refused, Err(UserError::UndefinedScope(_))), "{refused:?}");
}

async fn a_user_is_changed_part_by_part(house: House) {
    let ada = house.ada().await;
    let profile = Profile { name: Some("Ada".to_owned()), ..Profile::default() };
    let patch = UserPatch { profile: Some(profile.clone()), ..UserPatch::default() };
    house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    let scopes = ScopeSet::parse_spaced("read").unwrap();
    let patch = UserPatch {
        workspace: Some(Some(house.workspace.id)),
        scopes: Some(Some(scopes.clone())),
        ..UserPatch::default()
    };
    let changed = house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    assert_eq!(changed.profile, profile, "what is not named stays");
    assert_eq!((changed.workspace, changed.scopes), (Some(house.workspace.id), Some(scopes)));
    let patch = UserPatch { workspace: Some(None), scopes: Some(None), ..UserPatch::default() };
    let changed = house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    assert_eq!((changed.workspace, changed.scopes), (None, None));
    assert!(house.recognize(&house.sign_in(PASSWORD).await).await.is_some());
}

async fn a_new_password_ends_the_sessions_of_the_old_one(house: House) {
    let ada = house.ada().await;
    let before = house.sign_in(PASSWORD).await;
    let patch = UserPatch { password: Some(chosen(OTHER)), ..UserPatch::default() };
    house.engine.update_user(&ACTOR, ada.id, patch).await.unwrap();
    assert!(house.recognize(&before).await.is_none());
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    assert!(house.recognize(&house.sign_in(OTHER).await).await.is_some());
}

async fn a_disabled_user_looks_like_a_wrong_password_and_comes_back(house: House) {
    let ada = house.ada().await;
    let before = house.sign_in(PASSWORD).await;
    for _ in 0..2 {
        let disabled = house.engine.switch_user(&ACTOR, ada.id, false).await.unwrap();
        assert!(disabled.disabled_at.is_some());
    }
    assert!(house.recognize(&before).await.is_none());
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    assert!(house.engine.switch_user(&ACTOR, ada.id, true).await.unwrap().disabled_at.is_none());
    assert!(house.recognize(&before).await.is_none(), "what was ended stays ended");
    house.sign_in(PASSWORD).await;
}

async fn a_deleted_user_is_gone_with_their_sessions(house: House) {
    let ada = house.ada().await;
    let before = house.sign_in(PASSWORD).await;
    house.engine.delete_user(&ACTOR, ada.id).await.unwrap();
    assert!(house.recognize(&before).await.is_none());
    assert!(matches!(house.engine.find_user(ada.id).await, Err(UserError::UnknownUser)));
    assert!(matches!(house.engine.delete_user(&ACTOR, ada.id).await, Err(UserError::UnknownUser)));
    assert!(matches!(house.try_sign_in(ADA, PASSWORD).await, Err(SignInError::Wrong)));
    house.ada().await;
}

async fn a_session_of_one_pool_is_none_in_another(house: House) {
    house.ada().await;
    let issued = house.sign_in(PASSWORD).await;
    let cookie = issued.cookie.expose().as_bytes();
    let own = house.engine.authenticate_session_in(house.pool(), cookie).await.unwrap();
    assert!(house.engine.authenticate_session_in(Pool::Instance, cookie).await.is_err());
    for scope in claviger_domain::OperatorScopes::all().iter() {
        assert!(!own.allows(scope), "a user may do nothing at the console");
    }
}

async fn an_operator_is_no_user(house: House) {
    let operator =
        house.engine.create_operator(&ACTOR, ADA.parse::<Email>().unwrap(), chosen(OTHER)).await.unwrap();
    assert!(matches!(house.engine.find_user(operator.id).await, Err(UserError::UnknownUser)));
    assert!(matches!(house.engine.delete_user(&ACTOR, operator.id).await, Err(UserError::UnknownUser)));
    let switched = house.engine.switch_user(&ACTOR, operator.id, false).await;
    assert!(matches!(switched, Err(UserError::UnknownUser)));
}

async fn a_user_without_a_password_cannot_sign_in_by_one(house: House) {
    let mut new = house.new_user(ADA);
    new.password = None;
    house.engine.create_user(&ACTOR, new).await.unwrap();
    for password in ["", PASSWORD] {
        assert!(matches!(house.try_sign_in(ADA, password).await, Err(SignInError::Wrong)));
    }
}

async fn every_change_of_a_user_is_told_to_other_nodes(house: House) {
    let latest = async || house.store.read().await.unwrap().latest_change().await.unwrap();
    let mut seen = latest().await;
    let mut expect_news = async |what: &str| {
        let now = latest().await;
        assert!(now > seen, "{what}");
        seen = now;
    };
    let ada = house.ada().await;
    expect_news("made").await;
    house.engine.update_user(&ACTOR, ada.id, UserPatch::default()).await.unwrap();
    expect_news("changed").await;
    house.engine.switch_user(&ACTOR, ada.id, false).await.unwrap();
    expect_news("disabled").await;
    house.engine.end_user_sessions(&ACTOR, ada.id).await.unwrap();
    expect_news("ended").await;
    house.engine.delete_user(&ACTOR, ada.id).await.unwrap();
    expect_news("deleted").await;
}

async fn an_operator_ends_one_session_of_a_user_and_none_of_another(house: House) {
    let ada = house.ada().await;
    let eve = house.engine.create_user(&ACTOR, house.new_user("eve@example.com")).await.unwrap();
    let (one, two) = (house.signed_in(PASSWORD).await, house.signed_in(PASSWORD).await);
    let sessions = async |id| {
        let sessions = house.engine.list_user_sessions(id).await.unwrap();
        sessions.into_iter().map(|session| session.id).collect::<Vec<_>>()
    };
    let (first, second) = (one.session().id, two.session().id);
    let listed = sessions(ada.id).await;
    assert!(listed.len() == 2 && listed.contains(&first) && listed.contains(&second), "{listed:?}");
    assert!(sessions(eve.id).await.is_empty());
    let foreign = house.engine.end_user_session(&ACTOR, eve.id, first).await;
    assert!(matches!(foreign, Err(UserError::UnknownSession)), "{foreign:?}");
    house.engine.end_user_session(&ACTOR, ada.id, first).await.unwrap();
    let again = house.engine.end_user_session(&ACTOR, ada.id, first).await;
    assert!(matches!(again, Err(UserError::UnknownSession)), "{again:?}");
    assert_eq!(sessions(ada.id).await, [second]);
    let operator =
        house.engine.create_operator(&ACTOR, "op@example.com".parse().unwrap(), chosen(OTHER)).await.unwrap();
    let refused = house.engine.list_user_sessions(operator.id).await;
    assert!(matches!(refused, Err(UserError::UnknownUser)), "an operator is no user: {refused:?}");
}
