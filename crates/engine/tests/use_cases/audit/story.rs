//! One long day in which everything is done that is recorded: each of it has its row, and no row has a secret.

use std::time::Duration;

use claviger_domain::{
    AccessToken, Action, Algorithm, AnchorDay, ClientAuthentication, Environment, KeyKind, KeyPatch,
    OperatorScope, PageRequest, ParentId, Profile, RefreshToken, Restriction, ScopeSet, Subscription,
    TokenPolicy, TokenShape,
};
use claviger_engine::{
    BelongingRequest, ConsentAnswer, FindingFilter, NewClient, NewCreditGrant, NewOperatorToken, NewWebhook,
    NewWorkspace, Plain, SignUp, SignedIn, Step, UserPatch, Wait, WebhookPatch, WorkspacePatch,
};
use claviger_oauth::Parameters;
use claviger_testkit::FakeClock;

use super::record;
use crate::clients::{client_policy, metadata};
use crate::house::{ACTOR, House, postgres};
use crate::people::{ADA, OTHER, PASSWORD, chosen, email, origin, typed};
use crate::second_factors::code;

const HOUR: Duration = Duration::from_secs(3600);
const BASIC: ClientAuthentication = ClientAuthentication::SecretBasic;
/// RFC 7636 appendix B.
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// What an authenticator or another provider has to be there for: shown over HTTP instead.
const NEEDS_OTHERS: [Action; 5] = [
    // Shown with the upkeep of keys, whose contract demands it.
    Action::KeyDisabledUnused,
    Action::AccountPasskeyAdded,
    Action::AccountPasskeyRemoved,
    Action::AccountProviderLinked,
    Action::AccountProviderUnlinked,
];
const NEW_ADDRESS: &str = "lovelace@example.org";

pub(super) struct Story {
    pub(super) house: House,
    pub(super) secrets: Vec<String>,
}

macro_rules! both {
    ($($name:ident)*) => {
        mod on_sqlite { $(#[tokio::test] async fn $name() { super::$name(super::Story::on("sqlite::memory:").await).await; })* }
        mod on_postgres { $(#[tokio::test] async fn $name() { super::$name(super::Story::on(&super::postgres()).await).await; })* }
    };
}

both! { everything_that_is_done_has_a_row_and_no_row_has_a_secret }

async fn everything_that_is_done_has_a_row_and_no_row_has_a_secret(mut story: Story) {
    story.set_up().await;
    story.keys().await;
    story.workspaces_and_operators().await;
    story.credits().await;
    story.webhooks().await;
    story.members().await;
    story.access().await;
    story.clients().await;
    story.users().await;
    story.own_account().await;
    story.second_factor().await;
    story.grants().await;
    story.lock().await;
    story.new_address().await;
    story.test_environment().await;

    let rows = record(&story.house.engine).await;
    let missing: Vec<_> = Action::ALL
        .iter()
        .filter(|action| !rows.iter().any(|row| row.action == action.as_str()))
        .filter(|action| !NEEDS_OTHERS.contains(action))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
    let text = format!("{rows:?}");
    assert!(story.secrets.len() > 25, "{}", story.secrets.len());
    for secret in &story.secrets {
        assert!(secret.len() >= 6 && !text.contains(secret.as_str()), "{secret} stands in the record");
    }
    // What people are called is none of the record's business either: nobody can ever take it out again.
    for personal in [ADA, "Ada Lovelace", "new@example.com", "nora@bolt.example", "Nora", NEW_ADDRESS] {
        assert!(!text.contains(personal), "{personal}");
    }
    assert_eq!(story.house.engine.verify_audit(None).await.unwrap().fault, None);
}

impl Story {
    async fn on(url: &str) -> Self {
        let mut policy = client_policy();
        let access = AccessToken { shape: TokenShape::Opaque { prefix: "tok_".to_owned() }, lifetime: HOUR };
        policy.access_tokens = vec![access.shape.clone()];
        policy.tokens = TokenPolicy {
            open_sign_up: true,
            access: Some(access),
            refresh: Some(RefreshToken { shape: TokenShape::Uuid, lifetime: Some(HOUR), idle: None }),
            ..policy.tokens
        };
        let clock = FakeClock::at(claviger_domain::Timestamp::from_seconds(1_800_000_000));
        Self {
            house: House::with(url, 1, clock, policy).await,
            secrets: vec![PASSWORD.to_owned(), OTHER.to_owned()],
        }
    }

    pub(super) fn keep(&mut self, secret: &Plain) {
        self.secrets.push(secret.expose().to_owned());
    }

    async fn test_environment(&mut self) {
        let (engine, workspace) = (&self.house.engine, self.house.workspace.id);
        for ahead in [HOUR, Duration::ZERO] {
            engine.set_test_clock(&ACTOR, workspace, ahead).await.unwrap();
        }
        engine.reset_sandbox(&ACTOR, self.house.api.id).await.unwrap();
    }

    async fn credits(&mut self) {
        let (engine, workspace) = (self.house.engine.clone(), self.house.workspace.id);
        let amount = std::num::NonZeroU32::MIN;
        let new = NewCreditGrant { amount, note: None, expires_at: None };
        engine.grant_credits(&ACTOR, workspace, new, None).await.unwrap();
        let day = AnchorDay::try_from(1).unwrap();
        engine.set_credit_refill(&ACTOR, workspace, (amount, day)).await.unwrap();
        engine.remove_credit_refill(&ACTOR, workspace).await.unwrap();
        // Nothing is taken away any more.
        engine.remove_credit_refill(&ACTOR, workspace).await.unwrap();
    }

    async fn webhooks(&mut self) {
        let engine = self.house.engine.clone();
        let once = || engine.idempotency_key("hook", b"hook");
        let (name, address) = ("Inventory".parse().unwrap(), "https://hooks.example/clv".parse().unwrap());
        let new = NewWebhook { workspace: None, name, address, events: Subscription::All };
        let issued = engine.create_webhook(&ACTOR, new.clone(), once()).await.unwrap();
        assert!(engine.create_webhook(&ACTOR, new, once()).await.unwrap().is_repeat);
        self.keep(&issued.secret);
        let id = issued.webhook.id;
        let rotated = engine.rotate_webhook_secret(&ACTOR, id, Duration::from_secs(60)).await.unwrap();
        self.keep(&rotated.secret);
        let patch = WebhookPatch { name: Some("Ledger".parse().unwrap()), ..WebhookPatch::default() };
        engine.update_webhook(&ACTOR, id, patch).await.unwrap();
        engine.test_webhook(&ACTOR, id).await.unwrap();
        for is_enabled in [false, true] {
            engine.switch_webhook(&ACTOR, id, is_enabled).await.unwrap();
        }
        assert!(engine.replay_dead_webhook_messages(&ACTOR, id).await.unwrap() > 0);
        engine.delete_webhook(&ACTOR, id).await.unwrap();
    }

    async fn keys(&mut self) {
        let engine = self.house.engine.clone();
        let once = || engine.idempotency_key("one", b"key");
        let issued = engine.issue_key(&ACTOR, self.house.new_key(), once()).await.unwrap();
        let again = engine.issue_key(&ACTOR, self.house.new_key(), once()).await.unwrap();
        assert!(again.is_repeat);
        self.keep(&issued.text);
        let id = issued.key.id;
        let bought = self.house.log_in(issued.text.expose(), None).await.unwrap();
        self.keep(&bought.access);
        let page = PageRequest { before: None, limit: 10 };
        let families = engine.list_families(ParentId::Key(id), page).await.unwrap().rows;
        engine.end_family_by(&ACTOR, families[0].family.id, Wait::No).await.unwrap();
        let bought = self.house.log_in(issued.text.expose(), None).await.unwrap();
        self.keep(&bought.access);
        engine.end_tokens_of_key(&ACTOR, id).await.unwrap();
        let patch = KeyPatch { name: Some("renamed".parse().unwrap()), ..KeyPatch::default() };
        engine.update_key(&ACTOR, id, patch).await.unwrap();
        self.keep(&engine.rotate_key(&ACTOR, id, HOUR).await.unwrap().text);
        engine.end_overlap(&ACTOR, id).await.unwrap();
        self.keep(&engine.replace_secret(&ACTOR, id).await.unwrap().secret);
        let pair = self.house.issue(|new| new.kind = KeyKind::Pair).await.unwrap();
        self.keep(&engine.replace_secret(&ACTOR, pair.key.id).await.unwrap().secret);
        let value = || BelongingRequest {
            collection: "destinations".parse().unwrap(),
            value: "example.com".to_owned(),
        };
        engine.add_belonging(&ACTOR, id, value()).await.unwrap();
        engine.verify_belonging(&ACTOR, id, value()).await.unwrap();
        engine.disable_key(&ACTOR, id).await.unwrap();
        engine.enable_key(&ACTOR, id).await.unwrap();
        engine.restrict_key(&ACTOR, id, Restriction::ReadOnly).await.unwrap();
        engine.lift_restriction(&ACTOR, id).await.unwrap();
        engine.report_key(None, issued.text.expose()).await.unwrap();
        let found = engine.list_findings(&ACTOR, FindingFilter::default(), page).await.unwrap();
        engine.acknowledge_finding(&ACTOR, found.rows[0].id, "seen").await.unwrap();
        engine.revoke_key(&ACTOR, id, Wait::No).await.unwrap();
    }

    async fn workspaces_and_operators(&mut self) {
        let engine = self.house.engine.clone();
        let new = NewWorkspace { name: "Other".parse().unwrap(), plan: None };
        let id = engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
        let patch = WorkspacePatch { name: Some("Another".parse().unwrap()), plan: None };
        engine.update_workspace(&ACTOR, id, patch).await.unwrap();
        engine.suspend_workspace(&ACTOR, id).await.unwrap();
        engine.resume_workspace(&ACTOR, id).await.unwrap();
        let scopes = [OperatorScope::Verify].into_iter().collect();
        let new = NewOperatorToken { name: "script".parse().unwrap(), scopes, expires_at: None };
        let issued = engine.issue_operator_token(&ACTOR, None, new).await.unwrap();
        self.keep(&issued.text);
        engine.revoke_operator_token(&ACTOR, issued.token.id).await.unwrap();
        engine.create_operator(&ACTOR, email("root@example.com"), chosen(PASSWORD)).await.unwrap();
        engine.record_contract(&ACTOR, &self.house.api, "name = \"sample\"").await.unwrap();
        engine.jwk_set(self.house.api.id).await.unwrap();
        engine.rotate_signing_key(&ACTOR, self.house.api.id, Algorithm::Es256, true).await.unwrap();
    }

    fn new_client(&self) -> NewClient {
        let (api, workspace) = (self.house.api.id, self.house.workspace.id);
        NewClient { api, workspace, environment: Environment::Live, metadata: metadata(BASIC) }
    }

    async fn clients(&mut self) {
        let engine = self.house.engine.clone();
        let once = || engine.idempotency_key("two", b"client");
        let issued = engine.create_client(&ACTOR, self.new_client(), once()).await.unwrap();
        assert!(engine.create_client(&ACTOR, self.new_client(), once()).await.unwrap().is_repeat);
        self.keep(&issued.secret.unwrap());
        let id = issued.client.id;
        engine.update_client(&ACTOR, id, metadata(BASIC)).await.unwrap();
        self.keep(&engine.rotate_client_secret(&ACTOR, id, HOUR).await.unwrap().secret);
        engine.switch_client(&ACTOR, id, false).await.unwrap();
        engine.switch_client(&ACTOR, id, true).await.unwrap();
        engine.give_client_picture(&ACTOR, id, b"\xFF\xD8\xFF\xE0bytes".to_vec()).await.unwrap();
        engine.remove_client_picture(&ACTOR, id).await.unwrap();
        engine.delete_client(&ACTOR, id).await.unwrap();
        let caller = self.house.auth_caller();
        let registered = engine.register_client(&caller, None, metadata(BASIC)).await.unwrap();
        let token = registered.registration_token.unwrap();
        let (id, secret) = (registered.client.id, registered.secret.unwrap());
        let updated = engine.update_registration(&caller, id, token.expose(), metadata(BASIC)).await.unwrap();
        let next = updated.registration_token.unwrap();
        engine.delete_registration(&caller, id, next.expose()).await.unwrap();
        for secret in [&token, &secret, &next] {
            self.keep(secret);
        }
    }

    async fn users(&mut self) {
        let engine = self.house.engine.clone();
        let id = engine.create_user(&ACTOR, self.house.new_user("new@example.com")).await.unwrap().id;
        let patch = UserPatch { password: Some(chosen(OTHER)), ..UserPatch::default() };
        engine.update_user(&ACTOR, id, patch).await.unwrap();
        engine.switch_user(&ACTOR, id, false).await.unwrap();
        engine.switch_user(&ACTOR, id, true).await.unwrap();
        engine.end_user_sessions(&ACTOR, id).await.unwrap();
        let asked = (&self.house.auth_caller(), &origin("192.0.2.1"));
        engine.send_reset_to_user(&ACTOR, asked, id).await.unwrap();
        self.secrets.push(self.house.token().await);
        engine.delete_user(&ACTOR, id).await.unwrap();
    }

    /// Ada, signed in; her cookie is kept.
    async fn sign_in(&mut self, password: &str) -> SignedIn {
        let issued = self.house.sign_in(password).await;
        self.keep(&issued.cookie);
        self.house.recognize(&issued).await.unwrap()
    }

    async fn own_account(&mut self) {
        let engine = self.house.engine.clone();
        let profile = Profile { name: Some("Ada Lovelace".to_owned()), ..Profile::default() };
        let new = SignUp {
            email: email(ADA),
            password: chosen(PASSWORD),
            profile: profile.clone(),
            origin: origin("192.0.2.9"),
        };
        engine.sign_up(&self.house.auth_caller(), new).await.unwrap();
        let token = self.house.token().await;
        engine.verify_email(&self.house.auth_caller(), &token).await.unwrap();
        self.secrets.push(token);
        let who = self.sign_in(PASSWORD).await;
        engine.change_profile(&who, profile).await.unwrap();
        engine.change_password(&who, typed(PASSWORD), chosen(OTHER)).await.unwrap();
        engine.end_other_sessions(&who).await.unwrap();
        engine.sign_out(&who).await.unwrap();
        engine.request_reset(&self.house.auth_caller(), &email(ADA), &origin("192.0.2.9")).await.unwrap();
        let token = self.house.token().await;
        engine.reset_password(&self.house.auth_caller(), &token, chosen(PASSWORD)).await.unwrap();
        self.secrets.push(token);
    }

    async fn second_factor(&mut self) {
        let engine = self.house.engine.clone();
        let who = self.sign_in(PASSWORD).await;
        let enrolment = engine.begin_totp(&who, "Sample Homes").await.unwrap();
        self.keep(&enrolment.secret);
        let codes = engine.confirm_totp(&who, &code(&self.house, &enrolment.secret)).await.unwrap();
        codes.0.iter().for_each(|code| self.keep(code));
        let half = self.sign_in(PASSWORD).await;
        engine.prove_second_factor(&half, codes.0[0].expose()).await.unwrap();
        let renewed = engine.renew_recovery_codes(&who).await.unwrap();
        renewed.0.iter().for_each(|code| self.keep(code));
        self.house.clock.advance(Duration::from_secs(30));
        engine.remove_totp(&who, &code(&self.house, &enrolment.secret)).await.unwrap();
    }

    async fn grants(&mut self) {
        let engine = self.house.engine.clone();
        let issued = engine.create_client(&ACTOR, self.new_client(), None).await.unwrap();
        self.keep(&issued.secret.unwrap());
        let who = self.sign_in(PASSWORD).await;
        for scope in ["read", "read write"] {
            let client = issued.client.id.to_string();
            let pairs = [
                ("client_id", client.as_str()),
                ("redirect_uri", "https://app.example/cb"),
                ("response_type", "code"),
                ("scope", scope),
                ("state", "s"),
                ("code_challenge", CHALLENGE),
                ("code_challenge_method", "S256"),
            ];
            let pairs = pairs.into_iter().map(|(name, value)| (name.into(), value.into()));
            let request = Parameters::from_pairs(pairs.collect());
            let caller = self.house.auth_caller();
            let step = engine.begin_authorization(&caller, &request, Some(&who)).await.unwrap();
            let Step::Consent(flow, _) = step else { panic!("{step:?}") };
            let answer = engine.answer_consent(&caller, &flow, &who, ConsentAnswer::Allow).await.unwrap();
            let (_, code) = answer.location.split_once("code=").unwrap();
            self.secrets.push(code.split('&').next().unwrap().to_owned());
        }
        let grants = engine.list_connected_applications(&who).await.unwrap();
        assert_eq!(grants[0].grant.scopes, ScopeSet::parse_spaced("read write").unwrap());
        engine.revoke_own_grant(&who, grants[0].grant.id).await.unwrap();
    }

    /// Fails until no more is heard of Ada's second factor.
    async fn lock(&mut self) {
        let who = self.sign_in(PASSWORD).await;
        let enrolment = self.house.engine.begin_totp(&who, "Sample Homes").await.unwrap();
        self.keep(&enrolment.secret);
        for _ in 0..12 {
            assert!(self.house.engine.confirm_totp(&who, "000000").await.is_err());
            // So that it is the account that is locked, and not the address that is slowed.
            self.house.clock.advance(Duration::from_secs(6));
        }
        // It is recorded behind the answer.
        while record(&self.house.engine).await.iter().all(|row| row.action != "account.locked") {
            tokio::task::yield_now().await;
        }
        let locks = record(&self.house.engine).await;
        assert_eq!(locks.iter().filter(|row| row.action == "account.locked").count(), 1, "once an hour");
    }
    async fn new_address(&mut self) {
        let engine = self.house.engine.clone();
        let who = self.sign_in(PASSWORD).await;
        let caller = self.house.auth_caller();
        engine.request_new_address(&caller, &who, email(NEW_ADDRESS), typed(PASSWORD)).await.unwrap();
        let token = self.house.token().await;
        engine.confirm_new_address(&caller, &who, &token).await.unwrap();
        self.secrets.push(token);
    }
}
