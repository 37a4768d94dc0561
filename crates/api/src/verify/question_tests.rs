use std::borrow::Cow;

use super::*;

fn parse(body: &str) -> Result<VerifyRequest<'_>, serde_json::Error> {
    serde_json::from_str(body)
}

fn described(request: &str) -> Result<Fields, String> {
    let body = format!(r#"{{"api":"a","request":{request}}}"#);
    match serde_json::from_str::<VerifyRequest<'_>>(&body) {
        Ok(asked) => Ok(asked.request.unwrap().0.headers),
        Err(error) => Err(error.to_string()),
    }
}

#[test]
fn texts_are_borrowed_from_the_body() {
    let asked = parse(r#"{"api":"example","credential":"sk_live_x"}"#).unwrap();
    assert!(matches!(asked.api.0, Cow::Borrowed("example")));
    assert!(matches!(asked.credential.unwrap().0, Cow::Borrowed("sk_live_x")));
    let escaped = parse(r#"{"api":"ex\u0061mple"}"#).unwrap();
    assert!(matches!(escaped.api.0, Cow::Owned(ref text) if text == "example"));
}

#[test]
fn a_body_that_does_not_fit_is_refused() {
    for bad in [
        "{}",
        r#"{"api":1}"#,
        r#"{"api":"a","cost":0}"#,
        r#"{"api":"a","cost":-1}"#,
        r#"{"api":"a","scopes":["a b"]}"#,
        r#"{"api":"a","colour":"red"}"#,
        r#"{"api":"a","api":"a"}"#,
        r#"{"api":"a","request":{"method":"G T","path":"/"}}"#,
        r#"{"api":"a","request":["GET","/"]}"#,
        r#"{"api":"a","request":{"path":"/"}}"#,
        r#"{"api":"a","request":{"method":"GET"}}"#,
        r#"{"api":"a","request":{"method":"GET","path":"/","remote_address":"here"}}"#,
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_field_has_one_line_or_a_list_of_lines() {
    let fields = described(r#"{"method":"GET","path":"/","headers":{"Apikey":"x","accept":["a","b"]}}"#);
    let fields = fields.unwrap().0;
    assert_eq!(fields["apikey"], "x");
    assert_eq!(fields.get_all("accept").iter().collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn a_field_that_no_request_can_have_is_refused() {
    for bad in [r#"{"a b":"x"}"#, r#"{"":"x"}"#, r#"{"a":"x\r\ny: z"}"#, r#"{"a":1}"#, r#"{"a":"x","A":"x"}"#]
    {
        let request = format!(r#"{{"method":"GET","path":"/","headers":{bad}}}"#);
        assert!(described(&request).is_err(), "{bad}");
    }
}

#[test]
fn a_value_need_not_be_ascii() {
    let fields = described(r#"{"method":"GET","path":"/","headers":{"apikey":"schlüssel"}}"#).unwrap().0;
    assert_eq!(fields["apikey"].as_bytes(), "schlüssel".as_bytes());
}

#[test]
fn a_port_is_cut_off() {
    for (host, name) in
        [("a.b:80", "a.b"), ("a.b", "a.b"), ("a.b:", "a.b"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
    {
        assert_eq!(without_port(host), name);
    }
}
