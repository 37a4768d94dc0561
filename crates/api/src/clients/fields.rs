//! A client's metadata as the management API takes and shows it: the names of RFC 7591 section 2, each with its type,
//! so that a mistake is blamed by JSON pointer and the OpenAPI document has them all.

use claviger_domain::{Environment, WorkspaceId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::json::{StrictObject, nullable};
use crate::words::EnvironmentWord;

/// A struct with these members and those of every client's metadata. serde cannot refuse unknown members of a
/// flattened struct, so the two structs have them side by side.
macro_rules! with_metadata {
    ($(#[$meta:meta])* $name:ident { $($own:tt)* }) => {
        #[derive(Debug, Deserialize, Serialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub(crate) struct $name {
            $($own)*
            /// What people call it: 1 to 100 printable characters.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "Ledger")]
            client_name: Option<Option<String>>,
            /// What it is for, shown to users who are asked to consent; at most 500 characters.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "Keeps the books of estate agents.")]
            description: Option<Option<String>>,
            /// An `https` address of its page.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "https://ledger.example")]
            client_uri: Option<Option<String>>,
            /// An `https` address of a picture.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "https://ledger.example/logo.svg")]
            logo_uri: Option<Option<String>>,
            /// An `https` address of its privacy policy.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "https://ledger.example/privacy")]
            policy_uri: Option<Option<String>>,
            /// An `https` address of its terms.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "https://ledger.example/terms")]
            tos_uri: Option<Option<String>>,
            /// E-mail addresses of those who look after it.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>, required = false, example = json!(["dev@ledger.example"]))]
            contacts: Option<Option<Vec<String>>>,
            /// `web` or `native`; `web` unless named.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "web")]
            application_type: Option<Option<String>>,
            /// Where users may be sent back to, compared byte for byte but for the port of a loopback address.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>, required = false, example = json!(["https://ledger.example/callback"]))]
            redirect_uris: Option<Option<Vec<String>>>,
            /// Where users may be sent after they sign out.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>, required = false, example = json!(["https://ledger.example/"]))]
            post_logout_redirect_uris: Option<Option<Vec<String>>>,
            /// How it proves itself: `client_secret_basic` (unless named), `client_secret_post`, `private_key_jwt`, or
            /// `none` for a public client.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "client_secret_basic")]
            token_endpoint_auth_method: Option<Option<String>>,
            /// Its public keys, a JWK set (RFC 7517); for `private_key_jwt`, unless `jwks_uri` is there.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Object>, required = false)]
            jwks: Option<Option<StrictObject>>,
            /// An `https` address of its JWK set.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "https://ledger.example/jwks.json")]
            jwks_uri: Option<Option<String>>,
            /// The grants it may use; unless named, `authorization_code` and `refresh_token` where the API offers them.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>, required = false, example = json!(["authorization_code", "refresh_token"]))]
            grant_types: Option<Option<Vec<String>>>,
            /// The response types it may use; there is `code` alone.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<Vec<String>>, required = false, example = json!(["code"]))]
            response_types: Option<Option<Vec<String>>>,
            /// The scopes it may ask for, separated by spaces; null for every scope of the API that does not imply all
            /// others.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "openid profile read:leads")]
            scope: Option<Option<String>>,
            /// How its ID tokens are signed; `RS256` unless named.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "RS256")]
            id_token_signed_response_alg: Option<Option<String>>,
            /// What users are called in its ID tokens: `public` (unless named) or `pairwise`.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<String>, required = false, example = "public")]
            subject_type: Option<Option<String>>,
            /// The oldest sign-in that its users may come with, in seconds.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<u64>, required = false, example = 3600)]
            default_max_age: Option<Option<u64>>,
            /// Whether its authorization requests must be pushed first (RFC 9126).
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<bool>, required = false)]
            require_pushed_authorization_requests: Option<Option<bool>>,
            /// Whether its tokens must be bound to a key (RFC 9449).
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<bool>, required = false)]
            dpop_bound_access_tokens: Option<Option<bool>>,
            /// How long its access tokens live, in seconds; never longer than the contract says.
            #[serde(default, deserialize_with = "nullable", skip_serializing_if = "Option::is_none")]
            #[schema(value_type = Option<u64>, required = false, example = 600)]
            access_token_lifetime: Option<Option<u64>>,
        }

        impl $name {
            /// What was said, as a JSON object; null stands for what is to be cleared.
            fn members(&self) -> Map<String, Value> {
                // Texts, numbers and lists of them: JSON can always hold them, and a struct is always an object.
                match serde_json::to_value(self) {
                    Ok(Value::Object(members)) => members,
                    _ => Map::new(),
                }
            }
        }
    };
}

with_metadata! {
    /// What a client may ask for, and how its tokens are made: the names of RFC 7591 section 2.
    #[schema(as = ClientMetadata, example = json!({"client_name": "Ledger", "description": null}))]
    ClientFields {}
}

with_metadata! {
    /// A client to make.
    #[schema(example = json!({
        "api": "propertybase", "workspace": "wsp_06f0z7q4s9v8n3c2k1m5t7x9d0",
        "client_name": "Ledger", "redirect_uris": ["https://ledger.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"], "scope": "openid profile read:leads",
    }))]
    CreateClient {
        /// The API whose tokens it gets, by name or id.
        pub(super) api: String,
        /// The workspace it belongs to.
        #[schema(value_type = String)]
        pub(super) workspace: WorkspaceId,
        /// The world its tokens belong to; `live` unless named.
        #[serde(default = "live")]
        #[schema(value_type = Option<EnvironmentWord>, required = false)]
        pub(super) environment: Environment,
    }
}

impl ClientFields {
    /// The metadata that was said; null stands for what is to be cleared.
    pub(super) fn metadata(&self) -> Map<String, Value> {
        self.members()
    }
}

impl CreateClient {
    /// The metadata that was said. Null means nothing where there is nothing to clear.
    pub(super) fn metadata(&self) -> Map<String, Value> {
        let mut members = self.members();
        members.retain(|name, value| {
            !value.is_null() && !["api", "workspace", "environment"].contains(&name.as_str())
        });
        members
    }
}

const fn live() -> Environment {
    Environment::Live
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn create(member: &str, value: Value) -> Result<CreateClient, serde_json::Error> {
        let mut body = json!({"api": "example", "workspace": "wsp_00000000000000000000000000"});
        body[member] = value;
        serde_json::from_str(&body.to_string())
    }

    #[test]
    fn what_was_said_is_metadata_and_nothing_else() {
        let new = create("client_name", json!("Ledger")).unwrap();
        assert_eq!(Value::Object(new.metadata()), json!({"client_name": "Ledger"}));
        assert_eq!(new.environment, Environment::Live);
    }

    #[test]
    fn null_is_told_from_absence() {
        let fields: ClientFields = serde_json::from_str(r#"{"scope": null, "contacts": []}"#).unwrap();
        assert_eq!(Value::Object(fields.metadata()), json!({"scope": null, "contacts": []}));
    }

    #[test]
    fn every_member_has_its_type() {
        for (member, bad) in [
            ("api", json!(1)),
            ("workspace", json!("cli_00000000000000000000000000")),
            ("environment", json!("prod")),
            ("client_name", json!(["x"])),
            ("redirect_uris", json!("https://a.example")),
            ("jwks", json!([])),
            ("default_max_age", json!(-1)),
            ("dpop_bound_access_tokens", json!("true")),
            ("client_id", json!("chosen")),
            ("software_statement", json!("e30.e30.")),
        ] {
            assert!(create(member, bad.clone()).is_err(), "{member}: {bad}");
        }
    }
}
