//! A client as it is answered (RFC 7591 section 3.2.1).

use claviger_domain::{Client, ClientKeys, ClientMetadata, ClientPresentation, GrantType, RedirectUri};
use serde_json::{Map, Value};

/// The members of a client's registration: its id, when it was made, and all that is registered of it. Its secret and
/// its registration token are added by whoever may show them.
pub fn render_client(client: &Client) -> Map<String, Value> {
    let mut members = Map::new();
    let mut add = |name: &str, value: Value| {
        members.insert(name.to_owned(), value);
    };
    add("client_id", client.id.to_string().into());
    add("client_id_issued_at", client.created_at.seconds().into());
    let ClientMetadata { name, authentication, grant_types, redirect_uris, .. } = &client.metadata;
    add("client_name", name.as_str().into());
    add("redirect_uris", uris(redirect_uris));
    add("grant_types", grant_types.iter().map(|grant| grant.as_str()).collect());
    let has_code = grant_types.contains(&GrantType::AuthorizationCode);
    add("response_types", has_code.then_some("code").into_iter().collect());
    add("token_endpoint_auth_method", authentication.as_str().into());
    members.extend(rest(&client.metadata));
    members
}

fn rest(metadata: &ClientMetadata) -> impl Iterator<Item = (String, Value)> {
    let ClientMetadata { presentation, keys, scopes, .. } = metadata;
    let ClientPresentation { description, logo_uri, client_uri, policy_uri, tos_uri, contacts } =
        presentation;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let (set, address) = match keys {
        // Checked when it was registered, so it is JSON.
        Some(ClientKeys::Inline(set)) => (serde_json::from_str(set).ok(), None),
        Some(ClientKeys::Address(address)) => (None, Some(Value::from(address.as_str()))),
        None => (None, None),
    };
    let logout = &metadata.post_logout_redirect_uris;
    let seconds = |time: std::time::Duration| Value::from(time.as_secs());
    let flag = |is_set: bool| is_set.then_some(Value::Bool(true));
    [
        ("application_type", Some(metadata.application_type.as_str().into())),
        ("post_logout_redirect_uris", (!logout.is_empty()).then(|| uris(logout))),
        ("scope", scopes.as_ref().map(|scopes| scopes.to_string().into())),
        ("id_token_signed_response_alg", Some(metadata.id_token_algorithm.as_str().into())),
        ("subject_type", Some(metadata.subject_type.as_str().into())),
        ("default_max_age", metadata.default_max_age.map(seconds)),
        ("require_pushed_authorization_requests", flag(metadata.requires_pushed_requests)),
        ("dpop_bound_access_tokens", flag(metadata.requires_dpop)),
        ("access_token_lifetime", metadata.access_lifetime.map(seconds)),
        ("jwks", set),
        ("jwks_uri", address),
        ("description", text(description)),
        ("logo_uri", text(logo_uri)),
        ("client_uri", text(client_uri)),
        ("policy_uri", text(policy_uri)),
        ("tos_uri", text(tos_uri)),
        ("contacts", (!contacts.is_empty()).then(|| contacts.iter().map(String::as_str).collect())),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?)))
}

fn uris(uris: &[RedirectUri]) -> Value {
    uris.iter().map(RedirectUri::as_str).collect()
}
