//! Tokens that are bound to a key (RFC 9449), at every door that takes tokens.

use claviger_domain::Algorithm;
use claviger_secrets::{KeyPair, sha256};
use claviger_server::effects::Effects;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::application::{Application, text};
use crate::client::{Answer, Call};
use crate::house::Demo;

const ALGORITHMS: &str = "algs=\"ES256 EdDSA RS256 PS256 ES384 RS384\"";

/// Somebody with a key.
struct Holder {
    pair: KeyPair,
}

impl Holder {
    fn new() -> Self {
        Self { pair: KeyPair::generate(Algorithm::Es256).unwrap() }
    }

    /// A proof for this request; the name makes it another one.
    fn proof(&self, (method, url): (&str, &str), token: Option<&str>, name: &str) -> String {
        let header = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.pair.public_jwk("k").unwrap()});
        let now = Effects::system().clock.now().seconds();
        let mut claims = json!({"jti": name, "htm": method, "htu": url, "iat": now});
        if let Some(token) = token {
            claims["ath"] = BASE64URL_NOPAD.encode(&sha256(token.as_bytes())).into();
        }
        let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let signature = self.pair.sign(signed.as_bytes()).unwrap();
        format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
    }
}

/// A client with a token that is bound to its key.
struct Scene<'d> {
    client: Application<'d>,
    holder: Holder,
    token: String,
}

impl<'d> Scene<'d> {
    async fn new(demo: &'d Demo, contract: &'static str, scope: &str) -> Self {
        let client = Application::public(demo, contract).await;
        let holder = Holder::new();
        let code = client.code(&[("scope", scope)]).await;
        let url = format!("{}/oauth/token", client.issuer());
        let form = super::person::encode(&[
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", client.redirect_uri.as_str()),
            ("code_verifier", super::application::VERIFIER),
            ("client_id", client.id.as_str()),
        ]);
        let bought = Call::new(demo.address, &format!("POST {}/oauth/token", client.host()))
            .header("content-type", "application/x-www-form-urlencoded")
            .header("dpop", holder.proof(("POST", &url), None, "bought"))
            .body(form)
            .send()
            .await
            .json();
        assert_eq!(bought["token_type"], "DPoP", "{bought}");
        let token = text(&bought, "access_token").to_owned();
        Self { client, holder, token }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.client.issuer())
    }

    fn proof(&self, path: &str, name: &str) -> String {
        self.holder.proof(("GET", &self.url(path)), Some(&self.token), name)
    }

    async fn get(&self, path: &str, scheme: &str, proofs: &[&str]) -> Answer {
        let mut call = Call::new(self.client.demo.address, &format!("GET {}{path}", self.client.host()))
            .header("authorization", format!("{scheme} {}", self.token));
        for proof in proofs {
            call = call.header("dpop", *proof);
        }
        call.send().await
    }

    async fn verify(&self, headers: &Value) -> String {
        let question = json!({
            "api": self.client.contract,
            "request": {"method": "GET", "path": "/v1/users?limit=1", "headers": headers},
        });
        let verdict = self.client.demo.post("/v1/verify", &question).await;
        assert_eq!(verdict["valid"] == true, verdict["code"] == "VALID", "{verdict}");
        text(&verdict, "code").to_owned()
    }
}

fn refused(answer: &Answer, error: &str) {
    assert_eq!(answer.status, 401, "{answer:?}");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("DPoP ") && challenge.contains(ALGORITHMS), "{challenge}");
    assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
}

#[tokio::test]
async fn bcp_48_a_stolen_token_opens_nothing_at_the_gateway_and_a_proof_works_once() {
    let (demo, _house) = Demo::fresh().await;
    let scene = Scene::new(&demo, "example", "openid read").await;
    let path = "/v1/users";
    let first = scene.proof(path, "one");
    assert_eq!(scene.get("/v1/users?limit=1", "dpop", &[&first]).await.status, 200);
    refused(&scene.get(path, "DPoP", &[&first]).await, "invalid_dpop_proof");
    refused(&scene.get(path, "Bearer", &[]).await, "invalid_token");
    refused(&scene.get(path, "Bearer", &[&scene.proof(path, "two")]).await, "invalid_token");
    refused(&scene.get(path, "DPoP", &[]).await, "invalid_dpop_proof");
    let (one, two) = (scene.proof(path, "three"), scene.proof(path, "four"));
    refused(&scene.get(path, "DPoP", &[&one, &two]).await, "invalid_dpop_proof");
    refused(&scene.get(path, "DPoP", &[&scene.proof("/v1/other", "five")]).await, "invalid_dpop_proof");
    let thief = Holder::new();
    let stolen = thief.proof(("GET", &scene.url(path)), Some(&scene.token), "six");
    refused(&scene.get(path, "DPoP", &[&stolen]).await, "invalid_token");
    assert_eq!(scene.get(path, "DPoP", &[&one]).await.status, 200, "what was refused is not spent");
}

#[tokio::test]
async fn bcp_48_a_token_that_is_bound_to_no_key_is_not_taken_as_one_that_is() {
    let (demo, _house) = Demo::fresh().await;
    let mut scene = Scene::new(&demo, "example", "openid read").await;
    // A public client's challenge is good once.
    let verifier = "another verifier of forty-three characters or more".replace(' ', "-");
    let challenge = BASE64URL_NOPAD.encode(&sha256(verifier.as_bytes()));
    let code = scene.client.code(&[("scope", "openid read"), ("code_challenge", &challenge)]).await;
    let bought = scene.client.redeem(&code, &[("code_verifier", &verifier)]).await.json();
    assert_eq!(bought["token_type"], "Bearer", "{bought}");
    scene.token = text(&bought, "access_token").to_owned();
    let path = "/v1/users";
    assert_eq!(scene.get(path, "Bearer", &[]).await.status, 200);
    refused(&scene.get(path, "DPoP", &[&scene.proof(path, "one")]).await, "invalid_token");
    refused(&scene.get(path, "DPoP", &[]).await, "invalid_dpop_proof");
    let claims = "/oauth/userinfo";
    refused(&scene.get(claims, "DPoP", &[&scene.proof(claims, "two")]).await, "invalid_token");
    assert_eq!(scene.get(claims, "Bearer", &[]).await.status, 200);
    assert_eq!(scene.get(path, "Bearer", &[]).await.status, 200, "and it still works as what it is");
}

#[tokio::test]
async fn bcp_48_userinfo_needs_the_key_too() {
    let (demo, _house) = Demo::fresh().await;
    for (contract, path) in [("example", "/oauth/userinfo")] {
        let scene = Scene::new(&demo, contract, "openid email").await;
        let proof = scene.proof(path, "one");
        let claims = scene.get(path, "DPoP", &[&proof]).await;
        assert_eq!(claims.status, 200, "{claims:?}");
        assert!(claims.json()["email"].is_string(), "{claims:?}");
        refused(&scene.get(path, "DPoP", &[&proof]).await, "invalid_dpop_proof");
        assert_eq!(scene.get(path, "Bearer", &[]).await.status, 401);
        assert_eq!(scene.get(path, "DPoP", &[]).await.status, 401);
    }
}

#[tokio::test]
async fn bcp_48_a_proof_that_opens_nothing_at_userinfo_is_not_remembered() {
    let (demo, _house) = Demo::fresh().await;
    let mut scene = Scene::new(&demo, "example", "openid email").await;
    let good = std::mem::replace(&mut scene.token, "no.token.ofours".to_owned());
    let path = "/oauth/userinfo";
    let proof = scene.proof(path, "one");
    refused(&scene.get(path, "DPoP", &[&proof]).await, "invalid_token");
    refused(&scene.get(path, "DPoP", &[&proof]).await, "invalid_token");
    scene.token = good;
    let proof = scene.proof(path, "one");
    assert_eq!(
        scene.get(path, "DPoP", &[&proof]).await.status,
        200,
        "the same name, with a token that works"
    );
    refused(&scene.get(path, "DPoP", &[&proof]).await, "invalid_dpop_proof");
}

#[tokio::test]
async fn bcp_48_the_claims_on_an_apis_own_route_need_the_key_and_one_proof() {
    let (demo, _house) = Demo::fresh().await;
    let scene = Scene::new(&demo, "propertybase", "openid email").await;
    let path = "/v1/me";
    let proof = scene.proof(path, "one");
    let claims = scene.get(path, "DPoP", &[&proof]).await;
    assert_eq!(claims.status, 200, "{claims:?}");
    assert!(claims.json()["email"].is_string(), "{claims:?}");
    refused(&scene.get(path, "DPoP", &[&proof]).await, "invalid_dpop_proof");
}

#[tokio::test]
async fn bcp_48_verify_judges_a_described_request_with_its_proof() {
    let (demo, _house) = Demo::fresh().await;
    let scene = Scene::new(&demo, "example", "openid read").await;
    let proof = scene.proof("/v1/users", "one");
    let with = |scheme: &str, proof: &str| json!({"authorization": format!("{scheme} {}", scene.token), "dpop": proof});
    assert_eq!(scene.verify(&with("DPoP", &proof)).await, "VALID");
    assert_eq!(scene.verify(&with("DPoP", &proof)).await, "UNPROVED", "a proof works once");
    assert_eq!(scene.verify(&with("Bearer", &scene.proof("/v1/users", "two"))).await, "UNPROVED");
    let bare = json!({"authorization": format!("DPoP {}", scene.token)});
    assert_eq!(scene.verify(&bare).await, "UNPROVED");
    assert_eq!(
        demo.verify("example", &scene.token).await["code"],
        "UNPROVED",
        "a token by itself proves nothing"
    );
}
