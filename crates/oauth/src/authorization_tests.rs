use super::*;

const GOOD: [(&str, &str); 4] = [
    ("client_id", "cli_1"),
    ("response_type", "code"),
    ("redirect_uri", "https://app.example/cb"),
    ("scope", "openid read"),
];

fn with(extra: &[(&str, &str)]) -> Result<AuthorizationRequest, ErrorCode> {
    let is_replaced = |name: &str| name != "resource" && extra.iter().any(|(other, _)| *other == name);
    let pairs = GOOD.iter().filter(|(name, _)| !is_replaced(name)).chain(extra);
    let pairs = pairs.filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    AuthorizationRequest::read(&Parameters::from_pairs(pairs)).map_err(|refusal| refusal.code)
}

#[test]
fn bcp_12_code_is_the_only_response_type() {
    assert!(with(&[]).is_ok());
    assert_eq!(with(&[("response_type", "")]), Err(ErrorCode::InvalidRequest));
    for other in ["token", "id_token", "id_token token", "code id_token", "none", "CODE"] {
        assert_eq!(with(&[("response_type", other)]), Err(ErrorCode::UnsupportedResponseType), "{other}");
    }
}

#[test]
fn bcp_13_unknown_parameters_are_ignored() {
    assert_eq!(with(&[("shoe_size", "43"), ("display", "popup")]), with(&[]));
}

#[test]
fn what_metadata_says_is_not_supported_is_refused_with_its_code() {
    assert_eq!(with(&[("request", "x.y.z")]), Err(ErrorCode::RequestNotSupported));
    assert_eq!(with(&[("request_uri", "https://a.example")]), Err(ErrorCode::RequestUriNotSupported));
    assert_eq!(with(&[("registration", "{}")]), Err(ErrorCode::RegistrationNotSupported));
}

#[test]
fn the_answer_comes_by_query_or_by_form() {
    assert_eq!(with(&[]).unwrap().response_mode, ResponseMode::Query);
    assert_eq!(with(&[("response_mode", "form_post")]).unwrap().response_mode, ResponseMode::FormPost);
    assert_eq!(with(&[("response_mode", "fragment")]), Err(ErrorCode::InvalidRequest));
}

#[test]
fn bcp_63_every_over_long_value_is_refused() {
    let long = "x".repeat(2_001);
    for name in ["state", "nonce", "login_hint", "acr_values", "ui_locales", "dpop_jkt", "max_age", "prompt"]
    {
        assert_eq!(with(&[(name, &long)]), Err(ErrorCode::InvalidRequest), "{name}");
    }
    assert_eq!(with(&[("scope", &long)]), Err(ErrorCode::InvalidScope));
    let many: Vec<String> = (0..65).map(|n| format!("s{n}")).collect();
    assert_eq!(with(&[("scope", &many.join(" "))]), Err(ErrorCode::InvalidScope));
    assert_eq!(with(&[("resource", &format!("https://{long}"))]), Err(ErrorCode::InvalidTarget));
    assert!(with(&[("state", &"x".repeat(2_000)), ("nonce", &"x".repeat(500))]).is_ok());
}

#[test]
fn max_age_is_a_number_of_seconds() {
    assert_eq!(with(&[("max_age", "0")]).unwrap().max_age, Some(Duration::ZERO));
    assert_eq!(with(&[("max_age", "3600")]).unwrap().max_age, Some(Duration::from_secs(3600)));
    for bad in ["-1", "+1", "1.5", "soon", "99999999999"] {
        assert_eq!(with(&[("max_age", bad)]), Err(ErrorCode::InvalidRequest), "{bad}");
    }
}

#[test]
fn mcp_09_resources_can_be_repeated() {
    let two = with(&[("resource", "https://a.example/"), ("resource", "HTTPS://B.example/mcp")]).unwrap();
    assert_eq!(two.resources, ["https://a.example", "https://b.example/mcp"]);
    assert_eq!(with(&[("resource", "https://a.example/#x")]), Err(ErrorCode::InvalidTarget));
}

#[test]
fn an_error_echoes_a_state_that_is_none_of_its_cause() {
    let parameters = |state: &str| Parameters::from_pairs(vec![("state".to_owned(), state.to_owned())]);
    assert_eq!(echoed_state(&parameters("a b")), Some("a b"));
    assert_eq!(echoed_state(&parameters(&"x".repeat(2_001))), None);
}
