use super::*;
use proptest::prelude::*;

fn read(authorization: Option<&str>, body: &str) -> Result<ClientProof, Refusal> {
    let parameters = Parameters::from_form(body.as_bytes()).unwrap();
    ClientProof::read(authorization.map(str::as_bytes), &parameters)
}

fn code(authorization: Option<&str>, body: &str) -> ErrorCode {
    read(authorization, body).unwrap_err().code
}

fn basic_of(text: &str) -> String {
    format!("Basic {}", BASE64.encode(text.as_bytes()))
}

fn secret(id: &str, secret: &str, method: ClientAuthentication) -> ClientProof {
    ClientProof::Secret { id: id.to_owned(), secret: secret.to_owned(), method }
}

#[test]
fn bcp_38_basic_decodes_form_encoded_id_and_secret() {
    let header = basic_of("cli%3A1:s%2Be+c%25ret:x");
    let expected = secret("cli:1", "s+e c%ret:x", ClientAuthentication::SecretBasic);
    assert!(read(Some(&header), "").unwrap() == expected);
    let shouting = header.replace("Basic", "BASIC");
    assert!(read(Some(&shouting), "client_id=cli%3A1").unwrap() == expected, "the same id beside it is fine");
}

#[test]
fn bcp_38_a_secret_may_stand_in_the_body() {
    let expected = secret("a", "b", ClientAuthentication::SecretPost);
    assert!(read(None, "client_id=a&client_secret=b").unwrap() == expected);
    assert_eq!(code(None, "client_secret=b"), ErrorCode::InvalidRequest);
}

#[test]
fn bcp_37_two_methods_at_once_are_refused() {
    let basic = basic_of("a:b");
    let assertion = "client_assertion=x&client_assertion_type=y";
    assert_eq!(code(Some(&basic), "client_secret=b"), ErrorCode::InvalidRequest);
    assert_eq!(code(Some(&basic), assertion), ErrorCode::InvalidRequest);
    assert_eq!(code(None, &format!("client_id=a&client_secret=b&{assertion}")), ErrorCode::InvalidRequest);
    assert_eq!(code(Some(&basic), "client_id=other"), ErrorCode::InvalidRequest);
}

#[test]
fn basic_credentials_that_are_none_are_no_client() {
    let no_colon = basic_of("a");
    let (no_id, broken, control) = (basic_of(":b"), basic_of("a:%zz"), basic_of("a:%00"));
    for header in
        ["", "Basic", "Basic ", "Basic !", "Bearer x", "Basicx", &no_colon, &no_id, &broken, &control]
    {
        assert_eq!(code(Some(header), ""), ErrorCode::InvalidClient, "{header}");
    }
}

#[test]
fn an_assertion_says_what_it_is() {
    let typed = format!("client_assertion=x.y.z&client_assertion_type={JWT_BEARER}");
    let proof = read(None, &typed).unwrap();
    assert!(proof == ClientProof::Assertion { id: None, assertion: "x.y.z".to_owned() });
    assert_eq!(proof.method(), ClientAuthentication::PrivateKeyJwt);
    assert_eq!(read(None, &format!("{typed}&client_id=a")).unwrap().id(), Some("a"));
    assert_eq!(code(None, "client_assertion=x"), ErrorCode::InvalidRequest);
    assert_eq!(code(None, "client_assertion=x&client_assertion_type=saml"), ErrorCode::InvalidClient);
    assert_eq!(
        code(None, &format!("client_id=a&client_assertion_type={JWT_BEARER}")),
        ErrorCode::InvalidRequest
    );
}

#[test]
fn bcp_35_a_client_that_does_not_say_who_it_is_is_refused() {
    assert_eq!(code(None, "grant_type=client_credentials"), ErrorCode::InvalidClient);
    assert!(read(None, "client_id=a").unwrap() == ClientProof::Public { id: "a".to_owned() });
}

#[test]
fn a_proof_does_not_print() {
    let proof = read(None, "client_id=a&client_secret=hunter2").unwrap();
    assert!(!format!("{proof:?}").contains("hunter2"));
}

proptest! {
    #[test]
    fn no_header_and_no_body_make_reading_panic(header: Vec<u8>, text in ".*") {
        let _ = ClientProof::read(Some(&header), &Parameters::default());
        let _ = ClientProof::read(Some(basic_of(&text).as_bytes()), &Parameters::default());
    }

    #[test]
    fn any_id_and_secret_survive_basic(id in "[^\\p{Cc}]{1,20}", word in "[^\\p{Cc}]{0,20}") {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let header = basic_of(&format!("{}:{}", encode(&id), encode(&word)));
        prop_assert!(read(Some(&header), "").unwrap() == secret(&id, &word, ClientAuthentication::SecretBasic));
    }
}
