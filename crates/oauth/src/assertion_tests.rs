use super::*;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

const NOW: i64 = 1_800_000_000;
const ISSUER: &str = "https://auth.example.com";
const ENDPOINT: &str = "https://auth.example.com/v2/auth/token";

fn good() -> Value {
    json!({"iss": "cli_1", "sub": "cli_1", "aud": ISSUER, "exp": NOW + 60, "iat": NOW, "jti": "one"})
}

fn strict() -> AssertionRules {
    AssertionRules {
        algorithms: vec![Algorithm::Rs384, Algorithm::Es384],
        max_age: Duration::from_secs(300),
        endpoint_audience: true,
        key_id_required: true,
    }
}

fn look(header: &Value, claims: &Value, rules: Option<&AssertionRules>) -> Result<Assertion, Refusal> {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}.AQID", encode(header), encode(claims));
    let now = Timestamp::from_seconds(NOW);
    let check = AssertionCheck { client: "cli_1", issuer: ISSUER, endpoint: ENDPOINT, rules, now };
    check.check(&Jwt::parse(&text).unwrap())
}

fn why(change: impl FnOnce(&mut Value), rules: Option<&AssertionRules>) -> Option<String> {
    let mut claims = good();
    change(&mut claims);
    let header = json!({"alg": "RS384", "kid": "k"});
    look(&header, &claims, rules).err().map(|refusal| {
        assert_eq!(refusal.code, ErrorCode::InvalidClient);
        refusal.description.into_owned()
    })
}

#[test]
fn an_assertion_that_says_what_it_must_is_taken() {
    let taken = look(&json!({"alg": "EdDSA"}), &good(), None).unwrap();
    assert_eq!((taken.algorithm, taken.key_id, taken.id.as_str()), (Algorithm::EdDsa, None, "one"));
    assert_eq!(taken.forgotten_at, Timestamp::from_seconds(NOW + 120));
    assert_eq!(why(|_| {}, Some(&strict())), None);
    assert_eq!(
        why(|claims| claims["aud"] = json!([ISSUER]), None),
        None,
        "one in a list is still the only one"
    );
}

#[test]
fn bcp_39_the_issuer_is_the_sole_audience_unless_the_contract_names_the_endpoint() {
    assert!(why(|claims| claims["aud"] = json!(ENDPOINT), None).is_some());
    assert_eq!(why(|claims| claims["aud"] = json!(ENDPOINT), Some(&strict())), None);
    for audience in
        [json!([ISSUER, ENDPOINT]), json!([]), json!("https://other.example"), json!(7), Value::Null]
    {
        assert!(why(|claims| claims["aud"] = audience, Some(&strict())).unwrap().contains("aud"));
    }
}

#[test]
fn bcp_39_an_assertion_is_short_lived_and_has_a_name() {
    assert!(why(|claims| claims["exp"] = json!(NOW - 60), None).unwrap().contains("expired"));
    assert_eq!(why(|claims| claims["exp"] = json!(NOW - 59), None), None, "a minute of skew");
    assert!(why(|claims| claims["exp"] = json!(NOW + 3_661), None).unwrap().contains("far ahead"));
    assert!(why(|claims| claims["exp"] = json!(NOW + 3_661), Some(&strict())).unwrap().contains("far ahead"));
    assert!(why(|claims| claims["exp"] = json!("soon"), None).unwrap().contains("exp"));
    assert!(why(|claims| claims["jti"] = json!(""), None).unwrap().contains("jti"));
    assert!(why(|claims| claims["jti"] = json!("x".repeat(257)), None).unwrap().contains("jti"));
}

#[test]
fn an_assertion_is_no_older_than_the_contract_says() {
    let rules = strict();
    assert_eq!(why(|claims| claims["iat"] = json!(NOW - 300), Some(&rules)), None);
    assert!(why(|claims| claims["iat"] = json!(NOW - 301), Some(&rules)).unwrap().contains("too old"));
    assert!(why(|claims| claims["iat"] = Value::Null, Some(&rules)).unwrap().contains("iat"));
    assert_eq!(why(|claims| claims["iat"] = json!(NOW - 900), None), None);
    assert!(why(|claims| claims["iat"] = json!(NOW + 61), None).unwrap().contains("ahead"));
    assert!(why(|claims| claims["nbf"] = json!(NOW + 61), None).unwrap().contains("yet"));
}

#[test]
fn an_assertion_that_ends_late_is_good_and_remembered_no_longer_than_its_age_allows() {
    let mut late = good();
    late["exp"] = json!(NOW + 3_600);
    let header = json!({"alg": "RS384", "kid": "k"});
    let issued = late["iat"].as_i64().unwrap();
    let taken = look(&header, &late, Some(&strict())).unwrap();
    assert_eq!(taken.forgotten_at, Timestamp::from_seconds(issued + 300 + 60));
    let taken = look(&header, &late, None).unwrap();
    assert_eq!(taken.forgotten_at, Timestamp::from_seconds(NOW + 3_600 + 60));
}

#[test]
fn an_assertion_of_another_client_or_an_unaccepted_algorithm_is_refused() {
    for claim in ["iss", "sub"] {
        assert!(why(|claims| claims[claim] = json!("cli_2"), None).unwrap().contains("client_id"));
    }
    for algorithm in ["none", "HS256", "RS512", "ES256K"] {
        assert!(look(&json!({"alg": algorithm}), &good(), None).is_err(), "{algorithm}");
    }
    assert!(look(&json!({"alg": "RS256", "kid": "k"}), &good(), Some(&strict())).is_err());
    assert!(look(&json!({"alg": "RS384"}), &good(), Some(&strict())).is_err(), "no kid");
}
