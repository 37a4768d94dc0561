use super::*;
use crate::policy::{KeyLifetimes, Policy};
use crate::scope::{Scope, ScopeCatalog, ScopeDescription};
use crate::token_policy::TokenPolicy;

fn policy(has_users: bool) -> Policy {
    let scope = |name: &str, implies: &[&str]| {
        let implies = implies.iter().map(|s| s.parse().unwrap()).collect();
        (name.parse::<Scope>().unwrap(), ScopeDescription { description: String::new(), implies })
    };
    let never = Duration::ZERO;
    Policy {
        name: "sample".parse().unwrap(),
        key_formats: Vec::new(),
        scopes: ScopeCatalog::new(
            [scope("admin", &["write"]), scope("write", &["read"]), scope("read", &[])].into(),
        )
        .unwrap(),
        key_lifetimes: KeyLifetimes {
            default: None,
            max: None,
            max_overlap: never,
            retention: never,
            upkeep: crate::policy::KeyUpkeep::default(),
        },
        plans: indexmap::IndexMap::new(),
        default_plan: None,
        limits: Vec::new(),
        collections: Vec::new(),
        access_tokens: Vec::new(),
        responses: Default::default(),
        sandbox: Default::default(),
        tokens: TokenPolicy { has_users, ..TokenPolicy::default() },
    }
}

fn metadata() -> ClientMetadata {
    ClientMetadata {
        name: "App".parse().unwrap(),
        presentation: ClientPresentation { contacts: vec!["a@b.example".to_owned()], ..Default::default() },
        application_type: ApplicationType::Native,
        authentication: ClientAuthentication::PrivateKeyJwt,
        keys: Some(ClientKeys::Inline("{}".to_owned())),
        grant_types: GrantType::ALL.to_vec(),
        redirect_uris: vec![RedirectUri::parse("com.example.app:/cb").unwrap()],
        post_logout_redirect_uris: Vec::new(),
        scopes: None,
        id_token_algorithm: Algorithm::EdDsa,
        subject_type: SubjectType::Pairwise,
        default_max_age: Some(Duration::from_secs(60)),
        requires_pushed_requests: true,
        requires_dpop: true,
        access_lifetime: Some(Duration::from_secs(300)),
    }
}

#[test]
fn bcp_21_without_scopes_of_its_own_a_client_may_ask_for_all_but_the_master() {
    assert_eq!(metadata().effective_scopes(&policy(false)).to_string(), "read write");
    let with_users = metadata().effective_scopes(&policy(true));
    assert_eq!(with_users.to_string(), "email offline_access openid profile read write");
    let own = ClientMetadata { scopes: Some(ScopeSet::parse_spaced("admin").unwrap()), ..metadata() };
    assert_eq!(own.effective_scopes(&policy(true)).to_string(), "admin");
}

#[test]
fn metadata_comes_back_as_it_was_stored() {
    let stored = serde_json::to_string(&metadata()).unwrap();
    assert_eq!(serde_json::from_str::<ClientMetadata>(&stored).unwrap(), metadata());
    for broken in [stored.replace("EdDSA", "none"), stored.replace("com.example.app:/cb", "javascript:x")] {
        assert!(serde_json::from_str::<ClientMetadata>(&broken).is_err(), "{broken}");
    }
}
