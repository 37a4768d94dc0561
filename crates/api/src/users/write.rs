//! `POST /v1/users` and `PATCH /v1/users/{id}`.

use axum::extract::State;
use claviger_domain::{AccountId, Environment, Profile, ScopeSet, WorkspaceId};
use claviger_engine::{NewUser, UserError, UserPatch};
use serde::Deserialize;
use utoipa::ToSchema;

use super::fields::{ChosenPassword, Email, Locale, PersonName};
use super::{UserObject, answer};
use crate::body::Sent;
use crate::json::{nullable, present};
use crate::path::PathId;
use crate::permit::{ClientsWrite, Permit};
use crate::problem::ProblemDocument;
use crate::reply::Answer;
use crate::state::{Doors, Shared};
use crate::words::EnvironmentWord;

/// A user to make.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "api": "propertybase", "email": "ada@example.com", "email_verified": true,
    "password": "four slow grey horses", "name": "Ada Lovelace", "locale": "en-GB",
    "workspace": "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0", "scopes": ["read:leads"],
}))]
pub(crate) struct CreateUser {
    /// The API whose user it is, by name or id.
    api: String,
    /// The address it signs in by.
    #[schema(value_type = String)]
    email: Email,
    /// Whether the address is known to be theirs; false unless said.
    #[serde(default)]
    email_verified: bool,
    /// The password: 12 to 128 characters, none that is easy to guess; left out for a user who signs in by other
    /// means.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    password: Option<ChosenPassword>,
    /// The full name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    name: Option<PersonName>,
    /// The given name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    given_name: Option<PersonName>,
    /// The family name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    family_name: Option<PersonName>,
    /// The language (BCP 47).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    locale: Option<Locale>,
    /// The workspace for which it acts at the API itself; left out for a user who only consents.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    workspace: Option<WorkspaceId>,
    /// The world its own sessions belong to; `live` unless named.
    #[serde(default)]
    #[schema(value_type = Option<EnvironmentWord>)]
    environment: Option<Environment>,
    /// The most it may do and allow; left out for every scope of the API that does not imply all others.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<ScopeSet>,
}

/// A change to a user. What is left out stays as it is; what is null is cleared.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada King", "workspace": null}))]
pub(crate) struct UpdateUser {
    /// A new password, which ends the user's sessions and the tokens of their grants.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    password: Option<ChosenPassword>,
    /// A new full name.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    name: Option<Option<PersonName>>,
    /// A new given name.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    given_name: Option<Option<PersonName>>,
    /// A new family name.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    family_name: Option<Option<PersonName>>,
    /// A new language (BCP 47).
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    locale: Option<Option<Locale>>,
    /// A new workspace; null for none.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<String>, required = false)]
    workspace: Option<Option<WorkspaceId>>,
    /// New scopes; null for every scope of the API that does not imply all others.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<Vec<String>>, required = false)]
    scopes: Option<Option<ScopeSet>>,
}

/// Make a user.
#[utoipa::path(
    post, path = "/v1/users", tag = "users",
    security(("operator_token" = ["clients:write"])),
    request_body = CreateUser,
    responses(
        (status = 201, description = "The user.", body = UserObject),
        (status = 409, description = "The API has a user with this address.", body = ProblemDocument, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    Sent(new): Sent<CreateUser>,
) -> Answer {
    let new = new.resolve(&doors).map_err(|error| permit.refuse(error))?;
    let made = doors.engine.create_user(&permit.actor(), new).await;
    let user = made.map_err(|error| permit.refuse(error))?;
    let location = format!("/v1/users/{}", user.id);
    permit.context().created(Some(location), &UserObject::of(&doors, &user))
}

impl CreateUser {
    fn resolve(self, doors: &Doors) -> Result<NewUser, UserError> {
        let found = doors.engine.find_api(&self.api).ok_or(UserError::UnknownApi)?;
        Ok(NewUser {
            api: found.api.id,
            email: self.email.0,
            is_email_verified: self.email_verified,
            password: self.password.map(|password| password.0),
            profile: Profile {
                name: self.name.map(String::from),
                given_name: self.given_name.map(String::from),
                family_name: self.family_name.map(String::from),
                locale: self.locale.map(String::from),
            },
            workspace: self.workspace,
            environment: self.environment.unwrap_or(Environment::Live),
            scopes: self.scopes,
        })
    }
}

/// Change a user.
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "users",
    security(("operator_token" = ["clients:write"])),
    params(("id" = String, Path, description = "The user's id.")),
    request_body = UpdateUser,
    responses((status = 200, description = "The user as it is now.", body = UserObject)),
)]
pub(crate) async fn update_user(
    State(doors): State<Shared>,
    permit: Permit<ClientsWrite>,
    PathId(id): PathId<AccountId>,
    Sent(change): Sent<UpdateUser>,
) -> Answer {
    let user = doors.engine.find_user(id).await.map_err(|error| permit.refuse(error))?;
    let changed = doors.engine.update_user(&permit.actor(), id, change.over(&user.profile)).await;
    let user = changed.map_err(|error| permit.refuse(error))?;
    answer(&doors, &permit, &user)
}

impl UpdateUser {
    /// The patch. A profile changes as a whole, so what is left out of it comes from the present one.
    fn over(self, present: &Profile) -> UserPatch {
        let Self { password, name, given_name, family_name, locale, workspace, scopes } = self;
        let profile = Profile {
            name: laid(name, present.name.as_ref()),
            given_name: laid(given_name, present.given_name.as_ref()),
            family_name: laid(family_name, present.family_name.as_ref()),
            locale: laid(locale, present.locale.as_ref()),
        };
        UserPatch {
            profile: (profile != *present).then_some(profile),
            workspace,
            scopes,
            password: password.map(|password| password.0),
        }
    }
}

fn laid<T: Into<String>>(said: Option<Option<T>>, present: Option<&String>) -> Option<String> {
    match said {
        Some(new) => new.map(Into::into),
        None => present.cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(body: &str) -> UserPatch {
        let ada =
            Profile { name: Some("Ada".to_owned()), locale: Some("en".to_owned()), ..Profile::default() };
        serde_json::from_str::<UpdateUser>(body).unwrap().over(&ada)
    }

    #[test]
    fn what_is_left_out_stays_and_what_is_null_is_cleared() {
        let none = patch("{}");
        assert!(none.profile.is_none() && none.password.is_none());
        assert_eq!((none.workspace, none.scopes), (None, None));
        let renamed = patch(r#"{"name": "Ada King", "locale": null, "workspace": null}"#);
        let expected = Profile { name: Some("Ada King".to_owned()), ..Profile::default() };
        assert_eq!(renamed.profile, Some(expected));
        assert_eq!((renamed.workspace, renamed.scopes), (Some(None), None));
    }

    #[test]
    fn a_user_never_moves() {
        for fixed in ["id", "api", "email", "environment", "state"] {
            assert!(serde_json::from_str::<UpdateUser>(&format!(r#"{{"{fixed}":"x"}}"#)).is_err());
        }
        assert!(serde_json::from_str::<UpdateUser>(r#"{"password": null}"#).is_err());
    }
}
