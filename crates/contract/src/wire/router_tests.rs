use super::*;
use crate::pattern::PathPatternError;
use proptest::prelude::*;

fn entry(i: usize, methods: &str, pattern: &str) -> Entry {
    let methods = match methods {
        "*" => Methods::Any,
        names => Methods::Only(names.split(' ').map(|m| m.parse().unwrap()).collect()),
    };
    Entry { pattern: pattern.parse().unwrap(), methods, slot: Slot::Route(i) }
}

fn table(lines: &[(&str, &str)]) -> Table {
    let entries: Vec<Entry> = lines.iter().enumerate().map(|(i, (m, p))| entry(i, m, p)).collect();
    Table::build(&entries).unwrap()
}

fn find(table: &Table, method: &str, path: &str) -> Option<usize> {
    match table.find(&method.parse().unwrap(), path)? {
        Slot::Route(i) | Slot::Endpoint(i) => Some(i),
    }
}

#[test]
fn the_most_specific_pattern_wins_in_any_order() {
    let lines = [
        ("GET", "/v1/**"),
        ("GET", "/v1/users/{id}"),
        ("GET", "/v1/users/me"),
        ("GET", "/v1/users"),
        ("GET", "/**"),
    ];
    let t = table(&lines);
    assert_eq!(find(&t, "GET", "/v1/users/me"), Some(2));
    assert_eq!(find(&t, "GET", "/v1/users/7"), Some(1));
    assert_eq!(find(&t, "GET", "/v1/users"), Some(3));
    assert_eq!(find(&t, "GET", "/v1/users/7/x"), Some(0));
    assert_eq!(find(&t, "GET", "/v1"), Some(0));
    assert_eq!(find(&t, "GET", "/"), Some(4));
    assert_eq!(find(&t, "GET", "/v2"), Some(4));
}

#[test]
fn a_dead_end_falls_back_to_the_next_pattern() {
    let t = table(&[("GET", "/{a}/x"), ("GET", "/b/{c}/d"), ("GET", "/b/**"), ("GET", "/b/q/r")]);
    assert_eq!(find(&t, "GET", "/b/x"), Some(2));
    assert_eq!(find(&t, "GET", "/b/q/d"), Some(1));
    assert_eq!(find(&t, "GET", "/b/q/e"), Some(2));
    assert_eq!(find(&t, "GET", "/c/x"), Some(0));
    assert_eq!(find(&t, "GET", "/c/y"), None);
}

#[test]
fn a_named_method_wins_over_any_and_get_brings_head() {
    let t = table(&[("*", "/a/{id}"), ("POST", "/a/{name}"), ("GET", "/g"), ("HEAD GET", "/h")]);
    assert_eq!(find(&t, "POST", "/a/1"), Some(1));
    assert_eq!(find(&t, "PATCH", "/a/1"), Some(0));
    assert_eq!(find(&t, "BREW", "/a/1"), Some(0));
    assert_eq!(find(&t, "HEAD", "/g"), Some(2));
    assert_eq!(find(&t, "POST", "/g"), None);
}

#[test]
fn equal_patterns_with_a_method_in_common_are_ambiguous() {
    let entries = [entry(0, "GET", "/a/{x}"), entry(1, "POST", "/a/{y}"), entry(2, "PUT GET", "/a/{z}")];
    assert_eq!(Table::build(&entries).unwrap_err(), [Ambiguous { first: 0, second: 2 }]);
}

#[test]
fn a_pattern_says_what_is_wrong_with_it() {
    for (bad, why) in [
        ("v1", PathPatternError::NoSlash),
        ("/v1/", PathPatternError::EmptySegment),
        ("/**/a", PathPatternError::EarlyRest),
        ("/a*", PathPatternError::Segment { segment: "a*".into() }),
        ("/{}", PathPatternError::Segment { segment: "{}".into() }),
        ("/%41", PathPatternError::Segment { segment: "%41".into() }),
    ] {
        assert_eq!(bad.parse::<PathPattern>(), Err(why), "{bad}");
    }
}

/// How a reader of the documentation would match: try every pattern, keep the best by rank.
fn by_hand(lines: &[String], path: &str) -> Option<usize> {
    let rank = |segment: &str| match segment {
        "**" => 2,
        s if s.starts_with('{') => 1,
        _ => 0,
    };
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let matching = lines.iter().enumerate().filter(|(_, pattern)| {
        let parts: Vec<&str> = pattern.split('/').skip(1).collect();
        let open = parts.last() == Some(&"**");
        let fixed = if open { &parts[..parts.len() - 1] } else { &parts[..] };
        let long_enough = if open { segments.len() >= fixed.len() } else { segments.len() == fixed.len() };
        long_enough && fixed.iter().zip(&segments).all(|(p, s)| rank(p) == 1 || p == s)
    });
    matching
        .min_by_key(|(_, p)| p.split('/').skip(1).map(rank).chain([0]).collect::<Vec<_>>())
        .map(|(i, _)| i)
}

proptest! {
    #[test]
    fn the_table_matches_as_the_documentation_says(
        patterns in proptest::collection::vec("(/(a|b|c|\\{x\\})){1,4}(/\\*\\*)?", 1..8),
        path in "(/(a|b|c|d)){1,5}",
    ) {
        let mut lines: Vec<String> = Vec::new();
        for pattern in patterns {
            if !lines.contains(&pattern) {
                lines.push(pattern);
            }
        }
        let entries: Vec<Entry> = lines.iter().enumerate().map(|(i, p)| entry(i, "GET", p)).collect();
        let built = Table::build(&entries).unwrap();
        let best = by_hand(&lines, &path);
        prop_assert_eq!(find(&built, "GET", &path), best, "{:?} {}", lines, path);
    }
}
