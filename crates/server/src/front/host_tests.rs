use http::header::HeaderValue;
use proptest::prelude::*;

use super::*;

fn request(uri: &str, hosts: &[&str], version: Version) -> Request<()> {
    let mut request = Request::builder().uri(uri).version(version).body(()).unwrap();
    for host in hosts {
        request.headers_mut().append(HOST, HeaderValue::from_str(host).unwrap());
    }
    request
}

fn http1(uri: &str, hosts: &[&str]) -> Result<String, BadHost> {
    host_of(&request(uri, hosts, Version::HTTP_11)).map(Cow::into_owned)
}

#[test]
fn a_host_loses_port_case_and_closing_dot() {
    for (sent, host) in [
        ("example.localhost", "example.localhost"),
        ("Example.Localhost:8080", "example.localhost"),
        ("example.localhost.:80", "example.localhost"),
        ("127.0.0.1:8080", "127.0.0.1"),
        ("[::1]:8080", "[::1]"),
        ("a:", "a"),
    ] {
        assert_eq!(http1("/", &[sent]).as_deref(), Ok(host), "{sent}");
    }
}

#[test]
fn an_unclear_host_is_refused() {
    assert_eq!(http1("/", &[]), Err(BadHost::Missing));
    assert_eq!(http1("/", &["a", "a"]), Err(BadHost::Several));
    assert_eq!(http1("http://a/", &["b"]), Err(BadHost::Conflicting));
    assert_eq!(http1("http://a:1/", &["a:2"]), Err(BadHost::Conflicting));
    assert_eq!(http1("http://A:1/", &["a:1"]).as_deref(), Ok("a"));
    assert_eq!(http1("http://a/", &[]), Err(BadHost::Missing));
    for bad in
        ["", ".", ":80", "a b", "a/b", "a@b", "u@a:1", "a:b", "a:1:2", "[::1", "::1", "[x]", "a%41", "a,b"]
    {
        assert_eq!(http1("/", &[bad]), Err(BadHost::Malformed), "{bad}");
    }
}

#[test]
fn http2_names_its_host_in_the_target() {
    let of = |uri: &str, hosts: &[&str]| host_of(&request(uri, hosts, Version::HTTP_2)).map(Cow::into_owned);
    assert_eq!(of("http://a.test:8080/x", &[]).as_deref(), Ok("a.test"));
    assert_eq!(of("http://a.test/", &["b.test"]), Err(BadHost::Conflicting));
    assert_eq!(of("/", &[]), Err(BadHost::Missing));
}

proptest! {
    #[test]
    fn no_host_field_makes_the_reader_panic_and_what_it_accepts_is_plain(bytes in prop::collection::vec(0x20u8..=0xff, 0..80)) {
        let mut request = request("/", &[], Version::HTTP_11);
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            request.headers_mut().insert(HOST, value);
        }
        if let Ok(host) = host_of(&request) {
            prop_assert!(!host.is_empty());
            prop_assert!(host.bytes().all(|b| is_host_byte(b) && !b.is_ascii_uppercase() || matches!(b, b'[' | b']' | b':')));
        }
    }

    #[test]
    fn a_port_and_capitals_change_nothing(name in "[a-z0-9]([a-z0-9.-]{0,30}[a-z0-9])?", port: u16) {
        let plain = http1("/", &[&name]).unwrap();
        prop_assert_eq!(&plain, &name);
        let shouted = format!("{}:{port}", name.to_uppercase());
        prop_assert_eq!(&http1("/", &[&shouted]).unwrap(), &plain);
    }

    #[test]
    fn the_gateway_reads_the_same_host(name in "[A-Za-z0-9]([A-Za-z0-9.-]{0,30}[A-Za-z0-9])?", port in prop::option::of(1u16..)) {
        let text = port.map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
        let request = request("/", &[&text], Version::HTTP_11);
        let effects = crate::effects::Effects::system();
        let socket = claviger_gateway::Socket { peer: ([127, 0, 0, 1], 1).into(), is_secure: false };
        let arrival = claviger_gateway::arrival(socket, &request, &[], &*effects.clock, &*effects.entropy);
        prop_assert_eq!(&*arrival.host, &*host_of(&request).unwrap());
    }
}
