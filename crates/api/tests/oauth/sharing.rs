use crate::house::House;

const ORIGIN: (&str, &[u8]) = ("origin", b"https://stranger.test");

#[tokio::test]
async fn bcp_60_documents_are_everyones() {
    let house = House::new().await;
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/jwks.json",
    ] {
        let answer = house.send(&format!("GET {path}"), &[ORIGIN], b"").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
}

#[tokio::test]
async fn bcp_60_the_pages_of_strangers_read_no_tokens() {
    let house = House::new().await;
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/register", "/oauth/introspect", "/oauth/par"] {
        for method in ["OPTIONS", "POST"] {
            let answer = house.send(&format!("{method} {path}"), &[ORIGIN], b"").await;
            assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {path}");
            assert_eq!(answer.header("access-control-allow-methods"), "", "{method} {path}");
        }
    }
    let preflight = house.send("OPTIONS /oauth/token", &[ORIGIN], b"").await;
    assert_eq!((preflight.status, preflight.header("vary")), (204, "Origin"));
}
