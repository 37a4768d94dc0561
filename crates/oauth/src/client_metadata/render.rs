//! A client as it is answered (RFC 7591 section 3.2.1).

use claviger_domain::{Client, ClientKeys, ClientMetadata, ClientPresentation, GrantType, RedirectUri};
use serde_json::{Map, Value};

/// The members of a client's registration: its id, when it was made, and all that is registered of it. Its secret and
/// its registration token are added by whoever may show them.
pub fn render_client(client: &Client) -> Map<String, Value> {
    let own = [
        ("client_id".to_owned(), client.id.to_string().into()),
        ("client_id_issued_at".to_owned(), client.created_at.seconds().into()),
    ];
    own.into_iter().chain(render_client_metadata(&client.metadata)).collect()
}

/// The members that say this metadata: read again, they are the same. What has no value is left out.
pub fn render_client_metadata(metadata: &ClientMetadata) -> Map<String, Value> {
    let ClientPresentation { description, logo_uri, client_uri, policy_uri, tos_uri, contacts } =
        &metadata.presentation;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let (set, address) = match &metadata.keys {
        // Checked when it was registered, so it is JSON.
        Some(ClientKeys::Inline(set)) => (serde_json::from_str(set).ok(), None),
        Some(ClientKeys::Address(address)) => (None, Some(Value::from(address.as_str()))),
        None => (None, None),
    };
    let seconds = |time: std::time::Duration| Value::from(time.as_secs());
    let has_code = metadata.grant_types.contains(&GrantType::AuthorizationCode);
    [
        ("client_name", Some(metadata.name.as_str().into())),
        ("description", text(description)),
        ("client_uri", text(client_uri)),
        ("logo_uri", text(logo_uri)),
        ("policy_uri", text(policy_uri)),
        ("tos_uri", text(tos_uri)),
        ("contacts", Some(Value::from(contacts.as_slice()))),
        ("application_type", Some(metadata.application_type.as_str().into())),
        ("redirect_uris", Some(uris(&metadata.redirect_uris))),
        ("post_logout_redirect_uris", Some(uris(&metadata.post_logout_redirect_uris))),
        ("token_endpoint_auth_method", Some(metadata.authentication.as_str().into())),
        ("jwks", set),
        ("jwks_uri", address),
        ("grant_types", Some(metadata.grant_types.iter().map(|grant| grant.as_str()).collect())),
        ("response_types", Some(has_code.then_some("code").into_iter().collect())),
        ("scope", metadata.scopes.as_ref().map(|scopes| scopes.to_string().into())),
        ("id_token_signed_response_alg", Some(metadata.id_token_algorithm.as_str().into())),
        ("subject_type", Some(metadata.subject_type.as_str().into())),
        ("default_max_age", metadata.default_max_age.map(seconds)),
        ("require_pushed_authorization_requests", Some(metadata.requires_pushed_requests.into())),
        ("dpop_bound_access_tokens", Some(metadata.requires_dpop.into())),
        ("access_token_lifetime", metadata.access_lifetime.map(seconds)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    .collect()
}

fn uris(uris: &[RedirectUri]) -> Value {
    uris.iter().map(RedirectUri::as_str).collect()
}
