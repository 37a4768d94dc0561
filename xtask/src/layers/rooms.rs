//! Which crate may use which, and which foreign crates live in one room only.

use super::metadata::Package;
use super::{Rule, Violation};

/// A crate of this workspace and what it may use of the others.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
}

const ROOMS: &[Room] = &[
    Room { name: "domain", may_use: &[] },
    Room { name: "secrets", may_use: &["domain"] },
    Room { name: "contract", may_use: &["domain"] },
    Room { name: "oauth", may_use: &["secrets", "domain"] },
    Room { name: "settings", may_use: &["domain"] },
    Room { name: "store", may_use: &["secrets", "domain"] },
    Room { name: "engine", may_use: &["store", "oauth", "secrets", "domain"] },
    Room { name: "telemetry", may_use: &["engine", "domain"] },
    Room { name: "gateway", may_use: &["telemetry", "engine", "contract", "domain"] },
    Room { name: "api", may_use: &["telemetry", "engine", "contract", "oauth", "domain"] },
    Room { name: "pages", may_use: &["engine", "contract", "oauth", "domain"] },
    Room {
        name: "server",
        may_use: &[
            "api",
            "pages",
            "gateway",
            "telemetry",
            "settings",
            "engine",
            "contract",
            "oauth",
            "store",
            "secrets",
            "domain",
        ],
    },
    // For tests only: nothing that ships may use it.
    Room { name: "testkit", may_use: &["domain"] },
    Room { name: "xtask", may_use: &[] },
];

/// Foreign crates and the rooms that own them.
struct Wrapper {
    foreign: &'static [&'static str],
    rooms: &'static [&'static str],
}

const WRAPPERS: &[Wrapper] = &[
    Wrapper { foreign: &["sqlx", "rusqlite", "tokio-postgres", "sea-query"], rooms: &["store"] },
    Wrapper { foreign: &["axum", "axum-core", "tower-http"], rooms: &["api", "pages", "server", "testkit"] },
    Wrapper { foreign: &["askama", "minijinja"], rooms: &["pages"] },
    // The client lives in the same crates as the server half of hyper: whoever needs neither has neither.
    Wrapper { foreign: &["hyper", "hyper-util", "reqwest"], rooms: &["gateway", "server", "testkit"] },
    Wrapper {
        foreign: &["rustls", "tokio-rustls", "hyper-rustls", "rustls-pki-types"],
        rooms: &["gateway", "server", "testkit"],
    },
    Wrapper {
        foreign: &["aws-lc-rs", "ring", "hmac", "sha2", "argon2", "blake2", "subtle", "chacha20poly1305"],
        rooms: &["secrets"],
    },
    Wrapper { foreign: &["redis", "fred"], rooms: &["server"] },
    Wrapper { foreign: &["prometheus-client", "opentelemetry-proto", "prost"], rooms: &["telemetry"] },
    Wrapper { foreign: &["figment"], rooms: &["settings"] },
    Wrapper { foreign: &["utoipa", "utoipa-axum"], rooms: &["api"] },
    Wrapper { foreign: &["clap", "comfy-table", "rpassword"], rooms: &["server", "xtask"] },
    // Rooms without it are pure: no I/O, no waiting.
    Wrapper {
        foreign: &["tokio", "async-trait", "futures-util"],
        rooms: &["store", "engine", "telemetry", "gateway", "api", "server", "testkit"],
    },
];

/// The broken rules among these packages.
pub(crate) fn check(packages: &[Package]) -> Vec<Violation> {
    packages.iter().flat_map(|package| check_direction(package).chain(check_wrappers(package))).collect()
}

/// Crates are named after their rooms.
fn room_of(package: &str) -> &str {
    package.strip_prefix("claviger-").unwrap_or(package)
}

fn check_direction(package: &Package) -> Box<dyn Iterator<Item = Violation> + '_> {
    let name = room_of(&package.name);
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        let detail = "has no place in xtask/src/layers/rooms.rs yet; give it one";
        return Box::new(std::iter::once(Violation::new(Rule::Direction, name, detail)));
    };
    let ours = package.dependencies.iter().filter(|dependency| dependency.is_shipped()).filter_map(|found| {
        let used = room_of(&found.name);
        ROOMS.iter().any(|room| room.name == used).then_some(used)
    });
    Box::new(ours.filter(|used| !room.may_use.contains(used)).map(|used| {
        let allowed = if room.may_use.is_empty() { "nothing".to_owned() } else { room.may_use.join(", ") };
        Violation::new(Rule::Direction, room.name, format_args!("uses `{used}`; it may use {allowed}"))
    }))
}

fn check_wrappers(package: &Package) -> impl Iterator<Item = Violation> + '_ {
    let room = room_of(&package.name);
    package.dependencies.iter().filter(|dependency| dependency.is_shipped()).filter_map(move |found| {
        let wrapper = WRAPPERS.iter().find(|wrapper| wrapper.foreign.contains(&found.name.as_str()))?;
        (!wrapper.rooms.contains(&room)).then(|| {
            let owners = wrapper.rooms.join(", ");
            Violation::new(
                Rule::Wrapper,
                room,
                format_args!("uses `{}`, which only {owners} may", found.name),
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::metadata::Dependency;
    use super::*;

    fn package(name: &str, uses: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| Dependency {
            name: (*name).to_owned(),
            kind: kind.map(str::to_owned),
        };
        Package { name: name.to_owned(), dependencies: uses.iter().map(dependency).collect() }
    }

    fn said(package: Package) -> Vec<String> {
        check(&[package]).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_door_cannot_reach_the_store() {
        assert_eq!(
            said(package("claviger-api", &[("claviger-engine", None), ("claviger-store", None)])),
            ["direction: api: uses `store`; it may use telemetry, engine, contract, oauth, domain"]
        );
    }

    #[test]
    fn a_test_may_use_what_its_crate_may_not() {
        assert!(
            said(package("claviger-api", &[("claviger-store", Some("dev")), ("sqlx", Some("dev"))]))
                .is_empty()
        );
    }

    #[test]
    fn nothing_that_ships_uses_the_testkit() {
        assert_eq!(
            said(package("claviger-domain", &[("claviger-testkit", None)])),
            ["direction: domain: uses `testkit`; it may use nothing"]
        );
    }

    #[test]
    fn only_the_store_knows_a_database() {
        assert!(said(package("claviger-store", &[("sqlx", None)])).is_empty());
        assert_eq!(
            said(package("claviger-engine", &[("sqlx", Some("build"))])),
            ["wrapper: engine: uses `sqlx`, which only store may"]
        );
    }

    #[test]
    fn a_new_crate_must_be_given_its_place() {
        let [only] = &said(package("claviger-novelty", &[]))[..] else { panic!("one violation") };
        assert!(only.starts_with("direction: novelty: has no place"), "{only}");
    }

    #[test]
    fn the_rooms_themselves_have_no_circle() {
        let mut built: Vec<&str> = Vec::new();
        while let Some(room) = ROOMS
            .iter()
            .find(|r| !built.contains(&r.name) && r.may_use.iter().all(|used| built.contains(used)))
        {
            built.push(room.name);
        }
        assert_eq!(built.len(), ROOMS.len(), "built in order: {built:?}");
    }
}
