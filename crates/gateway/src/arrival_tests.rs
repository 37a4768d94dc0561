use proptest::prelude::*;

use claviger_domain::Timestamp;

use super::*;

/// A clock that stands and entropy that repeats.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(1_700_000_000)
    }
}

impl Entropy for Still {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

fn arrive(peer: &str, trusted: &[&str], fields: &[(&str, &str)]) -> Arrival {
    let mut request = Request::builder().uri("/a");
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
    let socket = Socket { peer: SocketAddr::new(peer.parse().unwrap(), 1), is_secure: false };
    arrival(socket, &request.body(()).unwrap(), &trusted, &Still, &Still)
}

#[test]
fn nobody_is_believed_who_is_not_listed() {
    let a =
        arrive("9.9.9.9", &["10.0.0.0/8"], &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-proto", "https")]);
    assert_eq!(a.address.to_string(), "9.9.9.9");
    assert!(!a.is_secure);
    assert_eq!(a.forwarded_for().unwrap(), "9.9.9.9");
}

#[test]
fn the_caller_is_the_last_address_no_listed_proxy_has() {
    let a = arrive(
        "::ffff:10.0.0.1",
        &["10.0.0.0/8"],
        &[("x-forwarded-for", "6.6.6.6, 5.5.5.5"), ("x-forwarded-for", " 8.8.8.8:443 ,10.0.0.2")],
    );
    assert_eq!(a.address.to_string(), "8.8.8.8");
    assert_eq!(a.forwarded_for().unwrap(), "8.8.8.8, 10.0.0.2, 10.0.0.1");
}

#[test]
fn what_is_no_address_ends_the_walk() {
    let a = arrive("10.0.0.1", &["10.0.0.0/8"], &[("x-forwarded-for", "1.1.1.1, unknown")]);
    assert_eq!(a.address.to_string(), "10.0.0.1");
    assert_eq!(a.forwarded_for().unwrap(), "10.0.0.1");
    let b = arrive("10.0.0.1", &["10.0.0.0/8"], &[("x-forwarded-for", "[2001:db8::1]:80")]);
    assert_eq!(b.address.to_string(), "2001:db8::1");
}

#[test]
fn a_listed_proxy_says_whether_the_caller_speaks_tls() {
    assert!(arrive("10.0.0.1", &["10.0.0.1/32"], &[("x-forwarded-proto", "http, HTTPS")]).is_secure);
    assert!(!arrive("10.0.0.1", &["10.0.0.1/32"], &[("x-forwarded-proto", "https, http")]).is_secure);
}

#[test]
fn a_bounded_request_id_is_kept_and_any_other_replaced() {
    let kept = arrive("1.1.1.1", &[], &[("x-request-id", "aZ09._-")]);
    assert_eq!(kept.request_id.as_str(), "aZ09._-");
    let long = "a".repeat(65);
    for bad in ["", "a b", "a;b", "ä", long.as_str()] {
        let made = arrive("1.1.1.1", &[], &[("x-request-id", bad)]).request_id;
        assert!(made.as_str().parse::<RequestId>().is_ok(), "{bad:?} gave {made:?}");
    }
}

#[test]
fn the_host_is_lower_case_without_port() {
    for host in ["Api.Test", "api.test:8080", "api.test.:80"] {
        assert_eq!(&*arrive("1.1.1.1", &[], &[("host", host)]).host, "api.test", "{host}");
    }
    assert_eq!(&*arrive("1.1.1.1", &[], &[("host", "[::1]:80")]).host, "[::1]");
}

#[test]
fn two_hosts_or_none_are_no_host() {
    assert_eq!(&*arrive("1.1.1.1", &[], &[]).host, "");
    assert_eq!(&*arrive("1.1.1.1", &[], &[("host", "a.test"), ("host", "b.test")]).host, "");
}

#[test]
fn the_authority_of_the_target_goes_before_the_host_field() {
    let request = Request::builder().uri("http://A.test:1/x").header("host", "b.test").body(()).unwrap();
    assert_eq!(&*host_of(&request), "a.test");
}

proptest! {
    #[test]
    fn what_a_caller_writes_itself_never_counts(
        written in "[ -~]{0,60}",
        caller in any::<[u8; 4]>().prop_filter("not a proxy", |a| a[0] != 10),
        between in proptest::collection::vec(any::<[u8; 3]>(), 0..4),
    ) {
        let caller = IpAddr::from(caller);
        // The caller's edge proxy appends the caller; each later proxy appends the one before it.
        let mut entries = vec![written, caller.to_string()];
        entries.extend(between.iter().map(|[b, c, d]| format!("10.{b}.{c}.{d}")));
        let arrived = arrive("10.0.0.1", &["10.0.0.0/8"], &[("x-forwarded-for", &entries.join(","))]);
        prop_assert_eq!(arrived.address, caller);
        let chain = arrived.forwarded_for().unwrap();
        prop_assert!(chain.to_str().unwrap().starts_with(&caller.to_string()));
    }

    #[test]
    fn no_chain_makes_the_walk_panic(chain in "[0-9a-f.:,\\[\\] ]{0,80}") {
        let _ = arrive("10.0.0.1", &["0.0.0.0/0", "::/0"], &[("x-forwarded-for", &chain)]);
    }
}
