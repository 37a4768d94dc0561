use super::*;
use claviger_domain::{CredentialKind, KindSet};

fn place(spot: Spot) -> Place {
    Place { spot, kinds: KindSet::NONE.with(CredentialKind::Key), title: String::new() }
}

fn headers(lines: &[(&str, &str)]) -> HeaderMap {
    lines.iter().map(|(n, v)| (n.parse::<HeaderName>().unwrap(), HeaderValue::from_str(v).unwrap())).collect()
}

fn lines(headers: &HeaderMap) -> Vec<String> {
    let mut lines: Vec<String> =
        headers.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
    lines.sort();
    lines
}

#[test]
fn forged_identity_is_removed_in_every_spelling() {
    let mut h = headers(&[
        ("X-Auth-Workspace", "a"),
        ("x-auth-anything", "b"),
        ("x_auth_workspace", "c"),
        ("X-Request_Id", "d"),
        ("x-authority", "stays"),
        ("accept", "stays"),
    ]);
    IdentityHeaders::default().strip(&mut h, |_| false);
    assert_eq!(lines(&h), ["accept: stays", "x-authority: stays"]);
}

#[test]
fn only_the_credential_is_cut_out() {
    let places = [
        place(Spot::Bearer),
        place(Spot::Cookie("sid".into())),
        place(Spot::Header { name: HeaderName::from_static("apikey"), scheme: None, bearer_allowed: false }),
    ];
    let mut h = headers(&[
        ("authorization", "Bearer x"),
        ("authorization", "Digest y"),
        ("cookie", "a=1; sid=x;b=2"),
        ("apikey", "x"),
    ]);
    strip_credential(&places, &mut h);
    assert_eq!(lines(&h), ["authorization: Digest y", "cookie: a=1; b=2"]);
    let mut alone = headers(&[("cookie", "sid=x")]);
    strip_credential(&places, &mut alone);
    assert!(alone.is_empty());
}

#[test]
fn the_cookies_of_our_own_pages_never_reach_an_upstream() {
    let mut h = headers(&[
        ("cookie", "a=1; __Host-claviger-user=x;claviger-user-form=y; xclaviger-=2"),
        ("cookie", "claviger-user=z"),
    ]);
    strip_own_cookies(&mut h);
    assert_eq!(lines(&h), ["cookie: a=1; xclaviger-=2"]);
    let mut others = headers(&[("cookie", "a=1;b=2")]);
    strip_own_cookies(&mut others);
    assert_eq!(lines(&others), ["cookie: a=1;b=2"], "byte for byte");
}

#[test]
fn a_value_can_never_break_the_header() {
    assert_eq!(header_value("a\r\nSet-Cookie: b"), "a??Set-Cookie: b");
    assert_eq!(header_value("plain"), "plain");
}
