use data_encoding::BASE64;
use serde_json::json;

use crate::client::Call;
use crate::house::Demo;
use crate::oauth::application::{Application, claims, refused, text};
use crate::oauth::person::{Person, encode, query_of};

fn form(demo: &Demo, client: &Application<'_>, fields: &[(&str, &str)]) -> Call {
    Call::new(demo.address, &format!("POST {}/oauth/token", client.host()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(encode(fields))
}

fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{id}:{secret}").as_bytes()))
}

#[tokio::test]
async fn bcp_34_the_token_endpoint_takes_posted_forms_only() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let secret = client.secret.clone().unwrap();
    let query = encode(&[
        ("grant_type", "client_credentials"),
        ("client_id", &client.id),
        ("client_secret", &secret),
    ]);
    let get = Call::new(demo.address, &format!("GET {}/oauth/token?{query}", client.host())).send().await;
    assert!(get.status == 405 || get.status == 400, "{get:?}");
    let posted = Call::new(demo.address, &format!("POST {}/oauth/token?{query}", client.host()))
        .header("content-type", "application/x-www-form-urlencoded")
        .send()
        .await;
    assert!((400..500).contains(&posted.status), "parameters in the URL are not honoured: {posted:?}");
}

#[tokio::test]
async fn bcp_35_36_a_confidential_client_must_prove_itself() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let code = client.code(&[]).await;
    let nobody = form(&demo, &client, &[("grant_type", "authorization_code"), ("code", &code)]).send().await;
    refused(&nobody, 401, "invalid_client");
    let named = form(
        &demo,
        &client,
        &[("grant_type", "authorization_code"), ("code", &code), ("client_id", &client.id)],
    );
    refused(&named.send().await, 401, "invalid_client");
    let wrong = form(&demo, &client, &[("grant_type", "client_credentials")])
        .header("authorization", basic(&client.id, "no"));
    let answer = wrong.send().await;
    refused(&answer, 401, "invalid_client");
    assert!(answer.header("www-authenticate").starts_with("Basic "), "{answer:?}");
    assert_eq!(client.redeem(&code, &[]).await.status, 200, "nothing was spent");
}

#[tokio::test]
async fn bcp_37_38_one_method_at_a_time_and_both_places_work() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let secret = client.secret.clone().unwrap();
    let grant = ("grant_type", "client_credentials");
    let body = [grant, ("client_id", &client.id), ("client_secret", &secret)];
    assert_eq!(form(&demo, &client, &body).send().await.status, 200);
    let header = || basic(&client.id, &secret);
    assert_eq!(form(&demo, &client, &[grant]).header("authorization", header()).send().await.status, 200);
    refused(
        &form(&demo, &client, &body).header("authorization", header()).send().await,
        400,
        "invalid_request",
    );
    // Form-encoded within Basic (RFC 6749 section 2.3.1).
    let escaped: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let encoded = form(&demo, &client, &[grant]).header("authorization", basic(&client.id, &escaped));
    assert_eq!(encoded.send().await.status, 200);
    let is_url_safe =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    assert!(is_url_safe(&client.id) && is_url_safe(&secret));
}

#[tokio::test]
async fn bcp_41_42_43_answers_are_not_stored_scopes_are_told_and_passwords_not_taken() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let answer = client.token(&[("grant_type", "client_credentials"), ("scope", "read write")]).await;
    assert_eq!((answer.header("cache-control"), &answer.json()["scope"]), ("no-store", &json!("read write")));
    let plain = client.token(&[("grant_type", "client_credentials")]).await.json();
    assert_eq!(plain["scope"], "read", "the contract's default, and it says so");
    refused(
        &client.token(&[("grant_type", "client_credentials"), ("scope", "admin")]).await,
        400,
        "invalid_scope",
    );
    for grant in ["password", "implicit", "nonsense"] {
        let answer = client.token(&[("grant_type", grant), ("username", "a"), ("password", "b")]).await;
        refused(&answer, 400, "unsupported_grant_type");
    }
    refused(&client.token(&[]).await, 400, "invalid_request");
}

#[tokio::test]
async fn bcp_44_a_clients_id_cannot_be_a_users() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let own = client.token(&[("grant_type", "client_credentials")]).await.json();
    let users = client.tokens("read").await;
    let (own, users) = (claims(text(&own, "access_token")), claims(text(&users, "access_token")));
    assert!(text(&own, "sub").starts_with("cli_") && text(&users, "sub").starts_with("acc_"));
}

#[tokio::test]
async fn bcp_45_unsigned_and_foreign_tokens_are_refused() {
    use data_encoding::BASE64URL_NOPAD as B64;
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "propertybase");
    let bought = client.tokens("read:leads").await;
    let good = text(&bought, "access_token");
    let parts: Vec<&str> = good.split('.').collect();
    let key = client.call("GET /.well-known/jwks.json", "").await.json();
    for header in
        [r#"{"alg":"none"}"#.to_owned(), format!(r#"{{"alg":"HS256","kid":{}}}"#, key["keys"][0]["kid"])]
    {
        let forged = format!("{}.{}.", B64.encode(header.as_bytes()), parts[1]);
        assert_eq!(client.call("GET /v1/leads", &forged).await.status, 401, "{header}");
        let signed = format!("{forged}{}", parts[2]);
        assert_eq!(client.call("GET /v1/leads", &signed).await.status, 401, "{header}");
    }
    let example = Application::of_demo(&demo, "example");
    assert_eq!(example.call("GET /v1/users", good).await.status, 401, "another API's token");
}

#[tokio::test]
async fn bcp_46_49_a_token_is_for_one_api_and_never_in_a_query() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "propertybase");
    let bought = client.tokens("read:leads").await;
    let token = text(&bought, "access_token");
    assert_eq!(claims(token)["aud"], client.issuer());
    let line = format!("GET {}/v1/leads?access_token={token}", client.host());
    let answer = Call::new(demo.address, &line).send().await;
    assert!(answer.status == 400 || answer.status == 401, "{answer:?}");
    let userinfo = format!("GET {}/v1/me?access_token={token}", client.host());
    let answer = Call::new(demo.address, &userinfo).send().await;
    assert!(answer.status == 400 || answer.status == 401, "{answer:?}");
}

#[tokio::test]
async fn bcp_50_a_refresh_token_comes_only_where_it_was_allowed() {
    let (demo, _house) = Demo::fresh().await;
    let client =
        Application::registered(&demo, "example", &json!({"grant_types": ["authorization_code"]})).await;
    let bought = client.tokens("read").await;
    assert!(bought.get("refresh_token").is_none_or(serde_json::Value::is_null), "{bought}");
    let openid = Application::of_demo(&demo, "example");
    let online = openid.tokens("openid read").await;
    assert!(
        online.get("refresh_token").is_none_or(serde_json::Value::is_null),
        "without offline_access: {online}"
    );
    let offline = openid.tokens("openid offline_access read").await;
    assert!(offline["refresh_token"].is_string(), "{offline}");
    let own = openid.token(&[("grant_type", "client_credentials")]).await.json();
    assert!(own.get("refresh_token").is_none_or(serde_json::Value::is_null), "{own}");
}

#[tokio::test]
async fn bcp_62_a_native_client_is_public() {
    let (demo, _house) = Demo::fresh().await;
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        let members = json!({"application_type": "native", "token_endpoint_auth_method": method,
            "redirect_uris": ["com.example.app:/cb"]});
        let native = Application::registered(&demo, "example", &members).await;
        assert_eq!(native.secret, None, "{method}");
        let host = native.host();
        let made = demo.call(&format!("POST {host}/oauth/register")).json(&members).send().await.json();
        assert_eq!(made["token_endpoint_auth_method"], "none", "{made}");
        assert!(made.get("client_secret").is_none(), "{made}");
        let without = native.authorization(&[("code_challenge", ""), ("code_challenge_method", "")]);
        let mut person = Person::new(&demo, "example");
        let location = person.authorize("example", &without).await;
        assert_eq!(query_of(&location)["error"], "invalid_request", "it needs PKCE: {location}");
    }
    let with_secret =
        Application { secret: Some("anything".to_owned()), ..Application::public(&demo, "example").await };
    refused(&with_secret.redeem("nonsense", &[]).await, 401, "invalid_client");
}

#[tokio::test]
async fn bcp_63_hostile_parameters_are_400_and_never_500() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let long = "x".repeat(20_000);
    let authorization = basic(&client.id, client.secret.as_ref().unwrap());
    for path in
        ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/par", "/oauth/device_authorization"]
    {
        for body in [
            "grant_type=%00",
            "grant_type=%ff%fe",
            "grant_type=a&grant_type=b",
            "token=%0d%0a",
            "=",
            "%",
            "scope=%zz",
            &format!("token={long}"),
            &format!("{long}=1"),
            "{}",
        ] {
            let answer = Call::new(demo.address, &format!("POST {}{path}", client.host()))
                .header("content-type", "application/x-www-form-urlencoded")
                .header("authorization", authorization.clone())
                .body(body.to_owned())
                .send()
                .await;
            let shown = body.chars().take(40).collect::<String>();
            assert!(answer.status < 500, "{path} {shown}: {answer:?}");
        }
    }
    for name in [
        "client_id",
        "redirect_uri",
        "state",
        "scope",
        "nonce",
        "code_challenge",
        "prompt",
        "max_age",
        "claims",
        "resource",
        "login_hint",
        "id_token_hint",
        "acr_values",
        "response_mode",
        "request",
        "request_uri",
        "ui_locales",
    ] {
        for value in ["%00", "%ff", "%0d%0aX:1", &long, "%"] {
            let address =
                format!("/oauth/authorize?response_type=code&client_id={}&{name}={value}", client.id);
            let call = Call::new(demo.address, &format!("GET {}{address}", client.host()));
            let answer = call.send().await;
            let shown = value.chars().take(20).collect::<String>();
            assert!(answer.status < 500, "{name} {shown}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn bcp_41_no_answer_with_something_secret_is_stored() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let bought = client.tokens("openid offline_access read").await;
    let access = text(&bought, "access_token");
    let refreshed = client.refresh(text(&bought, "refresh_token"), &[]).await;
    let pushed =
        [("response_type", "code"), ("client_id", &client.id), ("redirect_uri", &client.redirect_uri)];
    let registration = json!({"redirect_uris": ["https://app.example.com/cb"]});
    let answers = [
        ("refresh", refreshed),
        ("token", client.token(&[("grant_type", "client_credentials")]).await),
        ("refusal", client.token(&[("grant_type", "nonsense")]).await),
        ("introspection", client.form("/oauth/introspect", &[("token", access)]).await),
        ("revocation", client.form("/oauth/revoke", &[("token", "x")]).await),
        ("userinfo", client.call("GET /oauth/userinfo", access).await),
        ("pushed", client.form("/oauth/par", &pushed).await),
        ("device", client.form("/oauth/device_authorization", &[]).await),
        (
            "registered",
            demo.call(&format!("POST {}/oauth/register", client.host())).json(&registration).send().await,
        ),
    ];
    for (name, answer) in answers {
        assert_eq!(answer.header("cache-control"), "no-store", "{name}: {answer:?}");
    }
}
