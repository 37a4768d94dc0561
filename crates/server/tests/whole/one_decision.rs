//! One decision behind both doors: whatever request is made up, the gateway does what `POST /v1/verify` says.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use claviger_domain::DenialReason;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::documents::unknown_key;
use crate::house::Demo;

const CASES: u32 = 600;

/// A host of a contract, where its credentials go, and requests it has routes for.
struct Origin {
    api: &'static str,
    host: &'static str,
    spot: Spot,
    routes: &'static [(&'static str, &'static str)],
}

const PROPERTYBASE: &[(&str, &str)] = &[
    ("GET", "/v1/leads"),
    ("POST", "/v1/leads"),
    ("PUT", "/v1/leads/lead_501"),
    ("GET", "/v1/properties"),
    ("GET", "/v1/webhooks"),
    ("GET", "/v1/analytics/summary"),
    ("GET", "/v1/me"),
    ("GET", "/v1/echo"),
];

const ORIGINS: [Origin; 6] = [
    Origin {
        api: "redpin",
        host: "redpin.localhost",
        spot: Spot::ApiKey,
        routes: &[("POST", "/v1/property-fees"), ("GET", "/v1/customers/7/sessions"), ("PATCH", "/v1/echo")],
    },
    Origin {
        api: "example",
        host: "example.localhost",
        spot: Spot::Bearer,
        routes: &[
            ("GET", "/v1/users"),
            ("POST", "/v1/users"),
            ("GET", "/v1/us%65rs/user_1"),
            ("DELETE", "/v1/echo"),
        ],
    },
    Origin { api: "propertybase", host: "propertybase.localhost", spot: Spot::Bearer, routes: PROPERTYBASE },
    Origin {
        api: "propertybase",
        host: "sandbox.propertybase.localhost",
        spot: Spot::Bearer,
        routes: PROPERTYBASE,
    },
    Origin {
        api: "brifle",
        host: "brifle.localhost",
        spot: Spot::Bearer,
        routes: &[("GET", "/v1/documents"), ("GET", "/v1/echo")],
    },
    Origin { api: "redox", host: "redox.localhost", spot: Spot::Bearer, routes: &[("POST", "/endpoint")] },
];
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];
const ODD_PATHS: [&str; 8] = [
    "/",
    "/v1/nothing",
    "/v1/users/",
    "/v1/users//",
    "/v1/%2e%2e/users",
    "/v1/users/a%2fb",
    "/v1/echo/x",
    "/v1/me",
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

/// What may stand where a credential stands, by contract, and workspaces to name.
struct Material {
    credentials: BTreeMap<&'static str, Vec<String>>,
    workspaces: Vec<String>,
}

async fn material(demo: &Demo) -> Material {
    let mut credentials = BTreeMap::new();
    let mut workspaces = vec!["wsp_".to_owned(), String::new()];
    for (api, scope) in [
        ("redpin", None),
        ("example", Some("read")),
        ("propertybase", Some("read:leads")),
        ("brifle", None),
        ("redox", None),
    ] {
        let facts = demo.facts["contracts"][api].as_object().unwrap();
        let texts = facts.iter().filter(|(field, _)| !field.contains("origin"));
        let texts = texts.filter_map(|(_, value)| Some(value.as_str()?.to_owned())).collect::<Vec<_>>();
        let known = credentials.entry(api).or_insert(texts);
        if matches!(api, "brifle" | "redox") {
            continue;
        }
        for (members, verb) in [
            (json!({}), None),
            (json!({}), Some("revoke")),
            (json!({}), Some("disable")),
            (json!({}), Some("rotate")),
            (json!({"not_before": "2090-01-01T00:00:00Z"}), None),
            (json!({"addresses": ["203.0.113.0/24"]}), None),
            (json!({"addresses": ["127.0.0.0/8"]}), None),
            (json!({"environment": "test"}), None),
        ] {
            let mut members = members;
            members["scopes"] = scope.into_iter().collect();
            let key = demo.key(api, &members).await;
            if let Some(verb) = verb {
                demo.post(&format!("/v1/keys/{}/{verb}", key.id), &json!({})).await;
            }
            known.push(key.text);
            workspaces.push(key.workspace);
        }
        // One character changed: the checksum does not fit any more.
        known.push(known[0].replace(['0', 'a', 'Z'], "b"));
        known.push(unknown_key(&known[0]));
    }
    let junk = [String::new(), "junk".to_owned(), "schlüssel".to_owned(), "x".repeat(300)];
    credentials.insert("none", junk.into());
    Material { credentials, workspaces }
}

/// Mostly what a caller of this contract would send, and a bit of everything else.
fn asked(material: &Arc<Material>) -> impl Strategy<Value = Asked> + use<> {
    let material = Arc::clone(material);
    let workspaces = prop::option::weighted(0.1, prop::sample::select(material.workspaces.clone()));
    (prop::sample::select(&[0_usize, 1, 1, 2, 2, 2, 3, 3, 4, 5][..]), workspaces).prop_flat_map(
        move |(origin, workspace)| {
            let origin = &ORIGINS[origin];
            let own = prop::sample::select(material.credentials[origin.api].clone());
            let any =
                prop::sample::select(material.credentials.values().flatten().cloned().collect::<Vec<_>>());
            let text = prop_oneof![5 => own, 1 => any];
            let spot = prop_oneof![5 => Just(origin.spot), 1 => prop::sample::select(&SPOTS[..])];
            let count = prop_oneof![1 => Just(0..1_usize), 12 => Just(1..2), 2 => Just(2..3)];
            let credentials =
                count.prop_flat_map(move |count| prop::collection::vec((spot.clone(), text.clone()), count));
            let odd = (prop::sample::select(&METHODS[..]), prop::sample::select(&ODD_PATHS[..]));
            let line = prop_oneof![4 => prop::sample::select(origin.routes), 1 => odd];
            (line, credentials).prop_map(move |((method, path), credentials)| {
                let Origin { api, host, .. } = *origin;
                let mut asked = Asked { api, host, method, target: path.to_owned(), headers: Vec::new() };
                for (spot, text) in credentials {
                    asked.put(spot, text);
                }
                asked.headers.extend(workspace.clone().map(|id| ("x-workspace-id", id)));
                asked
            })
        },
    )
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
        "MISSING" | "UNKNOWN" | "REVOKED" | "EXPIRED" | "NOT_YET_VALID" | "DISABLED" | "WRONG_KIND"
        | "UNPROVED" => &[401],
        // Two credentials, or one in the query, are malformed requests besides.
        "MALFORMED" => &[400, 401],
        "WRONG_ENVIRONMENT"
        | "ADDRESS_NOT_ALLOWED"
        | "WRONG_WORKSPACE"
        | "INSUFFICIENT_SCOPE"
        | "CROSS_SITE" => &[403],
        "UNKNOWN_ROUTE" => &[404],
        "RATE_LIMITED" => &[429],
        "INVALID_REQUEST" => &[400],
        other => panic!("{other}"),
    }
}

/// Asks both doors, compares what they say, and gives the verify door's code.
async fn both_doors_agree(demo: &Demo, asked: &Asked, request_id: &str) -> String {
    let mut call = demo.call(&format!("{} {}{}", asked.method, asked.host, asked.target));
    for (name, value) in &asked.headers {
        call = call.header(name, value.as_str());
    }
    let done = call.header("x-request-id", request_id).body("{}").send().await;
    let said = demo.post("/v1/verify", &asked.described()).await;
    let (valid, code) = (said["valid"] == true, said["code"].as_str().unwrap());
    if done.status == 429 || code == "RATE_LIMITED" {
        // Each door counts a request of its own, so the last one of an allowance is theirs to differ about.
        return "RATE_LIMITED".to_owned();
    }
    if valid {
        let seen = done.json();
        assert_eq!(seen["environment"], said["principal"]["environment"], "{said} {done:?}");
        if asked.target.starts_with("/v1/echo") {
            assert_eq!(seen["headers"]["x-auth-credential"], said["principal"]["credential"]);
            assert_eq!(seen["headers"]["x-auth-workspace"], said["principal"]["workspace"]);
        }
        return code.to_owned();
    }
    assert!(status_of(code).contains(&done.status), "{said} {done:?}");
    assert!(done.json().get("environment").is_none(), "an upstream was reached: {said} {done:?}");
    let line = demo.line_about(request_id);
    let reason = line["reason"].as_str().unwrap_or("invalid_request");
    let reason = DenialReason::ALL.into_iter().find(|known| known.as_str() == reason).unwrap();
    assert_eq!(reason.code(), code, "{line}");
    code.to_owned()
}

#[test]
fn the_gateway_does_what_verify_says() {
    let runtime = Runtime::new().unwrap();
    let (demo, _house) = runtime.block_on(Demo::fresh());
    let strategy = asked(&Arc::new(runtime.block_on(material(&demo))));
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let number = Cell::new(0_u32);
    let seen = RefCell::new(BTreeSet::new());
    let outcome = runner.run(&strategy, |asked| {
        number.set(number.get() + 1);
        let code = runtime.block_on(both_doors_agree(&demo, &asked, &format!("case-{}", number.get())));
        seen.borrow_mut().insert(code);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    // Else the requests were all of a kind, and their agreement would say little.
    let usual = ["VALID", "MISSING", "MALFORMED", "REVOKED", "EXPIRED", "WRONG_KIND", "WRONG_ENVIRONMENT"];
    let seen = seen.into_inner();
    assert!(usual.iter().all(|code| seen.contains(*code)), "{seen:?}");
}
