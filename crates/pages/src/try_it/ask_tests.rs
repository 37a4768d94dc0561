use std::net::Ipv4Addr;

use claviger_contract::{Deployment, parse};
use http::header::AUTHORIZATION;

use super::*;

const KEY: &str = "sk_test_0123456789";

fn installed() -> Arc<Installed> {
    let text = include_str!("../../../../contracts/example.toml");
    let deployment =
        Deployment { issuer: Some("http://example.localhost:8080".to_owned()), ..Deployment::default() };
    let contract = parse("example.toml", text).unwrap().contract.deployed(&deployment).unwrap();
    Arc::new(Installed { api: "api_00000000000000000000000000".parse().unwrap(), contract })
}

fn ask(word: &str, form: &str, credential: Option<&str>) -> Result<Asked, Complaints> {
    let installed = installed();
    let target = Target::find(&installed.contract, word).unwrap();
    let reader = (Ipv4Addr::LOCALHOST.into(), false);
    read((&installed, &target), &Fields::parse(form.as_bytes()), credential, reader)
}

fn complaint(word: &str, form: &str, credential: Option<&str>, field: &str) -> String {
    let Err(complaints) = ask(word, form, credential) else { panic!("{form} is sent") };
    complaints.about(field).unwrap_or_default().to_owned()
}

#[test]
fn a_trial_is_the_request_of_the_form_and_its_command_has_no_credential() {
    let asked = ask("GET /v1/users/{id}", "path.id=7&query=?a=1%26b=x y", Some(KEY)).unwrap();
    let request = &asked.trial.request;
    assert_eq!(request.uri(), "/v1/users/7?a=1&b=x+y");
    assert_eq!(request.headers()[AUTHORIZATION], format!("Bearer {KEY}"));
    assert!(request.headers()[AUTHORIZATION].is_sensitive());
    assert_eq!(request.headers()[HOST], asked.trial.host);
    assert_eq!(asked.trial.environment, Environment::Test);
    assert!(asked.curl.contains("-X GET 'http://"), "{}", asked.curl);
    assert!(asked.curl.contains(":8080/v1/users/7?a=1&b=x+y'"), "{}", asked.curl);
    assert!(asked.curl.contains("Authorization: Bearer $API_KEY") && !asked.curl.contains(KEY));
}

#[test]
fn a_body_is_json_and_goes_only_where_a_body_belongs() {
    let sent = |word, form| ask(word, form, Some(KEY)).unwrap();
    let asked = sent("POST /v1/users", "body={\"name\":\"O'Neil\"}");
    assert_eq!(asked.trial.request.body(), "{\"name\":\"O'Neil\"}");
    assert_eq!(asked.trial.request.headers()[CONTENT_TYPE], "application/json");
    assert!(asked.curl.contains(r#"--data '{"name":"O'\''Neil"}'"#), "{}", asked.curl);
    assert_eq!(sent("GET /v1/users", "body={}").trial.request.body(), "");
    assert!(complaint("POST /v1/users", "body={", Some(KEY), "body").starts_with("This is not JSON"));
}

#[test]
fn live_data_is_reached_only_by_those_who_say_so() {
    let said = complaint("GET /v1/users", "environment=live", Some(KEY), "understood");
    assert_eq!(said, "Say that this may reach live data.");
    let asked = ask("GET /v1/users", "environment=live&understood=yes", Some(KEY)).unwrap();
    assert_eq!(asked.trial.environment, Environment::Live);
}

#[test]
fn what_is_no_credential_is_not_sent() {
    for bad in ["two words", "ключ", &"x".repeat(9_000)] {
        assert!(!complaint("GET /v1/users", "", Some(bad), CREDENTIAL).is_empty(), "{bad}");
    }
    let asked = ask("GET /v1/users", "", None).unwrap();
    assert!(!asked.trial.request.headers().contains_key(AUTHORIZATION), "the API says what is missing");
    assert!(complaint("GET /v1/users/{id}", "path.id=..", None, "path").starts_with("id: "));
}
