//! The consent: who asks for what, in plain words.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::extract::RawQuery;
use claviger_domain::{Client, ClientOrigin, PictureDigest, RedirectUri};
use claviger_engine::{Consent, ConsentAnswer, Step};
use http::{StatusCode, Uri};

use super::error::Answer;
use super::form::OwnerForm;
use super::render::{Face, Reader, initials, page, see};
use super::step::{finish, go};
use super::visit::Visit;
use crate::fields::Fields;
use crate::onward::Onward;
use crate::policy::Needs;
use crate::sent::FormError;
use crate::words::{Phrase, say};

/// A client as people see it.
pub(crate) struct ClientFace {
    pub(crate) name: String,
    pub(crate) initials: String,
    /// What its picture is called by, where we have one.
    pub(crate) logo: Option<PictureDigest>,
    pub(crate) description: Option<String>,
    /// Whose it is: the workspace's name.
    pub(crate) owner: Option<String>,
    /// The host of its own page, as it says.
    pub(crate) host: Option<String>,
    /// Whether it registered itself and nobody has looked at it.
    pub(crate) is_unverified: bool,
    /// Whether every redirect of it ends on the user's own device.
    pub(crate) is_on_device: bool,
    pub(crate) policy: Option<String>,
    pub(crate) terms: Option<String>,
}

impl ClientFace {
    /// What people are told of this client.
    pub(crate) async fn of(visit: &Visit, client: &Client) -> Self {
        let is_unverified = client.origin == ClientOrigin::Open;
        let workspace = match is_unverified {
            true => None,
            false => visit.engine.find_workspace(client.workspace).await.ok(),
        };
        // Without its picture the page is as good.
        let logo = visit.engine.find_client_logo(client).await.ok().flatten();
        Self::new(client, workspace.map(|workspace| workspace.name.to_string())).with_logo(logo)
    }

    /// The same with the name of its owner, where somebody vouches for it.
    pub(crate) fn new(client: &Client, owner: Option<String>) -> Self {
        let (metadata, presentation) = (&client.metadata, &client.metadata.presentation);
        let is_unverified = client.origin == ClientOrigin::Open;
        let is_on_device = |uri: &RedirectUri| uri.is_loopback() || uri.is_private();
        // What an unknown client says of itself must not look as if we had said it.
        let link =
            |uri: &Option<String>| uri.clone().filter(|uri| !is_unverified && uri.starts_with("https://"));
        Self {
            name: metadata.name.to_string(),
            initials: initials(metadata.name.as_str()),
            logo: None,
            description: presentation.description.clone(),
            owner,
            host: link(&presentation.client_uri)
                .and_then(|uri| uri.parse::<Uri>().ok()?.host().map(str::to_owned)),
            is_unverified,
            is_on_device: !metadata.redirect_uris.is_empty()
                && metadata.redirect_uris.iter().all(is_on_device),
            policy: link(&presentation.policy_uri),
            terms: link(&presentation.tos_uri),
        }
    }

    pub(crate) fn with_logo(self, logo: Option<PictureDigest>) -> Self {
        Self { logo, ..self }
    }
}

/// A scope as people see it.
pub(crate) struct ScopeLine {
    pub(crate) name: String,
    pub(crate) description: String,
    /// Whether it was allowed before.
    pub(crate) is_known: bool,
}

#[derive(Template)]
#[template(path = "public/consent.html")]
pub(crate) struct ConsentPage<'p> {
    pub(crate) face: Face<'p>,
    pub(crate) reader: Reader<'p>,
    pub(crate) onward: &'p Onward,
    pub(crate) client: ClientFace,
    pub(crate) destination: &'p str,
    pub(crate) scopes: Vec<ScopeLine>,
    pub(crate) is_offline: bool,
    pub(crate) lifetime: Option<String>,
    /// Where somebody else signs in.
    pub(crate) other: String,
}

impl ConsentPage<'_> {
    /// Whether some were allowed before, so that what is new has to be told apart.
    pub(crate) fn widens(&self) -> bool {
        self.scopes.iter().any(|scope| scope.is_known)
    }
}

/// `GET /consent`
pub(crate) async fn show_consent(
    Extension(visit): Extension<Arc<Visit>>,
    RawQuery(query): RawQuery,
) -> Answer {
    let onward = Onward::read(&Fields::parse(query.unwrap_or_default().as_bytes()));
    let Some(flow) = onward.flow() else { return Ok(see("/account")) };
    let who = visit.owner(onward.clone()).await?;
    let consent = match visit.engine.resume_authorization(&visit.caller(), flow, Some(&who)).await? {
        Step::Consent(_, consent) => *consent,
        step => return go(&visit, step),
    };
    let Consent { client, destination, scopes, known, is_offline, lifetime, form_actions, .. } = consent;
    let shown = ConsentPage {
        face: Face::of(&visit),
        reader: Reader::new(&who),
        onward: &onward,
        client: ClientFace::of(&visit, &client).await,
        destination: &destination,
        scopes: lines(scopes, &known),
        is_offline,
        lifetime: lifetime.map(duration_text),
        other: onward.to_with("/sign-in", &[("other", "yes")]),
    };
    Ok(Needs { form_actions, ..Needs::default() }.mark(page(StatusCode::OK, &shown)?))
}

/// `POST /consent`
pub(crate) async fn answer(OwnerForm { visit, who, fields }: OwnerForm) -> Answer {
    let onward = Onward::read(&fields);
    let Some(flow) = onward.flow() else { return Ok(see("/account")) };
    let answer = read_answer(&fields)?;
    let authorization = visit.engine.answer_consent(&visit.caller(), flow, &who, answer).await?;
    finish(&visit, &authorization)
}

/// What a button says. Neither is assumed.
pub(crate) fn read_answer(fields: &Fields) -> Result<ConsentAnswer, FormError> {
    match fields.get("answer") {
        "allow" => Ok(ConsentAnswer::Allow),
        "refuse" => Ok(ConsentAnswer::Refuse),
        _ => Err(FormError::Unreadable),
    }
}

/// Scopes for people; what is new stands first.
pub(crate) fn lines(scopes: Vec<(String, String)>, known: &[String]) -> Vec<ScopeLine> {
    let line = |(name, description): (String, String)| ScopeLine {
        is_known: known.contains(&name),
        description: match identity(&name) {
            Some(said) => said.to_string(),
            None if description.is_empty() => name.clone(),
            None => description,
        },
        name,
    };
    let mut lines: Vec<_> = scopes.into_iter().map(line).collect();
    lines.sort_by_key(|line| line.is_known);
    lines
}

/// What the scopes of OpenID Connect mean, which no contract describes.
fn identity(scope: &str) -> Option<Phrase> {
    match scope {
        "openid" => Some(say("scope-openid")),
        "profile" => Some(say("scope-profile")),
        "email" => Some(say("scope-email")),
        "offline_access" => Some(say("scope-offline-access")),
        _ => None,
    }
}

/// A time as people say it, in its largest whole unit.
pub(crate) fn duration_text(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let said = match seconds {
        86_400.. => say("span-days").count("count", seconds / 86_400),
        3_600.. => say("span-hours").count("count", seconds / 3_600),
        60.. => say("span-minutes").count("count", seconds / 60),
        _ => say("span-seconds").count("count", seconds),
    };
    said.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        let said = |seconds| duration_text(Duration::from_secs(seconds));
        assert_eq!(said(30 * 86_400), "30 days");
        assert_eq!(said(3_600), "1 hour");
        assert_eq!(said(90), "1 minute");
        assert_eq!(said(0), "0 seconds");
    }

    #[test]
    fn neither_answer_is_assumed() {
        let read = |form: &str| read_answer(&Fields::parse(form.as_bytes()));
        assert_eq!(read("answer=allow"), Ok(ConsentAnswer::Allow));
        assert_eq!(read("answer=refuse"), Ok(ConsentAnswer::Refuse));
        assert_eq!(read("answer=Allow"), Err(FormError::Unreadable));
        assert_eq!(read(""), Err(FormError::Unreadable));
    }

    #[test]
    fn what_is_new_stands_first() {
        let scopes = [("read", "Read."), ("write", "")].map(|(n, d)| (n.to_owned(), d.to_owned()));
        let lines = lines(scopes.into(), &["read".to_owned()]);
        let seen: Vec<_> = lines.iter().map(|line| (line.description.as_str(), line.is_known)).collect();
        assert_eq!(seen, [("write", false), ("Read.", true)]);
    }
}
