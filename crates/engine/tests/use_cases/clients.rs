//! OAuth clients: made, changed, and asked who they are.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{
    AccountId, Actor, Algorithm, ApplicationType, Call, Client, ClientAuthentication, ClientId, ClientKeys,
    ClientMetadata, ClientPresentation, Environment, GrantType, Membership, PageRequest, Policy, RedirectUri,
    Role, ScopeSet, SubjectType, Timestamp, TokenPolicy, Who, WorkspaceId,
};
use claviger_engine::{
    Caller, ClientError, ClientFilter, ClientRules, IssuedClient, NewClient, NewWorkspace, OAuthError,
};
use claviger_oauth::{ClientProof, ErrorCode};
use claviger_testkit::FakeClock;

use crate::house::{ACTOR, House, policy, postgres};

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
    a_new_client_proves_itself_by_its_secret_which_is_stored_nowhere
    what_cannot_be_had_is_refused
    the_same_idempotency_key_makes_one_client
    pages_hold_every_client_once
    bcp_35_a_client_that_does_not_prove_itself_is_refused
    a_public_client_names_itself_and_a_confidential_one_cannot
    header_and_body_are_two_places_for_one_secret
    an_endpoint_takes_only_its_own_methods
    a_rotated_secret_overlaps_with_its_successor_and_then_ends
    bcp_40_failures_are_counted_by_address_and_by_client_and_lock_nobody_out
    a_disabled_client_rests_until_it_is_enabled
    a_suspended_workspace_stops_its_clients
    a_client_that_changes_its_method_loses_its_secrets
    a_deleted_client_is_gone_at_once
    what_one_node_changes_every_node_knows
    last_used_is_written_once_an_hour
    an_assertion_of_nobody_is_refused
    a_member_reaches_clients_of_their_workspace_only_and_as_their_role_allows
}

const BASIC: ClientAuthentication = ClientAuthentication::SecretBasic;
const POST: ClientAuthentication = ClientAuthentication::SecretPost;

pub(crate) fn client_policy() -> Policy {
    let tokens = TokenPolicy {
        has_users: true,
        open_registration: true,
        grant_types: GrantType::ALL.to_vec(),
        client_authentication: ClientAuthentication::ALL.to_vec(),
        ..TokenPolicy::default()
    };
    Policy { tokens, ..policy() }
}

pub(crate) fn metadata(authentication: ClientAuthentication) -> ClientMetadata {
    ClientMetadata {
        name: "App".parse().unwrap(),
        presentation: ClientPresentation::default(),
        application_type: ApplicationType::Web,
        authentication,
        keys: None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        redirect_uris: vec![RedirectUri::parse("https://app.example/cb").unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::Rs256,
        subject_type: SubjectType::Public,
        default_max_age: None,
        requires_pushed_requests: false,
        requires_dpop: false,
        access_lifetime: None,
    }
}

fn secret(id: ClientId, secret: &str) -> ClientProof {
    ClientProof::Secret { id: id.to_string(), secret: secret.to_owned(), method: BASIC }
}

impl House {
    pub(crate) async fn with_clients(url: &str) -> Self {
        let clock = FakeClock::at(Timestamp::from_seconds(1_800_000_000));
        Self::with(url, 1, clock, client_policy()).await
    }

    fn new_client(&self, metadata: ClientMetadata) -> NewClient {
        let environment = Environment::Live;
        NewClient { api: self.api.id, workspace: self.workspace.id, environment, metadata }
    }

    async fn create(&self, metadata: ClientMetadata) -> Result<IssuedClient, ClientError> {
        self.engine.create_client(&ACTOR, self.new_client(metadata), None).await
    }

    /// A client with a secret, and the secret.
    async fn client(&self) -> (Client, String) {
        let issued = self.create(metadata(BASIC)).await.unwrap();
        (issued.client, issued.secret.unwrap().expose().to_owned())
    }

    async fn authenticate_as(
        &self,
        caller: &Caller<'_>,
        proof: &ClientProof,
    ) -> Result<Arc<str>, OAuthError> {
        let rules = ClientRules { methods: &[], assertion: None, endpoint: "https://sample.example/token" };
        let client = self.engine.authenticate_client(caller, proof, &rules).await?;
        Ok(client.client().id.to_string().into())
    }

    /// What an attempt comes to: `ok`, the OAuth error, or `slowed`.
    async fn verdict_from(&self, address: &str, proof: &ClientProof) -> &'static str {
        let address: IpAddr = address.parse().unwrap();
        match self.authenticate_as(&Caller { address, ..self.caller() }, proof).await {
            Ok(_) => "ok",
            Err(OAuthError::Refused(refusal)) => refusal.code.as_str(),
            Err(OAuthError::TooMany { .. }) => "slowed",
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn verdict(&self, proof: &ClientProof) -> &'static str {
        self.verdict_from("192.0.2.1", proof).await
    }
}

async fn a_new_client_proves_itself_by_its_secret_which_is_stored_nowhere(house: House) {
    let (client, text) = house.client().await;
    assert!(text.starts_with("clv_cs_") && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'));
    assert_eq!(house.engine.find_client(client.id).await.unwrap(), client);
    assert_eq!((client.created_by.as_str(), client.disabled_at), ("local", None));
    let proven = house.authenticate_as(&house.caller(), &secret(client.id, &text)).await.unwrap();
    assert_eq!(*proven, *client.id.to_string());
    assert!(!format!("{:?}", house.engine.find_client(client.id).await).contains(&text));
}

async fn what_cannot_be_had_is_refused(house: House) {
    let code = |result: Result<IssuedClient, ClientError>| match result {
        Err(ClientError::Metadata(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    };
    let scopes = Some(ScopeSet::parse_spaced("fly").unwrap());
    let no_scope = house.create(ClientMetadata { scopes, ..metadata(BASIC) }).await;
    assert_eq!(code(no_scope), ErrorCode::InvalidClientMetadata);
    let no_redirect = house.create(ClientMetadata { redirect_uris: Vec::new(), ..metadata(BASIC) }).await;
    assert_eq!(code(no_redirect), ErrorCode::InvalidRedirectUri);
    let no_keys = house.create(metadata(ClientAuthentication::PrivateKeyJwt)).await;
    assert_eq!(code(no_keys), ErrorCode::InvalidClientMetadata);
    let nobody = WorkspaceId::from_uuid(uuid::Uuid::nil());
    let new = NewClient { workspace: nobody, ..house.new_client(metadata(BASIC)) };
    let result = house.engine.create_client(&ACTOR, new, None).await;
    assert!(matches!(result, Err(ClientError::UnknownWorkspace)), "{result:?}");
    let unknown = ClientId::from_uuid(uuid::Uuid::nil());
    assert!(matches!(house.engine.find_client(unknown).await, Err(ClientError::UnknownClient)));
    let rotated = house.engine.rotate_client_secret(&ACTOR, unknown, Duration::ZERO).await;
    assert!(matches!(rotated, Err(ClientError::UnknownClient)));
}

async fn the_same_idempotency_key_makes_one_client(house: House) {
    let once = |body: &[u8]| house.engine.idempotency_key("order-1", body);
    let make = |body: &'static [u8]| {
        house.engine.create_client(&ACTOR, house.new_client(metadata(BASIC)), once(body))
    };
    let (a, b) = tokio::join!(make(b"x"), make(b"x"));
    let (a, b) = (a.unwrap(), b.unwrap());
    assert_eq!((a.client.id, a.is_repeat != b.is_repeat), (b.client.id, true));
    assert_eq!(a.secret.unwrap().expose(), b.secret.unwrap().expose());
    assert!(matches!(make(b"y").await, Err(ClientError::KeyReused)));
}

async fn pages_hold_every_client_once(house: House) {
    let mut made = Vec::new();
    for _ in 0..3 {
        made.insert(0, house.client().await.0.id);
        house.clock.advance(Duration::from_millis(1));
    }
    let filter = ClientFilter { workspace: Some(house.workspace.id), ..ClientFilter::default() };
    let page = |before| house.engine.list_clients(filter.clone(), PageRequest { before, limit: 2 });
    let first = page(None).await.unwrap();
    let second = page(first.next).await.unwrap();
    let seen: Vec<_> = first.rows.iter().chain(&second.rows).map(|client| client.id).collect();
    assert_eq!((seen, second.next), (made, None));
}

async fn bcp_35_a_client_that_does_not_prove_itself_is_refused(house: House) {
    let (client, text) = house.client().await;
    let nobody = ClientId::from_uuid(uuid::Uuid::nil());
    for proof in [
        secret(client.id, "clv_cs_wrong"),
        secret(client.id, ""),
        secret(nobody, &text),
        ClientProof::Secret { id: "no id at all".to_owned(), secret: text.clone(), method: BASIC },
        ClientProof::Public { id: client.id.to_string() },
        ClientProof::Public { id: nobody.to_string() },
    ] {
        assert_eq!(house.verdict(&proof).await, "invalid_client", "{proof:?}");
    }
    let good = secret(client.id, &text);
    let sandbox = Caller { environment: Some(Environment::Test), ..house.caller() };
    assert!(house.authenticate_as(&sandbox, &good).await.is_err(), "a client of the other environment");
    let other = Policy { name: "other".parse().unwrap(), ..client_policy() };
    let api = house.engine.install_policy(Arc::new(other)).await.unwrap();
    let elsewhere = Caller { api: api.id, ..house.caller() };
    assert!(house.authenticate_as(&elsewhere, &good).await.is_err(), "a client of another API");
    assert_eq!(house.verdict(&good).await, "ok");
}

async fn a_public_client_names_itself_and_a_confidential_one_cannot(house: House) {
    let issued = house.create(metadata(ClientAuthentication::None)).await.unwrap();
    assert!(issued.secret.is_none());
    let id = issued.client.id;
    assert_eq!(house.verdict(&ClientProof::Public { id: id.to_string() }).await, "ok");
    assert_eq!(house.verdict(&secret(id, "clv_cs_x")).await, "invalid_client");
    let rotated = house.engine.rotate_client_secret(&ACTOR, id, Duration::ZERO).await;
    assert!(matches!(rotated, Err(ClientError::NoSecret)));
}

async fn header_and_body_are_two_places_for_one_secret(house: House) {
    for registered in [BASIC, POST] {
        let issued = house.create(metadata(registered)).await.unwrap();
        let (id, text) = (issued.client.id.to_string(), issued.secret.unwrap().expose().to_owned());
        for method in [BASIC, POST] {
            let proof = ClientProof::Secret { id: id.clone(), secret: text.clone(), method };
            assert_eq!(house.verdict(&proof).await, "ok", "{registered:?} {method:?}");
        }
    }
}

async fn an_endpoint_takes_only_its_own_methods(house: House) {
    let (client, text) = house.client().await;
    let proof = secret(client.id, &text);
    for (methods, is_taken) in [
        ([BASIC].as_slice(), true),
        (&[POST], true),
        (&[ClientAuthentication::PrivateKeyJwt], false),
        (&[ClientAuthentication::None], false),
    ] {
        let rules = ClientRules { methods, assertion: None, endpoint: "https://sample.example/token" };
        let result = house.engine.authenticate_client(&house.caller(), &proof, &rules).await;
        assert_eq!(result.is_ok(), is_taken, "{methods:?}");
    }
}

async fn a_rotated_secret_overlaps_with_its_successor_and_then_ends(house: House) {
    let (client, first) = house.client().await;
    let (id, first) = (client.id, secret(client.id, &first));
    let minute = Duration::from_secs(60);
    let issued = house.engine.rotate_client_secret(&ACTOR, id, minute).await.unwrap();
    let second = secret(id, issued.secret.expose());
    assert_eq!(issued.earlier_end_at, house.clock_now().plus(minute));
    assert_eq!((house.verdict(&first).await, house.verdict(&second).await), ("ok", "ok"));
    house.clock.advance(minute);
    assert_eq!((house.verdict(&first).await, house.verdict(&second).await), ("invalid_client", "ok"));
    let issued = house.engine.rotate_client_secret(&ACTOR, id, Duration::ZERO).await.unwrap();
    let third = secret(id, issued.secret.expose());
    assert_eq!((house.verdict(&second).await, house.verdict(&third).await), ("invalid_client", "ok"));
    let long = house.engine.rotate_client_secret(&ACTOR, id, Duration::from_secs(31 * 86_400)).await;
    assert!(matches!(long, Err(ClientError::OverlapTooLong { .. })));
    house.clock.advance(minute);
    house.engine.clean_up().await.unwrap();
    let record = house.store.read().await.unwrap().find_client_record(id).await.unwrap().unwrap();
    assert_eq!(record.secrets.len(), 1, "those that ended are deleted");
}

async fn bcp_40_failures_are_counted_by_address_and_by_client_and_lock_nobody_out(house: House) {
    let (client, text) = house.client().await;
    let (good, wrong) = (secret(client.id, &text), secret(client.id, "clv_cs_wrong"));
    assert_eq!(house.verdict_from("192.0.2.9", &good).await, "ok");
    for failure in 0..100 {
        assert_eq!(house.verdict(&wrong).await, "invalid_client", "{failure}");
    }
    for _ in 0..20 {
        house.verdict(&wrong).await;
    }
    assert_eq!(house.verdict(&wrong).await, "slowed", "the address");
    assert_eq!(house.verdict_from("192.0.2.9", &wrong).await, "slowed", "the client, from anywhere");
    assert_eq!(house.verdict_from("192.0.2.9", &good).await, "ok");
    assert_eq!(house.verdict(&good).await, "ok", "also beside the one who guesses");
    let (other, text) = house.client().await;
    assert_eq!(house.verdict(&secret(other.id, &text)).await, "ok", "also one that was never there before");
    for _ in 0..121 {
        let made_up = ClientId::generate(house.engine.clock(), house.engine.entropy());
        assert_eq!(house.verdict(&secret(made_up, "x")).await, "slowed");
    }
    let (late, text) = house.client().await;
    assert_eq!(house.verdict(&secret(late.id, &text)).await, "slowed", "the database is not asked for ever");
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(house.verdict(&wrong).await, "invalid_client");
}

async fn a_disabled_client_rests_until_it_is_enabled(house: House) {
    let (client, text) = house.client().await;
    let proof = secret(client.id, &text);
    assert_eq!(house.verdict(&proof).await, "ok");
    for _ in 0..2 {
        let disabled = house.engine.switch_client(&ACTOR, client.id, false).await.unwrap();
        assert_eq!(disabled.disabled_at, Some(house.clock_now()));
    }
    assert_eq!(house.verdict(&proof).await, "invalid_client");
    let enabled = house.engine.switch_client(&ACTOR, client.id, true).await.unwrap();
    assert_eq!(enabled.disabled_at, None);
    assert_eq!(house.verdict(&proof).await, "ok");
}

async fn a_suspended_workspace_stops_its_clients(house: House) {
    let new = NewWorkspace { name: "Other".parse().unwrap(), plan: None };
    let workspace = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let new = NewClient { workspace, ..house.new_client(metadata(BASIC)) };
    let issued = house.engine.create_client(&ACTOR, new, None).await.unwrap();
    let proof = secret(issued.client.id, issued.secret.unwrap().expose());
    assert_eq!(house.verdict(&proof).await, "ok");
    house.engine.suspend_workspace(&ACTOR, workspace).await.unwrap();
    assert_eq!(house.verdict(&proof).await, "invalid_client");
    house.engine.resume_workspace(&ACTOR, workspace).await.unwrap();
    assert_eq!(house.verdict(&proof).await, "ok");
}

async fn a_client_that_changes_its_method_loses_its_secrets(house: House) {
    let (client, text) = house.client().await;
    let (id, proof) = (client.id, secret(client.id, &text));
    let keyed = ClientMetadata {
        keys: Some(ClientKeys::Address("https://app.example/jwks".to_owned())),
        ..metadata(ClientAuthentication::PrivateKeyJwt)
    };
    let updated = house.engine.update_client(&ACTOR, id, keyed.clone()).await.unwrap();
    assert_eq!(updated.metadata, keyed);
    house.engine.update_client(&ACTOR, id, metadata(BASIC)).await.unwrap();
    assert_eq!(house.verdict(&proof).await, "invalid_client", "it is gone for good");
    let issued = house.engine.rotate_client_secret(&ACTOR, id, Duration::ZERO).await.unwrap();
    assert_eq!(house.verdict(&secret(id, issued.secret.expose())).await, "ok");
}

async fn a_deleted_client_is_gone_at_once(house: House) {
    let (client, text) = house.client().await;
    let proof = secret(client.id, &text);
    assert_eq!(house.verdict(&proof).await, "ok");
    house.engine.delete_client(&ACTOR, client.id).await.unwrap();
    assert_eq!(house.verdict(&proof).await, "invalid_client");
    let again = house.engine.delete_client(&ACTOR, client.id).await;
    assert!(matches!(again, Err(ClientError::UnknownClient)));
}

async fn what_one_node_changes_every_node_knows(house: House) {
    let (client, text) = house.client().await;
    let proof = secret(client.id, &text);
    assert_eq!(house.verdict(&proof).await, "ok");
    // As another node does it: in the database alone.
    let (id, at) = (client.id, house.clock_now());
    house
        .store
        .write::<_, claviger_store::Error, _>(move |tx| {
            Box::pin(async move { tx.disable_client(id, at, "another node").await })
        })
        .await
        .unwrap();
    assert_eq!(house.verdict(&proof).await, "ok", "memory is trusted for a lease");
    house.clock.advance(Duration::from_secs(60));
    assert_eq!(house.verdict(&proof).await, "invalid_client", "and no longer");
}

async fn last_used_is_written_once_an_hour(house: House) {
    let (client, text) = house.client().await;
    let proof = secret(client.id, &text);
    let flush = async || house.engine.run(async {}).await;
    let used_at = async || house.engine.find_client(client.id).await.unwrap().last_used_at;
    assert_eq!(house.verdict(&proof).await, "ok");
    flush().await;
    assert_eq!(used_at().await, Some(house.clock_now()));
}

async fn an_assertion_of_nobody_is_refused(house: House) {
    let proof = ClientProof::Assertion { id: None, assertion: "a.b.c".to_owned() };
    assert_eq!(house.verdict(&proof).await, "invalid_client");
}

async fn a_member_reaches_clients_of_their_workspace_only_and_as_their_role_allows(house: House) {
    let new = NewWorkspace { name: "Bolt".parse().unwrap(), plan: None };
    let other = house.engine.create_workspace(&ACTOR, new, None).await.unwrap().id;
    let account = AccountId::generate(house.engine.clock(), house.engine.entropy());
    let member =
        |workspace, role| Actor::new(Who::Member(Membership { workspace, account, role }), Call::NONE);
    let (viewer, stranger) = (member(house.workspace.id, Role::Viewer), member(other, Role::Owner));
    let (own, _) = house.client().await;
    let engine = &house.engine;
    let all = PageRequest { before: None, limit: 50 };
    let filter = ClientFilter { workspace: Some(house.workspace.id), ..ClientFilter::default() };
    assert!(engine.list_clients_for(&stranger, filter.clone(), all).await.unwrap().rows.is_empty());
    assert_eq!(engine.list_clients_for(&viewer, filter, all).await.unwrap().rows.len(), 1);
    assert!(engine.find_client_for(&viewer, own.id).await.is_ok());
    for (actor, is_known) in [(&viewer, true), (&stranger, false)] {
        let (id, metadata) = (own.id, own.metadata.clone());
        let results = [
            engine.update_client(actor, id, metadata).await.map(drop),
            engine.switch_client(actor, id, false).await.map(drop),
            engine.rotate_client_secret(actor, id, Duration::ZERO).await.map(drop),
            engine.delete_client(actor, id).await,
        ];
        for result in results {
            let right = match &result {
                Err(ClientError::NotAllowed(_)) => is_known,
                Err(ClientError::UnknownClient) => !is_known,
                _ => false,
            };
            assert!(right, "{result:?}");
        }
    }
    assert_eq!(engine.find_client(own.id).await.unwrap(), own);
}
