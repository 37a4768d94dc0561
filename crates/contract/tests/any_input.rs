//! Nothing that anyone sends or writes makes this crate panic.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is missing or odd here fails a test")]

use claviger_contract::{Contract, Fault, RequestView, parse};
use claviger_domain::{Denial, DenialReason};
use http::{HeaderMap, HeaderValue, Method};
use proptest::prelude::*;

fn file(name: &str) -> String {
    std::fs::read_to_string(format!("{}/../../contracts/{name}.toml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn contract(name: &str) -> Contract {
    parse(name, &file(name)).unwrap().contract
}

/// One edit of a good file: cut a piece out, double it, or put something strange in its place.
fn edit(text: &str, at: f64, length: usize, with: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let start = (at * chars.len() as f64) as usize;
    let end = (start + length).min(chars.len());
    chars[..start].iter().collect::<String>() + with + &chars[end..].iter().collect::<String>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = parse("f.toml", &text).map_err(|d| (d.to_string(), d.render(false)));
    }

    #[test]
    fn no_edit_of_a_good_file_makes_the_parser_panic(
        name in prop_oneof![Just("redpin"), Just("example"), Just("propertybase"), Just("brifle"), Just("redox")],
        at in 0.0..1.0_f64,
        length in 0..40_usize,
        with in prop_oneof![
            Just(String::new()), Just("\"".into()), Just("{".into()), Just("[[x]]\n".into()), Just("é".into()),
            Just("-1".into()), Just("= {}".into()), ".{0,6}",
        ],
    ) {
        let edited = edit(&file(name), at, length, &with);
        if let Err(found) = parse("f.toml", &edited) {
            prop_assert!(found.has_errors());
            let _ = (found.to_string(), found.render(true));
        }
    }

    #[test]
    fn no_request_makes_reading_panic(
        path in "/?[ -~\u{0}-\u{ff}]{0,40}",
        query in proptest::option::of(".{0,40}"),
        host in ".{0,30}",
        method in "[A-Z]{1,8}",
        value in proptest::collection::vec(any::<u8>(), 0..60),
    ) {
        let contract = contract("propertybase");
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&value) {
            for name in ["authorization", "cookie", "x-workspace-id", "user-agent"] {
                headers.insert(name, value.clone());
            }
        }
        let method: Method = method.parse().unwrap();
        let view = RequestView { method: &method, path: &path, query: query.as_deref(), headers: &headers, host: &host, address: None };
        match contract.read(&view) {
            Ok(reading) => {
                let _ = (reading.presented(), reading.facts());
            }
            Err(fault) => prop_assert_eq!(fault, Fault::BadRequest),
        }
        contract.strip_request(&mut headers);
        prop_assert!(!headers.contains_key("x-auth-workspace"));
    }

    #[test]
    fn whatever_is_told_stays_inside_its_string(request_id in ".{0,40}", host in ".{0,40}") {
        for name in ["redpin", "propertybase", "redox"] {
            let context = claviger_contract::RefusalContext {
                request_id: &request_id,
                now: claviger_domain::Timestamp::from_seconds(0),
                limits: &[],
                host: &host,
            };
            let response = contract(name).refuse(&Denial::new(DenialReason::WrongEnvironment), &context);
            prop_assert!(serde_json::from_slice::<serde_json::Value>(response.body()).is_ok());
        }
    }
}
