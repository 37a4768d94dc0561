use super::*;
use claviger_contract::{Algorithm, GrantKind, Issued, Param, Purpose, TokenShape};
use claviger_domain::Belongings;

fn check(sent: &str) -> Response<Bytes> {
    let contract = contract("redox");
    let request = request("POST redox.localhost/endpoint", &[("content-type", "application/json")]);
    let reading = request.read(&contract);
    let rules = reading.rules.unwrap();
    assert!(rules.needs_body());
    let own = Belongings::from([("destinations".parse().unwrap(), vec!["d1".to_owned()])]);
    match rules.check(&request.headers, Some(sent.as_bytes()), &own) {
        Ok(()) => Response::new(Bytes::new()),
        Err(violation) => contract.refuse_violation(&violation, &context("redox.localhost", &[])),
    }
}

#[test]
fn a_data_model_call_needs_its_meta_fields() {
    let good = r#"{"Meta":{"DataModel":"PatientSearch","EventType":"Query","Destinations":[{"ID":"d1"}]}}"#;
    assert_eq!(check(good).status(), 200);
    let response = check(r#"{"Meta":{"DataModel":"Device","Destinations":[{"ID":"d1"}]}}"#);
    assert_eq!(response.status(), 400);
    assert_eq!(
        body(&response),
        r#"{"Meta":{"Errors":[{"ID":4001,"Text":"Meta.EventType is required","Type":"message","Module":"DataModels"}]}}"#
    );
}

#[test]
fn a_destination_that_is_not_the_callers_is_403() {
    let response =
        check(r#"{"Meta":{"DataModel":"Device","EventType":"New","Destinations":[{"ID":"other"}]}}"#);
    assert_eq!(response.status(), 403);
    assert!(body(&response).contains("\"ID\":4031"));
    assert!(!body(&response).contains("other"));
}

#[test]
fn an_expired_token_is_401_in_the_same_envelope() {
    let response = refuse(&contract("redox"), DenialReason::Expired);
    assert_eq!(response.status(), 401);
    assert_eq!(
        body(&response),
        r#"{"Meta":{"Errors":[{"ID":4011,"Text":"Unauthorized: the access token has expired","Type":"authentication","Module":"Auth"}]}}"#
    );
}

#[test]
fn expiry_is_an_absolute_time_with_milliseconds() {
    let contract = contract("redox");
    let login = contract.token_endpoints().iter().find(|e| e.purpose == Purpose::Login).unwrap();
    let issued = Issued {
        access_token: Some("0f7d0b52-1111-4222-8333-444455556666"),
        refresh_token: Some("9a1e7c30-7777-4888-9999-aaaabbbbcccc"),
        expires_at: Some(NOW),
        ..Issued::default()
    };
    assert_eq!(
        login.reply.as_ref().unwrap().render(&[issued], NOW).unwrap(),
        r#"{"accessToken":"0f7d0b52-1111-4222-8333-444455556666","expires":"2026-01-01T00:00:00.000Z","refreshToken":"9a1e7c30-7777-4888-9999-aaaabbbbcccc"}"#
    );
    assert_eq!(login.field_name(Some(GrantKind::KeyPair), Param::Key), "apiKey");
    assert_eq!(login.terms.as_ref().unwrap().access.shape, TokenShape::Uuid);
    assert!(login.terms.as_ref().unwrap().refresh.is_some());
}

#[test]
fn the_modern_form_takes_signed_assertions_for_five_minutes() {
    let contract = contract("redox");
    let token = contract.token_endpoints().iter().find(|e| e.purpose == Purpose::Token).unwrap();
    let rules = token.assertion.as_ref().unwrap();
    assert_eq!(rules.algorithms, [Algorithm::Rs384, Algorithm::Es384]);
    assert!(rules.key_id_required && rules.endpoint_audience && rules.max_age.as_secs() == 300);
    let terms = token.terms.as_ref().unwrap();
    assert_eq!(terms.access.lifetime.as_secs(), 300);
    assert!(terms.refresh.is_none() && token.has_oauth_errors());
}
