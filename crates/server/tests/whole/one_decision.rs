//! One decision behind both doors: whatever request is made up, the gateway does what `POST /v1/verify` says.

use std::cell::Cell;

use claviger_domain::DenialReason;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::house::Demo;

const CASES: u32 = 400;

const HOSTS: [(&str, &str); 6] = [
    ("redpin", "redpin.localhost"),
    ("example", "example.localhost"),
    ("propertybase", "propertybase.localhost"),
    ("propertybase", "sandbox.propertybase.localhost"),
    ("brifle", "brifle.localhost"),
    ("redox", "redox.localhost"),
];
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const PATHS: [&str; 22] = [
    "/v1/echo",
    "/v1/echo",
    "/v1/echo",
    "/v1/users",
    "/v1/users/user_1",
    "/v1/users/",
    "/v1/users//",
    "/v1/leads",
    "/v1/leads/lead_501",
    "/v1/properties",
    "/v1/webhooks",
    "/v1/analytics/summary",
    "/v1/me",
    "/v1/property-fees",
    "/v1/customers/7/sessions",
    "/v1/documents",
    "/endpoint",
    "/",
    "/v1/nothing",
    "/v1/%2e%2e/users",
    "/v1/us%65rs",
    "/v1/users/a%2fb",
];

/// Where a credential is put.
#[derive(Clone, Copy, Debug)]
enum Spot {
    Bearer,
    LowerBearer,
    Basic,
    Bare,
    ApiKey,
    XApiKey,
    Cookie,
    AccessToken,
    Query,
}

const SPOTS: [Spot; 9] = [
    Spot::Bearer,
    Spot::LowerBearer,
    Spot::Basic,
    Spot::Bare,
    Spot::ApiKey,
    Spot::XApiKey,
    Spot::Cookie,
    Spot::AccessToken,
    Spot::Query,
];

/// A made-up request.
#[derive(Clone, Debug)]
struct Asked {
    api: &'static str,
    host: &'static str,
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, String)>,
}

/// Every kind of text that may stand where a credential stands, and workspaces to name.
struct Material {
    credentials: Vec<String>,
    workspaces: Vec<String>,
}

async fn material(demo: &Demo) -> Material {
    let mut credentials = vec![String::new(), "junk".to_owned(), "schlüssel".to_owned(), "x".repeat(300)];
    let mut workspaces = vec!["wsp_".to_owned(), String::new()];
    for facts in demo.facts["contracts"].as_object().unwrap().values() {
        let texts = facts.as_object().unwrap().iter().filter(|(field, _)| !field.contains("origin"));
        credentials.extend(texts.map(|(_, value)| value.as_str().unwrap().to_owned()));
    }
    let all = [("redpin", json!([])), ("example", json!(["read"])), ("propertybase", json!(["read:leads"]))];
    for (api, scopes) in &all {
        for (members, verb) in [
            (json!({}), Some("revoke")),
            (json!({}), Some("disable")),
            (json!({"not_before": "2090-01-01T00:00:00Z"}), None),
            (json!({"addresses": ["203.0.113.0/24"]}), None),
            (json!({"addresses": ["127.0.0.0/8"]}), None),
            (json!({"environment": "test"}), None),
        ] {
            let mut members = members;
            members["scopes"] = scopes.clone();
            let key = demo.key(api, &members).await;
            if let Some(verb) = verb {
                demo.post(&format!("/v1/keys/{}/{verb}", key.id), &json!({})).await;
            }
            // One character changed: the checksum does not fit any more.
            credentials.push(key.text.replace(['0', 'a'], "b"));
            credentials.push(key.text);
            workspaces.push(key.workspace);
        }
    }
    Material { credentials, workspaces }
}

fn asked(material: &Material) -> impl Strategy<Value = Asked> + use<> {
    let credential = prop::sample::select(material.credentials.clone());
    let placed = (prop::sample::select(&SPOTS[..]), credential);
    let workspace = prop::option::weighted(0.15, prop::sample::select(material.workspaces.clone()));
    // Mostly one credential, as requests have.
    let credentials = prop_oneof![
        1 => Just(0..1_usize),
        6 => Just(1..2),
        2 => Just(2..3),
    ]
    .prop_flat_map(move |count| prop::collection::vec(placed.clone(), count));
    let line = (
        prop::sample::select(&HOSTS[..]),
        prop::sample::select(&METHODS[..]),
        prop::sample::select(&PATHS[..]),
    );
    (line, credentials, workspace).prop_map(|(((api, host), method, path), credentials, workspace)| {
        let mut asked = Asked { api, host, method, target: path.to_owned(), headers: Vec::new() };
        for (spot, text) in credentials {
            asked.put(spot, text);
        }
        asked.headers.extend(workspace.map(|id| ("x-workspace-id", id)));
        asked
    })
}

impl Asked {
    fn put(&mut self, spot: Spot, text: String) {
        let (name, value) = match spot {
            Spot::Bearer => ("authorization", format!("Bearer {text}")),
            Spot::LowerBearer => ("authorization", format!("bearer   {text}")),
            Spot::Basic => {
                let pair = data_encoding::BASE64.encode(format!("user:{text}").as_bytes());
                ("authorization", format!("Basic {pair}"))
            }
            Spot::Bare => ("authorization", text),
            Spot::ApiKey => ("apikey", text),
            Spot::XApiKey => ("x-api-key", text),
            Spot::Cookie => ("cookie", format!("a=b; pb_session={text}")),
            Spot::AccessToken | Spot::Query => {
                let name = if matches!(spot, Spot::Query) { "q" } else { "access_token" };
                let between = if self.target.contains('?') { '&' } else { '?' };
                let text = text.replace(|c: char| !c.is_ascii(), "");
                self.target.push_str(&format!("{between}{name}={text}"));
                return;
            }
        };
        self.headers.push((name, value));
    }

    /// What the verify door is asked.
    fn described(&self) -> Value {
        let mut headers = serde_json::Map::new();
        for (name, value) in &self.headers {
            let values = headers.entry(*name).or_insert_with(|| json!([]));
            values.as_array_mut().unwrap().push(json!(value));
        }
        let request = json!({
            "method": self.method, "path": self.target, "headers": headers,
            "host": self.host, "remote_address": "127.0.0.1",
        });
        json!({"api": self.api, "request": request})
    }
}

/// What the wire shows for a code, in all five contracts.
fn status_of(code: &str) -> &'static [u16] {
    match code {
        "MISSING" | "UNKNOWN" | "REVOKED" | "EXPIRED" | "NOT_YET_VALID" | "DISABLED" | "WRONG_KIND" => &[401],
        // Two credentials, or one in the query, are malformed requests besides.
        "MALFORMED" => &[400, 401],
        "WRONG_ENVIRONMENT" | "ADDRESS_NOT_ALLOWED" | "WRONG_WORKSPACE" | "INSUFFICIENT_SCOPE" => &[403],
        "UNKNOWN_ROUTE" => &[404],
        "RATE_LIMITED" => &[429],
        "INVALID_REQUEST" => &[400],
        other => panic!("{other}"),
    }
}

async fn both_doors_agree(demo: &Demo, asked: &Asked, request_id: &str) {
    let mut call = demo.call(&format!("{} {}{}", asked.method, asked.host, asked.target));
    for (name, value) in &asked.headers {
        call = call.header(name, value.as_str());
    }
    let done = call.header("x-request-id", request_id).body("{}").send().await;
    let said = demo.post("/v1/verify", &asked.described()).await;
    let (valid, code) = (said["valid"] == true, said["code"].as_str().unwrap());
    if done.status == 429 || code == "RATE_LIMITED" {
        // Each door counts a request of its own, so the last one of an allowance is theirs to differ about.
        return;
    }
    if valid {
        let seen = done.json();
        assert_eq!(seen["environment"], said["principal"]["environment"], "{said} {done:?}");
        if asked.target.starts_with("/v1/echo") {
            assert_eq!(seen["headers"]["x-auth-credential"], said["principal"]["credential"]);
            assert_eq!(seen["headers"]["x-auth-workspace"], said["principal"]["workspace"]);
        }
        return;
    }
    assert!(status_of(code).contains(&done.status), "{said} {done:?}");
    assert!(done.json().get("environment").is_none(), "an upstream was reached: {said} {done:?}");
    let line = demo.line_about(request_id);
    let reason = line["reason"].as_str().unwrap_or("invalid_request");
    let reason = DenialReason::ALL.into_iter().find(|known| known.as_str() == reason).unwrap();
    assert_eq!(reason.code(), code, "{line}");
}

#[test]
fn the_gateway_does_what_verify_says() {
    let runtime = Runtime::new().unwrap();
    let (demo, _house) = runtime.block_on(Demo::fresh());
    let strategy = asked(&runtime.block_on(material(&demo)));
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let number = Cell::new(0_u32);
    let outcome = runner.run(&strategy, |asked| {
        number.set(number.get() + 1);
        runtime.block_on(both_doors_agree(&demo, &asked, &format!("case-{}", number.get())));
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
