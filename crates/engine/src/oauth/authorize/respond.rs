//! The way back to the client. Every answer says who gives it (RFC 9207).

use claviger_domain::{ClientOrigin, RedirectUri};
use claviger_oauth::{Refusal, ResponseMode};
use claviger_secrets::Plain;

use super::Authorization;
use super::bind::Bound;

impl Bound {
    /// The answer with a code.
    pub(super) fn allow(&self, code: &Plain) -> Authorization {
        self.answer(&[("code", code.expose())])
    }

    /// The answer with an error (RFC 6749 section 4.1.2.1).
    pub(super) fn refuse(&self, refusal: &Refusal) -> Authorization {
        self.answer(&[("error", refusal.code.as_str()), ("error_description", &refusal.description)])
    }

    fn answer(&self, fields: &[(&str, &str)]) -> Authorization {
        let state = self.state.as_deref().map(|state| ("state", state));
        let fields: Vec<(&str, &str)> =
            fields.iter().copied().chain(state).chain([("iss", self.issuer.as_str())]).collect();
        let needs_look = self.client.origin == ClientOrigin::Open;
        match self.mode {
            ResponseMode::Query => Authorization {
                location: self.redirect.with_parameters(&self.presented, &fields),
                form_post: None,
                needs_look,
            },
            ResponseMode::FormPost => Authorization {
                location: self.presented.clone(),
                form_post: Some(
                    fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
                ),
                needs_look,
            },
        }
    }

    /// The redirect URI as it was sent, which matched a registered one.
    pub(super) fn target(&self) -> RedirectUri {
        RedirectUri::parse(&self.presented).unwrap_or_else(|_| self.redirect.clone())
    }
}
