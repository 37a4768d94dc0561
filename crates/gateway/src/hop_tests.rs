use http::Request;
use proptest::prelude::*;

use super::*;

fn map(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers
            .append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn the_fields_of_one_connection_go_and_the_rest_stays() {
    let mut headers = map(&[
        ("connection", "close, X-Hop"),
        ("connection", "x-other"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("proxy-authorization", "Basic x"),
        ("transfer-encoding", "chunked"),
        ("te", "gzip"),
        ("upgrade", "h2c"),
        ("x-hop", "1"),
        ("X-Other", "2"),
        ("trailer", "x-sum"),
        ("traceparent", "00-1-2-3"),
    ]);
    strip_request(&mut headers, |_| false);
    assert_eq!(headers, map(&[("trailer", "x-sum"), ("traceparent", "00-1-2-3")]));
}

#[test]
fn only_trailers_are_left_of_te() {
    let mut headers = map(&[("te", "gzip;q=0.5, Trailers")]);
    strip_request(&mut headers, |_| false);
    assert_eq!(headers, map(&[("te", "trailers")]));
}

#[test]
fn only_a_websocket_upgrade_is_passed_on() {
    let head = |upgrade: &str, connection: &str| {
        Request::builder()
            .header("upgrade", upgrade)
            .header("connection", connection)
            .body(())
            .unwrap()
            .into_parts()
            .0
    };
    assert!(asks_for_websocket(&head("WebSocket", "keep-alive, Upgrade")));
    assert!(!asks_for_websocket(&head("h2c", "upgrade")));
    assert!(!asks_for_websocket(&head("websocket", "keep-alive")));
}

proptest! {
    #[test]
    fn whatever_connection_names_is_gone(
        names in proptest::collection::vec("x-[a-z]{1,8}", 0..6),
        others in proptest::collection::vec("y-[a-z]{1,8}", 0..6),
        separator in "[ \t]{0,2},[ \t,]{0,2}",
    ) {
        let mut headers = HeaderMap::new();
        for name in names.iter().chain(&others) {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_static("v"));
        }
        headers.append(CONNECTION, HeaderValue::from_str(&names.join(&separator)).unwrap());
        strip_request(&mut headers, |_| false);
        for name in &names {
            prop_assert!(!headers.contains_key(name.as_str()));
        }
        for name in &others {
            prop_assert!(headers.contains_key(name.as_str()));
        }
        prop_assert!(!headers.contains_key(CONNECTION));
    }

    #[test]
    fn no_connection_field_makes_the_removal_panic(value in proptest::collection::vec(32_u8..=255, 0..40)) {
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            let mut headers = HeaderMap::new();
            headers.insert(CONNECTION, value);
            strip_request(&mut headers, |_| false);
            prop_assert!(headers.is_empty());
        }
    }
}
