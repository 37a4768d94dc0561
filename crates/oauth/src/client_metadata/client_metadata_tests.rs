use std::time::Duration;

use claviger_domain::{
    ApiId, ApplicationType, Client, ClientAuthentication, ClientId, ClientKeys, ClientMetadata, ClientOrigin,
    Environment, GrantType, KeyLifetimes, Policy, ScopeCatalog, ScopeDescription, Timestamp, TokenPolicy,
    WorkspaceId,
};
use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{check_client_metadata, read_client_metadata, render_client};
use crate::{ErrorCode, Refusal};

fn policy() -> Policy {
    let scopes = ["admin", "write", "read"].map(|name| {
        let implies =
            if name == "admin" { vec!["write".parse().unwrap(), "read".parse().unwrap()] } else { vec![] };
        (name.parse().unwrap(), ScopeDescription { description: String::new(), implies })
    });
    let tokens = TokenPolicy {
        has_users: true,
        grant_types: GrantType::ALL.into_iter().filter(|grant| *grant != GrantType::DeviceCode).collect(),
        client_authentication: ClientAuthentication::ALL.to_vec(),
        ..TokenPolicy::default()
    };
    let never = Duration::ZERO;
    Policy {
        name: "sample".parse().unwrap(),
        key_formats: Vec::new(),
        scopes: ScopeCatalog::new(scopes.into_iter().collect()).unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: never,
            retention: never,
            upkeep: claviger_domain::KeyUpkeep::default(),
        },
        plans: Default::default(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        access_tokens: Vec::new(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens,
    }
}

fn read_from(value: &Value, origin: ClientOrigin) -> Result<ClientMetadata, Refusal> {
    let policy = policy();
    let metadata = read_client_metadata(value.as_object().unwrap(), &policy.tokens)?;
    check_client_metadata(&metadata, &policy, origin)?;
    Ok(metadata)
}

fn read(value: &Value) -> Result<ClientMetadata, Refusal> {
    read_from(value, ClientOrigin::Managed)
}

/// Good metadata with other members; `null` takes one away.
fn with(members: &Value) -> Value {
    let mut good = json!({"client_name": "App", "redirect_uris": ["https://app.example/cb"]});
    for (name, value) in members.as_object().unwrap() {
        good[name] = value.clone();
    }
    good
}

fn code_of(members: &Value) -> ErrorCode {
    read(&with(members)).unwrap_err().code
}

fn client(metadata: ClientMetadata) -> Client {
    let at = Timestamp::from_seconds(1_800_000_000);
    Client {
        id: ClientId::from_uuid(Uuid::nil()),
        api: ApiId::from_uuid(Uuid::nil()),
        workspace: WorkspaceId::from_uuid(Uuid::nil()),
        environment: Environment::Live,
        metadata,
        origin: ClientOrigin::Managed,
        disabled_at: None,
        last_used_at: None,
        created_at: at,
        created_by: "local".to_owned(),
        updated_at: at,
        updated_by: "local".to_owned(),
    }
}

const PUBLIC_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"1"}"#;

#[test]
fn what_is_left_out_is_what_the_standards_say() {
    let metadata = read(&with(&json!({"client_name": null, "client_uri": null, "unknown": [1]}))).unwrap();
    assert_eq!(metadata.name.as_str(), "app.example");
    assert_eq!(metadata.authentication, ClientAuthentication::SecretBasic);
    assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode, GrantType::RefreshToken]);
    assert_eq!(metadata.application_type, ApplicationType::Web);
    assert_eq!((metadata.scopes, metadata.keys), (None, None));
}

#[test]
fn defaults_keep_to_what_the_api_offers() {
    let offered = TokenPolicy {
        grant_types: vec![GrantType::ClientCredentials],
        client_authentication: vec![ClientAuthentication::PrivateKeyJwt],
        ..TokenPolicy::default()
    };
    let metadata = read_client_metadata(json!({}).as_object().unwrap(), &offered).unwrap();
    assert_eq!(metadata.grant_types, [GrantType::ClientCredentials]);
    assert_eq!(metadata.authentication, ClientAuthentication::PrivateKeyJwt);
}

#[test]
fn what_was_registered_is_answered() {
    let all = with(&json!({
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "private_key_jwt",
        "application_type": "web",
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "scope": "openid read",
        "id_token_signed_response_alg": "ES256",
        "subject_type": "pairwise",
        "default_max_age": 60,
        "require_pushed_authorization_requests": true,
        "dpop_bound_access_tokens": true,
        "access_token_lifetime": 300,
        "jwks": {"keys": [serde_json::from_str::<Value>(PUBLIC_KEY).unwrap()]},
        "description": "Shows things.",
        "logo_uri": "https://app.example/logo.png",
        "client_uri": "https://app.example/",
        "policy_uri": "https://app.example/policy",
        "tos_uri": "http://localhost:3000/tos",
        "contacts": ["ada@app.example"],
    }));
    let answered = render_client(&client(read(&all).unwrap()));
    for (name, value) in all.as_object().unwrap() {
        assert_eq!(&answered[name], value, "{name}");
    }
    assert_eq!(answered["client_id"], "cli_00000000000000000000000000");
    assert_eq!(answered["client_id_issued_at"], 1_800_000_000);
    let again = read(&Value::Object(answered.clone())).unwrap();
    assert_eq!(render_client(&client(again)), answered, "an answer can be sent back as an update");
}

#[test]
fn bcp_04_05_06_redirect_uris_that_leak_are_refused() {
    for uri in
        ["http://app.example/cb", "https://app.example/cb#x", "myapp:/cb", "javascript:alert(1)", "/cb"]
    {
        assert_eq!(code_of(&json!({"redirect_uris": [uri]})), ErrorCode::InvalidRedirectUri, "{uri}");
        assert_eq!(code_of(&json!({"post_logout_redirect_uris": [uri]})), ErrorCode::InvalidRedirectUri);
    }
    assert_eq!(
        code_of(&json!({"redirect_uris": []})),
        ErrorCode::InvalidRedirectUri,
        "the code grant needs one"
    );
    let none_needed = json!({"redirect_uris": null, "grant_types": ["client_credentials"]});
    assert!(read(&with(&none_needed)).is_ok());
}

#[test]
fn mcp_06_the_application_type_decides_which_redirects_are_good() {
    let private = json!(["com.example.app:/cb"]);
    let web = json!({"application_type": "web", "redirect_uris": private});
    assert_eq!(code_of(&web), ErrorCode::InvalidRedirectUri);
    for good in [
        json!({"application_type": "native", "redirect_uris": private}),
        json!({"redirect_uris": private}),
        json!({"application_type": "native", "redirect_uris": ["http://127.0.0.1/cb", "https://app.example/cb"]}),
    ] {
        assert_eq!(read(&with(&good)).unwrap().application_type, ApplicationType::Native, "{good}");
    }
    assert!(read(&with(&json!({"redirect_uris": ["http://localhost:3000/cb"]}))).is_ok());
}

#[test]
fn bcp_62_a_native_client_is_recorded_as_public() {
    let native = json!({"application_type": "native", "token_endpoint_auth_method": "client_secret_basic"});
    assert_eq!(read(&with(&native)).unwrap().authentication, ClientAuthentication::None);
}

#[test]
fn a_client_gets_no_grant_that_is_not_for_it() {
    let machine = json!({"grant_types": ["client_credentials"]});
    assert!(read(&with(&machine)).is_ok());
    let refused = read_from(&with(&machine), ClientOrigin::Open).unwrap_err();
    assert_eq!(refused.code, ErrorCode::InvalidClientMetadata);
    for members in [
        json!({"grant_types": ["client_credentials"], "token_endpoint_auth_method": "none"}),
        json!({"grant_types": ["password"]}),
        json!({"grant_types": ["implicit"]}),
        json!({"grant_types": []}),
        json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]}),
        json!({"response_types": ["token"]}),
        json!({"response_types": ["code", "id_token"]}),
    ] {
        assert_eq!(code_of(&members), ErrorCode::InvalidClientMetadata, "{members}");
    }
}

#[test]
fn bcp_39_keys_are_public_and_stand_in_one_place() {
    let key: Value = serde_json::from_str(PUBLIC_KEY).unwrap();
    let set = json!({"keys": [key]});
    let proof = "private_key_jwt";
    let good = json!({"token_endpoint_auth_method": proof, "jwks_uri": "https://app.example/jwks"});
    let Some(ClientKeys::Address(_)) = read(&with(&good)).unwrap().keys else { panic!() };
    let keyed = |member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        json!({"token_endpoint_auth_method": proof, "jwks": {"keys": [key]}})
    };
    for members in [
        json!({"token_endpoint_auth_method": proof}),
        json!({"token_endpoint_auth_method": proof, "jwks": set, "jwks_uri": "https://app.example/jwks"}),
        json!({"token_endpoint_auth_method": proof, "jwks_uri": "http://app.example/jwks"}),
        json!({"token_endpoint_auth_method": proof, "jwks": {"keys": []}}),
        json!({"token_endpoint_auth_method": proof, "jwks": {"keys": [1]}}),
        keyed("d", json!("AA")),
        keyed("k", json!("AA")),
        keyed("kty", json!("oct")),
        keyed("x", Value::Null),
    ] {
        assert_eq!(code_of(&members), ErrorCode::InvalidClientMetadata, "{members}");
    }
}

#[test]
fn scopes_must_exist_and_the_master_scope_is_not_for_strangers() {
    assert_eq!(code_of(&json!({"scope": "read fly"})), ErrorCode::InvalidClientMetadata);
    assert_eq!(code_of(&json!({"scope": "\"x"})), ErrorCode::InvalidClientMetadata);
    let admin = with(&json!({"scope": "admin"}));
    assert!(read(&admin).is_ok());
    assert_eq!(read_from(&admin, ClientOrigin::Open).unwrap_err().code, ErrorCode::InvalidClientMetadata);
    assert!(read_from(&with(&json!({"scope": "openid offline_access read"})), ClientOrigin::Open).is_ok());
}

#[test]
fn bcp_63_members_of_the_wrong_kind_are_refused() {
    for members in [
        json!({"client_name": 1}),
        json!({"client_name": "a\u{0}b"}),
        json!({"client_name": "gro.\u{202e}elpmaxe"}),
        json!({"client_name": "x".repeat(101)}),
        json!({"redirect_uris": "https://app.example/cb"}),
        json!({"redirect_uris": [1]}),
        json!({"redirect_uris": vec!["https://app.example/cb"; 51]}),
        json!({"logo_uri": "javascript:alert(1)"}),
        json!({"logo_uri": "http://app.example/logo.png"}),
        json!({"client_uri": "https://u:p@app.example/"}),
        json!({"contacts": {}}),
        json!({"default_max_age": -1}),
        json!({"default_max_age": "60"}),
        json!({"access_token_lifetime": 0}),
        json!({"dpop_bound_access_tokens": "yes"}),
        json!({"jwks": []}),
        json!({"id_token_signed_response_alg": "none"}),
        json!({"id_token_signed_response_alg": "HS256"}),
        json!({"subject_type": "secret"}),
        json!({"subject_type": "pairwise", "redirect_uris": ["https://a.example/", "https://b.example/"]}),
        json!({"application_type": "toaster"}),
        json!({"token_endpoint_auth_method": "tls_client_auth"}),
        json!({"description": "x".repeat(501)}),
    ] {
        assert_eq!(code_of(&members), ErrorCode::InvalidClientMetadata, "{members}");
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z_]{1,8}", inner), 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn no_value_of_any_member_makes_reading_panic(value in any_json(), at in 0..24_usize) {
        const MEMBERS: [&str; 24] = [
            "client_name", "redirect_uris", "post_logout_redirect_uris", "grant_types", "response_types", "scope",
            "token_endpoint_auth_method", "application_type", "subject_type", "sector_identifier_uri", "jwks",
            "jwks_uri", "logo_uri", "client_uri", "policy_uri", "tos_uri", "contacts", "description",
            "default_max_age", "id_token_signed_response_alg", "require_pushed_authorization_requests",
            "dpop_bound_access_tokens", "access_token_lifetime", "software_id",
        ];
        let mut members = serde_json::Map::new();
        members.insert(MEMBERS[at].to_owned(), value);
        let _ = read(&with(&Value::Object(members)));
    }
}
