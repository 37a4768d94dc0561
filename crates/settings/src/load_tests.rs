use super::*;
use crate::{KeySource, LogFormat};

fn sources(file: &str, environment: &[(&str, &str)]) -> (tempfile::TempDir, Sources) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("claviger.toml");
    std::fs::write(&path, file).unwrap();
    let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    (directory, Sources { file: Some(path), environment, options: Vec::new() })
}

fn problems(file: &str, environment: &[(&str, &str)]) -> Vec<Problem> {
    let (_directory, sources) = sources(file, environment);
    match sources.load().unwrap_err() {
        LoadError::Invalid(problems) => problems.0,
        other => panic!("{other}"),
    }
}

const KEY: &str = "[master_key]\nfile = \"master.key\"\n";

#[test]
fn the_manual_is_complete_but_for_the_master_key() {
    let error = Sources::default().load().unwrap_err();
    let LoadError::Invalid(problems) = error else { panic!("{error}") };
    assert_eq!(problems.0.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["master_key"]);
}

#[test]
fn every_commented_example_of_the_manual_is_valid() {
    let examples: String = crate::MANUAL
        .lines()
        .filter_map(|line| line.strip_prefix("# "))
        .filter(|line| {
            line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '))
        })
        // Of the alternatives, one each.
        .filter(|line| !["url_file", "environment", "command"].iter().any(|key| line.starts_with(key)))
        .map(|line| match line.split_once(" =") {
            Some(("url" | "connections", _)) => format!("database.{line}\n"),
            Some(("server", _)) => format!("mail.{line}\n"),
            Some(("shared", _)) => format!("limits.{line}\n"),
            Some(("github_keys" | "countries", _)) => format!("unusual_activity.{line}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let (top, rest): (Vec<&str>, Vec<&str>) = examples.lines().partition(|line| {
        ["database.", "mail.", "limits.", "unusual_activity."].iter().any(|at| line.starts_with(at))
    });
    let (_directory, sources) = sources(&[top, rest].concat().join("\n"), &[]);
    let settings = sources.load().unwrap().settings;
    assert!(settings.server.tls.is_some());
    assert_eq!(settings.apis.len(), 1);
    assert_eq!(settings.master_key.unwrap().previous.len(), 1);
}

#[test]
fn later_layers_win_and_say_so() {
    let file = format!("{KEY}[server]\nlisten = \"127.0.0.1:1\"\nhttp2 = false\n[log]\nformat = \"json\"\n");
    let (_directory, mut sources) =
        sources(&file, &[("CLAVIGER__SERVER__LISTEN", "127.0.0.1:2"), ("HOME", "/")]);
    let loaded = sources.load().unwrap();
    assert_eq!(loaded.settings.server.listen.port(), 2);
    assert!(!loaded.settings.server.http2);
    assert_eq!(loaded.settings.log.format, LogFormat::Json);
    assert_eq!(loaded.origins["server.listen"], "$CLAVIGER__SERVER__LISTEN");
    assert!(loaded.origins["server.http2"].ends_with("claviger.toml"));
    assert!(!loaded.origins.contains_key("log.filter"));
    sources.options.push(("server.listen".to_owned(), "127.0.0.1:3".to_owned()));
    assert_eq!(sources.load().unwrap().settings.server.listen.port(), 3);
}

#[test]
fn all_mistakes_are_named_at_once_with_key_and_layer() {
    let file = r#"
        [server]
        lissten = "127.0.0.1:80"
        control_origins = ["localhost:8080"]
        trusted_proxies = ["10.0.0.0/8", "ten"]
        [server.limits]
        header_bytes = 100
        [server.timeouts]
        header = "soon"
        [database]
        url = "sqlite:a.db"
        url_file = "b"
        [master_key]
        file = "a"
        command = ["b"]
        [apis.example.upstreams]
        live = "10.0.0.5"
        prod = "http://10.0.0.5"
        [verify]
        lease = "100ms"
        [nonsense]
        a = 1
    "#;
    let found =
        problems(file, &[("CLAVIGER__LOG__FORMAT", "xml"), ("CLAVIGER__SERVER__LIMITS__CONNECTIONS", "0")]);
    let keys: Vec<&str> = found.iter().map(|p| p.key.as_str()).collect();
    for key in [
        "server.lissten",
        "server.control_origins.0",
        "server.trusted_proxies.1",
        "server.limits.header_bytes",
        "server.limits.connections",
        "server.timeouts.header",
        "database",
        "master_key",
        "apis.example.upstreams.live",
        "apis.example.upstreams.prod",
        "verify.lease",
        "nonsense",
        "log.format",
    ] {
        assert_eq!(keys.iter().filter(|k| **k == key).count(), 1, "{key} in {found:#?}");
    }
    let of = |key: &str| found.iter().find(|p| p.key == key).unwrap();
    assert!(of("server.lissten").message.contains("did you mean `listen`"));
    assert!(of("server.lissten").source.ends_with("claviger.toml"));
    assert_eq!(of("log.format").source, "$CLAVIGER__LOG__FORMAT");
    assert!(of("master_key").message.contains("exactly one of"));
}

#[test]
fn secrets_are_neither_printed_nor_serialized() {
    let file = format!("{KEY}[database]\nurl = \"postgres://u:hunter2@h/d\"\n");
    let (_directory, sources) = sources(&file, &[]);
    let settings = sources.load().unwrap().settings;
    assert!(!format!("{settings:?}").contains("hunter2"));
    assert!(!toml::to_string(&settings).unwrap().contains("hunter2"));
    let crate::DatabaseUrl::Text(url) = settings.database.url else { panic!() };
    assert_eq!(url.expose(), "postgres://u:hunter2@h/d");
}

#[test]
fn a_mistake_in_a_secret_does_not_repeat_it() {
    let found = problems(&format!("{KEY}[database]\nurl = 4711\n"), &[]);
    assert_eq!(found.len(), 1);
    assert!(!found[0].to_string().contains("4711"), "{}", found[0]);
}

#[test]
fn relative_paths_start_at_the_file() {
    let (directory, sources) = sources(KEY, &[]);
    let settings = sources.load().unwrap().settings;
    assert_eq!(settings.contracts.directory, directory.path().join("contracts"));
    assert_eq!(settings.master_key.unwrap().current, KeySource::File(directory.path().join("master.key")));
}

#[test]
fn settings_survive_being_shown() {
    let (_directory, sources) = sources(KEY, &[]);
    let settings = sources.load().unwrap().settings;
    let shown = toml::to_string(&settings).unwrap();
    let again: Settings = toml::from_str(&shown).unwrap();
    assert_eq!(again.verify.lease, settings.verify.lease);
    assert_eq!(again.server.control_origins, settings.server.control_origins);
}
