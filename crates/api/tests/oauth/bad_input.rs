use crate::house::{Answer, House};

/// The endpoints that read parameters.
const FORMS: [&str; 5] =
    ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/par", "/oauth/device_authorization"];

async fn posted(house: &House, path: &str, kind: &str, body: &[u8]) -> Answer {
    house.send(&format!("POST {path}"), &[("content-type", kind.as_bytes())], body).await
}

#[tokio::test]
async fn bcp_63_bad_parameters_are_a_bad_request_at_every_endpoint() {
    let house = House::new().await;
    let long = format!("client_id={}", "x".repeat(20_000));
    let many = "a=b&".repeat(2_000);
    let bodies: [&[u8]; 9] = [
        b"client_id=a%00b",
        b"client_id=a\0b",
        b"client_id=%ff",
        b"client_id=\xff\xfe",
        b"client_id=%0d%0aSet-Cookie:x",
        b"client_id=a&client_id=b",
        b"client_id=%zz",
        long.as_bytes(),
        many.as_bytes(),
    ];
    for path in FORMS {
        for body in bodies {
            house.post(path, body).await.is_error(400, "invalid_request");
        }
    }
}

#[tokio::test]
async fn bcp_63_what_is_declared_as_another_encoding_is_a_bad_request() {
    let house = House::new().await;
    for path in ["/oauth/introspect", "/oauth/par", "/oauth/device_authorization"] {
        posted(&house, path, "application/json", b"{\"client_id\":\"x\"}")
            .await
            .is_error(400, "invalid_request");
    }
    for path in FORMS {
        posted(&house, path, "text/plain", b"client_id=x").await.is_error(400, "invalid_request");
        posted(&house, path, "\u{fc}", b"client_id=x").await.is_error(400, "invalid_request");
    }
    let registration = posted(&house, "/oauth/register", "application/x-www-form-urlencoded", b"a=b").await;
    registration.is_error(400, "invalid_request");
}

#[tokio::test]
async fn bcp_63_json_that_is_no_object_of_texts_is_a_bad_request() {
    let house = House::new().await;
    for body in ["", "[]", "null", "{", "{\"client_id\":1}", "{\"client_id\":\"a\",\"client_id\":\"b\"}"] {
        posted(&house, "/oauth/token", "application/json", body.as_bytes())
            .await
            .is_error(400, "invalid_request");
    }
    for body in ["", "[]", "null", "{", "\u{0}"] {
        let answer = posted(&house, "/oauth/register", "application/json", body.as_bytes()).await;
        answer.is_error(400, "invalid_request");
    }
}

#[tokio::test]
async fn bcp_63_a_body_that_is_too_large_is_refused() {
    let house = House::new().await;
    for path in FORMS {
        house.post(path, &vec![b'a'; 100_000]).await.is_error(413, "invalid_request");
    }
}

#[tokio::test]
async fn bcp_34_only_post_is_taken_and_the_address_is_not_read() {
    let house = House::new().await;
    for path in FORMS {
        let answer =
            house.get(&format!("{path}?grant_type=client_credentials&client_id=x&client_secret=y")).await;
        answer.is_error(405, "invalid_request");
        assert_eq!(answer.header("allow"), "POST", "{path}");
    }
    let query =
        house.post("/oauth/token?grant_type=client_credentials&client_id=x&client_secret=y", b"").await;
    query.is_error(401, "invalid_client");
    assert_eq!(query.header("www-authenticate"), "Basic realm=\"PropertyBase\"");
}

#[tokio::test]
async fn bcp_37_two_proofs_at_once_are_refused() {
    let house = House::new().await;
    let form: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    let basic: (&str, &[u8]) = ("authorization", b"Basic eDp5");
    let both = house.send("POST /oauth/token", &[form, basic], b"client_id=x&client_secret=y").await;
    both.is_error(400, "invalid_request");
    let twice = house.send("POST /oauth/token", &[form, basic, basic], b"").await;
    twice.is_error(400, "invalid_request");
}

#[tokio::test]
async fn bcp_36_basic_credentials_that_are_none_get_a_challenge() {
    let house = House::new().await;
    let form: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    for credentials in [&b"Basic"[..], b"Basic !!!", b"Basic \xff", b"Basic eA=="] {
        let fields = [form, ("authorization", credentials)];
        let answer = house.send("POST /oauth/token", &fields, b"grant_type=client_credentials").await;
        answer.is_error(401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), "Basic realm=\"PropertyBase\"");
    }
}

#[tokio::test]
async fn userinfo_without_a_token_is_challenged_and_one_in_the_address_is_refused() {
    let house = House::of("example").await;
    let answer = house.get("/oauth/userinfo").await;
    answer.is_error(401, "invalid_token");
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer realm=\"Example API\", \
         resource_metadata=\"http://example.localhost:8080/.well-known/oauth-protected-resource\""
    );
    // bcp_49
    house.get("/oauth/userinfo?access_token=x").await.is_error(400, "invalid_request");
    let other = house.send("GET /oauth/userinfo", &[("authorization", b"Basic eDp5")], b"").await;
    other.is_error(400, "invalid_request");
    let form: (&str, &[u8]) = ("content-type", b"application/x-www-form-urlencoded");
    let bearer: (&str, &[u8]) = ("authorization", b"Bearer x");
    let both = house.send("POST /oauth/userinfo", &[form, bearer], b"access_token=x").await;
    both.is_error(400, "invalid_request");
    house.send("DELETE /oauth/userinfo", &[], b"").await.is_error(405, "invalid_request");
}

#[tokio::test]
async fn a_registration_is_managed_by_its_token_alone() {
    let house = House::new().await;
    for line in ["GET /oauth/register/x", "DELETE /oauth/register/x", "PUT /oauth/register/x"] {
        house.send(line, &[], b"").await.is_error(401, "invalid_token");
    }
    let unknown = house.send("GET /oauth/register/no%20client", &[("authorization", b"Bearer x")], b"").await;
    unknown.is_error(401, "invalid_token");
    assert!(unknown.header("www-authenticate").contains("error=\"invalid_token\""), "{unknown:?}");
    house.send("POST /oauth/register/x", &[], b"").await.is_error(405, "invalid_request");
}
