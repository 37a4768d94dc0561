//! RFC 7591 client metadata in JSON, to and from the domain's words. What one member says is read here; whether the
//! members go together is the engine's to say.

use std::time::Duration;

use claviger_domain::{
    Algorithm, ApplicationType, ClientAuthentication, ClientKeys, ClientMetadata, ClientPresentation,
    GrantType, RedirectUri, ScopeSet, SubjectType,
};
use claviger_oauth::{ErrorCode, Refusal};
use serde_json::{Map, Value};

/// The metadata that these members say.
///
/// # Errors
/// `invalid_redirect_uri` and `invalid_client_metadata` (RFC 7591 section 3.2.2).
pub(super) fn read(value: &Map<String, Value>) -> Result<ClientMetadata, Refusal> {
    let members = Members(value);
    let name = members.text("client_name").unwrap_or("Unnamed client");
    Ok(ClientMetadata {
        name: name.parse().map_err(|error| refuse(format!("client_name {error}")))?,
        presentation: ClientPresentation {
            description: members.owned("description"),
            logo_uri: members.owned("logo_uri"),
            client_uri: members.owned("client_uri"),
            policy_uri: members.owned("policy_uri"),
            tos_uri: members.owned("tos_uri"),
            contacts: members.texts("contacts").unwrap_or_default().into_iter().map(str::to_owned).collect(),
        },
        application_type: members.word("application_type", |word| match word {
            "web" => Some(ApplicationType::Web),
            "native" => Some(ApplicationType::Native),
            _ => None,
        })?,
        authentication: members
            .word("token_endpoint_auth_method", |word| ClientAuthentication::from_name(word).map(Some))?
            .unwrap_or(ClientAuthentication::SecretBasic),
        keys: members.keys(),
        grant_types: members.grant_types()?,
        redirect_uris: members.uris("redirect_uris")?,
        post_logout_redirect_uris: members.uris("post_logout_redirect_uris")?,
        scopes: members.word("scope", |text| ScopeSet::parse_spaced(text).ok().map(Some))?,
        id_token_algorithm: members
            .word("id_token_signed_response_alg", |word| Algorithm::from_name(word).map(Some))?
            .unwrap_or(Algorithm::Rs256),
        subject_type: members.word("subject_type", |word| match word {
            "public" => Some(SubjectType::Public),
            "pairwise" => Some(SubjectType::Pairwise),
            _ => None,
        })?,
        default_max_age: members.seconds("default_max_age"),
        requires_pushed_requests: members.is_true("require_pushed_authorization_requests"),
        requires_dpop: members.is_true("dpop_bound_access_tokens"),
        access_lifetime: members.seconds("access_token_lifetime"),
    })
}

/// The members that say this metadata. What has no value is left out.
pub(super) fn render(metadata: &ClientMetadata) -> Map<String, Value> {
    let ClientPresentation { description, logo_uri, client_uri, policy_uri, tos_uri, contacts } =
        &metadata.presentation;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let uris = |uris: &[RedirectUri]| Value::from_iter(uris.iter().map(RedirectUri::as_str));
    let seconds = |time: Option<Duration>| time.map(|time| Value::from(time.as_secs()));
    let (jwks, jwks_uri) = match &metadata.keys {
        // Checked when it was registered; a text that is no JSON cannot be there.
        Some(ClientKeys::Inline(jwks)) => (serde_json::from_str(jwks).ok(), None),
        Some(ClientKeys::Address(address)) => (None, Some(Value::from(address.as_str()))),
        None => (None, None),
    };
    let application_type = match metadata.application_type {
        ApplicationType::Web => "web",
        ApplicationType::Native => "native",
    };
    let subject_type = match metadata.subject_type {
        SubjectType::Public => "public",
        SubjectType::Pairwise => "pairwise",
    };
    let has_code = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    let response_types: &[&str] = if has_code { &["code"] } else { &[] };
    let members = [
        ("client_name", Some(metadata.name.as_str().into())),
        ("description", text(description)),
        ("client_uri", text(client_uri)),
        ("logo_uri", text(logo_uri)),
        ("policy_uri", text(policy_uri)),
        ("tos_uri", text(tos_uri)),
        ("contacts", Some(Value::from(contacts.as_slice()))),
        ("application_type", Some(application_type.into())),
        ("redirect_uris", Some(uris(&metadata.redirect_uris))),
        ("post_logout_redirect_uris", Some(uris(&metadata.post_logout_redirect_uris))),
        ("token_endpoint_auth_method", Some(metadata.authentication.as_str().into())),
        ("jwks", jwks),
        ("jwks_uri", jwks_uri),
        ("grant_types", Some(metadata.grant_types.iter().map(|grant| grant.as_str()).collect())),
        ("response_types", Some(response_types.into())),
        ("scope", metadata.scopes.as_ref().map(|scopes| scopes.to_string().into())),
        ("id_token_signed_response_alg", Some(metadata.id_token_algorithm.as_str().into())),
        ("subject_type", Some(subject_type.into())),
        ("default_max_age", seconds(metadata.default_max_age)),
        ("require_pushed_authorization_requests", Some(metadata.requires_pushed_requests.into())),
        ("dpop_bound_access_tokens", Some(metadata.requires_dpop.into())),
        ("access_token_lifetime", seconds(metadata.access_lifetime)),
    ];
    members.into_iter().filter_map(|(name, value)| value.map(|value| (name.to_owned(), value))).collect()
}

/// Members whose types the door has checked already.
struct Members<'m>(&'m Map<String, Value>);

impl<'m> Members<'m> {
    fn text(&self, name: &str) -> Option<&'m str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    fn texts(&self, name: &str) -> Option<Vec<&'m str>> {
        let values = self.0.get(name).and_then(Value::as_array)?;
        Some(values.iter().filter_map(Value::as_str).collect())
    }

    fn seconds(&self, name: &str) -> Option<Duration> {
        self.0.get(name).and_then(Value::as_u64).map(Duration::from_secs)
    }

    fn is_true(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    fn word<T: Default>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Refusal> {
        let Some(text) = self.text(name) else { return Ok(T::default()) };
        read(text).ok_or_else(|| refuse(format!("{name} has no such value")))
    }

    fn uris(&self, name: &str) -> Result<Vec<RedirectUri>, Refusal> {
        let texts = self.texts(name).unwrap_or_default();
        let parse = |text: &str| {
            RedirectUri::parse(text).map_err(|error| {
                Refusal::new(ErrorCode::InvalidRedirectUri, format!("an entry of {name} {error}"))
            })
        };
        texts.into_iter().map(parse).collect()
    }

    fn grant_types(&self) -> Result<Vec<GrantType>, Refusal> {
        let Some(names) = self.texts("grant_types") else { return Ok(vec![GrantType::AuthorizationCode]) };
        let parse =
            |name: &str| GrantType::from_name(name).ok_or_else(|| refuse("grant_types has an unknown grant"));
        names.into_iter().map(parse).collect()
    }

    fn keys(&self) -> Option<ClientKeys> {
        match (self.0.get("jwks"), self.owned("jwks_uri")) {
            (Some(jwks), _) => Some(ClientKeys::Inline(jwks.to_string())),
            (None, Some(address)) => Some(ClientKeys::Address(address)),
            (None, None) => None,
        }
    }
}

fn refuse(description: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorCode::InvalidClientMetadata, description)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn what_is_not_said_is_what_the_standards_say() {
        let metadata = read(&Map::new()).unwrap();
        assert_eq!(metadata.authentication, ClientAuthentication::SecretBasic);
        assert_eq!(metadata.grant_types, [GrantType::AuthorizationCode]);
        assert_eq!(metadata.id_token_algorithm, Algorithm::Rs256);
        assert_eq!(metadata.scopes, None);
    }

    #[test]
    fn what_is_read_is_rendered_again() {
        let said = object(json!({
            "client_name": "Ledger", "redirect_uris": ["https://ledger.example/cb"], "scope": "openid read",
            "grant_types": ["authorization_code", "urn:ietf:params:oauth:grant-type:device_code"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": []}, "application_type": "native",
            "subject_type": "pairwise", "default_max_age": 60, "access_token_lifetime": 5,
            "dpop_bound_access_tokens": true, "id_token_signed_response_alg": "ES256",
        }));
        let metadata = read(&said).unwrap();
        let shown = render(&metadata);
        for (name, value) in &said {
            assert_eq!(shown.get(name), Some(value), "{name}");
        }
        assert_eq!(read(&shown).unwrap(), metadata);
    }

    #[test]
    fn a_refusal_has_the_code_of_rfc_7591() {
        for (said, code) in [
            (json!({"redirect_uris": ["http://a.example/cb"]}), ErrorCode::InvalidRedirectUri),
            (json!({"grant_types": ["password"]}), ErrorCode::InvalidClientMetadata),
            (json!({"token_endpoint_auth_method": "client_secret_jwt"}), ErrorCode::InvalidClientMetadata),
            (json!({"client_name": ""}), ErrorCode::InvalidClientMetadata),
        ] {
            assert_eq!(read(&object(said.clone())).unwrap_err().code, code, "{said}");
        }
    }
}
