use std::net::Ipv4Addr;

use claviger_contract::{Deployment, parse};
use http::header::AUTHORIZATION;

use super::*;

const KEY: &str = "sk_test_0123456789";

const EXAMPLE: &str = include_str!("../../../../contracts/example.toml");

fn installed(text: &str) -> Arc<Installed> {
    let deployment =
        Deployment { issuer: Some("http://example.localhost:8080".to_owned()), ..Deployment::default() };
    let contract = parse("example.toml", text).unwrap().contract.deployed(&deployment).unwrap();
    Arc::new(Installed { api: "api_00000000000000000000000000".parse().unwrap(), contract })
}

fn ask(word: &str, form: &str, credential: Option<&str>) -> Result<Asked, Complaints> {
    ask_of(EXAMPLE, word, form, credential)
}

/// The same of an API that has credentials sent in another way.
fn ask_by(place: &str, form: &str) -> Result<Asked, Complaints> {
    let text = EXAMPLE.replacen("in = \"bearer\"\nkinds = [\"key\", \"token\"]", place, 1);
    assert_ne!(text, EXAMPLE);
    ask_of(&text, "GET /v1/users", form, Some(KEY))
}

fn ask_of(text: &str, word: &str, form: &str, credential: Option<&str>) -> Result<Asked, Complaints> {
    let installed = installed(text);
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
fn a_credential_goes_where_the_contract_has_it() {
    let kinds = "kinds = [\"key\", \"token\"]";
    let user = ask_by(&format!("in = \"basic\"\n{kinds}"), "").unwrap();
    let sent = |asked: &Asked| asked.trial.request.headers()[AUTHORIZATION].clone();
    // `sk_test_0123456789:` and `:sk_test_0123456789` (RFC 7617 section 2).
    assert_eq!(sent(&user), "Basic c2tfdGVzdF8wMTIzNDU2Nzg5Og==");
    let encoded = user.encoded.as_ref().map(Plain::expose);
    assert_eq!(encoded, Some("c2tfdGVzdF8wMTIzNDU2Nzg5Og=="), "it is known, to be hidden in the answer");
    assert!(sent(&user).is_sensitive() && user.curl.contains("-u \"$API_KEY:\""), "{}", user.curl);
    let password = ask_by(&format!("in = \"basic\"\npart = \"password\"\n{kinds}"), "").unwrap();
    assert_eq!(sent(&password), "Basic OnNrX3Rlc3RfMDEyMzQ1Njc4OQ==");
    assert!(password.curl.contains("-u \":$API_KEY\""), "{}", password.curl);

    let place = format!("in = \"query\"\nname = \"api_key\"\n{kinds}");
    let query = ask_by(&place, "query=a=b").unwrap();
    assert_eq!(query.trial.request.uri(), &*format!("/v1/users?a=b&api_key={KEY}"));
    assert!(query.curl.contains("/v1/users?a=b'\"&api_key=$API_KEY\""), "{}", query.curl);
    assert!(!query.curl.contains(KEY) && !query.trial.request.headers().contains_key(AUTHORIZATION));

    let cookie = format!("in = \"cookie\"\nname = \"session\"\n{kinds}");
    let both = ask_by(&format!("{cookie}\n\n[[credential]]\nin = \"header\"\nname = \"X-Key\"\n{kinds}"), "");
    assert_eq!(both.unwrap().trial.request.headers()["x-key"], KEY);
    let Err(complaints) = ask_by(&cookie, "") else { panic!("a cookie is sent") };
    assert!(complaints.about("environment").unwrap().contains("cookie"));
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
