use std::net::Ipv4Addr;

use axum::Router;
use axum::routing::post;
use http::StatusCode;
use serde_json::json;
use tower::ServiceExt as _;

use super::*;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inner {
    #[serde(rename = "a/b")]
    _count: u8,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    #[serde(default)]
    list: Vec<Inner>,
    #[serde(default)]
    name: Option<String>,
}

fn located(body: &str) -> (Code, serde_json::Value) {
    let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
    (problem.code(), problem.first_error())
}

#[test]
fn a_wrong_type_is_located_by_pointer() {
    assert_eq!(
        located(r#"{"list":[{"a/b":1},{"a/b":"x"}]}"#),
        (
            Code::InvalidBody,
            json!({"pointer": "/list/1/a~1b", "detail": "invalid type: string \"x\", expected u8"})
        )
    );
}

#[test]
fn an_unknown_member_is_located_by_pointer() {
    let (code, error) = located(r#"{"nmae":"x"}"#);
    assert_eq!((code, &error["pointer"]), (Code::InvalidBody, &json!("/nmae")));
}

#[test]
fn a_member_twice_is_refused() {
    let (code, error) = located(r#"{"name":"x","name":"y"}"#);
    assert_eq!((code, &error["detail"]), (Code::InvalidBody, &json!("duplicate field `name`")));
}

#[test]
fn another_type_than_an_object_is_blamed_on_the_whole_body() {
    for body in ["[]", "1", "null"] {
        let (code, error) = located(body);
        assert_eq!((code, &error["pointer"]), (Code::InvalidBody, &json!("")), "{body}");
    }
}

#[test]
fn broken_json_names_line_and_column() {
    for body in ["", "{", r#"{"name":"x"} {}"#, "{\"name\":\"\u{0}\"}", "{'name':1}"] {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        assert_eq!(problem.code(), Code::MalformedJson, "{body:?}");
    }
}

async fn echo(Sent(sent): Sent<Outer>) -> String {
    format!("{} {}", sent.name.unwrap_or_default(), sent.list.len())
}

async fn echo_or_default(SentOrDefault(sent): SentOrDefault<Outer>) -> String {
    sent.name.unwrap_or_default()
}

async fn status(path: &str, content_type: Option<&str>, body: impl Into<Body>) -> StatusCode {
    let router = Router::new().route("/", post(echo)).route("/optional", post(echo_or_default));
    let context = CallContext { request_id: "req_1".into(), address: Ipv4Addr::LOCALHOST.into() };
    let mut request = Request::builder().method("POST").uri(path).extension(context);
    if let Some(content_type) = content_type {
        request = request.header(CONTENT_TYPE, content_type);
    }
    router.oneshot(request.body(body.into()).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn a_body_must_be_declared_as_json() {
    for good in ["application/json", "Application/JSON; charset=utf-8"] {
        assert_eq!(status("/", Some(good), "{}").await, 200, "{good}");
    }
    for bad in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("")] {
        assert_eq!(status("/", bad, "{}").await, 415, "{bad:?}");
    }
}

#[tokio::test]
async fn a_body_may_have_64_kib_and_no_more() {
    let fits = format!(r#"{{"name":"{}"}}"#, "x".repeat(MAX_BYTES - 11));
    assert_eq!(fits.len(), MAX_BYTES);
    assert_eq!(status("/", Some("application/json"), fits.clone()).await, 200);
    assert_eq!(status("/", Some("application/json"), format!("{fits} ")).await, 413);
}

#[tokio::test]
async fn a_body_of_unknown_length_is_bounded_too() {
    let frames =
        (0..=64).map(|_| Ok::<_, std::io::Error>(http_body::Frame::data(Bytes::from(vec![b' '; 1024]))));
    let body = Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(frames)));
    assert_eq!(status("/", Some("application/json"), body).await, 413);
}

#[tokio::test]
async fn an_optional_body_may_be_left_out_but_not_be_wrong() {
    assert_eq!(status("/optional", None, Body::empty()).await, 200);
    assert_eq!(status("/optional", Some("application/json"), r#"{"name":1}"#).await, 400);
    assert_eq!(status("/optional", None, "{}").await, 415);
    assert_eq!(status("/", None, Body::empty()).await, 415);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_given_up() {
    let never = futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>();
    let body = Body::new(http_body_util::StreamBody::new(never));
    assert_eq!(status("/", Some("application/json"), body).await, 408);
}
