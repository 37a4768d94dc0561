//! A user on the wire.

use claviger_domain::{Account, AccountId, Environment, Pool, ScopeSet, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::Doors;
use crate::words::EnvironmentWord;

/// Someone who signs in and consents at an API. The password is kept as a hash that nobody can read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserObject<'u> {
    /// Its id.
    #[schema(value_type = String, example = "acc_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    id: AccountId,
    /// The name of the API whose user it is.
    #[schema(example = "propertybase")]
    api: String,
    /// The address it signs in by, one of its kind at its API.
    #[schema(example = "ada@example.com")]
    email: &'u str,
    /// Whether the address is known to be its owner's.
    email_verified: bool,
    /// Since when that is known.
    #[schema(value_type = Option<String>, format = DateTime)]
    email_verified_at: Option<Timestamp>,
    /// The full name.
    #[schema(example = "Ada Lovelace")]
    name: Option<&'u str>,
    /// The given name.
    #[schema(example = "Ada")]
    given_name: Option<&'u str>,
    /// The family name.
    #[schema(example = "Lovelace")]
    family_name: Option<&'u str>,
    /// The language (BCP 47).
    #[schema(example = "en-GB")]
    locale: Option<&'u str>,
    /// The workspace for which it acts at the API itself; null for a user who only consents.
    #[schema(value_type = Option<String>, example = "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0")]
    workspace: Option<WorkspaceId>,
    /// The world its own sessions and tokens belong to.
    #[schema(value_type = EnvironmentWord)]
    environment: Environment,
    /// The most it may do and allow; null for every scope of the API that does not imply all others.
    #[schema(value_type = Option<Vec<String>>, example = json!(["read:leads"]))]
    scopes: Option<&'u ScopeSet>,
    /// Whether it can sign in and act.
    state: UserStatus,
    /// Since when it is disabled.
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed, its password included.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Whether a user can sign in and act.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserStatus {
    /// It can.
    Active,
    /// It was disabled and can be enabled again.
    Disabled,
}

impl<'u> UserObject<'u> {
    /// A user, under its API's present name.
    pub(crate) fn of(doors: &Doors, user: &'u Account) -> Self {
        let api = match user.pool {
            Pool::Api(id) => doors.api_name(id),
            Pool::Instance | Pool::Members => user.pool.to_string(),
        };
        Self::under(api, user)
    }

    fn under(api: String, user: &'u Account) -> Self {
        Self {
            id: user.id,
            api,
            email: user.email.as_str(),
            email_verified: user.email_verified_at.is_some(),
            email_verified_at: user.email_verified_at,
            name: user.profile.name.as_deref(),
            given_name: user.profile.given_name.as_deref(),
            family_name: user.profile.family_name.as_deref(),
            locale: user.profile.locale.as_deref(),
            workspace: user.workspace,
            environment: user.environment,
            scopes: user.scopes.as_ref(),
            state: if user.disabled_at.is_some() { UserStatus::Disabled } else { UserStatus::Active },
            disabled_at: user.disabled_at,
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

#[cfg(test)]
#[path = "object_tests.rs"]
mod tests;
