use super::*;
use crate::{Contract, Purpose};
use proptest::prelude::*;

const BRIFLE: &str = include_str!("../../../../contracts/brifle.toml");
const REDOX: &str = include_str!("../../../../contracts/redox.toml");

fn contract(text: &str) -> Contract {
    crate::parse("test.toml", text).unwrap().contract
}

fn read(text: &str, purpose: Purpose, body: &str) -> Result<TokenRequest, TokenRequestError> {
    let contract = contract(text);
    let endpoint = contract.token_endpoints().iter().find(|endpoint| endpoint.purpose == purpose).unwrap();
    endpoint.read_request(Encoding::Json, body.as_bytes())
}

fn log_in(body: &str) -> Result<TokenRequest, TokenRequestError> {
    read(BRIFLE, Purpose::Login, body)
}

#[test]
fn the_fields_say_what_is_traded_in() {
    let documented =
        "{\n\"api_key\": \"your_api_key_here\",\n\"session_id\": \"optional_custom_session_id\"\n}";
    let request = log_in(documented).unwrap();
    assert_eq!(request.grant, Some(GrantKind::ApiKey));
    assert_eq!(request.get(Param::Key), Some("your_api_key_here"));
    assert_eq!(request.get(Param::Session), Some("optional_custom_session_id"));
    assert_eq!(request.get(Param::Secret), None);
    for (body, grant) in [
        (r#"{"key":"k","secret":"s"}"#, GrantKind::KeyPair),
        (r#"{"username":"u","password":"p"}"#, GrantKind::Password),
        (r#"{"client_id":"c","client_secret":"s"}"#, GrantKind::ClientCredentials),
    ] {
        assert_eq!(log_in(body).unwrap().grant, Some(grant));
    }
    let refresh = read(REDOX, Purpose::Refresh, r#"{"apiKey":"k","refreshToken":"r"}"#).unwrap();
    assert_eq!(refresh.grant, Some(GrantKind::KeyRefresh));
    let logout = read(BRIFLE, Purpose::Logout, r#"{"token":"t"}"#).unwrap();
    assert_eq!((logout.grant, logout.get(Param::Token)), (None, Some("t")));
}

#[test]
fn an_empty_session_is_no_name_in_json_and_left_out_of_a_form() {
    let named = |body: &str| log_in(body).unwrap().get(Param::Session).map(str::to_owned);
    assert_eq!(named(r#"{"api_key":"k","session_id":""}"#).as_deref(), Some(""));
    assert_eq!(named(r#"{"api_key":"k","session_id":null}"#), None);
    assert_eq!(named(r#"{"api_key":"k"}"#), None);
    let contract = contract(BRIFLE);
    let endpoint = contract.token_endpoints().iter().find(|one| one.purpose == Purpose::Login).unwrap();
    let form = endpoint.read_request(Encoding::Form, b"api_key=k&session_id=").unwrap();
    assert_eq!(form.get(Param::Session), None);
}

#[test]
fn a_member_that_stands_there_twice_is_no_object() {
    let twice = Err(TokenRequestError::Form("a JSON object"));
    for body in [r#"{"api_key":"a","api_key":"b"}"#, r#"{"api_key":"a","x":1,"x":1}"#, r#"{"api_key":"a"}{}"#]
    {
        assert_eq!(log_in(body), twice, "{body}");
    }
}

#[test]
fn none_or_two_credentials_are_refused() {
    let none = Err(TokenRequestError::NoCredential);
    for body in ["{}", r#"{"api_key":""}"#, r#"{"api_key":null}"#, r#"{"key":"k"}"#, r#"{"session_id":"s"}"#]
    {
        assert_eq!(log_in(body), none, "{body}");
    }
    for body in [
        r#"{"api_key":"k","username":"u"}"#,
        r#"{"api_key":"k","key":"k","secret":"s"}"#,
        r#"{"api_key":"k","client_id":"c","client_secret":"s"}"#,
    ] {
        assert_eq!(log_in(body), Err(TokenRequestError::TwoCredentials), "{body}");
    }
}

#[test]
fn wrong_types_and_other_forms_are_refused() {
    for body in ["", "null", "[]", "\"x\"", "{", "api_key=x"] {
        assert_eq!(log_in(body), Err(TokenRequestError::Form("a JSON object")), "{body}");
    }
    for body in [r#"{"api_key":1}"#, r#"{"api_key":["k"]}"#, r#"{"api_key":{"a":"b"}}"#] {
        assert_eq!(log_in(body), Err(TokenRequestError::Type("api_key".to_owned())));
    }
    assert_eq!(
        log_in(r#"{"api_key":"k","session_id":7}"#),
        Err(TokenRequestError::Type("session_id".to_owned()))
    );
    assert!(log_in(r#"{"api_key":"k","anything":7}"#).is_ok(), "unknown fields are ignored");
}

#[test]
fn a_form_is_read_like_json() {
    let contract = contract(BRIFLE);
    let endpoint = contract.token_endpoints().first().unwrap();
    let read = |body: &str| endpoint.read_request(Encoding::Form, body.as_bytes());
    let request = read("api_key=a%2Bb&session_id=one+two").unwrap();
    assert_eq!((request.get(Param::Key), request.get(Param::Session)), (Some("a+b"), Some("one two")));
    assert_eq!(read("api_key=a&api_key=b"), Err(TokenRequestError::Twice("api_key".to_owned())));
    assert_eq!(read("api_key=%zz"), Err(TokenRequestError::Form("a form")));
}

#[test]
fn a_request_does_not_print() {
    assert!(!format!("{:?}", log_in(r#"{"api_key":"hunter2"}"#)).contains("hunter2"));
}

proptest! {
    #[test]
    fn no_body_makes_reading_panic(body: Vec<u8>) {
        let contract = contract(BRIFLE);
        for endpoint in contract.token_endpoints() {
            for encoding in [Encoding::Form, Encoding::Json] {
                let _ = endpoint.read_request(encoding, &body);
            }
        }
    }
}
