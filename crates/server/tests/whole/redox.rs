//! redox's own calls, spelled as its documents and its clients spell them.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::house::Demo;

const HOST: &str = "redox.localhost";

async fn post(demo: &Demo, path: &str, body: impl Into<String>) -> Answer {
    let call = demo.call(&format!("POST {HOST}{path}")).header("content-type", "application/json");
    call.body(body.into()).send().await
}

async fn authenticate(demo: &Demo, key: &str, secret: &str) -> Answer {
    post(demo, "/auth/authenticate", format!(r#"{{"apiKey": "{key}", "secret": "{secret}"}}"#)).await
}

async fn send(demo: &Demo, token: &str, kind: &str, body: &str) -> Answer {
    let call = demo.call(&format!("POST {HOST}/endpoint")).bearer(token).header("content-type", kind);
    call.body(body.to_owned()).send().await
}

/// A message to these destinations.
fn message(destinations: &[&str]) -> Value {
    let destinations: Vec<Value> = destinations.iter().map(|id| json!({"ID": id})).collect();
    json!({"Meta": {"DataModel": "PatientSearch", "EventType": "Query", "Destinations": destinations}})
}

fn text<'v>(answer: &'v Value, member: &str) -> &'v str {
    answer[member].as_str().unwrap_or_else(|| panic!("no {member}: {answer}"))
}

/// Groups of lower-case hexadecimal digits, with as many in each.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let is_hex = |group: &&str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(is_hex)
}

fn now() -> claviger_domain::Timestamp {
    claviger_domain::Clock::now(&*claviger_server::effects::Effects::system().clock)
}

/// A day from now, give or take what a test takes.
fn is_a_day_away(expires: &str) -> bool {
    let end = claviger_domain::Timestamp::parse_rfc3339(expires).unwrap();
    let left = end.seconds() - now().seconds();
    (86_400 - 60..=86_400).contains(&left)
}

#[tokio::test]
async fn the_calls_of_the_document_work_as_they_are_spelled() {
    let (demo, _house) = Demo::fresh().await;
    let key = demo.fact("redox", "api_key");
    let answer = authenticate(&demo, key, demo.fact("redox", "secret")).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{answer:?}");
    let first = answer.json();
    let (access, refresh) = (text(&first, "accessToken"), text(&first, "refreshToken"));
    let expires = text(&first, "expires");
    let exact = format!(r#"{{"accessToken":"{access}","expires":"{expires}","refreshToken":"{refresh}"}}"#);
    assert_eq!(answer.text(), exact, "three members and no other");
    assert!(is_uuid(access) && is_uuid(refresh) && access != refresh);
    assert!(expires.len() == 24 && &expires[19..20] == "." && expires.ends_with('Z'), "{expires}");
    assert!(is_a_day_away(expires), "{expires}");

    let destination = demo.fact("redox", "destination_id");
    let documented = format!(
        "{{\"Meta\": {{\"DataModel\": \"PatientSearch\", \"EventType\": \"Query\", \"Test\": true,\n          \
         \"Destinations\": [{{\"ID\": \"{destination}\"}}]}},\n \
         \"Patient\": {{\"Demographics\": {{\"FirstName\": \"Ada\"}}}}}}"
    );
    assert_eq!(send(&demo, access, "application/json", &documented).await.status, 200);

    let body = format!(r#"{{"apiKey": "{key}", "refreshToken": "{refresh}"}}"#);
    let renewed = post(&demo, "/auth/refreshToken", body).await.json();
    assert!(is_uuid(text(&renewed, "accessToken")) && is_a_day_away(text(&renewed, "expires")), "{renewed}");
    assert_ne!(text(&renewed, "refreshToken"), refresh);
}

#[tokio::test]
async fn a_message_says_what_it_is_and_goes_to_verified_destinations_only() {
    let (demo, _house) = Demo::fresh().await;
    let pair = demo.key("redox", &json!({"kind": "pair"})).await;
    let made = demo.post(&format!("/v1/keys/{}/secret", pair.id), &json!({})).await;
    let bought = authenticate(&demo, &pair.text, text(&made, "secret")).await.json();
    let token = text(&bought, "accessToken");
    let path = format!("/v1/keys/{}/destinations", pair.id);
    demo.post(&path, &json!({"id": "ward-7"})).await;
    let told = async |body: &Value| {
        let answer = send(&demo, token, "application/json", &body.to_string()).await;
        let error = answer.json()["Meta"]["Errors"][0].clone();
        (answer.status, error["ID"].as_i64(), error["Text"].as_str().unwrap_or_default().to_owned())
    };
    let own = message(&["ward-7"]);
    assert_eq!(told(&own).await.0, 403, "named, but not verified yet");
    demo.post(&format!("{path}/ward-7/verify"), &json!({})).await;
    assert_eq!(send(&demo, token, "application/json", &own.to_string()).await.status, 200);
    for foreign in [&[demo.fact("redox", "destination_id")][..], &["ward-7", "ward-8"], &["WARD-7"]] {
        let (status, id, said) = told(&message(foreign)).await;
        assert_eq!((status, id), (403, Some(4031)));
        assert!(!said.contains("ward-8"), "{said}");
    }
    for member in ["DataModel", "EventType", "Destinations"] {
        let mut without = own.clone();
        without["Meta"].as_object_mut().unwrap().remove(member);
        let (status, id, said) = told(&without).await;
        assert_eq!((status, id), (400, Some(4001)), "{member}");
        assert!(said.contains(&format!("Meta.{member}")), "{said}");
        without["Meta"][member] = json!(7);
        assert_eq!(told(&without).await.0, 400, "{member} of the wrong type");
    }
    for body in ["", "{", "[]", "7", "{\"Meta\":null}"] {
        let answer = send(&demo, token, "application/json", body).await;
        assert_eq!((answer.status, &answer.json()["Meta"]["Errors"][0]["ID"]), (400, &json!(4001)), "{body}");
    }
    let typed = send(&demo, token, "text/plain", &own.to_string()).await;
    assert_eq!((typed.status, &typed.json()["Meta"]["Errors"][0]["Type"]), (400, &json!("message")));
}

#[tokio::test]
async fn a_secret_is_shown_once_and_a_new_one_ends_the_old_and_its_tokens_at_once() {
    let (demo, _house) = Demo::fresh().await;
    let pair = demo.key("redox", &json!({"kind": "pair"})).await;
    let replace = async || {
        let made = demo.post(&format!("/v1/keys/{}/secret", pair.id), &json!({})).await;
        text(&made, "secret").to_owned()
    };
    let works = async |token: &str| {
        demo.call(&format!("GET {HOST}/v1/echo")).bearer(token).send().await.status == 200
    };
    let old = replace().await;
    let shown = demo.manage(&format!("GET /v1/keys/{}", pair.id)).send().await;
    assert!(!shown.text().contains(&old) && !demo.log_of_requests().contains(&old), "shown once");
    let first = authenticate(&demo, &pair.text, &old).await.json();
    assert!(works(text(&first, "accessToken")).await);
    let new = replace().await;
    assert!(!works(text(&first, "accessToken")).await);
    let refused = authenticate(&demo, &pair.text, &old).await;
    assert_eq!(
        (refused.status, &refused.json()["Meta"]["Errors"][0]["Type"]),
        (401, &json!("authentication"))
    );
    let body =
        format!(r#"{{"apiKey": "{}", "refreshToken": "{}"}}"#, pair.text, text(&first, "refreshToken"));
    assert_eq!(post(&demo, "/auth/refreshToken", body).await.status, 401);
    let second = authenticate(&demo, &pair.text, &new).await.json();
    assert!(works(text(&second, "accessToken")).await);
}
