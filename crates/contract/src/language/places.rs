//! Where callers put their credentials.

use claviger_domain::{CredentialKind, KindSet};
use http::HeaderName;

use crate::document::{Item, Section};
use crate::wire::place::{BasicPart, Place, Spot};

#[derive(Clone, Copy)]
enum In {
    Bearer,
    Basic,
    Header,
    Cookie,
    Query,
}

const SPOTS: &[(&str, In)] = &[
    ("bearer", In::Bearer),
    ("basic", In::Basic),
    ("header", In::Header),
    ("cookie", In::Cookie),
    ("query", In::Query),
];

const PARTS: &[(&str, BasicPart)] = &[("user", BasicPart::User), ("password", BasicPart::Password)];

const KINDS: &[(&str, CredentialKind)] =
    &[("key", CredentialKind::Key), ("token", CredentialKind::Token), ("session", CredentialKind::Session)];

/// A list of kinds; none when the key is absent.
pub(super) fn kinds(section: &Section<'_>, key: &'static str) -> Option<KindSet> {
    let items = section.items(key);
    let kinds: KindSet = items.iter().filter_map(|item| item.choice(KINDS)).collect();
    (!items.is_empty()).then_some(kinds)
}

pub(super) fn places(root: &Section<'_>) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    for section in root.sections("credential") {
        if let Some(place) = place(&section) {
            if places.iter().any(|earlier| earlier.spot == place.spot) {
                section.error("this place stands there twice; give one all its kinds");
            }
            places.push(place);
        }
        section.finish();
    }
    if places.is_empty() && root.item("credential").is_none() {
        root.report().error(0..0, "no `[[credential]]` is there, so nobody could ever authenticate");
    }
    places
}

fn place(section: &Section<'_>) -> Option<Place> {
    let spot = section.need("in").and_then(|item| item.choice(SPOTS));
    let kinds = kinds(section, "kinds");
    if kinds.is_none() {
        section.error("`kinds` is missing: which of `key`, `token` and `session` stand in this place?");
    }
    let title = section.text("title");
    let spot = spot.and_then(|spot| read_spot(section, spot))?;
    let kinds = kinds?;
    let title = title.map_or_else(|| default_title(&spot, kinds), str::to_owned);
    Some(Place { spot, kinds, title })
}

fn read_spot(section: &Section<'_>, spot: In) -> Option<Spot> {
    Some(match spot {
        In::Bearer => Spot::Bearer,
        In::Basic => {
            Spot::Basic(section.item("part").and_then(|i| i.choice(PARTS)).unwrap_or(BasicPart::User))
        }
        In::Header => {
            let name = section.need("name");
            let scheme = section.text("scheme").map(str::to_owned);
            let bearer_allowed = section.flag("bearer_allowed", false);
            Spot::Header { name: name.and_then(header_name)?, scheme, bearer_allowed }
        }
        In::Cookie => Spot::Cookie(name(section)?),
        In::Query => {
            section.report().warning(
                section.span(),
                "credentials in a query end up in logs, histories and Referer headers",
                Some("prefer a header".to_owned()),
            );
            Spot::Query(name(section)?)
        }
    })
}

fn name(section: &Section<'_>) -> Option<String> {
    let item = section.need("name")?;
    let text = item.text()?;
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if text.is_empty() || !text.bytes().all(token) {
        item.error("expected a name of letters, digits and `-._`");
        return None;
    }
    Some(text.to_owned())
}

/// Whether a header belongs to HTTP itself, so that no contract may read or write it.
pub(super) fn is_framing(name: &HeaderName) -> bool {
    const FRAMING: [&str; 9] = [
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
        "proxy-connection",
    ];
    FRAMING.contains(&name.as_str())
}

/// A header's name.
pub(super) fn header_name(item: Item<'_>) -> Option<HeaderName> {
    let name: HeaderName = item.parse()?;
    if is_framing(&name) {
        item.error(format!("`{name}` belongs to HTTP itself"));
        return None;
    }
    Some(name)
}

fn default_title(spot: &Spot, kinds: KindSet) -> String {
    let noun: Vec<&str> = kinds
        .iter()
        .map(|kind| match kind {
            CredentialKind::Key => "an API key",
            CredentialKind::Token => "an access token",
            CredentialKind::Session => "a session",
        })
        .collect();
    let noun = noun.join(" or ");
    match spot {
        Spot::Bearer => format!("{noun} as `Authorization: Bearer`"),
        Spot::Basic(BasicPart::User) => format!("{noun} as the user name of `Authorization: Basic`"),
        Spot::Basic(BasicPart::Password) => format!("{noun} as the password of `Authorization: Basic`"),
        Spot::Header { name, scheme: None, .. } => format!("{noun} in the header `{name}`"),
        Spot::Header { name, scheme: Some(scheme), .. } => format!("{noun} as `{name}: {scheme}`"),
        Spot::Cookie(name) => format!("{noun} in the cookie `{name}`"),
        Spot::Query(name) => format!("{noun} in the query as `{name}`"),
    }
}
