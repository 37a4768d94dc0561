//! What an author is told.

#![expect(clippy::unwrap_used, reason = "what is missing or odd here fails a test")]

use claviger_contract::{Severity, parse};

fn mistakes() -> claviger_contract::Diagnostics {
    parse("mistakes.toml", include_str!("mistakes.toml")).unwrap_err()
}

#[test]
fn every_mistake_of_a_file_is_told_at_once() {
    insta::assert_snapshot!("lines", mistakes().to_string());
}

#[test]
fn people_see_the_lines_of_the_file() {
    insta::assert_snapshot!("pages", mistakes().render(false));
}

#[test]
fn scripts_get_a_list() {
    let first = serde_json::to_value(mistakes().iter().next().unwrap()).unwrap();
    insta::assert_snapshot!("json", serde_json::to_string_pretty(&first).unwrap());
}

fn lines(text: &str) -> Vec<String> {
    match parse("f.toml", text) {
        Ok(parsed) => parsed.warnings.iter().map(ToString::to_string).collect(),
        Err(found) => found.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_reset_has_the_time_that_it_needs_and_no_other() {
    for (text, expected) in [
        ("reset = \"weekly\"\nat = \"03:00\"", "what is reset weekly needs a `weekday`"),
        ("reset = \"weekly\"\nweekday = \"sunday\"", "expected `at`, a time of day in UTC such as `03:00`"),
        ("reset = \"daily\"\nat = \"3:00\"", "expected a time of day in UTC, from `00:00` to `23:59`"),
        ("reset = \"daily\"\nweekday = \"monday\"\nat = \"03:00\"", "what is reset daily needs no `weekday`"),
        ("reset = \"never\"\nat = \"03:00\"", "a test environment that is never reset has no time for it"),
        ("keys = \"revoke\"", "`reset`"),
        ("reset = \"monthly\"", "monthly"),
    ] {
        let found = lines(&least_and(&format!("[sandbox]\n{text}\n")));
        assert!(found.iter().any(|line| line.contains(expected)), "{text}: {found:?}");
    }
    for good in ["reset = \"never\"", "reset = \"daily\"\nat = \"23:59\"\nkeys = \"revoke\""] {
        let found = lines(&least_and(&format!("[sandbox]\n{good}\n")));
        assert!(!found.iter().any(|line| line.contains("sandbox")), "{found:?}");
    }
}

#[test]
fn one_upstream_for_both_environments_is_worth_a_look() {
    let warned = |test: &str| {
        let upstreams =
            format!("[environments]\nlive.upstream = \"http://up:1\"\ntest.upstream = \"{test}\"\n");
        lines(&least_and(&upstreams)).iter().any(|line| line.contains("test credentials reach real data"))
    };
    assert!(warned("http://up:1"));
    assert!(!warned("http://up:2") && !warned("http://up:1/sandbox"));
}

/// The least that a contract has to say, and `more`.
fn least_and(more: &str) -> String {
    format!(
        "name = \"a\"\ntitle = \"A\"\n[[host]]\nname = \"a.test\"\nroles = [\"api\"]\n\
         [[credential]]\nin = \"bearer\"\nkinds = [\"key\"]\n{more}"
    )
}

#[test]
fn the_least_contract_is_good() {
    assert!(lines(&least_and("")).is_empty());
}

#[test]
fn broken_toml_is_told_without_guesses_about_the_rest() {
    let found = lines("name = \"a\ntitle = \n[[host]");
    assert!(found.len() >= 2 && found.iter().all(|line| !line.contains("is missing")), "{found:?}");
}

#[test]
fn an_empty_file_lacks_what_every_contract_has() {
    assert_eq!(
        lines(""),
        [
            "f.toml:1:1: error: `name` is missing",
            "f.toml:1:1: error: `title` is missing",
            "f.toml:1:1: error: no `[[credential]]` is there, so nobody could ever authenticate",
            "f.toml:1:1: error: no `[[host]]` is there; a contract has at least one with the role `api`",
        ]
    );
}

#[test]
fn a_credential_in_the_query_and_a_half_format_are_warned_of() {
    let text = least_and(
        "[[credential]]\nin = \"query\"\nname = \"key\"\nkinds = [\"key\"]\n[[keys.format]]\nlive = \"a_\"\n[keys]\n",
    );
    let found = parse(
        "f.toml",
        &text.replace("[[keys.format]]\nlive = \"a_\"\n[keys]\n", "[keys]\n[[keys.format]]\nlive = \"a_\"\n"),
    )
    .unwrap();
    let warnings: Vec<_> = found.warnings.iter().map(|d| (d.severity, d.line)).collect();
    assert_eq!(warnings, [(Severity::Warning, 9), (Severity::Warning, 13)]);
}

#[test]
fn each_cross_check_has_its_message() {
    let told = |more: &str, part: &str| {
        let found = lines(&least_and(more));
        assert!(found.iter().any(|line| line.contains(part)), "{more}\n{found:#?}");
    };
    told("[plans.a]\ntitle = \"A\"\n", "no plan is the default");
    told("[environments]\ndecided_by = \"host\"\n", "needs an `environment`");
    told("[keys]\n[[keys.format]]\nlive = \"a_\"\ntest = \"a_\"\n", "stands there twice");
    told("[keys]\n[[keys.format]]\nlive = \"a-\"\n", "letters, digits and `_` only");
    told("[keys]\n[[keys.format]]\nshape = \"uuid\"\nlive = \"a_\"\n", "only for pairs");
    told(
        "[[route]]\nmethod = \"GET\"\npath = \"/\"\npublic = true\nscopes = []\nkinds = [\"key\"]\n",
        "a public route",
    );
    told("[[endpoint]]\npurpose = \"token\"\npath = \"/t\"\n", "at least one `[[endpoint.grant]]`");
    told("[[endpoint]]\npurpose = \"revoke\"\npath = \"/t\"\n", "no host has the role `auth`");
    told("variant = \"x\"\n", "unknown key `variant`");
    told("[envelope]\ncontent_type = \"application/json\"\ntext = \"{message}\"\n", "no safe way");
    told(
        "[envelope]\nbody = { a = \"{a}\" }\n[errors.expired]\na = 1\n",
        "`{a}` has no value for `missing`, `malformed`, `multiple` and 28 more causes",
    );
    told("[errors.missing]\nheaders = { Content-Length = \"1\" }\n", "cannot be set here");
    told("[errors.missing]\nmessage = \"{cod}\"\n", "nothing gives `{cod}` a value");
    told("[presentation]\nlogo = \"javascript:1\"\n", "expected an address");
    told("[answers.a]\nbody = { a = \"{subjekt}\" }\n", "did you mean `subject`?");
    told("[tokens]\nuserinfo = \"/me\"\n", "no route `/me` is answered");
    told("[tokens.refresh]\nshape = \"jwt\"\nalgorithm = \"ES256\"\n", "a JWT gains nothing");
}

#[test]
fn the_upkeep_of_keys_is_read_and_what_would_surprise_is_told() {
    let keys = |more: &str| format!("[keys]\n{more}\n[[keys.format]]\nlive = \"k_\"\ntest = \"t_\"\n");
    let text =
        least_and(&keys("rotate_after = \"30d\"\nunused_after = \"never\"\ndisable_unused_after = \"180d\""));
    let upkeep = parse("f.toml", &text).unwrap().contract.policy().key_lifetimes.upkeep;
    let days = |days: u64| Some(std::time::Duration::from_secs(days * 86_400));
    assert_eq!((upkeep.rotate_after, upkeep.unused_after), (days(30), None));
    assert_eq!(upkeep.disable_unused_after, days(180));
    let standard = parse("f.toml", &least_and(&keys(""))).unwrap().contract.policy().key_lifetimes.upkeep;
    assert_eq!((standard.rotate_after, standard.unused_after), (days(90), days(90)));
    assert_eq!(standard.disable_unused_after, None);
    let hasty = lines(&least_and(&keys("disable_unused_after = \"1h\"")));
    assert!(hasty.iter().any(|line| line.contains("shorter than a day")), "{hasty:?}");
    let early = lines(&least_and(&keys("disable_unused_after = \"30d\"")));
    assert!(early.iter().any(|line| line.contains("longer than `disable_unused_after`")), "{early:?}");
}
