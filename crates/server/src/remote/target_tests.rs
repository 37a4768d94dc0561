use super::*;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with_demo(self) -> Self {
        let facts =
            r#"{"base_url": "http://127.0.0.1:8080", "operator": {"token": "demo-token"}, "contracts": {}}"#;
        std::fs::write(self.0.path().join(DEMO_FACTS), facts).unwrap();
        self
    }

    fn with_configuration(self, text: &str) -> Self {
        std::fs::write(self.0.path().join(CONFIGURATION), text).unwrap();
        self
    }

    fn resolve(&self, url: Option<&str>, variable: Option<&str>) -> Result<Target, RemoteError> {
        let arguments =
            TargetArguments { url: url.map(str::to_owned), token_file: None, dir: self.0.path().to_owned() };
        arguments.resolve_with(variable.map(str::to_owned), &self.0.path().join(CONFIGURATION))
    }
}

#[test]
fn beside_the_demo_nothing_needs_to_be_said() {
    let target = Place::new().with_demo().resolve(None, None).unwrap();
    assert_eq!((target.origin.as_str(), target.token.as_str()), ("http://127.0.0.1:8080", "demo-token"));
}

#[test]
fn the_demos_token_goes_to_no_other_server() {
    let error = Place::new().with_demo().resolve(Some("https://elsewhere.test"), None).unwrap_err();
    assert!(matches!(error, RemoteError::NoToken { url } if url == "https://elsewhere.test"));
}

#[test]
fn a_configuration_names_the_server_and_the_variable_the_token() {
    let place =
        Place::new().with_configuration("[server]\ncontrol_origins = ['https://auth.test/']\n[log]\nx = 1");
    let target = place.resolve(None, Some(" token\n")).unwrap();
    assert_eq!((target.origin.as_str(), target.token.as_str()), ("https://auth.test", "token"));
}

#[test]
fn a_token_file_wins_over_the_variable() {
    let place = Place::new();
    let file = place.0.path().join("token");
    std::fs::write(&file, "from-file\n").unwrap();
    let arguments = TargetArguments {
        url: Some("http://localhost:1".into()),
        token_file: Some(file),
        dir: place.0.path().to_owned(),
    };
    let target = arguments.resolve_with(Some("from-variable".into()), Path::new("none")).unwrap();
    assert_eq!(target.token, "from-file");
}

#[test]
fn without_any_hint_the_way_out_is_named() {
    assert!(matches!(Place::new().resolve(None, None), Err(RemoteError::NoUrl)));
}

#[test]
fn an_origin_has_neither_path_nor_user() {
    for text in ["ftp://a", "http://a/b", "http://u:p@a", "a", "http://a?b"] {
        let refused = Place::new().resolve(Some(text), Some("t"));
        assert!(matches!(refused, Err(RemoteError::Url(_))), "{text}");
    }
}

#[test]
fn a_token_on_the_wire_in_the_clear_is_noticed() {
    let target = |origin: &str| Target { origin: origin.into(), token: String::new() };
    for safe in ["http://127.0.0.1:8080", "http://[::1]:1", "http://a.localhost", "https://auth.test"] {
        assert!(!target(safe).is_in_the_clear(), "{safe}");
    }
    assert!(target("http://auth.test").is_in_the_clear());
    assert!(!format!("{:?}", Target { origin: "x".into(), token: "hidden".into() }).contains("hidden"));
}

#[test]
fn the_first_token_lies_beside_the_configuration_and_goes_to_its_server_only() {
    let place = Place::new().with_configuration("[server]\ncontrol_origins = ['https://auth.test']");
    std::fs::write(place.0.path().join(FIRST_TOKEN), "first\n").unwrap();
    assert_eq!(place.resolve(None, None).unwrap().token, "first");
    assert!(matches!(place.resolve(Some("https://elsewhere.test"), None), Err(RemoteError::NoToken { .. })));
}
