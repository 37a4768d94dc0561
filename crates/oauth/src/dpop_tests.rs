use super::*;
use serde_json::json;

const NOW: i64 = 1_800_000_000;
const URL: &str = "https://auth.example.com/oauth/token";

fn claims() -> Value {
    json!({"jti": "one", "htm": "POST", "htu": URL, "iat": NOW})
}

fn header() -> Value {
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": {"kty": "EC"}})
}

fn look(header: &Value, claims: &Value, access_token: Option<&str>) -> Result<Possession, Refusal> {
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let text = format!("{}.{}.AQID", encode(header), encode(claims));
    let now = Timestamp::from_seconds(NOW);
    let check = PossessionCheck { method: "POST", url: URL, access_token, now };
    check.check(&Jwt::parse(&text).unwrap())
}

fn why(change: impl FnOnce(&mut Value, &mut Value)) -> Option<String> {
    let (mut header, mut claims) = (header(), claims());
    change(&mut header, &mut claims);
    look(&header, &claims, None).err().map(|refusal| {
        assert_eq!(refusal.code, ErrorCode::InvalidDpopProof);
        refusal.description.into_owned()
    })
}

#[test]
fn a_proof_of_this_request_is_taken() {
    let taken = look(&header(), &claims(), None).unwrap();
    assert_eq!((taken.algorithm, taken.id.as_str()), (Algorithm::Es256, "one"));
    assert_eq!(taken.forgotten_at, Timestamp::from_seconds(NOW + 60));
}

#[test]
fn bcp_48_a_proof_of_another_request_or_time_is_refused() {
    assert!(why(|_, claims| claims["htm"] = json!("GET")).unwrap().contains("htm"));
    for address in
        ["https://auth.example.com/oauth/revoke", "http://auth.example.com/oauth/token", "/oauth/token", ""]
    {
        assert!(why(|_, claims| claims["htu"] = json!(address)).unwrap().contains("htu"), "{address}");
    }
    for at in [NOW - 60, NOW + 61] {
        assert!(why(|_, claims| claims["iat"] = json!(at)).unwrap().contains("iat"));
    }
    for at in [NOW - 59, NOW + 60] {
        assert_eq!(why(|_, claims| claims["iat"] = json!(at)), None);
    }
    assert!(why(|_, claims| claims["jti"] = Value::Null).unwrap().contains("jti"));
}

#[test]
fn bcp_48_a_proof_says_what_it_is_and_by_which_key() {
    assert!(why(|header, _| header["typ"] = json!("JWT")).unwrap().contains("typ"));
    for algorithm in ["none", "HS256"] {
        assert!(why(|header, _| header["alg"] = json!(algorithm)).unwrap().contains("alg"));
    }
    assert!(why(|header, _| header["jwk"] = json!("x")).unwrap().contains("jwk"));
}

#[test]
fn addresses_are_compared_in_their_normal_form() {
    for address in
        ["HTTPS://AUTH.example.com:443/oauth/token", "https://auth.example.com/oauth/./token?a=b#c"]
    {
        assert_eq!(why(|_, claims| claims["htu"] = json!(address)), None, "{address}");
    }
}

#[test]
fn bcp_48_a_proof_beside_a_token_is_of_that_token() {
    assert!(look(&header(), &claims(), Some("token")).is_err());
    let mut bound = claims();
    bound["ath"] = json!(BASE64URL_NOPAD.encode(&sha256(b"token")));
    assert!(look(&header(), &bound, Some("token")).is_ok());
    assert!(look(&header(), &bound, Some("other")).is_err());
}
