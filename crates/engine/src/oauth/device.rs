//! The device authorization grant (RFC 8628).

use std::net::IpAddr;
use std::time::Duration;

use claviger_domain::{Client, ScopeSet};
use claviger_oauth::{ErrorCode, Refusal};
use claviger_secrets::Plain;

use super::asking::AuthenticatedClient;
use super::authorize::ConsentAnswer;
use super::error::OAuthError;
use crate::engine::Engine;
use crate::exchange::Caller;
use crate::sessions::SignedIn;

/// What a device shows and keeps.
#[derive(Debug)]
pub struct DeviceAuthorization {
    /// What the device asks with.
    pub device_code: Plain,
    /// What a person types: eight consonants with a hyphen.
    pub user_code: Plain,
    /// How long both live.
    pub lifetime: Duration,
    /// How long the device waits between two questions.
    pub interval: Duration,
}

/// What a person who typed a code is asked.
#[derive(Clone, Debug)]
pub struct DeviceQuestion {
    /// Who asks.
    pub client: Client,
    /// What for: name and description of each scope.
    pub scopes: Vec<(String, String)>,
    /// Where the device asked from, where it is known.
    pub address: Option<IpAddr>,
}

impl Engine {
    /// Begins for a device.
    ///
    /// # Errors
    /// With the registered code for whatever is not good; when the database fails.
    pub async fn start_device(
        &self,
        caller: &Caller<'_>,
        client: &AuthenticatedClient,
        scopes: Option<&ScopeSet>,
        resources: &[String],
    ) -> Result<DeviceAuthorization, OAuthError> {
        let _ = (caller, client, scopes, resources);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// What a person who typed this code is asked. Case, spaces and hyphens do not matter.
    ///
    /// # Errors
    /// `invalid_grant` for a code that is unknown, decided or too old; when too many were wrong.
    pub async fn find_device(
        &self,
        caller: &Caller<'_>,
        user_code: &str,
        who: &SignedIn,
    ) -> Result<DeviceQuestion, OAuthError> {
        let _ = (caller, user_code, who);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }

    /// Takes their answer.
    ///
    /// # Errors
    /// As for [`Engine::find_device`].
    pub async fn answer_device(
        &self,
        caller: &Caller<'_>,
        user_code: &str,
        who: &SignedIn,
        answer: ConsentAnswer,
    ) -> Result<(), OAuthError> {
        let _ = (caller, user_code, who, answer);
        Err(Refusal::new(ErrorCode::TemporarilyUnavailable, "not there yet").into())
    }
}
