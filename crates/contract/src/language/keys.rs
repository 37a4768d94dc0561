//! What keys look like and how long they live.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{CollectionName, Environment, KeyFormat, KeyKind, KeyLifetimes, KeyShape, KeyUpkeep};

use crate::document::{Item, Section};
use crate::host::EnvironmentBy;

const DAY: u64 = 86_400;

/// 190 bits: beyond the least of 160 by what one character more or less never matters.
const DEFAULT_RANDOM: u8 = 32;

const KINDS: &[(&str, KeyKind)] = &[("single", KeyKind::Single), ("pair", KeyKind::Pair)];

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Checked,
    Uuid,
}

const SHAPES: &[(&str, Shape)] = &[("checked", Shape::Checked), ("uuid", Shape::Uuid)];

pub(super) fn keys(root: &Section<'_>, by: EnvironmentBy) -> (Vec<KeyFormat>, KeyLifetimes) {
    let mut lifetimes = KeyLifetimes {
        default: None,
        max: None,
        max_overlap: Duration::from_secs(30 * DAY),
        retention: Duration::from_secs(90 * DAY),
        upkeep: KeyUpkeep::default(),
    };
    let Some(section) = root.section("keys") else { return (Vec::new(), lifetimes) };
    lifetimes.default = section.duration("lifetime").flatten();
    lifetimes.max = section.duration("max_lifetime").flatten();
    if let Some(max) = lifetimes.max
        && lifetimes.default.is_none_or(|default| default > max)
    {
        section.error("`lifetime` is longer than `max_lifetime`");
    }
    let bounded = |key, default: Duration| match section.duration(key) {
        Some(Some(time)) => time,
        // Twice a century is for ever to a key.
        Some(None) => Duration::from_secs(200 * 366 * DAY),
        None => default,
    };
    lifetimes.max_overlap = bounded("max_overlap", lifetimes.max_overlap);
    lifetimes.retention = bounded("retention", lifetimes.retention);
    lifetimes.upkeep = upkeep(&section);
    let mut formats: Vec<(KeyFormat, Item<'_>)> = Vec::new();
    for format in section.sections("format") {
        formats.extend(read_format(&format));
        format.finish();
    }
    check_prefixes(&formats, by);
    check_complete(&section, &formats);
    section.finish();
    (formats.into_iter().map(|(format, _)| format).collect(), lifetimes)
}

fn upkeep(section: &Section<'_>) -> KeyUpkeep {
    let standard = KeyUpkeep::default();
    let upkeep = KeyUpkeep {
        rotate_after: section.duration("rotate_after").unwrap_or(standard.rotate_after),
        unused_after: section.duration("unused_after").unwrap_or(standard.unused_after),
        disable_unused_after: section.duration("disable_unused_after").flatten(),
    };
    if let Some(time) = upkeep.disable_unused_after {
        if time < Duration::from_secs(DAY) {
            section.error(
                "`disable_unused_after` is shorter than a day: a key would be gone before it is missed",
            );
        }
        if upkeep.unused_after.is_some_and(|unused| unused > time) {
            let help = Some("a key is better named as unused before it is switched off".to_owned());
            let message = "`unused_after` is longer than `disable_unused_after`".to_owned();
            section.report().warning(section.span(), message, help);
        }
    }
    upkeep
}

fn read_format<'d>(section: &Section<'d>) -> Vec<(KeyFormat, Item<'d>)> {
    let kind = section.item("kind").and_then(|item| item.choice(KINDS)).unwrap_or(KeyKind::Single);
    let shape = section.item("shape").and_then(|item| item.choice(SHAPES)).unwrap_or(Shape::Checked);
    let shape = match shape {
        Shape::Uuid => {
            if kind == KeyKind::Single {
                section.error(
                    "the shape `uuid` has no checksum by which junk could be told; it is only for pairs",
                );
            }
            KeyShape::Uuid
        }
        Shape::Checked => {
            let random = section.item("random").and_then(|item| {
                let random: u8 = item.number("a number of characters from 27 to 100")?;
                if !(27..=100).contains(&random) {
                    item.error("expected a number of characters from 27, which is 160 bits, to 100");
                }
                Some(random)
            });
            KeyShape::Checked { random: random.unwrap_or(DEFAULT_RANDOM) }
        }
    };
    let mut formats = Vec::new();
    for (key, environment) in [("live", Environment::Live), ("test", Environment::Test)] {
        let Some(item) = section.item(key) else { continue };
        let Some(prefix) = item.text() else { continue };
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if !prefix.bytes().all(plain) || prefix.len() > 40 {
            item.error("a prefix has letters, digits and `_` only, 40 at most, so that a double click takes the whole key");
        } else if prefix.is_empty() && shape != KeyShape::Uuid {
            item.error("a key needs a prefix, by which scanners and this server know it");
        } else {
            formats.push((KeyFormat { prefix: Arc::from(prefix), shape, kind, environment }, item));
        }
    }
    if formats.is_empty() {
        section.error("a format needs a prefix for `live`, for `test` or for both");
    }
    formats
}

/// No prefix may start another, or a key could be read in two ways.
fn check_prefixes(formats: &[(KeyFormat, Item<'_>)], by: EnvironmentBy) {
    for (i, (later, item)) in formats.iter().enumerate() {
        for (earlier, _) in formats.iter().take(i) {
            let (a, b) = (earlier.prefix.as_ref(), later.prefix.as_ref());
            let twins = a == b && earlier.kind == later.kind && earlier.shape == later.shape;
            if twins && earlier.environment != later.environment && by != EnvironmentBy::Prefix {
                continue;
            }
            if a == b {
                let help = "or let `environments.decided_by` be `host` or `credential`".to_owned();
                let help = (twins && earlier.environment != later.environment).then_some(help);
                item.error_with(
                    format!("the prefix `{b}` stands there twice, but prefixes tell keys apart"),
                    help,
                );
            } else if (a.starts_with(b) || b.starts_with(a)) && !a.is_empty() && !b.is_empty() {
                let message = format!("the prefixes `{a}` and `{b}` clash: one is the start of the other");
                item.error_with(
                    message,
                    Some("choose prefixes that differ before the shorter one ends".to_owned()),
                );
            }
        }
    }
}

/// A kind with a format for one environment only is nearly always an oversight.
fn check_complete(section: &Section<'_>, formats: &[(KeyFormat, Item<'_>)]) {
    for kind in [KeyKind::Single, KeyKind::Pair] {
        let has = |environment| formats.iter().any(|(f, _)| f.kind == kind && f.environment == environment);
        let missing = match (has(Environment::Live), has(Environment::Test)) {
            (true, false) => Environment::Test,
            (false, true) => Environment::Live,
            _ => continue,
        };
        let message =
            format!("keys of the kind `{}` have no format for the environment `{missing}`", kind.as_str());
        section.report().warning(section.span(), message, Some("no such key can be made there".to_owned()));
    }
}

pub(super) fn collections(root: &Section<'_>) -> Vec<CollectionName> {
    let Some(section) = root.section("collections") else { return Vec::new() };
    let mut names = Vec::new();
    for (name, item) in section.rest() {
        item.text();
        names.extend(name.parse::<CollectionName>());
    }
    names
}
