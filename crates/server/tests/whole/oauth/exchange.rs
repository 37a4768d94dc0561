//! Token exchange (RFC 8693), and the tree that it makes: what is exchanged stays behind what comes of it.

use serde_json::{Value, json};

use super::application::{Application, claims, refused, text};
use crate::client::Answer;
use crate::house::Demo;
use crate::server::Key;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const KEY: &str = "urn:claviger:token-type:key";
const LEADS: &str = "read:leads write:leads";

/// A service of this workspace that passes calls on.
async fn service<'d>(demo: &'d Demo, workspace: &str) -> Application<'d> {
    let members =
        json!({"workspace": workspace, "grant_types": [GRANT], "redirect_uris": [], "scope": LEADS});
    Application::registered(demo, "propertybase", &members).await
}

async fn exchange(service: &Application<'_>, subject: (&str, &str), more: &[(&str, &str)]) -> Answer {
    let mut fields =
        vec![("grant_type", GRANT), ("subject_token", subject.0), ("subject_token_type", subject.1)];
    fields.extend(more);
    service.token(&fields).await
}

/// The access token of an exchange that succeeds.
async fn exchanged(service: &Application<'_>, subject: (&str, &str), more: &[(&str, &str)]) -> String {
    let answer = exchange(service, subject, more).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    text(&answer.json(), "access_token").to_owned()
}

/// A key of a workspace of its own, whose plan lets a test ask as often as it likes.
async fn key(demo: &Demo) -> Key {
    let workspace = demo.post("/v1/workspaces", &json!({"name": "A partner", "plan": "enterprise"})).await;
    let members = json!({"workspace": workspace["id"], "scopes": ["read:leads", "write:leads"]});
    demo.key("propertybase", &members).await
}

#[tokio::test]
async fn a_users_token_is_exchanged_for_less_and_for_services_that_act_for_them() {
    let (demo, _house) = Demo::fresh().await;
    let (one, other) = (key(&demo).await, key(&demo).await);
    let front = Application::registered(&demo, "propertybase", &json!({"workspace": one.workspace})).await;
    let bought = front.tokens(LEADS).await;
    let user = text(&bought, "access_token");
    let (billing, ledger) = (service(&demo, &one.workspace).await, service(&demo, &one.workspace).await);
    let actor = [("actor_token", one.text.as_str()), ("actor_token_type", KEY), ("scope", "read:leads")];

    let answer = exchange(&billing, (user, ACCESS_TOKEN), &actor).await;
    let issued = answer.json();
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
    assert_eq!(
        (&issued["issued_token_type"], &issued["token_type"]),
        (&json!(ACCESS_TOKEN), &json!("Bearer"))
    );
    assert_eq!((&issued["scope"], issued.get("refresh_token")), (&json!("read:leads"), None));
    assert!((1..=3_600).contains(&issued["expires_in"].as_i64().unwrap()), "no longer than the user's");
    let token = text(&issued, "access_token");
    let said = claims(token);
    assert_eq!((&said["sub"], &said["client_id"]), (&claims(user)["sub"], &json!(billing.id)));
    assert_eq!(said["act"], json!({"sub": one.id}));
    assert_eq!(billing.call("GET /v1/leads", token).await.status, 200);
    assert_eq!(billing.write("/v1/leads", token).await.status, 403, "less than the user's own");

    // Passed on once more: who acted before stands inside who acts now.
    let further = exchanged(&ledger, (token, ACCESS_TOKEN), &[]).await;
    assert_eq!(claims(&further)["act"], json!({"sub": one.id}));
    let stranger = [("actor_token", other.text.as_str()), ("actor_token_type", KEY)];
    refused(&exchange(&ledger, (token, ACCESS_TOKEN), &stranger).await, 400, "invalid_request");
    let again = [("actor_token", further.as_str()), ("actor_token_type", ACCESS_TOKEN)];
    let nested = exchanged(&ledger, (token, ACCESS_TOKEN), &again).await;
    assert_eq!(claims(&nested)["act"], json!({"sub": claims(user)["sub"], "act": {"sub": one.id}}));

    // Ending the user's grant ends everything that came of it.
    assert_eq!(front.form("/oauth/revoke", &[("token", text(&bought, "refresh_token"))]).await.status, 200);
    for ended in [user, token, &further] {
        assert_eq!(front.call("GET /v1/leads", ended).await.status, 401);
    }
}

#[tokio::test]
async fn what_cannot_be_exchanged_is_refused_in_the_words_of_the_standard() {
    let (demo, _house) = Demo::fresh().await;
    let own = key(&demo).await;
    let service = service(&demo, &own.workspace).await;
    let subject = (own.text.as_str(), KEY);
    let less = exchanged(&service, subject, &[("scope", "read:leads")]).await;
    refused(&exchange(&service, (&less, ACCESS_TOKEN), &[("scope", LEADS)]).await, 400, "invalid_scope");
    refused(&exchange(&service, subject, &[("scope", "admin")]).await, 400, "invalid_scope");
    let foreign = key(&demo).await;
    let elsewhere = demo.fact("example", "live_key").to_owned();
    for (token, kind) in [
        (foreign.text.as_str(), KEY),
        (&elsewhere, KEY),
        ("nonsense", ACCESS_TOKEN),
        ("", ACCESS_TOKEN),
        (&own.text, ACCESS_TOKEN),
        (&less, KEY),
        (&less, "urn:ietf:params:oauth:token-type:jwt"),
        (&less, ""),
    ] {
        refused(&exchange(&service, (token, kind), &[]).await, 400, "invalid_request");
    }
    let saml = [("requested_token_type", "urn:ietf:params:oauth:token-type:saml2")];
    refused(&exchange(&service, subject, &saml).await, 400, "invalid_request");
    refused(
        &exchange(&service, subject, &[("resource", "https://elsewhere.example/")]).await,
        400,
        "invalid_target",
    );
    let lonely = [("actor_token", own.text.as_str())];
    refused(&exchange(&service, subject, &lonely).await, 400, "invalid_request");
    let front = Application::registered(&demo, "propertybase", &json!({"workspace": own.workspace})).await;
    refused(&exchange(&front, subject, &[]).await, 400, "unauthorized_client");
    let mut stranger = service;
    stranger.secret = Some("wrong".to_owned());
    refused(&exchange(&stranger, subject, &[]).await, 401, "invalid_client");
}

/// Where a token is asked about: the gateway, the endpoint about its owner, verify and introspection.
async fn doors(service: &Application<'_>, token: &str) -> [bool; 4] {
    let told = service.form("/oauth/introspect", &[("token", token)]).await.json();
    [
        service.call("GET /v1/leads", token).await.status == 200,
        service.call("GET /v1/me", token).await.status == 200,
        service.demo.verify("propertybase", token).await["valid"] == true,
        told["active"] == true,
    ]
}

/// How something above a token can come to its end.
#[derive(Clone, Copy, Debug)]
enum End {
    RevokedKey,
    Operator,
    RevokedToken,
    DeletedClient,
}

#[tokio::test]
async fn ending_what_a_token_stands_on_ends_it_at_every_door() {
    let (demo, _house) = Demo::fresh().await;
    for end in [End::RevokedKey, End::Operator, End::RevokedToken, End::DeletedClient] {
        let own = key(&demo).await;
        let (first, second) = (service(&demo, &own.workspace).await, service(&demo, &own.workspace).await);
        let watcher = service(&demo, &own.workspace).await;
        let child = exchanged(&first, (&own.text, KEY), &[]).await;
        let leaf = exchanged(&second, (&child, ACCESS_TOKEN), &[]).await;
        let beside = exchanged(&second, (&own.text, KEY), &[]).await;
        for token in [&child, &leaf, &beside] {
            assert_eq!(doors(&watcher, token).await, [true; 4], "{end:?}");
        }
        match end {
            End::RevokedKey => drop(demo.post(&format!("/v1/keys/{}/revoke", own.id), &json!({})).await),
            End::Operator => {
                let family = claims(&child)["jti"].as_str().unwrap().split('.').next().unwrap().to_owned();
                let ended = demo.post(&format!("/v1/tokens/{family}/end"), &json!({"wait": true})).await;
                assert_eq!((&ended["state"], &ended["receipt"]["complete"]), (&json!("ended"), &json!(true)));
            }
            End::RevokedToken => {
                assert_eq!(first.form("/oauth/revoke", &[("token", &child)]).await.status, 200);
            }
            End::DeletedClient => {
                let gone = demo.manage(&format!("DELETE /v1/clients/{}", first.id)).send().await;
                assert_eq!(gone.status, 204);
            }
        }
        for token in [&child, &leaf] {
            assert_eq!(doors(&watcher, token).await, [false; 4], "{end:?}");
        }
        refused(&exchange(&second, (&child, ACCESS_TOKEN), &[]).await, 400, "invalid_request");
        let is_beside_alive = !matches!(end, End::RevokedKey);
        assert_eq!(doors(&watcher, &beside).await, [is_beside_alive; 4], "{end:?}");
    }
}

#[tokio::test]
async fn what_is_only_disabled_comes_back_with_all_that_stands_on_it() {
    let (demo, _house) = Demo::fresh().await;
    let own = key(&demo).await;
    let (first, watcher) = (service(&demo, &own.workspace).await, service(&demo, &own.workspace).await);
    let child = exchanged(&first, (&own.text, KEY), &[]).await;
    for (verb, works) in [("disable", false), ("enable", true)] {
        demo.post(&format!("/v1/keys/{}/{verb}", own.id), &json!({})).await;
        assert_eq!(doors(&watcher, &child).await, [works; 4], "{verb}");
    }
}

#[tokio::test]
async fn the_tree_shows_what_stems_from_what_in_the_api_and_at_the_command_line() {
    let (demo, house) = Demo::fresh().await;
    let own = key(&demo).await;
    let (first, second) = (service(&demo, &own.workspace).await, service(&demo, &own.workspace).await);
    let child = exchanged(&first, (&own.text, KEY), &[]).await;
    let actor = [("actor_token", own.text.as_str()), ("actor_token_type", KEY), ("scope", "read:leads")];
    exchanged(&second, (&child, ACCESS_TOKEN), &actor).await;

    let page = demo.manage(&format!("GET /v1/tokens?parent={}", own.id)).send().await.json();
    let families: Vec<Value> = page["data"].as_array().unwrap().clone();
    assert_eq!(families.len(), 3, "{page}");
    let stemming_from = |source: &Value| families.iter().find(|one| one["source"] == *source).unwrap();
    let root = stemming_from(&Value::Null);
    let branch = stemming_from(&root["id"]);
    let leaf = stemming_from(&branch["id"]);
    assert_eq!((&root["parent"], &root["source"]), (&json!(own.id), &Value::Null));
    assert_eq!((&branch["parent"], &branch["source"]), (&json!(first.id), &root["id"]));
    assert_eq!((&leaf["parent"], &leaf["source"]), (&json!(second.id), &branch["id"]));
    assert_eq!((&leaf["subject"], &leaf["actor"]), (&json!(own.id), &json!(own.id)));
    assert_eq!((&leaf["scopes"], &leaf["state"]), (&json!(["read:leads"]), &json!("active")));
    let of_client = demo.manage(&format!("GET /v1/tokens?parent={}", second.id)).send().await.json();
    assert_eq!(of_client["data"], json!([leaf]), "nothing from above");

    let tree = demo.manage(&format!("GET /v1/tokens/{}", text(root, "id"))).send().await.json();
    assert_eq!((&tree["id"], &tree["complete"]), (&root["id"], &json!(true)));
    let below = &tree["children"][0];
    assert_eq!((&below["id"], &below["children"][0]["id"]), (&branch["id"], &leaf["id"]));

    let url = format!("http://{}", demo.address);
    house.write("token", &demo.token);
    let run = async |words: &[&str]| {
        let ran = house.run(&[words, &["--url", &url, "--token-file", "token"]].concat()).await;
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran.out
    };
    let drawn = run(&["tokens", "tree", text(root, "id")]).await;
    let lines: Vec<&str> = drawn.lines().collect();
    assert!(lines[0].starts_with(text(root, "id")), "{drawn}");
    assert!(lines[1].starts_with(&format!("└─ {}  active  {}", text(branch, "id"), first.id)), "{drawn}");
    assert!(lines[2].starts_with(&format!("   └─ {}  active", text(leaf, "id"))), "{drawn}");
    assert!(run(&["tokens", "list", "--parent", &own.id]).await.contains(text(branch, "id")));
    let ended = run(&["tokens", "end", text(branch, "id"), "--json"]).await;
    assert_eq!(serde_json::from_str::<Value>(&ended).unwrap()["state"], "ended");
    assert_eq!(first.call("GET /v1/leads", &child).await.status, 401);
    let states = demo.manage(&format!("GET /v1/tokens?parent={}", own.id)).send().await.json();
    let of =
        |state: &str| states["data"].as_array().unwrap().iter().filter(|one| one["state"] == state).count();
    assert_eq!((of("ended"), of("active")), (2, 1), "what is above lives on");
}
