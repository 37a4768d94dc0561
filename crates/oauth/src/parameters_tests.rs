use super::*;
use proptest::prelude::*;

fn form(text: &str) -> Result<Parameters, ParametersError> {
    Parameters::from_form(text.as_bytes())
}

fn json(text: &str) -> Result<Parameters, ParametersError> {
    Parameters::from_json(text.as_bytes())
}

#[test]
fn a_form_is_decoded_and_unknown_parameters_are_kept() {
    let parameters = form("grant_type=a+b&x%20y=%C3%A4&&flag&empty=").unwrap();
    let expected = [("grant_type", "a b"), ("x y", "\u{e4}")];
    let pairs: Vec<_> = parameters.pairs().iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(pairs, expected);
    assert_eq!(parameters.get("flag"), None, "without a value counts as left out");
}

#[test]
fn an_object_says_the_same_as_a_form() {
    let object = json(r#"{"a":"1","left_out":null,"resource":["x","y"],"empty":""}"#).unwrap();
    assert_eq!(object, form("a=1&resource=x&resource=y&empty=").unwrap());
}

#[test]
fn bcp_14_a_repeated_parameter_is_an_error_but_for_resources() {
    assert_eq!(form("a=1&a=1"), Err(ParametersError::Twice("a".to_owned())));
    assert_eq!(json(r#"{"a":"1","a":"1"}"#), Err(ParametersError::Twice("a".to_owned())));
    let both = form("resource=https://a.example&resource=https://b.example").unwrap();
    assert_eq!(both.all("resource").count(), 2);
}

#[test]
fn bcp_63_what_could_be_injected_is_refused() {
    for value in ["%00", "a%0D%0Ab", "%09", "%7F", "%C2%85"] {
        let refused = form(&format!("state={value}"));
        assert_eq!(refused, Err(ParametersError::Character("state".to_owned())), "{value}");
    }
    assert_eq!(json(r#"{"state":"\u0000"}"#), Err(ParametersError::Character("state".to_owned())));
    assert_eq!(form("st%0Aate=x"), Err(ParametersError::Character("state".to_owned())));
    for text in [b"a=%ff".as_slice(), b"a=\xff", b"a=%4", b"%=1"] {
        assert_eq!(Parameters::from_form(text), Err(A_FORM), "{text:?}");
    }
}

#[test]
fn bcp_63_what_is_over_long_is_refused() {
    assert!(form(&format!("a={}", "x".repeat(LONGEST))).is_ok());
    assert_eq!(
        form(&format!("a={}", "x".repeat(LONGEST + 1))),
        Err(ParametersError::TooLong("a".to_owned()))
    );
    assert!(form(&format!("{}=1", "n".repeat(LONGEST_NAME))).is_ok());
    let long_name = form(&format!("{}=1", "n".repeat(LONGEST_NAME + 1)));
    assert_eq!(long_name, Err(ParametersError::TooLong("n".repeat(40))));
    let many: Vec<String> = (0..=MOST).map(|i| format!("p{i}=1")).collect();
    assert_eq!(form(&many.join("&")), Err(ParametersError::TooMany));
}

#[test]
fn members_that_are_no_text_are_refused() {
    for member in ["1", "true", "{}", r#"["x"]"#] {
        let refused = json(&format!(r#"{{"a":{member}}}"#));
        assert_eq!(refused, Err(ParametersError::Type("a".to_owned())), "{member}");
    }
    for text in ["", "[]", "\"a\"", "{\"a\":\"1\"", "a=1"] {
        assert_eq!(json(text), Err(AN_OBJECT), "{text}");
    }
    assert_eq!(json(r#"{"resource":[1]}"#), Err(ParametersError::Type("resource".to_owned())));
}

#[test]
fn values_do_not_print() {
    assert_eq!(format!("{:?}", form("client_secret=hunter2").unwrap()), r#"["client_secret"]"#);
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        let _ = Parameters::from_form(&bytes);
        let _ = Parameters::from_json(&bytes);
    }

    #[test]
    fn pairs_survive_a_form(name in "[a-z]{1,20}", value in "[^\\p{Cc}]{1,40}") {
        let text = form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();
        let parameters = form(&text).unwrap();
        prop_assert_eq!(parameters.get(&name), Some(value.as_str()));
    }
}
