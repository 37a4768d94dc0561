//! A contract unlike the five, served without a line of Rust: Basic authentication, a header of its own, refusals in
//! plain text, two scopes, its own identity headers.

use claviger_testkit::upstream::Upstream;
use data_encoding::BASE64;
use serde_json::json;

use crate::client::Answer;
use crate::house::House;
use crate::server::Server;

const CONTRACT: &str = include_str!("../../../contract/tests/sixth.toml");

/// The contract's upstreams are this one, live at its root and test under `/sandbox`.
async fn served(upstream: &Upstream) -> (Server, House) {
    let house = House::new(upstream.address()).await;
    house.write("contracts/tides.toml", CONTRACT);
    let address = upstream.address();
    house.settings(&format!(
        "[apis.tides.upstreams]\nlive = \"http://{address}\"\ntest = \"http://{address}/sandbox\"\n\
         [apis.tides.hosts]\n\"tides.example.org\" = \"tides.localhost\"\n"
    ));
    (house.serve().await, house)
}

async fn ask(server: &Server, line: &str, user: &str, password: &str) -> Answer {
    let basic = BASE64.encode(format!("{user}:{password}").as_bytes());
    server.call(line).header("authorization", format!("Basic {basic}")).send().await
}

#[tokio::test]
async fn the_key_is_the_password_and_the_upstream_learns_who_calls() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let (server, _house) = served(&upstream).await;
    let key = server.key("tides", &json!({"scopes": ["look"]})).await;
    assert!(key.text.starts_with("tide_"));
    let answer = ask(&server, "GET tides.localhost/tables/north/2026?tide=high", "anyone", &key.text).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((answer.header("ratelimit-limit"), answer.header("ratelimit-remaining")), ("100", "99"));
    let seen = upstream.next_request().await.unwrap();
    assert_eq!(seen.target, "/tables/north/2026?tide=high");
    assert_eq!(seen.header("tide-customer"), Some(key.workspace.as_str()));
    assert_eq!(seen.header("tide-request"), Some(answer.request_id()));
    assert!(!seen.has("authorization"));

    let test = server.key("tides", &json!({"environment": "test", "scopes": ["record"]})).await;
    let answer = ask(&server, "GET tides.localhost/tables/north", "x", &test.text).await;
    assert_eq!(answer.status, 200, "`record` implies `look`: {answer:?}");
    assert_eq!(upstream.next_request().await.unwrap().target, "/sandbox/tables/north");
}

#[tokio::test]
async fn refusals_are_in_the_contracts_own_words() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, _house) = served(&upstream).await;
    let key = server.key("tides", &json!({"scopes": []})).await;

    let nobody = ask(&server, "GET tides.localhost/tables/x", "anyone", "tide_nonsense").await;
    assert_eq!((nobody.status, nobody.header("content-type")), (401, "text/plain; charset=utf-8"));
    let expected = format!(
        "TIDE-ERROR 401 who\nreason: The credential is not valid\nrequest: {}\n",
        nobody.request_id()
    );
    assert_eq!(nobody.text(), expected);
    let challenges: Vec<&str> =
        nobody.headers.get_all("www-authenticate").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(
        challenges,
        [
            r#"Basic realm="tides \"north\"", charset="UTF-8""#,
            r#"Bearer realm="tides \"north\"", error="invalid_token""#
        ]
    );

    let lacking = ask(&server, "GET tides.localhost/tables/x", "anyone", &key.text).await;
    assert_eq!((lacking.status, lacking.header("x-tide-needs")), (403, "look; not-you"));
    assert!(lacking.text().starts_with("TIDE-ERROR 403 not-you\n"));
    assert_eq!(server.line_about_refusal(&lacking)["reason"], "insufficient_scope");

    // A key in Basic is no token for the header of its own.
    let token = server.call("POST tides.localhost/stations/7/observations");
    let wrong = token.header("x-tide-token", key.text.as_str()).send().await;
    assert_eq!(wrong.status, 401, "{wrong:?}");
    let unlisted = ask(&server, "GET tides.localhost/nowhere", "anyone", &key.text).await;
    assert_eq!(unlisted.status, 404);
    assert!(!server.log_of_requests().contains(&key.text));
}

#[tokio::test]
async fn a_public_route_needs_nobody_and_its_limits_go_by_address() {
    let mut upstream = Upstream::echoing().await.unwrap();
    let (server, _house) = served(&upstream).await;
    let answer = server.call("GET tides.localhost/status").header("tide-customer", "forged").send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let seen = upstream.next_request().await.unwrap();
    assert!(!seen.has("tide-customer"));
    assert_eq!(seen.header("tide-request"), Some(answer.request_id()));
    // 100 an hour for one address, whatever the key.
    let key = server.key("tides", &json!({"scopes": ["look"]})).await;
    let mut statuses = Vec::new();
    for _ in 0..101 {
        let answer = ask(&server, "GET tides.localhost/tables/x", "anyone", &key.text).await;
        statuses.push(answer.status);
        if answer.status == 429 {
            assert!(answer.text().starts_with("TIDE-ERROR 429 slow\n"), "{answer:?}");
            assert!(!answer.header("retry-after").is_empty());
            break;
        }
    }
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 100, "{statuses:?}");
    assert_eq!(statuses.last(), Some(&429));
}

#[tokio::test]
async fn an_upstream_that_is_away_is_a_storm() {
    let upstream = Upstream::echoing().await.unwrap();
    let (server, _house) = served(&upstream).await;
    let key = server.key("tides", &json!({"scopes": ["look"]})).await;
    drop(upstream);
    let answer = ask(&server, "GET tides.localhost/tables/x", "anyone", &key.text).await;
    assert_eq!(answer.status, 502);
    assert!(answer.text().starts_with("TIDE-ERROR 502 storm\n"), "{answer:?}");
}
