//! Findings, canaries, leak patterns, and what GitHub reports.

use std::time::Duration;

use claviger_domain::{Algorithm, Facts, KindSet, Presented, Response, Responses, Rule, Signs};
use claviger_engine::{Question, ReportKeys};
use claviger_secrets::KeyPair;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use crate::harness::{Harness, Reply, with_json};

const MINUTE: Duration = Duration::from_secs(60);

impl Harness {
    /// Uses a key as a page in a browser would, and lets the rules look.
    async fn find_in_browser(&self, text: &str) {
        let entry = self.engine.find_api("sample").unwrap();
        let facts = Facts {
            address: Some([203, 0, 113, 7].into()),
            signs: Signs { in_browser: true, in_the_clear: false },
            ..Facts::none()
        };
        let presented = Presented::Text { bytes: text.as_bytes(), kinds: KindSet::ANY };
        let question = Question { api: entry.api.id, policy: &entry.policy, presented, facts: &facts };
        self.engine.verify(&question).await.unwrap();
        for _ in 0..2 {
            self.engine.watch_activity().await.unwrap();
            self.clock.advance(MINUTE);
        }
    }
}

#[tokio::test]
async fn a_finding_is_listed_explained_acknowledged_and_lifted() {
    let harness = Harness::new().await;
    let key = harness.key(json!({})).await;
    harness.find_in_browser(&key.text("/key")).await;
    let listed = harness.get(&format!("/v1/findings?state=open&subject={}", key.text("/id"))).await;
    assert_eq!(listed.body["data"].as_array().unwrap().len(), 1, "{listed:?}");
    let id = listed.text("/data/0/id");
    let finding = harness.get(&format!("/v1/findings/{id}")).await;
    assert_eq!(finding.body, listed.body["data"][0]);
    assert_eq!(finding.text("/rule"), "secret_key_in_browser");
    assert_eq!(finding.body["evidence"], json!({"kind": "from", "networks": ["203.0.113.0/24"]}));
    assert_eq!(finding.text("/explanation"), "it came from 203.0.113.0/24");
    assert_eq!(finding.text("/response"), Response::Notify.as_str());
    assert_eq!(
        (finding.text("/api"), finding.text("/workspace")),
        ("sample".to_owned(), key.text("/workspace"))
    );
    let long = json!({"note": "x".repeat(501)});
    let refused = harness.post(&format!("/v1/findings/{id}/acknowledge"), long).await;
    refused.is_problem(400, "invalid_body").blames("pointer", "/note");
    let seen = harness.post(&format!("/v1/findings/{id}/acknowledge"), json!({"note": "ours"})).await;
    assert_eq!((seen.text("/state"), seen.text("/note")), ("acknowledged".to_owned(), "ours".to_owned()));
    assert_eq!(harness.act(&format!("/v1/findings/{id}/acknowledge")).await.text("/note"), "ours");
    let count = async |query: &str| {
        harness.get(&format!("/v1/findings?{query}")).await.body["data"].as_array().unwrap().len()
    };
    assert_eq!((count("state=open").await, count("state=acknowledged").await), (0, 1));
    assert_eq!((count("rule=new_network").await, count("api=sample").await), (0, 1));
    let restricted = key.text("/id").parse().unwrap();
    let by = claviger_domain::Actor::LOCAL;
    let read_only = claviger_domain::Restriction::ReadOnly;
    harness.engine.restrict_key(&by, restricted, read_only).await.unwrap();
    let shown = harness.get(&format!("/v1/keys/{}", key.text("/id"))).await;
    assert_eq!(shown.text("/restriction"), "read_only");
    let lifted = harness.act(&format!("/v1/findings/{id}/lift")).await;
    assert_eq!((lifted.status, &lifted.body["restriction"]), (200, &Value::Null));
    harness.act(&format!("/v1/keys/{}/revoke", key.text("/id"))).await;
    harness.act(&format!("/v1/findings/{id}/lift")).await.is_problem(409, "key_revoked");
}

#[tokio::test]
async fn what_names_no_finding_or_no_rule_is_refused() {
    let harness = Harness::new().await;
    for path in ["/v1/findings/fnd_00000000000000000000000000", "/v1/findings/x"] {
        harness.get(path).await.is_problem(404, "not_found");
    }
    for (query, parameter) in [("rule=x", "rule"), ("state=x", "state"), ("workspace=x", "workspace")] {
        let refused = harness.get(&format!("/v1/findings?{query}")).await;
        refused.is_problem(400, "invalid_parameter").blames("parameter", parameter);
    }
}

#[tokio::test]
async fn a_canary_is_made_shown_as_one_and_opens_nothing() {
    let harness = Harness::new().await;
    let canary = harness.key(json!({"canary": true})).await;
    assert_eq!((&canary.body["canary"], canary.text("/state")), (&json!(true), "active".to_owned()));
    let asked = json!({"api": "sample", "credential": canary.text("/key")});
    assert_eq!(harness.post("/v1/verify", asked).await.text("/code"), "REVOKED");
    assert_eq!(harness.key(json!({})).await.body["canary"], false);
}

#[tokio::test]
async fn scanners_get_patterns_that_the_keys_have() {
    let harness = Harness::new().await;
    let key = harness.key(json!({})).await.text("/key");
    let patterns = harness.get("/v1/apis/sample/leak-patterns?format=github").await;
    assert_eq!(patterns.headers["content-type"], "application/json");
    let list = patterns.body.as_array().unwrap();
    assert_eq!(list.len(), 2, "the public half of a pair is no secret: {list:?}");
    let pattern = list.iter().find(|one| one["type"] == "sample-live-key").unwrap();
    let (prefix, rest) = pattern["secret_format"].as_str().unwrap().split_once("[0-9A-Za-z]{").unwrap();
    let length: usize = rest.trim_end_matches('}').parse().unwrap();
    let body = key.strip_prefix(prefix).unwrap();
    assert!(body.len() == length && body.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    harness.get("/v1/apis/none/leak-patterns?format=github").await.is_problem(404, "not_found");
    harness.get("/v1/apis/sample/leak-patterns?format=x").await.is_problem(400, "invalid_parameter");
}

/// A key pair as GitHub has one, and the document it publishes.
fn github() -> (KeyPair, ReportKeys) {
    let pair = KeyPair::generate(Algorithm::Es256).unwrap();
    let jwk = pair.public_jwk("k").unwrap();
    let mut spki = BASE64.decode(b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE").unwrap();
    for member in ["x", "y"] {
        spki.extend(BASE64URL_NOPAD.decode(jwk[member].as_str().unwrap().as_bytes()).unwrap());
    }
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&spki));
    let document = json!({"public_keys": [{"key_identifier": "k1", "key": pem, "is_current": true}]});
    (pair, ReportKeys::parse(&document.to_string()).unwrap())
}

/// A signature in DER (RFC 3279 section 2.2.3), from the two numbers side by side.
fn der(fixed: &[u8]) -> Vec<u8> {
    let mut numbers = Vec::new();
    for number in fixed.chunks(32) {
        let digits: Vec<u8> = number.iter().copied().skip_while(|byte| *byte == 0).collect();
        let padding = usize::from(digits[0] >= 0x80);
        numbers.extend([2, u8::try_from(digits.len() + padding).unwrap()]);
        numbers.extend(std::iter::repeat_n(0, padding));
        numbers.extend(digits);
    }
    [vec![0x30, u8::try_from(numbers.len()).unwrap()], numbers].concat()
}

/// What the verify door says of a request that reads, and of a bare credential, which tells no method.
async fn verdicts(harness: &Harness, credential: &str) -> [String; 2] {
    let headers = json!({"authorization": format!("Bearer {credential}")});
    let request = json!({"method": "GET", "path": "/notes/1", "headers": headers});
    let of = async |body| harness.post("/v1/verify", body).await.text("/code");
    let reading = of(json!({"api": "sample", "request": request})).await;
    [reading, of(json!({"api": "sample", "credential": credential})).await]
}

#[tokio::test]
async fn each_answer_to_a_finding_holds_at_the_verify_door_at_once() {
    for (response, expected, of_many) in [
        (Response::Notify, ["VALID", "VALID"], "VALID"),
        // Two of its sixty are spent then.
        (Response::Throttle, ["VALID", "VALID"], "RATE_LIMITED"),
        (Response::Quarantine, ["VALID", "DISABLED"], "DISABLED"),
        (Response::Revoke, ["REVOKED", "REVOKED"], "REVOKED"),
    ] {
        let chosen = Responses::new([(Rule::LeakedKey, response)].into()).unwrap();
        let harness = Harness::with(|options| options.unusual.responses = chosen).await;
        let key = harness.key(json!({})).await.text("/key");
        assert_eq!(verdicts(&harness, &key).await, ["VALID", "VALID"]);
        harness.engine.report_key(None, &key).await.unwrap();
        assert_eq!(verdicts(&harness, &key).await, expected, "{response:?}");
        let many = json!({"api": "sample", "credential": key, "cost": 60});
        assert_eq!(harness.post("/v1/verify", many).await.text("/code"), of_many, "{response:?}");
    }
}

async fn report(harness: &Harness, (key, signature): (&str, &str), body: &Value) -> Reply {
    let request = http::Request::builder().method("POST").uri("/leaks/github");
    let request = request.header("github-public-key-identifier", key);
    harness.send(with_json(request.header("github-public-key-signature", signature), body)).await
}

#[tokio::test]
async fn githubs_signed_report_is_answered_key_by_key_and_no_other_is_read() {
    let (pair, keys) = github();
    let harness = Harness::with(|options| options.unusual.github_keys = keys).await;
    let key = harness.key(json!({})).await;
    let text = key.text("/key");
    let body = json!([
        {"token": text, "type": "sample-live-key", "url": format!("https://example.com/{text}"), "source": "commit"},
        {"token": "smp_live_made_up", "type": "sample-live-key", "url": "https://example.com/a", "source": "commit"},
    ]);
    let signature = BASE64.encode(&der(&pair.sign(body.to_string().as_bytes()).unwrap()));
    for (name, signature) in [("k2", signature.as_str()), ("k1", ""), ("k1", "MEUC"), ("", "")] {
        report(&harness, (name, signature), &body).await.is_problem(401, "unauthenticated");
    }
    let altered = json!([body[0]]);
    report(&harness, ("k1", &signature), &altered).await.is_problem(401, "unauthenticated");
    assert_eq!(harness.get("/v1/findings").await.body["data"], json!([]));
    let answer = report(&harness, ("k1", &signature), &body).await;
    let expected = json!([
        {"token_raw": text, "token_type": "sample-live-key", "label": "true_positive"},
        {"token_raw": "smp_live_made_up", "token_type": "sample-live-key", "label": "false_positive"},
    ]);
    assert_eq!((answer.status, answer.body), (200, expected));
    let finding = harness.get("/v1/findings").await;
    assert_eq!(finding.text("/data/0/subject"), key.text("/id"));
    let evidence = json!({"kind": "leak", "source": "github", "place": null});
    assert_eq!(finding.body["data"][0]["evidence"], evidence, "an address with the key in it is not kept");
}

#[tokio::test]
async fn without_githubs_keys_nobody_reports_in_its_name() {
    let harness = Harness::new().await;
    report(&harness, ("k1", "MEUC"), &json!([])).await.is_problem(404, "unknown_route");
}
