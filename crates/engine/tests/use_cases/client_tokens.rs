//! Tokens of clients: bought, exchanged, told of, ended.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    AccessToken, Algorithm, ApplicationType, ClientAuthentication, ClientMetadata, ClientPresentation,
    Environment, Facts, GrantType, PageRequest, ParentId, Policy, ScopeSet, SubjectType, Terms, Timestamp,
    TokenPolicy, TokenShape,
};
use claviger_engine::{
    AuthenticatedClient, BranchState, ClientRules, Introspection, Issued, NewClient, NewWorkspace,
    OAuthError, TokenTerms, TokenTree, Wait,
};
use claviger_oauth::{ClientProof, ErrorCode, TokenRequest};
use claviger_testkit::FakeClock;
use serde_json::Value;

use crate::house::{ACTOR, House, facts_needing, postgres};
use crate::tokens::{HOUR, jwt, reused, with_tokens};

pub(crate) const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const KEY: &str = "urn:claviger:token-type:key";
const GRANTS: [GrantType; 2] = [GrantType::ClientCredentials, GrantType::TokenExchange];

pub(crate) fn with_clients() -> Policy {
    Policy {
        tokens: TokenPolicy {
            default_scopes: scopes("read"),
            grant_types: GRANTS.to_vec(),
            client_authentication: ClientAuthentication::ALL.to_vec(),
            resources: vec!["https://mcp.sample.example/".to_owned()],
            ..TokenPolicy::default()
        },
        ..with_tokens()
    }
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse_spaced(text).unwrap()
}

pub(crate) fn metadata() -> ClientMetadata {
    ClientMetadata {
        name: "Robot".parse().unwrap(),
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication: ClientAuthentication::SecretBasic,
        keys: None,
        grant_types: GRANTS.to_vec(),
        redirect_uris: Vec::new(),
        post_logout_redirect_uris: Vec::new(),
        scopes: Some(scopes("read write")),
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    }
}

pub(crate) fn opaque() -> Terms {
    let shape = TokenShape::Opaque { prefix: "tok_".to_owned() };
    Terms { access: AccessToken { shape, lifetime: HOUR }, ..reused() }
}

pub(crate) fn signed() -> Terms {
    Terms { access: AccessToken { shape: jwt(), lifetime: HOUR }, ..reused() }
}

pub(crate) fn for_itself(asked: Option<&str>) -> TokenRequest {
    TokenRequest::ClientCredentials { scopes: asked.map(scopes), resources: Vec::new() }
}

pub(crate) fn exchange(token: &str, kind: &str, asked: Option<&str>) -> TokenRequest {
    TokenRequest::TokenExchange {
        subject_token: token.to_owned(),
        subject_token_type: kind.to_owned(),
        actor: None,
        requested_token_type: None,
        scopes: asked.map(scopes),
        resources: Vec::new(),
    }
}

impl House {
    async fn serving(url: &str) -> Self {
        Self::with(url, 1, FakeClock::at(Timestamp::from_seconds(1_800_000_000)), with_clients()).await
    }

    pub(crate) async fn proved_client(&self, change: impl FnOnce(&mut NewClient)) -> AuthenticatedClient {
        let mut new = NewClient {
            api: self.api.id,
            workspace: self.workspace.id,
            environment: Environment::Live,
            metadata: metadata(),
        };
        change(&mut new);
        let made = self.engine.create_client(&ACTOR, new, None).await.unwrap();
        let secret = made.secret.unwrap().expose().to_owned();
        let method = made.client.metadata.authentication;
        let proof = ClientProof::Secret { id: made.client.id.to_string(), secret, method };
        let rules = ClientRules { methods: &ClientAuthentication::ALL, assertion: None, endpoint: "" };
        self.engine.authenticate_client(&self.caller(), &proof, &rules).await.unwrap()
    }

    async fn stranger(&self) -> AuthenticatedClient {
        let new = NewWorkspace { name: "Strangers".parse().unwrap(), plan: None };
        let workspace = self.engine.create_workspace(&ACTOR, new, None).await.unwrap();
        self.proved_client(|new| new.workspace = workspace.id).await
    }

    pub(crate) async fn trade(
        &self,
        client: &AuthenticatedClient,
        request: &TokenRequest,
        terms: &Terms,
    ) -> Result<Issued, OAuthError> {
        let terms = TokenTerms { grants: &GRANTS, terms };
        self.engine.issue_token(&self.caller(), client, request, &terms, None).await
    }

    async fn text(&self, client: &AuthenticatedClient, terms: &Terms) -> String {
        self.trade(client, &for_itself(Some("read write")), terms).await.unwrap().access.expose().to_owned()
    }

    async fn said(&self, text: &str) -> &'static str {
        self.ask(text, &Facts::none()).await.code()
    }

    async fn told(&self, asker: &AuthenticatedClient, text: &str) -> Option<serde_json::Map<String, Value>> {
        let told = self.engine.introspect(&self.caller(), asker, text).await.unwrap();
        let is_active = matches!(told, Introspection::Active(_));
        let Value::Object(mut members) = serde_json::to_value(told).unwrap() else { panic!("no object") };
        assert_eq!(members.remove("active"), Some(is_active.into()));
        is_active.then_some(members)
    }
}

fn code(refused: Result<Issued, OAuthError>) -> ErrorCode {
    match refused {
        Err(OAuthError::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

macro_rules! on_both {
    ($($name:ident)*) => {
        mod sqlite {
            $(#[tokio::test] async fn $name() { super::$name(super::House::serving("sqlite::memory:").await).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $name() { super::$name(super::House::serving(&super::postgres()).await).await; })*
        }
    };
}

on_both! {
    a_client_gets_a_token_that_does_what_it_may_until_it_may_no_more
    bcp_42_47_scopes_are_defaulted_narrow_and_never_widened
    bcp_46_a_token_is_for_the_api_or_for_a_resource_that_its_contract_names
    only_grants_of_endpoint_and_client_are_served
    a_token_is_told_of_to_clients_of_its_workspace_alone
    a_client_ends_its_own_tokens_and_no_others
    an_exchanged_token_does_less_and_dies_with_what_it_was_exchanged_for
    an_exchanged_key_stays_behind_its_token
    who_acts_for_whom_is_said_in_the_order_of_exchanges
    only_good_credentials_of_the_own_workspace_are_exchanged
    the_tree_of_a_client_shows_what_stems_from_what_and_is_ended_branch_by_branch
}

async fn a_client_gets_a_token_that_does_what_it_may_until_it_may_no_more(house: House) {
    let client = house.proved_client(|_| ()).await;
    for terms in [signed(), opaque()] {
        let text = house.text(&client, &terms).await;
        assert_eq!(house.said(&text).await, "VALID");
        assert_eq!(house.ask(&text, &facts_needing("write")).await.code(), "VALID");
        assert_eq!(house.ask(&text, &facts_needing("admin")).await.code(), "INSUFFICIENT_SCOPE");
        let id = client.client().id;
        house.engine.switch_client(&ACTOR, id, false).await.unwrap();
        assert_eq!(house.said(&text).await, "DISABLED");
        house.engine.switch_client(&ACTOR, id, true).await.unwrap();
        house.engine.suspend_workspace(&ACTOR, house.workspace.id).await.unwrap();
        assert_eq!(house.said(&text).await, "DISABLED");
        house.engine.resume_workspace(&ACTOR, house.workspace.id).await.unwrap();
        let fewer = ClientMetadata { scopes: Some(scopes("read")), ..metadata() };
        house.engine.update_client(&ACTOR, id, fewer).await.unwrap();
        assert_eq!(house.ask(&text, &facts_needing("write")).await.code(), "INSUFFICIENT_SCOPE");
        assert_eq!(house.ask(&text, &facts_needing("read")).await.code(), "VALID");
        house.engine.update_client(&ACTOR, id, metadata()).await.unwrap();
        house.clock.advance(HOUR);
        assert_eq!(house.said(&text).await, "EXPIRED");
    }
}

async fn bcp_42_47_scopes_are_defaulted_narrow_and_never_widened(house: House) {
    let client = house.proved_client(|_| ()).await;
    let bought = async |asked| house.trade(&client, &for_itself(asked), &signed()).await;
    assert_eq!(bought(None).await.unwrap().scopes, scopes("read"), "the contract's default");
    assert_eq!(bought(Some("write")).await.unwrap().scopes, scopes("write"));
    assert_eq!(code(bought(Some("admin")).await), ErrorCode::InvalidScope);
    assert_eq!(code(bought(Some("read nonsense")).await), ErrorCode::InvalidScope);
    let brief = house.proved_client(|new| new.metadata.access_lifetime = Some(Duration::from_secs(60))).await;
    let issued = house.trade(&brief, &for_itself(None), &signed()).await.unwrap();
    assert_eq!(issued.expires_at, issued.issued_at.plus(Duration::from_secs(60)));
    assert!(issued.refresh.is_none() && issued.id_token.is_none());
}

async fn bcp_46_a_token_is_for_the_api_or_for_a_resource_that_its_contract_names(house: House) {
    let client = house.proved_client(|_| ()).await;
    let bought = async |resources: &[&str]| {
        let resources = resources.iter().map(|&resource| resource.to_owned()).collect();
        let request = TokenRequest::ClientCredentials { scopes: None, resources };
        house.trade(&client, &request, &signed()).await
    };
    let audience = async |resources: &[&str]| {
        let issued = bought(resources).await.unwrap();
        house.told(&client, issued.access.expose()).await.unwrap()["aud"].clone()
    };
    assert_eq!(audience(&[]).await, "https://sample.example");
    assert_eq!(audience(&["https://sample.example"]).await, "https://sample.example");
    assert_eq!(audience(&["HTTPS://MCP.sample.example"]).await, "https://mcp.sample.example/");
    for foreign in ["https://other.example/", "https://mcp.sample.example/#x", "nonsense", ""] {
        assert_eq!(code(bought(&[foreign]).await), ErrorCode::InvalidTarget, "{foreign:?}");
    }
}

async fn only_grants_of_endpoint_and_client_are_served(house: House) {
    let client = house.proved_client(|new| new.metadata.grant_types = vec![GrantType::TokenExchange]).await;
    let refused = house.trade(&client, &for_itself(None), &signed()).await;
    assert_eq!(code(refused), ErrorCode::UnauthorizedClient);
    let request = TokenRequest::DeviceCode { device_code: "x".to_owned() };
    assert_eq!(code(house.trade(&client, &request, &signed()).await), ErrorCode::UnsupportedGrantType);
}

async fn a_token_is_told_of_to_clients_of_its_workspace_alone(house: House) {
    let (client, other, stranger) =
        (house.proved_client(|_| ()).await, house.proved_client(|_| ()).await, house.stranger().await);
    for terms in [signed(), opaque()] {
        let text = house.text(&client, &terms).await;
        let told = house.told(&other, &text).await.unwrap();
        let id = client.client().id.to_string();
        assert_eq!(
            (&told["client_id"], &told["sub"]),
            (&Value::from(id.as_str()), &Value::from(id.as_str()))
        );
        assert_eq!(
            (&told["scope"], &told["token_type"]),
            (&Value::from("read write"), &Value::from("Bearer"))
        );
        assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 3_600);
        assert_eq!(told["iss"], "https://sample.example");
        assert!(told["jti"].is_string() && !told.contains_key("cnf") && !told.contains_key("username"));
        assert_eq!(house.told(&stranger, &text).await, None);
        let mut altered = text.clone();
        altered.pop();
        assert_eq!(house.told(&other, &altered).await, None);
        house.clock.advance(HOUR);
        assert_eq!(house.told(&other, &text).await, None);
    }
    let (key, text) = house.key().await;
    assert_eq!(house.told(&other, text.expose()).await.unwrap()["sub"], key.id.to_string());
    assert_eq!(house.told(&stranger, text.expose()).await, None);
    let bought = house.log_in(text.expose(), None).await.unwrap();
    assert_eq!(house.told(&other, bought.access.expose()).await.unwrap()["sub"], key.id.to_string());
    for nonsense in ["", "nonsense", "a.b.c", "\u{0}"] {
        assert_eq!(house.told(&other, nonsense).await, None);
    }
}

async fn a_client_ends_its_own_tokens_and_no_others(house: House) {
    let (client, other) = (house.proved_client(|_| ()).await, house.proved_client(|_| ()).await);
    let end = async |who: &AuthenticatedClient, text: &str| {
        house.engine.revoke_token(&house.caller(), who, text).await.unwrap();
    };
    for (terms, ended) in [(signed(), "UNKNOWN"), (opaque(), "REVOKED")] {
        let (text, sibling) = (house.text(&client, &terms).await, house.text(&client, &terms).await);
        assert_ne!(text, sibling);
        assert_eq!(house.said(&text).await, "VALID");
        end(&other, &text).await;
        end(&client, "nonsense").await;
        assert_eq!(house.said(&text).await, "VALID", "another client's");
        end(&client, &text).await;
        end(&client, &text).await;
        assert_eq!(house.said(&text).await, ended);
        assert_eq!(house.told(&client, &text).await, None);
        assert_eq!(house.said(&sibling).await, "VALID");
        house.engine.log_out(&house.caller(), &sibling).await.unwrap();
        assert_eq!(house.said(&sibling).await, ended);
    }
}

async fn an_exchanged_token_does_less_and_dies_with_what_it_was_exchanged_for(house: House) {
    let (client, backend) = (house.proved_client(|_| ()).await, house.proved_client(|_| ()).await);
    for terms in [signed(), opaque()] {
        for ends_source in [true, false] {
            let source = house.text(&client, &terms).await;
            house.clock.advance(Duration::from_secs(600));
            let request = exchange(&source, ACCESS_TOKEN, Some("read"));
            let issued = house.trade(&backend, &request, &terms).await.unwrap();
            assert_eq!(issued.issued_token_type, Some(ACCESS_TOKEN));
            assert_eq!(issued.expires_at, issued.issued_at.plus(HOUR - Duration::from_secs(600)));
            let text = issued.access.expose();
            assert_eq!(house.ask(text, &facts_needing("read")).await.code(), "VALID");
            assert_eq!(house.ask(text, &facts_needing("write")).await.code(), "INSUFFICIENT_SCOPE");
            let told = house.told(&backend, text).await.unwrap();
            assert_eq!(told["sub"], client.client().id.to_string());
            assert_eq!(told["client_id"], backend.client().id.to_string());
            let wider = exchange(text, ACCESS_TOKEN, Some("read write"));
            assert_eq!(code(house.trade(&backend, &wider, &terms).await), ErrorCode::InvalidScope);
            let next = house.trade(&client, &exchange(text, ACCESS_TOKEN, None), &terms).await.unwrap();
            assert_eq!(next.scopes, scopes("read"));
            assert_eq!(house.said(next.access.expose()).await, "VALID");
            if ends_source {
                house.engine.revoke_token(&house.caller(), &client, &source).await.unwrap();
                assert_ne!(house.said(&source).await, "VALID");
                assert_eq!(house.said(text).await, "REVOKED");
                assert_eq!(house.said(next.access.expose()).await, "REVOKED");
                let late = exchange(&source, ACCESS_TOKEN, None);
                assert_eq!(code(house.trade(&backend, &late, &terms).await), ErrorCode::InvalidRequest);
            } else {
                house.engine.switch_client(&ACTOR, client.client().id, false).await.unwrap();
                assert_eq!(house.said(text).await, "DISABLED");
                house.engine.switch_client(&ACTOR, client.client().id, true).await.unwrap();
                assert_eq!(house.said(text).await, "VALID");
            }
        }
    }
}

async fn an_exchanged_key_stays_behind_its_token(house: House) {
    let client = house.proved_client(|_| ()).await;
    let (key, text) = house.key().await;
    let issued = house.trade(&client, &exchange(text.expose(), KEY, None), &signed()).await.unwrap();
    assert_eq!(issued.scopes, scopes("read"), "what both have");
    let token = issued.access.expose();
    assert_eq!(house.said(token).await, "VALID");
    assert_eq!(house.told(&client, token).await.unwrap()["sub"], key.id.to_string());
    house.engine.disable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.said(token).await, "DISABLED");
    let refused = house.trade(&client, &exchange(text.expose(), KEY, None), &signed()).await;
    assert_eq!(code(refused), ErrorCode::InvalidRequest);
    house.engine.enable_key(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.said(token).await, "VALID");
    house.engine.replace_secret(&ACTOR, key.id).await.unwrap();
    assert_eq!(house.said(token).await, "REVOKED");
}

async fn who_acts_for_whom_is_said_in_the_order_of_exchanges(house: House) {
    let [user, first, second] = [
        house.proved_client(|_| ()).await,
        house.proved_client(|_| ()).await,
        house.proved_client(|_| ()).await,
    ];
    let [one, two] = [house.text(&first, &signed()).await, house.text(&second, &opaque()).await];
    let mut text = house.text(&user, &opaque()).await;
    for (client, actor) in [(&first, &one), (&second, &two)] {
        let mut request = exchange(&text, ACCESS_TOKEN, None);
        if let TokenRequest::TokenExchange { actor: acting, .. } = &mut request {
            *acting = Some((actor.clone(), ACCESS_TOKEN.to_owned()));
        }
        text = house.trade(client, &request, &signed()).await.unwrap().access.expose().to_owned();
    }
    let told = house.told(&second, &text).await.unwrap();
    let [outer, inner] = [&second, &first].map(|client| client.client().id.to_string());
    assert_eq!(told["act"], serde_json::json!({ "sub": outer, "act": { "sub": inner } }));
    assert_eq!(told["sub"], user.client().id.to_string());
    let mut exchanges = 2;
    let refused = loop {
        match house.trade(&second, &exchange(&text, ACCESS_TOKEN, None), &opaque()).await {
            Ok(issued) => text = issued.access.expose().to_owned(),
            refused => break refused,
        }
        assert_eq!(house.said(&text).await, "VALID");
        exchanges += 1;
    };
    assert_eq!((code(refused), exchanges), (ErrorCode::InvalidRequest, 7));
}

async fn only_good_credentials_of_the_own_workspace_are_exchanged(house: House) {
    let (client, stranger) = (house.proved_client(|_| ()).await, house.stranger().await);
    let text = house.text(&client, &signed()).await;
    let (_, key) = house.key().await;
    let test = house.proved_client(|new| new.environment = Environment::Test).await;
    for (who, request) in [
        (&stranger, exchange(&text, ACCESS_TOKEN, None)),
        (&test, exchange(&text, ACCESS_TOKEN, None)),
        (&client, exchange(&text, "urn:ietf:params:oauth:token-type:id_token", None)),
        (&client, exchange(&text, KEY, None)),
        (&client, exchange(key.expose(), ACCESS_TOKEN, None)),
        (&client, exchange("nonsense", ACCESS_TOKEN, None)),
        (&client, exchange("", KEY, None)),
    ] {
        assert_eq!(code(house.trade(who, &request, &signed()).await), ErrorCode::InvalidRequest);
    }
    house.clock.advance(HOUR);
    let late = exchange(&text, ACCESS_TOKEN, None);
    assert_eq!(code(house.trade(&client, &late, &signed()).await), ErrorCode::InvalidRequest);
}

async fn the_tree_of_a_client_shows_what_stems_from_what_and_is_ended_branch_by_branch(house: House) {
    let client = house.proved_client(|_| ()).await;
    let root = house.text(&client, &opaque()).await;
    let other = house.text(&client, &opaque()).await;
    house.clock.advance(Duration::from_secs(1));
    let mut request = exchange(&root, ACCESS_TOKEN, Some("read"));
    if let TokenRequest::TokenExchange { actor, .. } = &mut request {
        *actor = Some((other.clone(), ACCESS_TOKEN.to_owned()));
    }
    let leaf = house.trade(&client, &request, &opaque()).await.unwrap();
    let parent = ParentId::Client(client.client().id);
    let listed = async || {
        let newest = PageRequest { before: None, limit: 2 };
        let first = house.engine.list_families(parent, newest).await.unwrap();
        let rest = PageRequest { before: first.next, limit: 2 };
        let rest = house.engine.list_families(parent, rest).await.unwrap();
        assert_eq!(rest.next, None);
        [first.rows, rest.rows].concat()
    };
    let branches = listed().await;
    assert_eq!(branches.len(), 3);
    let id = client.client().id.to_string();
    assert_eq!((&branches[0].subject, branches[0].actor.as_deref()), (&id, Some(id.as_str())));
    assert!(branches[1..].iter().all(|branch| branch.subject == id && branch.actor.is_none()));
    let stem = branches[0].family.source.unwrap();
    assert_eq!(branches[0].family.scopes, scopes("read"));
    assert!(branches.iter().all(|branch| branch.state_at(house.clock_now()) == BranchState::Living));
    let (tree, is_whole) = house.engine.find_token_tree(stem).await.unwrap().unwrap();
    assert!(is_whole && tree.root.family.id == stem);
    assert_eq!(tree.children, [TokenTree { root: branches[0].clone(), children: Vec::new() }]);
    let end = async || house.engine.end_family_by(&ACTOR, stem, Wait::No).await.unwrap().unwrap();
    let ended = end().await;
    assert_eq!(ended.branch.state_at(house.clock_now()), BranchState::Ended);
    house.clock.advance(Duration::from_secs(1));
    assert_eq!(end().await, ended, "twice is fine");
    assert_eq!(house.said(&root).await, "REVOKED");
    assert_eq!(house.said(leaf.access.expose()).await, "REVOKED");
    assert_eq!(house.said(&other).await, "VALID");
    house.clock.advance(HOUR);
    let states: Vec<_> = listed().await.iter().map(|branch| branch.state_at(house.clock_now())).collect();
    let of = |wanted| states.iter().filter(|state| **state == wanted).count();
    assert_eq!((of(BranchState::Ended), of(BranchState::Expired)), (2, 1));
    let nobodys = claviger_domain::FamilyId::from_uuid(uuid::Uuid::from_u128(7));
    assert_eq!(house.engine.find_token_tree(nobodys).await.unwrap(), None);
    assert_eq!(house.engine.end_family_by(&ACTOR, nobodys, Wait::No).await.unwrap(), None);
}

#[tokio::test]
async fn a_token_without_a_row_works_on_every_node_and_is_ended_on_all() {
    let url = postgres();
    let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
    let one = House::with(&url, 1, clock.clone(), with_clients()).await;
    let two = House::with(&url, 2, clock, with_clients()).await;
    let client = one.proved_client(|_| ()).await;
    let text = one.text(&client, &signed()).await;
    assert_eq!(two.said(&text).await, "VALID");
    one.engine.revoke_token(&one.caller(), &client, &text).await.unwrap();
    // Longer than a node trusts its memory without hearing from the database: then it asks.
    two.clock.advance(Duration::from_secs(11));
    assert_eq!(two.said(&text).await, "UNKNOWN");
}

#[tokio::test]
async fn exchanges_at_once_of_a_token_without_a_row_all_stand_on_one_family() {
    let house = Arc::new(House::serving(&postgres()).await);
    let client = house.proved_client(|_| ()).await;
    let text = house.text(&client, &signed()).await;
    let exchanges = (0..8).map(|_| {
        let (house, client, text) = (Arc::clone(&house), client.clone(), text.clone());
        tokio::spawn(async move {
            house.trade(&client, &exchange(&text, ACCESS_TOKEN, None), &opaque()).await.unwrap().access
        })
    });
    let mut exchanged = Vec::new();
    for exchange in exchanges.collect::<Vec<_>>() {
        exchanged.push(exchange.await.unwrap());
    }
    house.engine.revoke_token(&house.caller(), &client, &text).await.unwrap();
    for token in exchanged {
        assert_eq!(house.code(&token).await, "REVOKED");
    }
}
