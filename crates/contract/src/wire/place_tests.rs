use super::*;
use proptest::prelude::*;

const KEY: KindSet = KindSet::NONE.with(CredentialKind::Key);
const TOKEN: KindSet = KindSet::NONE.with(CredentialKind::Token);

fn places(spots: &[(Spot, KindSet)]) -> Places {
    let place =
        |(spot, kinds): &(Spot, KindSet)| Place { spot: spot.clone(), kinds: *kinds, title: "it".into() };
    Places { list: spots.iter().map(place).collect(), prefixes: vec!["sk_live_".into()], bare_uuids: true }
}

fn headers(lines: &[(&str, &[u8])]) -> HeaderMap {
    lines
        .iter()
        .map(|(n, v)| (n.parse::<HeaderName>().unwrap(), HeaderValue::from_bytes(v).unwrap()))
        .collect()
}

fn own_header(name: &'static str) -> Spot {
    Spot::Header { name: HeaderName::from_static(name), scheme: None, bearer_allowed: true }
}

fn look(spots: &[(Spot, KindSet)], lines: &[(&str, &[u8])], query: Option<&str>) -> String {
    let headers = headers(lines);
    match places(spots).find(&headers, query) {
        Found::Nothing => "nothing".into(),
        Found::Text { bytes, kinds, .. } => {
            let kinds: Vec<_> = kinds.iter().map(CredentialKind::as_str).collect();
            format!("{} {}", String::from_utf8_lossy(&bytes), kinds.join("|"))
        }
        Found::Multiple => "multiple".into(),
        Found::InQuery => "in query".into(),
        Found::CrossSite => "cross site".into(),
    }
}

#[test]
fn a_bearer_scheme_is_read_in_any_case_and_other_schemes_are_not() {
    let bearer = [(Spot::Bearer, TOKEN)];
    for value in ["Bearer x", "bearer x", "BEARER   x ", "Bearer\tx"] {
        assert_eq!(look(&bearer, &[("authorization", value.as_bytes())], None), "x token", "{value}");
    }
    assert_eq!(look(&bearer, &[("authorization", b"dPoP x")], None), "x token");
    for value in ["Basic x", "Bearerx", "x", "Bearer", "Bearer ", ""] {
        assert_eq!(look(&bearer, &[("authorization", value.as_bytes())], None), "nothing", "{value}");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_presented_as_they_came() {
    let headers = headers(&[("authorization", b"Bearer \xff\xfe")]);
    let places = places(&[(Spot::Bearer, TOKEN)]);
    assert_eq!(places.find(&headers, None).presented(), Presented::Text { bytes: b"\xff\xfe", kinds: TOKEN });
}

#[test]
fn two_different_credentials_are_multiple_and_the_same_twice_is_one() {
    let spots = [(own_header("apikey"), KEY), (Spot::Bearer, TOKEN)];
    let both = |a: &'static str, b: &'static str| {
        look(&spots, &[("apikey", a.as_bytes()), ("authorization", b.as_bytes())], None)
    };
    assert_eq!(both("x", "Bearer y"), "multiple");
    assert_eq!(both("x", "Bearer x"), "x key|token");
    assert_eq!(both("Bearer x", "Bearer x"), "x key|token");
    assert_eq!(both("", "Bearer y"), "y token");
    assert_eq!(look(&spots, &[("apikey", b"x"), ("apikey", b"y")], None), "multiple");
}

#[test]
fn a_scheme_of_ones_own_is_needed_when_the_contract_has_one() {
    let spot = Spot::Header { name: AUTHORIZATION, scheme: Some("ApiKey".into()), bearer_allowed: false };
    assert_eq!(look(&[(spot.clone(), KEY)], &[("authorization", b"apikey x")], None), "x key");
    assert_eq!(look(&[(spot, KEY)], &[("authorization", b"Bearer x")], None), "nothing");
}

#[test]
fn basic_gives_the_part_that_is_ours() {
    let encode = |text: &str| format!("Basic {}", BASE64.encode(text.as_bytes()));
    let user = |text: &str| {
        look(&[(Spot::Basic(BasicPart::User), KEY)], &[("authorization", encode(text).as_bytes())], None)
    };
    let password = |text: &str| {
        look(&[(Spot::Basic(BasicPart::Password), KEY)], &[("authorization", encode(text).as_bytes())], None)
    };
    assert_eq!(user("k:"), "k key");
    assert_eq!(user("k:other"), "k key");
    assert_eq!(user("k"), "k key");
    assert_eq!(password("api:k:l"), "k:l key");
    assert_eq!(
        look(&[(Spot::Basic(BasicPart::User), KEY)], &[("authorization", b"Basic !!")], None),
        "!! key"
    );
}

#[test]
fn a_cookie_is_found_among_others() {
    let spots = [(Spot::Cookie("sid".into()), TOKEN)];
    assert_eq!(look(&spots, &[("cookie", b"a=1; sid=\"x\"; b=2")], None), "x token");
    assert_eq!(look(&spots, &[("cookie", b"sid=x; sid=y")], None), "multiple");
    assert_eq!(look(&spots, &[("cookie", b"xsid=x;;=;sid")], None), "nothing");
}

#[test]
fn a_credential_in_the_query_is_found_out() {
    let spots = [(Spot::Bearer, TOKEN)];
    for query in [
        "access_token=x",
        "a=1&x=sk_live_abc",
        "x=%73k_live_abc",
        "key=0f7d0b52-1111-4222-8333-444455556666",
        "ACCESS%5FTOKEN=x",
    ] {
        assert_eq!(look(&spots, &[], Some(query)), "in query", "{query}");
    }
    for query in ["", "key=value", "token=abc", "access_token=", "id=0f7d0b52-1111-4222-8333-444455556666"] {
        assert_eq!(look(&spots, &[], Some(query)), "nothing", "{query}");
    }
    assert_eq!(look(&[(Spot::Query("key".into()), KEY)], &[], Some("key=sk_live_%61")), "sk_live_a key");
    assert_eq!(look(&[(Spot::Query("key".into()), KEY)], &[], Some("key=x&other=sk_live_a")), "in query");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(value in proptest::collection::vec(any::<u8>(), 0..60), query in ".*") {
        let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.clone());
        headers.insert(COOKIE, value);
        let all = [
            (Spot::Bearer, TOKEN), (Spot::Basic(BasicPart::User), KEY), (Spot::Basic(BasicPart::Password), KEY),
            (Spot::Cookie("a".into()), KEY), (Spot::Query("key".into()), KEY),
        ];
        let _ = places(&all).find(&headers, Some(&query)).presented();
    }
}
