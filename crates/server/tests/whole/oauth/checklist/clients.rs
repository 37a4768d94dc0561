//! How clients prove themselves, and what becomes of those that guess.

use claviger_domain::Algorithm;
use claviger_secrets::KeyPair;
use claviger_server::effects::Effects;
use data_encoding::BASE64URL_NOPAD;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::client::{Answer, Call};
use crate::house::Demo;
use crate::oauth::application::{Application, refused};
use crate::oauth::person::encode;

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A client that proves itself by a key (RFC 7523).
struct Robot<'d> {
    client: Application<'d>,
    pair: KeyPair,
}

impl<'d> Robot<'d> {
    async fn new(demo: &'d Demo, members: &Value) -> Self {
        let pair = KeyPair::generate(Algorithm::Es256).unwrap();
        let mut all = json!({"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "read",
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": {"keys": [pair.public_jwk("robot-1").unwrap()]}});
        for (name, value) in members.as_object().unwrap() {
            all[name] = value.clone();
        }
        Self { client: Application::registered(demo, "example", &all).await, pair }
    }

    /// An assertion with these claims over the usual ones.
    fn assertion(&self, claims: &Value) -> String {
        let now = Effects::system().clock.now().seconds();
        let mut all = json!({"iss": self.client.id, "sub": self.client.id, "aud": self.client.issuer(),
            "iat": now, "exp": now + 60, "jti": "one"});
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let header = json!({"alg": "ES256", "kid": "robot-1"});
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&header), encode(&all));
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&self.pair.sign(signed.as_bytes()).unwrap()))
    }

    async fn present(&self, assertion: &str) -> Answer {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", ASSERTION),
            ("client_assertion", assertion),
        ];
        Call::new(self.client.demo.address, &format!("POST {}/oauth/token", self.client.host()))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(encode(&fields))
            .send()
            .await
    }
}

#[tokio::test]
async fn bcp_39_an_assertion_is_for_the_issuer_alone_short_lived_and_used_once() {
    let (demo, _house) = Demo::fresh().await;
    let robot = Robot::new(&demo, &json!({})).await;
    let good = robot.assertion(&json!({}));
    assert_eq!(robot.present(&good).await.status, 200);
    refused(&robot.present(&good).await, 401, "invalid_client");
    let (issuer, now) = (robot.client.issuer(), Effects::system().clock.now().seconds());
    for (name, claims) in [
        (
            "the endpoint, which this contract does not document",
            json!({"aud": format!("{issuer}/oauth/token")}),
        ),
        ("more than one audience", json!({"aud": [issuer, "https://elsewhere.example"]})),
        ("another audience", json!({"aud": "https://elsewhere.example"})),
        ("no audience", json!({"aud": null})),
        ("over", json!({"iat": now - 600, "exp": now - 300})),
        ("good for a day", json!({"exp": now + 86_400})),
        ("without an end", json!({"exp": null})),
        ("without a name", json!({"jti": null})),
        ("for somebody else", json!({"sub": "cli_00000000000000000000000000"})),
        ("by somebody else", json!({"iss": "https://elsewhere.example"})),
    ] {
        let mut all = json!({"jti": name});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        refused(&robot.present(&robot.assertion(&all)).await, 401, "invalid_client");
    }
    let stranger =
        Robot { pair: KeyPair::generate(Algorithm::Es256).unwrap(), ..Robot::new(&demo, &json!({})).await };
    refused(&stranger.present(&stranger.assertion(&json!({}))).await, 401, "invalid_client");
    let racing = robot.assertion(&json!({"jti": "raced"}));
    let answers = join_all((0..20).map(|_| robot.present(&racing))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    let last = robot.assertion(&json!({"jti": "last", "aud": [robot.client.issuer()]}));
    assert_eq!(robot.present(&last).await.status, 200, "a list of one is one");
}

#[tokio::test]
async fn bcp_40_whoever_guesses_secrets_is_slowed_wherever_they_are_taken_and_their_owner_is_not() {
    let (demo, _house) = Demo::fresh().await;
    let client = Application::of_demo(&demo, "example");
    let guesser =
        Application { secret: Some("clv_cs_guessed".to_owned()), ..Application::of_demo(&demo, "example") };
    let grant = [("grant_type", "client_credentials")];
    let answers = join_all((0..200).map(|_| guesser.token(&grant))).await;
    let slowed = answers.iter().filter(|answer| answer.status == 429).count();
    assert!(answers.iter().all(|answer| answer.status == 401 || answer.status == 429), "{answers:?}");
    assert!((1..=100).contains(&slowed), "a hundred get their proper answer: {slowed} were slowed");
    // A second is good for one or two more, so each place is asked a little more often than that.
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/par"] {
        let fields = [("token", "x"), ("grant_type", "client_credentials")];
        let answers = join_all((0..30).map(|_| guesser.form(path, &fields))).await;
        let answer = answers.iter().find(|answer| answer.status == 429);
        let answer = answer.unwrap_or_else(|| panic!("{path}: {answers:?}"));
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(client.token(&grant).await.status, 200, "whose secret was guessed at");
}

#[tokio::test]
async fn bcp_47_a_client_gets_no_more_and_for_no_longer_than_it_needs() {
    let (demo, _house) = Demo::fresh().await;
    let members = |lifetime: u64| json!({"grant_types": ["client_credentials"], "redirect_uris": [], "access_token_lifetime": lifetime});
    let grant = [("grant_type", "client_credentials")];
    let short = Application::registered(&demo, "example", &members(600)).await.token(&grant).await.json();
    assert_eq!(
        (&short["expires_in"], &short["scope"]),
        (&json!(600), &json!("read")),
        "the default is the least"
    );
    let long =
        Application::registered(&demo, "example", &members(1_000_000)).await.token(&grant).await.json();
    assert_eq!(long["expires_in"], 86_400, "never longer than the contract says");
}
