use super::*;
use proptest::prelude::*;

fn read(body: &str) -> Result<TokenRequest, Refusal> {
    TokenRequest::read(&Parameters::from_form(body.as_bytes()).unwrap())
}

fn code(body: &str) -> ErrorCode {
    read(body).unwrap_err().code
}

#[test]
fn each_grant_is_read_with_its_parameters() {
    let request = read(
        "grant_type=authorization_code&code=c&redirect_uri=https://a.example&code_verifier=v&resource=r",
    );
    let expected = TokenRequest::AuthorizationCode {
        code: "c".to_owned(),
        redirect_uri: Some("https://a.example".to_owned()),
        code_verifier: Some("v".to_owned()),
        resources: vec!["r".to_owned()],
    };
    assert!(request.unwrap() == expected);
    let scopes = Some(ScopeSet::parse_spaced("read write").unwrap());
    let request = read("grant_type=client_credentials&scope=write+read").unwrap();
    assert!(request == TokenRequest::ClientCredentials { scopes: scopes.clone(), resources: Vec::new() });
    let request = read("grant_type=refresh_token&refresh_token=r&scope=read+write").unwrap();
    let refresh_token = "r".to_owned();
    assert!(request == TokenRequest::RefreshToken { refresh_token, scopes, resources: Vec::new() });
    let request = read("grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=d").unwrap();
    assert!(request == TokenRequest::DeviceCode { device_code: "d".to_owned() });
}

#[test]
fn an_exchange_names_its_tokens_and_where_they_are_for() {
    let body = "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=s\
        &subject_token_type=t&resource=r&audience=a";
    let Ok(TokenRequest::TokenExchange { resources, actor, .. }) = read(body) else { panic!() };
    assert_eq!((resources, actor), (vec!["r".to_owned(), "a".to_owned()], None));
    assert_eq!(code(&format!("{body}&actor_token=x")), ErrorCode::InvalidRequest);
    assert_eq!(code(&format!("{body}&actor_token_type=x")), ErrorCode::InvalidRequest);
    let Ok(TokenRequest::TokenExchange { actor, .. }) =
        read(&format!("{body}&actor_token=x&actor_token_type=y"))
    else {
        panic!()
    };
    assert_eq!(actor, Some(("x".to_owned(), "y".to_owned())));
}

#[test]
fn bcp_43_there_is_no_password_grant_and_no_implicit_one() {
    for grant in ["password", "implicit", "Authorization_Code", "device_code"] {
        assert_eq!(
            code(&format!("grant_type={grant}&username=a&password=b")),
            ErrorCode::UnsupportedGrantType
        );
    }
}

#[test]
fn what_is_missing_is_an_invalid_request() {
    for body in [
        "",
        "grant_type=",
        "grant_type=authorization_code",
        "grant_type=authorization_code&code=",
        "grant_type=refresh_token",
        "grant_type=urn:ietf:params:oauth:grant-type:device_code",
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token=x",
    ] {
        assert_eq!(code(body), ErrorCode::InvalidRequest, "{body}");
    }
}

#[test]
fn bcp_63_what_is_no_scope_is_an_invalid_scope() {
    for scope in ["%22", "a%5Cb", "%C3%A4"] {
        assert_eq!(code(&format!("grant_type=client_credentials&scope={scope}")), ErrorCode::InvalidScope);
    }
    let many: Vec<String> = (0..=ScopeSet::MAX).map(|i| format!("s{i}")).collect();
    assert_eq!(
        code(&format!("grant_type=client_credentials&scope={}", many.join("+"))),
        ErrorCode::InvalidScope
    );
    let spaces = read("grant_type=client_credentials&scope=+").unwrap();
    assert!(spaces == TokenRequest::ClientCredentials { scopes: None, resources: Vec::new() });
}

#[test]
fn a_request_does_not_print() {
    let request = read("grant_type=refresh_token&refresh_token=hunter2").unwrap();
    assert!(!format!("{request:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn no_parameters_make_reading_panic(pairs in prop::collection::vec((".*", ".*"), 0..8), grant in 0..5_usize) {
        let mut pairs = pairs;
        pairs.push(("grant_type".to_owned(), GrantType::ALL[grant].as_str().to_owned()));
        let _ = TokenRequest::read(&Parameters::from_pairs(pairs));
    }
}
