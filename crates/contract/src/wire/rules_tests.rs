use super::*;
use http::HeaderValue;
use proptest::prelude::*;

fn field(path: &str, kind: FieldKind, belongs_to: Option<&str>) -> FieldRule {
    let belongs_to = belongs_to.map(|name| name.parse().unwrap());
    FieldRule { path: path.parse().unwrap(), kind, required: true, belongs_to }
}

fn rules() -> RequestRules {
    RequestRules {
        headers: vec![HeaderRule { name: http::header::CONTENT_TYPE, pattern: "application/json".into() }],
        fields: vec![
            field("Meta.DataModel", FieldKind::Text, None),
            field("Meta.Destinations[].ID", FieldKind::Text, Some("destinations")),
        ],
    }
}

fn check(body: &str) -> Result<(), (DenialReason, String)> {
    let mut headers = HeaderMap::new();
    headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("Application/JSON; charset=utf-8"));
    let own = Belongings::from([("destinations".parse().unwrap(), vec!["d1".to_owned()])]);
    rules().check(&headers, Some(body.as_bytes()), &own).map_err(|v| (v.reason, v.message))
}

fn invalid(message: &str) -> Result<(), (DenialReason, String)> {
    Err((DenialReason::InvalidRequest, message.to_owned()))
}

#[test]
fn a_request_that_meets_every_demand_passes() {
    assert_eq!(check(r#"{"Meta":{"DataModel":"Device","Destinations":[{"ID":"d1"}]}}"#), Ok(()));
}

#[test]
fn a_missing_or_mistyped_field_is_named() {
    assert_eq!(check(r#"{"Meta":{}}"#), invalid("Meta.DataModel is required"));
    assert_eq!(check(r#"{"Meta":{"DataModel":null}}"#), invalid("Meta.DataModel is required"));
    assert_eq!(
        check(r#"{"Meta":{"DataModel":7}}"#),
        invalid("Meta.DataModel must be a text that is not empty")
    );
    let with = |list: &str| check(&format!(r#"{{"Meta":{{"DataModel":"D","Destinations":{list}}}}}"#));
    assert_eq!(with("[]"), invalid("Meta.Destinations[].ID is required"));
    assert_eq!(with("{}"), invalid("Destinations must be a list"));
    assert_eq!(with("[{}]"), invalid("Meta.Destinations[].ID is required"));
    assert_eq!(with("[7]"), invalid("Meta.Destinations[].ID is required"));
}

#[test]
fn every_value_must_be_the_callers_own() {
    let refused = check(r#"{"Meta":{"DataModel":"D","Destinations":[{"ID":"d1"},{"ID":"d2"}]}}"#);
    assert_eq!(refused.unwrap_err().0, DenialReason::ForeignValue);
}

#[test]
fn a_member_named_twice_is_refused_wherever_it_stands() {
    let body = r#"{"Meta":{"DataModel":"D","Destinations":[{"ID":"d1","ID":"d2"}]}}"#;
    assert_eq!(check(body), invalid("the body must be JSON without repeated members"));
    assert_eq!(check(""), invalid("the body must be JSON without repeated members"));
}

#[test]
fn a_header_is_demanded_once_and_by_pattern() {
    let rule = |pattern: &str| HeaderRule { name: HeaderName::from_static("x-v"), pattern: pattern.into() };
    let mut headers = HeaderMap::new();
    assert!(check_header(&rule("*"), &headers).is_err());
    headers.append("x-v", HeaderValue::from_static("v2-beta"));
    assert!(check_header(&rule("*"), &headers).is_ok());
    assert!(check_header(&rule("V2*"), &headers).is_ok());
    assert!(check_header(&rule("*-*a"), &headers).is_ok());
    assert!(check_header(&rule("v2"), &headers).is_err());
    headers.append("x-v", HeaderValue::from_static("v2"));
    assert!(check_header(&rule("*"), &headers).is_err());
}

proptest! {
    #[test]
    fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..80)) {
        let _ = rules().check(&HeaderMap::new(), Some(&body), &Belongings::new());
        let _ = serde_json::from_slice::<StrictJson>(&body);
    }
}
