use claviger_contract::RequestView;
use claviger_domain::{Belongings, CredentialKind, ScopeSet};
use http::{HeaderMap, Method};
use proptest::prelude::*;

use super::*;

const CONTRACT: &str = r#"
name = "walls"
title = "Walls"
host = [{ name = "walls.test", roles = ["api"] }, { name = "sandbox.walls.test", roles = ["sandbox"] }]
credential = [{ in = "bearer", kinds = ["key"] }]
keys.format = [{ live = "sk_live_", test = "sk_test_" }]
route = [{ method = "*", path = "/**" }]
[environments]
live.upstream = "http://10.0.0.1:9000/data"
test.upstream = "http://10.0.0.1:9000/sandbox"
"#;

fn contract(text: &str) -> Contract {
    claviger_contract::parse("walls.toml", text).unwrap().contract
}

fn holder(environment: Environment) -> Arc<Principal> {
    Arc::new(Principal {
        api: "api_00000000000000000000000000".parse().unwrap(),
        workspace: "wsp_00000000000000000000000000".parse().unwrap(),
        kind: CredentialKind::Key,
        credential: "key_1".into(),
        version: None,
        subject: None,
        client: None,
        scopes: ScopeSet::default(),
        environment,
        expires_at: None,
        belongings: Belongings::new(),
    })
}

#[test]
fn without_an_upstream_of_its_own_an_environment_has_none() {
    let text = CONTRACT.replace("test.upstream = \"http://10.0.0.1:9000/sandbox\"", "");
    let received: Uri = "/a".parse().unwrap();
    let contract = contract(&text);
    let refused = Passage::of(holder(Environment::Test)).destination(&contract, &received, None);
    assert!(matches!(refused, Err(Error::NoUpstream(Environment::Test))));
    let sandbox = Passage::public(Some(Environment::Test)).destination(&contract, &received, None);
    assert!(matches!(sandbox, Err(Error::NoUpstream(Environment::Test))));
    assert!(Passage::of(holder(Environment::Live)).destination(&contract, &received, None).is_ok());
}

#[test]
fn the_path_is_joined_to_the_base_of_the_upstream() {
    let cases = [
        ("http://up", "/a/b?c=d", Some("c=d"), "http://up/a/b?c=d"),
        ("http://up/", "/a", None, "http://up/a"),
        ("https://up:8443/base/", "/a//b%2Fc", None, "https://up:8443/base/a//b%2Fc"),
        ("http://up/base", "/a?key=x&c=d", Some("c=d"), "http://up/base/a?c=d"),
        ("http://up", "/a?key=x", None, "http://up/a"),
        ("http://up", "http://other/a", None, "http://up/a"),
    ];
    for (upstream, received, query, expected) in cases {
        let joined = target(&upstream.parse().unwrap(), &received.parse().unwrap(), query).unwrap();
        assert_eq!(joined.to_string(), expected);
    }
}

proptest! {
    // Most of what is made up is refused before it gets here.
    #![proptest_config(ProptestConfig { max_global_rejects: 100_000, ..ProptestConfig::default() })]

    /// One host name serves both upstreams here, so that only the path keeps them apart: whatever the contract lets
    /// through stays below its own.
    #[test]
    fn a_request_stays_in_the_environment_of_its_credential(
        is_test: bool,
        host in "(walls|sandbox\\.walls|10\\.0\\.0\\.1:9000|evil)(\\.test)?",
        origin in "(http://(walls\\.test|10\\.0\\.0\\.1:9000|user@evil\\.test))?",
        path in "(/(data|sandbox|\\.|\\.\\.|%2e%2e|%2f|[a-z;@:]{0,5})){1,5}",
        query in proptest::option::of("[a-z=&/.:@]{0,12}"),
    ) {
        let environment = if is_test { Environment::Test } else { Environment::Live };
        let received: Uri = format!("{origin}{path}").parse().unwrap();
        let contract = contract(CONTRACT);
        let request = RequestView {
            method: &Method::GET,
            path: received.path(),
            query: query.as_deref(),
            headers: &HeaderMap::new(),
            host: &host,
            address: None,
        };
        prop_assume!(contract.read(&request).is_ok());
        let passage = Passage::of(holder(environment));
        let uri = passage.destination(&contract, &received, query.as_deref()).unwrap().into_uri();
        let base = if is_test { "/sandbox" } else { "/data" };
        prop_assert_eq!(uri.authority().unwrap().as_str(), "10.0.0.1:9000");
        prop_assert_eq!(uri.path(), format!("{base}{path}"));
    }

    #[test]
    fn the_path_arrives_as_it_was_received(path in "(/[a-zA-Z0-9._~%!$&'()*+,;=:@-]{0,8}){1,5}") {
        let received: Uri = path.parse().unwrap();
        let joined = target(&"http://up/base".parse().unwrap(), &received, None).unwrap();
        prop_assert_eq!(joined.path(), format!("/base{path}"));
        let bare = target(&"http://up".parse().unwrap(), &received, None).unwrap();
        prop_assert_eq!(bare.path(), path);
    }
}
