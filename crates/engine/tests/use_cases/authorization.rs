//! From the authorization endpoint to tokens and back: codes, consent, refresh, pushed requests, devices.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::ClientAuthentication;
use claviger_engine::{ConsentAnswer, Step};
use claviger_oauth::{ErrorCode, TokenRequest};
use claviger_secrets::matches_s256;

use crate::house::postgres;
use crate::scene::{CHALLENGE, HOUR, Scene, VERIFIER, field, form, refresh_text, refusal, set};

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on("sqlite::memory:").await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on(&super::postgres()).await).await; })* }
    };
}

both! {
    bcp_03_nobody_is_redirected_before_client_and_address_are_known
    bcp_09_an_error_is_sent_to_the_client_only_after_the_sign_in_or_in_silence
    bcp_22_a_public_client_must_use_pkce
    mcp_08_iss_in_every_response
    bcp_25_29_a_code_is_bound_to_its_client_and_its_verifier
    bcp_27_a_challenge_is_spent_by_a_redemption_only
    bcp_28_a_code_is_too_old_after_a_minute
    bcp_30_code_is_single_use_under_concurrency
    bcp_31_a_valid_replay_ends_the_family_and_an_invalid_one_changes_nothing
    bcp_19_a_known_consent_is_not_asked_for_again_unless_the_client_is_public
    bcp_20_a_revoked_grant_ends_its_tokens_at_once
    bcp_51_mcp_10_a_replayed_refresh_token_ends_the_family
    bcp_51_a_replay_is_known_however_long_ago_and_a_forged_name_is_none
    bcp_53_another_client_cannot_refresh
    a_lost_refresh_is_answered_again_and_parallel_ones_get_the_same_pair
    prompt_login_is_answered_by_a_new_sign_in
    a_pushed_request_is_answered_once
    a_device_is_allowed_by_who_types_its_code
}

async fn bcp_03_nobody_is_redirected_before_client_and_address_are_known(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    for extra in [("client_id", "cli_x"), ("client_id", ""), ("redirect_uri", "https://app.example/cb/")] {
        for prompt in ["", "none"] {
            let request = Scene::request(&client, &[extra, ("prompt", prompt)]);
            assert_eq!(
                refusal(scene.begin(&request, Some(&who)).await),
                ErrorCode::InvalidRequest,
                "{extra:?}"
            );
        }
    }
}

async fn bcp_09_an_error_is_sent_to_the_client_only_after_the_sign_in_or_in_silence(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let wrong = Scene::request(&client, &[("response_type", "token")]);
    assert!(matches!(scene.begin(&wrong, None).await.unwrap(), Step::SignIn { .. }));
    let Step::Done(answer) = scene.begin(&wrong, Some(&who)).await.unwrap() else { panic!("no answer") };
    assert_eq!(field(&answer, "error").as_deref(), Some("unsupported_response_type"));
    let silent = Scene::request(&client, &[("prompt", "none")]);
    let Step::Done(answer) = scene.begin(&silent, None).await.unwrap() else { panic!("no answer") };
    assert_eq!(field(&answer, "error").as_deref(), Some("login_required"));
    let Step::Done(answer) = scene.begin(&silent, Some(&who)).await.unwrap() else { panic!("no answer") };
    assert_eq!(field(&answer, "error").as_deref(), Some("consent_required"));
}

async fn bcp_22_a_public_client_must_use_pkce(scene: Scene) {
    let who = scene.sign_in().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    let public = scene.client(ClientAuthentication::None).await;
    let Step::Done(answer) = scene.begin(&Scene::request(&public, &without), Some(&who)).await.unwrap()
    else {
        panic!("no answer")
    };
    assert_eq!(field(&answer, "error").as_deref(), Some("invalid_request"));
    let confidential = scene.confidential().await;
    let code = scene.code(&confidential, &without, &who).await;
    assert_eq!(refusal(scene.redeem(&confidential, &code, Some(VERIFIER)).await), ErrorCode::InvalidGrant);
    assert!(scene.redeem(&confidential, &code, None).await.is_ok());
}

async fn mcp_08_iss_in_every_response(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let Step::Consent(flow, _) = scene.begin(&Scene::request(&client, &[]), Some(&who)).await.unwrap() else {
        panic!("no consent")
    };
    let caller = scene.caller();
    let refused =
        scene.house.engine.answer_consent(&caller, &flow, &who, ConsentAnswer::Refuse).await.unwrap();
    assert_eq!(field(&refused, "error").as_deref(), Some("access_denied"));
    for answer in [refused, scene.allow(&flow, &who).await] {
        assert_eq!(field(&answer, "iss").as_deref(), Some("https://sample.example"));
        assert_eq!(field(&answer, "state").as_deref(), Some("s&1"));
    }
}

async fn bcp_25_29_a_code_is_bound_to_its_client_and_its_verifier(scene: Scene) {
    assert!(matches_s256(CHALLENGE, VERIFIER));
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[("scope", "openid read")], &who).await;
    let other = scene.confidential().await;
    assert_eq!(refusal(scene.redeem(&other, &code, Some(VERIFIER)).await), ErrorCode::InvalidGrant);
    for verifier in [None, Some("short"), Some(CHALLENGE)] {
        assert_eq!(refusal(scene.redeem(&client, &code, verifier).await), ErrorCode::InvalidGrant);
    }
    let issued = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    assert_eq!((issued.scopes, issued.token_type), (set("openid read"), "Bearer"));
    assert!(issued.id_token.is_some() && issued.refresh.is_none(), "offline access was not asked for");
}

async fn bcp_27_a_challenge_is_spent_by_a_redemption_only(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    scene.code(&client, &[], &who).await;
    let code = scene.code(&client, &[], &who).await;
    scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    let Step::Done(answer) = scene.begin(&Scene::request(&client, &[]), Some(&who)).await.unwrap() else {
        panic!("no answer")
    };
    assert_eq!(field(&answer, "error").as_deref(), Some("invalid_request"));
}

async fn bcp_28_a_code_is_too_old_after_a_minute(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    scene.advance(Duration::from_secs(60));
    assert_eq!(refusal(scene.redeem(&client, &code, Some(VERIFIER)).await), ErrorCode::InvalidGrant);
}

async fn bcp_30_code_is_single_use_under_concurrency(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let scene = Arc::new(scene);
    let attempts: Vec<_> = (0..100)
        .map(|_| {
            let (scene, client, code) = (Arc::clone(&scene), client.clone(), code.clone());
            tokio::spawn(async move { scene.redeem(&client, &code, Some(VERIFIER)).await })
        })
        .collect();
    let mut successes = 0;
    for attempt in attempts {
        match attempt.await.unwrap() {
            Ok(_) => successes += 1,
            refused => assert_eq!(refusal(refused), ErrorCode::InvalidGrant),
        }
    }
    assert_eq!(successes, 1);
}

async fn bcp_31_a_valid_replay_ends_the_family_and_an_invalid_one_changes_nothing(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let issued = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    let other = scene.confidential().await;
    for (who, verifier) in [(&client, Some(CHALLENGE)), (&client, None), (&other, Some(VERIFIER))] {
        assert_eq!(refusal(scene.redeem(who, &code, verifier).await), ErrorCode::InvalidGrant);
    }
    assert_eq!(scene.said(&issued).await, "VALID");
    assert_eq!(refusal(scene.redeem(&client, &code, Some(VERIFIER)).await), ErrorCode::InvalidGrant);
    assert_ne!(scene.said(&issued).await, "VALID");
    assert_eq!(refusal(scene.refresh(&client, &refresh_text(&issued)).await), ErrorCode::InvalidGrant);
}

async fn bcp_19_a_known_consent_is_not_asked_for_again_unless_the_client_is_public(scene: Scene) {
    let who = scene.sign_in().await;
    for (authentication, is_asked) in
        [(ClientAuthentication::SecretBasic, false), (ClientAuthentication::None, true)]
    {
        let client = scene.client(authentication).await;
        scene.code(&client, &[("scope", "read")], &who).await;
        let again = scene.begin(&Scene::request(&client, &[("scope", "read")]), Some(&who)).await.unwrap();
        assert_eq!(matches!(again, Step::Consent(..)), is_asked, "{authentication:?}");
        let wider = Scene::request(&client, &[("scope", "read write")]);
        let Step::Consent(flow, consent) = scene.begin(&wider, Some(&who)).await.unwrap() else {
            panic!("no consent")
        };
        assert_eq!(consent.known, ["read"]);
        scene.allow(&flow, &who).await;
    }
    let applications = scene.house.engine.list_connected_applications(&who).await.unwrap();
    assert_eq!(applications.len(), 2, "one grant for each client");
    assert!(applications.iter().all(|application| application.grant.scopes == set("read write")));
}

async fn bcp_20_a_revoked_grant_ends_its_tokens_at_once(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let issued = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    assert_eq!(scene.said(&issued).await, "VALID");
    let applications = scene.house.engine.list_connected_applications(&who).await.unwrap();
    assert_eq!(applications[0].last_used_at, Some(scene.house.clock_now()));
    let grant = applications[0].grant.id;
    scene.house.engine.revoke_own_grant(&who, grant).await.unwrap();
    assert_ne!(scene.said(&issued).await, "VALID");
    assert_eq!(refusal(scene.refresh(&client, &refresh_text(&issued)).await), ErrorCode::InvalidGrant);
    assert_eq!(refusal(scene.house.engine.revoke_own_grant(&who, grant).await), ErrorCode::InvalidRequest);
    assert!(scene.house.engine.list_connected_applications(&who).await.unwrap().is_empty());
}

async fn bcp_51_mcp_10_a_replayed_refresh_token_ends_the_family(scene: Scene) {
    let (client, who) = (scene.client(ClientAuthentication::None).await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let first = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    let second = scene.refresh(&client, &refresh_text(&first)).await.unwrap();
    assert_eq!(scene.said(&second).await, "VALID", "its first use spends the first pair");
    assert_eq!(refusal(scene.refresh(&client, &refresh_text(&first)).await), ErrorCode::InvalidGrant);
    assert_ne!(scene.said(&second).await, "VALID");
    assert_eq!(refusal(scene.refresh(&client, &refresh_text(&second)).await), ErrorCode::InvalidGrant);
}

async fn bcp_51_a_replay_is_known_however_long_ago_and_a_forged_name_is_none(scene: Scene) {
    let (client, who) = (scene.client(ClientAuthentication::None).await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let first = refresh_text(&scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap());
    let mut newest = first.clone();
    for _ in 0..20 {
        newest = refresh_text(&scene.refresh(&client, &newest).await.unwrap());
    }
    // What proves the name of a spent token, with its last digit changed: whoever made that up never had the token.
    let (name, rest) = first.split_at(first.len() - 7);
    let digit = if rest.starts_with('1') { '2' } else { '1' };
    let forged = format!("{name}{digit}{}", &rest[1..]);
    assert_eq!(refusal(scene.refresh(&client, &forged).await), ErrorCode::InvalidGrant);
    newest = refresh_text(&scene.refresh(&client, &newest).await.unwrap());
    assert_eq!(refusal(scene.refresh(&client, &first).await), ErrorCode::InvalidGrant);
    assert_eq!(
        refusal(scene.refresh(&client, &newest).await),
        ErrorCode::InvalidGrant,
        "the family has ended"
    );
}

async fn bcp_53_another_client_cannot_refresh(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let issued = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    let other = scene.confidential().await;
    assert_eq!(refusal(scene.refresh(&other, &refresh_text(&issued)).await), ErrorCode::InvalidGrant);
    assert!(scene.refresh(&client, &refresh_text(&issued)).await.is_ok());
}

async fn a_lost_refresh_is_answered_again_and_parallel_ones_get_the_same_pair(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let code = scene.code(&client, &[], &who).await;
    let first = scene.redeem(&client, &code, Some(VERIFIER)).await.unwrap();
    let scene = Arc::new(scene);
    let attempts: Vec<_> = (0..10)
        .map(|_| {
            let (scene, client, token) = (Arc::clone(&scene), client.clone(), refresh_text(&first));
            tokio::spawn(async move { scene.refresh(&client, &token).await.unwrap() })
        })
        .collect();
    let mut pairs = std::collections::BTreeSet::new();
    for attempt in attempts {
        let issued = attempt.await.unwrap();
        pairs.insert((issued.access.expose().to_owned(), refresh_text(&issued)));
    }
    assert_eq!(pairs.len(), 1);
}

async fn prompt_login_is_answered_by_a_new_sign_in(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    scene.advance(HOUR / 4);
    for extra in [("prompt", "login"), ("max_age", "60"), ("max_age", "0")] {
        let request = Scene::request(&client, &[extra]);
        let Step::SignIn { flow, .. } = scene.begin(&request, Some(&who)).await.unwrap() else {
            panic!("{extra:?}")
        };
        let resumed =
            scene.house.engine.resume_authorization(&scene.caller(), &flow, Some(&who)).await.unwrap();
        assert!(matches!(resumed, Step::SignIn { .. }), "the same sign-in is no answer");
        let anew = scene.sign_in().await;
        let resumed =
            scene.house.engine.resume_authorization(&scene.caller(), &flow, Some(&anew)).await.unwrap();
        assert!(matches!(resumed, Step::Consent(..)), "{extra:?}");
    }
}

async fn a_pushed_request_is_answered_once(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let request = Scene::request(&client, &[("scope", "read")]);
    let (uri, _) = scene.house.engine.push_authorization(&scene.caller(), &client, &request).await.unwrap();
    let id = client.client().id.to_string();
    let begun = form(&[("client_id", &id), ("request_uri", &uri), ("scope", "write")]);
    let Step::Consent(flow, consent) = scene.begin(&begun, Some(&who)).await.unwrap() else {
        panic!("no consent")
    };
    assert_eq!(consent.scopes.len(), 1, "what the browser adds counts for nothing");
    assert!(
        matches!(scene.begin(&begun, Some(&who)).await.unwrap(), Step::Consent(..)),
        "a reload is no answer"
    );
    scene.allow(&flow, &who).await;
    assert_eq!(refusal(scene.begin(&begun, Some(&who)).await), ErrorCode::InvalidRequestUri);
    let again = scene.house.engine.answer_consent(&scene.caller(), &flow, &who, ConsentAnswer::Allow).await;
    assert_eq!(refusal(again), ErrorCode::InvalidRequestUri);
}

async fn a_device_is_allowed_by_who_types_its_code(scene: Scene) {
    let (client, who) = (scene.client(ClientAuthentication::None).await, scene.sign_in().await);
    let engine = &scene.house.engine;
    let made = engine.start_device(&scene.caller(), &client, None, &[]).await.unwrap();
    let request = TokenRequest::DeviceCode { device_code: made.device_code.expose().to_owned() };
    assert_eq!(refusal(scene.token(&client, &request).await), ErrorCode::AuthorizationPending);
    assert_eq!(refusal(scene.token(&client, &request).await), ErrorCode::SlowDown);
    let typed = made.user_code.expose().to_lowercase().replace('-', " ");
    let question = engine.find_device(&scene.caller(), &typed, &who).await.unwrap();
    assert_eq!((question.client.id, question.scopes.len()), (client.client().id, 1));
    engine.answer_device(&scene.caller(), &typed, &who, ConsentAnswer::Allow).await.unwrap();
    let again = engine.answer_device(&scene.caller(), &typed, &who, ConsentAnswer::Allow).await;
    assert_eq!(refusal(again), ErrorCode::InvalidGrant);
    scene.advance(Duration::from_secs(10));
    let issued = scene.token(&client, &request).await.unwrap();
    assert_eq!((scene.said(&issued).await, issued.scopes), ("VALID", set("read")));
    scene.advance(Duration::from_secs(10));
    assert_eq!(refusal(scene.token(&client, &request).await), ErrorCode::InvalidGrant);
}
