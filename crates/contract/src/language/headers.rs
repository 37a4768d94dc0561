//! Headers beside the credential: identity, limits, workspace, challenge.

use crate::contract::Headers;
use crate::document::Section;
use crate::wire::challenge::{Challenge, ChallengeScheme};
use crate::wire::identity::IdentityHeaders;
use crate::wire::place::{Places, Spot};
use crate::wire::quota::{QuotaHeaders, QuotaStyle};

use super::limits::Limits;
use super::places::header_name;

const STYLES: &[(&str, Option<QuotaStyle>)] = &[
    ("ietf", Some(QuotaStyle::Ietf)),
    ("ietf-triple", Some(QuotaStyle::IetfTriple)),
    ("x-ratelimit", Some(QuotaStyle::XRateLimit)),
    ("none", None),
];

const SCHEMES: &[(&str, ChallengeScheme)] =
    &[("Bearer", ChallengeScheme::Bearer), ("Basic", ChallengeScheme::Basic)];

pub(super) fn headers(root: &Section<'_>, limits: &Limits) -> Headers {
    let standard = QuotaHeaders { styles: vec![QuotaStyle::Ietf], shown: None };
    let Some(section) = root.section("headers") else {
        return Headers { quota: standard, ..Headers::default() };
    };
    let stated = section.items("rate_limit");
    let styles = match stated.is_empty() {
        true => standard.styles,
        false => stated.iter().filter_map(|item| item.choice(STYLES)).flatten().collect(),
    };
    let shown = section.item("rate_limit_shows").and_then(|item| limits.known_name(item));
    let headers = Headers {
        identity: section.section("identity").map(identity).unwrap_or_default(),
        quota: QuotaHeaders { styles, shown },
        workspace: section.item("workspace").and_then(header_name),
        keep_credential: !section.flag("strip_credential", true),
    };
    section.finish();
    headers
}

fn identity(section: Section<'_>) -> IdentityHeaders {
    let IdentityHeaders { workspace, credential, kind, subject, client, scopes, environment, request_id } =
        IdentityHeaders::default();
    let named = |key, default| section.item(key).and_then(header_name).unwrap_or(default);
    let identity = IdentityHeaders {
        workspace: named("workspace", workspace),
        credential: named("credential", credential),
        kind: named("kind", kind),
        subject: named("subject", subject),
        client: named("client", client),
        scopes: named("scopes", scopes),
        environment: named("environment", environment),
        request_id: named("request_id", request_id),
    };
    let names = identity.names();
    for (i, name) in names.iter().enumerate() {
        if names.iter().take(i).any(|earlier| earlier == name) {
            section.error(format!("the header `{name}` would have to hold two things"));
        }
    }
    section.finish();
    identity
}

pub(super) fn challenge(root: &Section<'_>, places: &Places, title: &str) -> Challenge {
    let only_basic = !places.list.is_empty() && places.list.iter().all(|p| matches!(p.spot, Spot::Basic(_)));
    let default = if only_basic { ChallengeScheme::Basic } else { ChallengeScheme::Bearer };
    let mut challenge = Challenge { realm: title.to_owned(), schemes: vec![default] };
    if let Some(section) = root.section("challenge") {
        if let Some(realm) = section.text("realm") {
            challenge.realm = realm.to_owned();
        }
        let schemes: Vec<_> =
            section.items("schemes").iter().filter_map(|item| item.choice(SCHEMES)).collect();
        if !schemes.is_empty() {
            challenge.schemes = schemes;
        }
        section.finish();
    }
    if !challenge.realm.chars().all(|c| matches!(c, ' '..='~')) {
        let message =
            "the realm, which is the title unless `challenge.realm` is set, must be printable ASCII";
        root.report().error(0..0, message);
    }
    challenge
}
