//! How long refresh tokens live, and what ends with a sign-in.

use std::time::Duration;

use claviger_domain::{GrantType, RefreshToken, Terms};
use claviger_engine::{AuthenticatedClient, Issued, OAuthError, TokenTerms};
use claviger_oauth::{ErrorCode, TokenRequest};
use claviger_secrets::sha256;
use data_encoding::BASE64URL_NOPAD;

use crate::house::postgres;
use crate::scene::{CALLBACK, Scene, VERIFIER, refresh, refresh_text, refusal, terms};

const DAY: Duration = Duration::from_secs(86_400);

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on("sqlite::memory:").await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::Scene::on(&super::postgres()).await).await; })* }
    };
}

both! {
    bcp_54_a_refresh_token_ends_by_disuse_and_at_last_however_much_it_is_used
    bcp_54_a_family_that_only_disuse_ends_lives_as_long_as_it_is_used_and_is_then_deleted
    bcp_56_what_may_not_act_in_absence_ends_with_the_sign_in
}

impl Scene {
    /// Trades under these rules for refresh tokens.
    async fn buy(
        &self,
        client: &AuthenticatedClient,
        request: &TokenRequest,
        refresh: RefreshToken,
    ) -> Result<Issued, OAuthError> {
        let terms = Terms { refresh: Some(refresh), ..terms() };
        let terms = TokenTerms { grants: &GrantType::ALL, terms: &terms };
        self.house.engine.issue_token(&self.caller(), client, request, &terms, None).await
    }
}

fn redemption(code: &str, verifier: &str) -> TokenRequest {
    TokenRequest::AuthorizationCode {
        code: code.to_owned(),
        redirect_uri: Some(CALLBACK.to_owned()),
        code_verifier: Some(verifier.to_owned()),
        resources: Vec::new(),
    }
}

fn refreshing(issued: &Issued) -> TokenRequest {
    TokenRequest::RefreshToken { refresh_token: refresh_text(issued), scopes: None, resources: Vec::new() }
}

/// The challenge of a verifier.
fn challenge(verifier: &str) -> String {
    BASE64URL_NOPAD.encode(&sha256(verifier.as_bytes()))
}

async fn bcp_54_a_refresh_token_ends_by_disuse_and_at_last_however_much_it_is_used(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let rules = || RefreshToken { lifetime: Some(10 * DAY), idle: Some(3 * DAY), ..refresh() };
    let code = scene.code(&client, &[], &who).await;
    let mut used = scene.buy(&client, &redemption(&code, VERIFIER), rules()).await.unwrap();
    for day in [2, 4, 6, 8] {
        scene.advance(2 * DAY);
        used = scene
            .buy(&client, &refreshing(&used), rules())
            .await
            .unwrap_or_else(|why| panic!("{day}: {why}"));
    }
    scene.advance(2 * DAY);
    assert_eq!(refusal(scene.buy(&client, &refreshing(&used), rules()).await), ErrorCode::InvalidGrant);

    let who = scene.sign_in().await;
    let verifier = "another-verifier-that-nobody-has-used-before-0";
    let code = scene.code(&client, &[("code_challenge", &challenge(verifier))], &who).await;
    let idle = scene.buy(&client, &redemption(&code, verifier), rules()).await.unwrap();
    scene.advance(3 * DAY);
    assert_eq!(refusal(scene.buy(&client, &refreshing(&idle), rules()).await), ErrorCode::InvalidGrant);
}

async fn bcp_54_a_family_that_only_disuse_ends_lives_as_long_as_it_is_used_and_is_then_deleted(scene: Scene) {
    let (client, who) = (scene.confidential().await, scene.sign_in().await);
    let rules = || RefreshToken { lifetime: None, idle: Some(3 * DAY), ..refresh() };
    let code = scene.code(&client, &[], &who).await;
    let mut issued = scene.buy(&client, &redemption(&code, VERIFIER), rules()).await.unwrap();
    for _ in 0..20 {
        scene.advance(2 * DAY);
        issued = scene.buy(&client, &refreshing(&issued), rules()).await.unwrap();
        assert_eq!(scene.said(&issued).await, "VALID");
        scene.house.engine.clean_up().await.unwrap();
    }
    let families = async || {
        scene.house.engine.clean_up().await.unwrap();
        scene.house.store.read().await.unwrap().count_rows().await.unwrap()["token_family"]
    };
    scene.advance(3 * DAY);
    assert_eq!(refusal(scene.buy(&client, &refreshing(&issued), rules()).await), ErrorCode::InvalidGrant);
    assert_eq!(families().await, 1, "still known, so that a replay is told from a guess");
    scene.advance(8 * DAY);
    assert_eq!(families().await, 0);
}

async fn bcp_56_what_may_not_act_in_absence_ends_with_the_sign_in(scene: Scene) {
    let (client, who, elsewhere) = (scene.confidential().await, scene.sign_in().await, scene.sign_in().await);
    let mut issued = Vec::new();
    for (at, (scope, who)) in
        [("openid read", &who), ("openid offline_access read", &who), ("openid read", &elsewhere)]
            .into_iter()
            .enumerate()
    {
        let verifier = format!("{at:043}");
        let asked = [("scope", scope), ("code_challenge", &challenge(&verifier))];
        let code = scene.code(&client, &asked, who).await;
        issued.push(scene.redeem(&client, &code, Some(&verifier)).await.unwrap());
    }
    let said = async || {
        let mut all = Vec::new();
        for one in &issued {
            all.push(scene.said(one).await);
        }
        all
    };
    assert_eq!(said().await, ["VALID", "VALID", "VALID"]);
    assert!(issued[0].refresh.is_none() && issued[1].refresh.is_some());
    scene.house.engine.sign_out(&who).await.unwrap();
    assert_eq!(said().await, ["REVOKED", "VALID", "VALID"], "what was allowed in absence goes on");
    let last = scene.sign_in().await;
    scene.house.engine.end_other_sessions(&last).await.unwrap();
    assert_eq!(said().await, ["REVOKED", "VALID", "REVOKED"]);
}
