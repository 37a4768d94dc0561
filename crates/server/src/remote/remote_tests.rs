//! Commands from their words to the wire, against a server that notes what it is asked.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use clap::Parser;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;

/// The command line as far as these commands go.
#[derive(Debug, Parser)]
#[command(no_binary_name = true)]
struct Line {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: RemoteCommand,
}

const WORKSPACE: &str = "wsp_00000000000000000000000000";
const KEY: &str = "key_00000000000000000000000000";
const CLIENT: &str = "cli_00000000000000000000000000";
const USER: &str = "acc_00000000000000000000000000";
const GRANT: &str = "grt_00000000000000000000000000";
const FAMILY: &str = "fam_00000000000000000000000000";
const SESSION: &str = "ses_00000000000000000000000000";
const TOKEN: &str = "otk_00000000000000000000000000";
const WEBHOOK: &str = "whk_00000000000000000000000000";
const MESSAGE: &str = "msg_00000000000000000000000000";

fn parse(words: &[&str]) -> Result<Line, clap::Error> {
    Line::try_parse_from(words)
}

/// Method, target and body of what these words ask for.
fn asked(words: &[&str]) -> (String, Value) {
    let call = match parse(words).unwrap().command {
        RemoteCommand::Keys(group) => group.command.call(),
        RemoteCommand::Workspaces(group) => group.command.call(),
        RemoteCommand::Credits(group) => group.command.call(),
        RemoteCommand::Members(group) => group.command.call(),
        RemoteCommand::AccessRequests(group) => group.command.call(),
        RemoteCommand::Clients(group) => group.command.call(),
        RemoteCommand::Users(group) => group.command.call(Some("presented")),
        RemoteCommand::Grants(group) => group.command.call(),
        RemoteCommand::Tokens(group) => group.command.call(),
        RemoteCommand::SigningKeys(group) => group.command.call(),
        RemoteCommand::Webhooks(group) => group.command.call(),
        RemoteCommand::Apis(group) => group.command.call(),
        RemoteCommand::Sandbox(group) => group.command.call(),
        RemoteCommand::OperatorTokens(group) => group.command.call(),
        RemoteCommand::Audit(group) => group.command.call(),
        RemoteCommand::Findings(group) => group.command.call(),
        RemoteCommand::Nodes(_) => nodes::NodesCommand::call(),
        RemoteCommand::Usage(command) => command.call(),
        RemoteCommand::Verify(command) => command.call("presented"),
        RemoteCommand::Explain(command) => command.call(),
    };
    (format!("{} {}", call.method, call.target), call.body.unwrap_or_default())
}

#[test]
fn the_record_is_asked_for_with_every_filter() {
    let filters = format!("--workspace {WORKSPACE} --actor local --action key.revoked --object {KEY}");
    let filtered = format!("workspace={WORKSPACE}&actor=local&action=key.revoked&object={KEY}");
    let ask = |words: &str| asked(&words.split_whitespace().collect::<Vec<_>>());
    let (list, _) = ask(&format!("audit list {filters} --limit 7"));
    assert_eq!(list, format!("GET /v1/audit?{filtered}&limit=7"));
    let (export, _) = ask(&format!("audit export --format csv {filters} --from 2026-01-31T00:00:00Z"));
    assert_eq!(export, format!("GET /v1/audit/export?format=csv&{filtered}&from=2026-01-31T00%3A00%3A00Z"));
    let (at, _) = ask(&format!("audit key {KEY} --at 2026-01-31T12:00:00+01:00"));
    assert_eq!(at, format!("GET /v1/keys/{KEY}/at?instant=2026-01-31T11%3A00%3A00Z"));
    assert!(parse(&["audit", "list", "--actor", "root"]).is_err());
    assert!(parse(&["audit", "list", "--action", "key.forged"]).is_err());
}

#[test]
fn a_request_for_access_is_reviewed_and_decided() {
    let id = "acr_00000000000000000000000000";
    let path = format!("/v1/access-requests/{id}");
    assert_eq!(asked(&["access-requests", "list", "--all"]).0, "GET /v1/access-requests?state=all");
    assert_eq!(asked(&["access-requests", "list"]).0, "GET /v1/access-requests");
    let check = ["access-requests", "check", id, "--step", "use_case", "--note", "Fine."];
    assert_eq!(asked(&check), (format!("POST {path}/checks"), json!({"step": "use_case", "note": "Fine."})));
    let approve = ["access-requests", "approve", id, "--scope", "read", "--scope", "write"];
    assert_eq!(asked(&approve), (format!("POST {path}/approve"), json!({"scopes": ["read", "write"]})));
    let decline = ["access-requests", "decline", id, "--reason", "No."];
    assert_eq!(asked(&decline), (format!("POST {path}/decline"), json!({"reason": "No."})));
    assert!(parse(&["access-requests", "check", id, "--step", "mood"]).is_err());
}

#[test]
fn a_test_environment_is_shown_and_reset() {
    assert_eq!(asked(&["sandbox", "show", "example"]).0, "GET /v1/apis/example");
    assert_eq!(asked(&["sandbox", "reset", "example"]).0, "POST /v1/apis/example/sandbox/reset");
    assert!(parse(&["sandbox", "reset"]).is_err());
    let path = format!("/v1/workspaces/{WORKSPACE}/test-clock");
    assert_eq!(asked(&["sandbox", "clock", WORKSPACE]).0, format!("GET {path}"));
    let set = asked(&["sandbox", "clock", WORKSPACE, "--ahead-seconds", "7200"]);
    assert_eq!(set, (format!("PUT {path}"), json!({"ahead_seconds": 7200})));
    assert!(parse(&["sandbox", "clock", WORKSPACE, "--ahead-seconds", "-1"]).is_err());
}

#[test]
fn a_check_of_the_record_sends_the_row_that_was_noted() {
    assert_eq!(asked(&["audit", "verify"]), ("POST /v1/audit/verify".to_owned(), json!({})));
    let pin = format!("7:{}", "0a".repeat(32));
    assert_eq!(asked(&["audit", "verify", "--pin", &pin]).1, json!({"pin": pin}));
    assert!(parse(&["audit", "verify", "--pin", "7"]).is_err());
}

#[test]
fn usage_is_asked_for_as_the_api_spells_it() {
    let words =
        "usage --from 2026-01-01T00:00:00Z --to 2026-02-01T00:00:00Z --grain hour --api example --by reason";
    let words: Vec<&str> = words.split_whitespace().collect();
    let target = "GET /v1/usage?from=2026-01-01T00%3A00%3A00Z&to=2026-02-01T00%3A00%3A00Z&grain=hour&api=example&by=reason";
    assert_eq!(asked(&words), (target.into(), Value::Null));
    assert!(parse(&["usage", "--from", "x", "--to", "y", "--grain", "week"]).is_err());
}

#[test]
fn a_key_is_made_with_everything_that_was_said() {
    let words = "keys create --api example --environment test --scope read,write --scope admin --kind pair \
                 --expires-at 2027-01-31T00:00:00Z --address 192.0.2.7 --limit minute=600/60 --metadata {\"a\":1}";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend(["--workspace", WORKSPACE, "--name", "My key"]);
    assert_eq!(
        asked(&words),
        (
            "POST /v1/keys".into(),
            json!({
                "api": "example", "workspace": WORKSPACE, "environment": "test", "name": "My key",
                "kind": "pair", "scopes": ["read", "write", "admin"], "expires_at": "2027-01-31T00:00:00Z",
                "addresses": ["192.0.2.7/32"],
                "limits": [{"name": "minute", "requests": 600, "per_seconds": 60, "partition": "credential"}],
                "metadata": {"a": 1},
            })
        )
    );
}

#[test]
fn a_client_is_made_with_everything_that_was_said() {
    let words = "clients create --api example --name Ledger --redirect-uri https://ledger.example/cb \
                 --grant authorization_code,refresh_token --grant device_code --authentication none \
                 --scope openid,read --application-type native --environment test \
                 --metadata {\"logo_uri\":\"https://ledger.example/l.svg\",\"scope\":\"write\"}";
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.extend(["--workspace", WORKSPACE, "--description", "Keeps the books."]);
    assert_eq!(
        asked(&words),
        (
            "POST /v1/clients".into(),
            json!({
                "api": "example", "workspace": WORKSPACE, "environment": "test", "client_name": "Ledger",
                "description": "Keeps the books.", "redirect_uris": ["https://ledger.example/cb"],
                "grant_types": [
                    "authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code",
                ],
                "token_endpoint_auth_method": "none", "scope": "openid read", "application_type": "native",
                "logo_uri": "https://ledger.example/l.svg",
            })
        )
    );
}

#[test]
fn a_user_is_made_with_everything_that_was_said() {
    let words = ["users", "create", "--api", "example", "--email", "ada@example.com", "--email-verified"];
    let more = ["--name", "Ada Lovelace", "--locale", "en-GB", "--workspace", WORKSPACE, "--scope", "read"];
    assert_eq!(
        asked(&[&words[..], &more].concat()),
        (
            "POST /v1/users".into(),
            json!({
                "api": "example", "email": "ada@example.com", "email_verified": true, "password": "presented",
                "name": "Ada Lovelace", "locale": "en-GB", "workspace": WORKSPACE, "scopes": ["read"],
            })
        )
    );
}

#[test]
fn webhooks_are_asked_for_as_the_api_spells_them() {
    let url = "https://example.com/hooks";
    let words = [
        "webhooks",
        "create",
        "--name",
        "Inventory",
        "--endpoint",
        url,
        "--event",
        "key.created,key.revoked",
    ];
    assert_eq!(
        asked(&[&words[..], &["--workspace", WORKSPACE]].concat()),
        (
            "POST /v1/webhooks".into(),
            json!({
                "name": "Inventory", "url": url, "workspace": WORKSPACE, "events": ["key.created", "key.revoked"],
            })
        )
    );
    let change = asked(&["webhooks", "change", WEBHOOK, "--all-events"]);
    assert_eq!(change, (format!("PATCH /v1/webhooks/{WEBHOOK}"), json!({"events": null})));
    for (words, target) in [
        (
            vec!["messages", WEBHOOK, "--state", "dead"],
            format!("GET /v1/webhooks/{WEBHOOK}/messages?state=dead"),
        ),
        (vec!["message", WEBHOOK, MESSAGE], format!("GET /v1/webhooks/{WEBHOOK}/messages/{MESSAGE}")),
        (vec!["replay", WEBHOOK, MESSAGE], format!("POST /v1/webhooks/{WEBHOOK}/messages/{MESSAGE}/replay")),
        (vec!["replay", WEBHOOK, "--all-dead"], format!("POST /v1/webhooks/{WEBHOOK}/replay")),
        (vec!["test", WEBHOOK], format!("POST /v1/webhooks/{WEBHOOK}/test")),
    ] {
        assert_eq!(asked(&[&["webhooks"], &words[..]].concat()), (target, Value::Null));
    }
    assert!(parse(&["webhooks", "replay", WEBHOOK]).is_err(), "one message or all that are dead");
    assert!(parse(&["webhooks", "create", "--name", "x", "--endpoint", "http://example.com/"]).is_err());
}

#[test]
fn what_is_not_said_is_not_sent() {
    let words = ["keys", "update", KEY, "--never-expires", "--from-anywhere"];
    assert_eq!(
        asked(&words),
        (format!("PATCH /v1/keys/{KEY}"), json!({"expires_at": null, "addresses": []}))
    );
    let words = ["workspaces", "update", WORKSPACE, "--default-plan"];
    assert_eq!(asked(&words), (format!("PATCH /v1/workspaces/{WORKSPACE}"), json!({"plan": null})));
    let words = ["clients", "update", CLIENT, "--any-scope", "--name", "Books"];
    let expected = json!({"client_name": "Books", "scope": null});
    assert_eq!(asked(&words), (format!("PATCH /v1/clients/{CLIENT}"), expected));
}

#[test]
fn lists_are_filtered_and_paged_by_the_query() {
    let words =
        ["keys", "list", "--api", "redox", "--environment", "live", "--cursor", "a/b", "--limit", "7"];
    assert_eq!(
        asked(&words),
        ("GET /v1/keys?api=redox&environment=live&cursor=a%2Fb&limit=7".into(), Value::Null)
    );
    assert_eq!(
        asked(&["clients", "list", "--api", "redox", "--limit", "7"]).0,
        "GET /v1/clients?api=redox&limit=7"
    );
    assert_eq!(asked(&["users", "list", "--api", "redox"]).0, "GET /v1/users?api=redox");
    assert_eq!(
        asked(&["grants", "list", "--user", USER, "--client", CLIENT]).0,
        format!("GET /v1/grants?user={USER}&client={CLIENT}")
    );
    assert_eq!(
        asked(&["tokens", "list", "--parent", KEY, "--limit", "7"]).0,
        format!("GET /v1/tokens?parent={KEY}&limit=7")
    );
    assert_eq!(asked(&["workspaces", "list"]).0, "GET /v1/workspaces");
    assert_eq!(asked(&["apis", "show", "redox"]).0, "GET /v1/apis/redox");
}

#[test]
fn every_verb_has_its_route() {
    for verb in ["disable", "enable", "secret"] {
        assert_eq!(asked(&["keys", verb, KEY]), (format!("POST /v1/keys/{KEY}/{verb}"), Value::Null));
    }
    assert_eq!(
        asked(&["keys", "rotate", KEY, "--overlap-seconds", "60"]),
        (format!("POST /v1/keys/{KEY}/rotate"), json!({"overlap_seconds": 60}))
    );
    assert_eq!(asked(&["keys", "overlap", KEY]), (format!("GET /v1/keys/{KEY}/overlap"), Value::Null));
    assert_eq!(
        asked(&["keys", "end-overlap", KEY]),
        (format!("POST /v1/keys/{KEY}/end-overlap"), Value::Null)
    );
    assert_eq!(
        asked(&["keys", "revoke", KEY, "--wait"]),
        (format!("POST /v1/keys/{KEY}/revoke"), json!({"wait": true}))
    );
    assert_eq!(
        asked(&["operator-tokens", "revoke", TOKEN]).0,
        format!("POST /v1/operator-tokens/{TOKEN}/revoke")
    );
    assert_eq!(
        asked(&["workspaces", "suspend", WORKSPACE]).0,
        format!("POST /v1/workspaces/{WORKSPACE}/suspend")
    );
    for verb in ["disable", "enable"] {
        assert_eq!(asked(&["clients", verb, CLIENT]).0, format!("POST /v1/clients/{CLIENT}/{verb}"));
        assert_eq!(asked(&["users", verb, USER]).0, format!("POST /v1/users/{USER}/{verb}"));
    }
    assert_eq!(asked(&["clients", "delete", CLIENT]).0, format!("DELETE /v1/clients/{CLIENT}"));
    assert_eq!(asked(&["users", "delete", USER]).0, format!("DELETE /v1/users/{USER}"));
    assert_eq!(asked(&["users", "sessions", USER]).0, format!("GET /v1/users/{USER}/sessions"));
    assert_eq!(
        asked(&["users", "end-session", USER, SESSION]).0,
        format!("POST /v1/users/{USER}/sessions/{SESSION}/end")
    );
    assert_eq!(asked(&["users", "sign-out", USER]).0, format!("POST /v1/users/{USER}/sign-out"));
    assert_eq!(
        asked(&["clients", "secret", CLIENT, "--overlap-seconds", "60"]),
        (format!("POST /v1/clients/{CLIENT}/secret"), json!({"overlap_seconds": 60}))
    );
    assert_eq!(asked(&["grants", "show", GRANT]).0, format!("GET /v1/grants/{GRANT}"));
    assert_eq!(asked(&["grants", "revoke", GRANT]).0, format!("POST /v1/grants/{GRANT}/revoke"));
    assert_eq!(asked(&["tokens", "tree", FAMILY]).0, format!("GET /v1/tokens/{FAMILY}"));
    assert_eq!(
        asked(&["tokens", "end", FAMILY, "--wait"]),
        (format!("POST /v1/tokens/{FAMILY}/end"), json!({"wait": true}))
    );
    assert_eq!(asked(&["signing-keys", "list", "--api", "redox"]).0, "GET /v1/apis/redox/signing-keys");
    assert_eq!(
        asked(&["signing-keys", "rotate", "--api", "redox", "--algorithm", "ES256", "--at-once"]),
        ("POST /v1/apis/redox/signing-keys".into(), json!({"algorithm": "ES256", "at_once": true}))
    );
    assert_eq!(asked(&["explain", "req_1/2"]).0, "GET /v1/refusals/req_1%2F2");
    assert_eq!(
        asked(&["verify", "--api", "example", "--scope", "read"]),
        ("POST /v1/verify".into(), json!({"api": "example", "credential": "presented", "scopes": ["read"]}))
    );
}

#[test]
fn nodes_are_asked_for() {
    assert_eq!(asked(&["nodes"]), ("GET /v1/nodes".into(), Value::Null));
}

#[test]
fn wrong_words_are_wrong_usage() {
    for words in [
        &["keys", "show", "key_short"][..],
        &["keys", "show", WORKSPACE],
        &["keys", "rotate", KEY],
        &["keys", "update", KEY, "--scope", "a", "--no-scopes"],
        &["keys", "list", "--limit", "201"],
        &["keys", "create", "--api", "example"],
        &["operator-tokens", "create", "--name", "x", "--scope", "sudo"],
        &["verify", "--api", "example", "sk_live_in_an_argument"],
        &["clients", "create", "--api", "example", "--workspace", WORKSPACE],
        &["clients", "update", CLIENT, "--redirect-uri", "http://example.com/"],
        &["clients", "update", CLIENT, "--grant", "password"],
        &["users", "create", "--api", "example", "--email", "ada"],
        &["users", "create", "--api", "example", "--email", "a@b.example", "--password", "in an argument"],
        &["signing-keys", "rotate", "--api", "example", "--algorithm", "HS256"],
        &["tokens", "list"],
        &["tokens", "list", "--parent", WORKSPACE],
        &["tokens", "end", KEY],
    ] {
        assert_eq!(parse(words).expect_err("refused").exit_code(), 2, "{words:?}");
    }
}

/// A request that came: its line, its Authorization, its body.
type Seen = (String, Option<String>, String);

/// A server that answers every request the same and keeps what came.
struct Server {
    address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    async fn answering(status: u16, answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let noted = Arc::clone(&noted);
                let service = service_fn(move |request: Request<Incoming>| {
                    let noted = Arc::clone(&noted);
                    async move {
                        let line = format!("{} {}", request.method(), request.uri());
                        let token = request.headers().get("authorization");
                        let token = token.map(|value| value.to_str().unwrap().to_owned());
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        noted.lock().unwrap().push((line, token, String::from_utf8(body.to_vec()).unwrap()));
                        let answer = Response::builder().status(status).body(Full::<Bytes>::from(answer));
                        Ok::<_, Infallible>(answer.unwrap())
                    }
                });
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        Self { address, seen }
    }

    async fn ask(&self, words: &[&str]) -> Result<ExitCode, RemoteError> {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, "op_token\n").unwrap();
        let url = format!("http://{}", self.address);
        let place = ["--url", &url, "--token-file", token.to_str().unwrap()];
        let line = parse(&[words, &place].concat()).unwrap();
        line.command.ask(&line.globals).await
    }
}

#[tokio::test]
async fn a_request_carries_the_token_and_the_body() {
    let server = Server::answering(201, r#"{"id": "wsp_1", "name": "Acme"}"#).await;
    let code = server.ask(&["workspaces", "create", "--name", "Acme"]).await.unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    let seen = server.seen.lock().unwrap();
    let expected =
        ("POST /v1/workspaces".into(), Some("Bearer op_token".into()), r#"{"name":"Acme"}"#.into());
    assert_eq!(*seen, [expected]);
}

#[tokio::test]
async fn a_refusal_is_told_in_the_servers_words() {
    let problem = r#"{"title": "Not found", "status": 404, "detail": "no such key", "code": "unknown_key", "request_id": "req_7"}"#;
    let error = Server::answering(404, problem).await.ask(&["keys", "show", KEY]).await.unwrap_err();
    assert_eq!(error.to_string(), "no such key (unknown_key)\n  request id: req_7");
}

#[tokio::test]
async fn a_credential_that_is_not_valid_exits_with_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "sk_test_x\n").unwrap();
    let words = ["verify", "--api", "example", "--credential-file", file.path().to_str().unwrap()];
    let server =
        Server::answering(200, r#"{"valid": false, "code": "UNKNOWN", "request_id": "req_1"}"#).await;
    assert_eq!(server.ask(&words).await.unwrap(), ExitCode::FAILURE);
    assert!(server.seen.lock().unwrap()[0].2.contains(r#""credential":"sk_test_x""#));
    let server = Server::answering(200, r#"{"valid": true, "code": "VALID", "request_id": "req_1"}"#).await;
    assert_eq!(server.ask(&words).await.unwrap(), ExitCode::SUCCESS);
}

#[tokio::test]
async fn a_password_comes_from_a_file_and_goes_into_the_body_alone() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "four slow grey horses\n").unwrap();
    let words = ["users", "create", "--api", "example", "--email", "ada@example.com", "--password-file"];
    let server = Server::answering(201, r#"{"id": "acc_1"}"#).await;
    let code = server.ask(&[&words[..], &[file.path().to_str().unwrap()]].concat()).await.unwrap();
    assert_eq!(code, ExitCode::SUCCESS);
    let seen = server.seen.lock().unwrap();
    assert_eq!(seen[0].0, "POST /v1/users");
    assert!(seen[0].2.contains(r#""password":"four slow grey horses""#));
}

#[tokio::test]
async fn what_is_deleted_leaves_nothing_to_show() {
    let server = Server::answering(204, "").await;
    assert_eq!(server.ask(&["clients", "delete", CLIENT]).await.unwrap(), ExitCode::SUCCESS);
}

#[tokio::test]
async fn a_stranger_behind_the_url_is_noticed() {
    let server = Server::answering(200, "<html>").await;
    assert!(matches!(server.ask(&["apis", "list"]).await, Err(RemoteError::Foreign { .. })));
}

#[tokio::test]
async fn nobody_behind_the_url_is_said_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { address: listener.local_addr().unwrap(), seen: Arc::default() };
    drop(listener);
    assert!(matches!(server.ask(&["apis", "list"]).await, Err(RemoteError::Unreachable { .. })));
}
