//! Whether metadata is of one piece, and what its API offers.

use claviger_domain::{
    Algorithm, ApplicationType, ClientAuthentication, ClientMetadata, ClientOrigin, GrantType, Policy,
    RedirectUri, Scope, ScopeSet, SubjectType,
};

use super::invalid;
use crate::code::ErrorCode;
use crate::refusal::Refusal;

/// How ID tokens can be signed.
const ID_TOKEN_ALGORITHMS: [Algorithm; 4] =
    [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa];

/// Whether a client of this origin may have this metadata at the API with this policy.
///
/// # Errors
/// `invalid_redirect_uri` where redirect URIs are missing or not of the client's kind, `invalid_client_metadata` for
/// everything else that cannot be had.
pub fn check_client_metadata(
    metadata: &ClientMetadata,
    policy: &Policy,
    origin: ClientOrigin,
) -> Result<(), Refusal> {
    check_grants(metadata, policy, origin)?;
    check_proof(metadata, policy)?;
    check_scopes(metadata, policy, origin)?;
    check_redirects(metadata)?;
    if !ID_TOKEN_ALGORITHMS.contains(&metadata.id_token_algorithm) {
        return refuse("`id_token_signed_response_alg` must be RS256, PS256, ES256 or EdDSA");
    }
    if metadata.access_lifetime.is_some_and(|lifetime| lifetime.is_zero()) {
        return refuse("`access_token_lifetime` must be at least a second");
    }
    Ok(())
}

fn check_grants(metadata: &ClientMetadata, policy: &Policy, origin: ClientOrigin) -> Result<(), Refusal> {
    let grants = &metadata.grant_types;
    if grants.is_empty() {
        return refuse("a client needs at least one grant");
    }
    if let Some(grant) = grants.iter().find(|grant| !policy.tokens.grant_types.contains(grant)) {
        return Err(invalid(format!("this API does not offer the grant `{}`", grant.as_str())));
    }
    if !grants.contains(&GrantType::ClientCredentials) {
        return Ok(());
    }
    if metadata.authentication == ClientAuthentication::None {
        return refuse("a public client, which can keep nothing secret, cannot use client_credentials");
    }
    if origin == ClientOrigin::Open {
        return refuse(
            "a client that registers itself cannot use client_credentials; ask the API's operator",
        );
    }
    Ok(())
}

fn check_proof(metadata: &ClientMetadata, policy: &Policy) -> Result<(), Refusal> {
    let method = metadata.authentication;
    if !method.is_among(&policy.tokens.client_authentication) {
        return Err(invalid(format!("this API does not offer the authentication `{}`", method.as_str())));
    }
    match (method, &metadata.keys) {
        (ClientAuthentication::PrivateKeyJwt, None) => {
            refuse("`private_key_jwt` needs the client's public keys, as `jwks` or at a `jwks_uri`")
        }
        _ => Ok(()),
    }
}

fn check_scopes(metadata: &ClientMetadata, policy: &Policy, origin: ClientOrigin) -> Result<(), Refusal> {
    let exists = |scope: &Scope| {
        policy.scopes.defines(scope) || policy.identity_scopes().any(|identity| identity == *scope)
    };
    for scope in metadata.scopes.iter().flat_map(ScopeSet::iter) {
        if !exists(scope) {
            return Err(invalid(format!("this API has no scope `{scope}`")));
        }
        if origin == ClientOrigin::Open && policy.scopes.is_master(scope) {
            return Err(invalid(format!("a client that registers itself cannot have `{scope}`")));
        }
    }
    Ok(())
}

fn check_redirects(metadata: &ClientMetadata) -> Result<(), Refusal> {
    let wrong = |why: &'static str| Err(Refusal::new(ErrorCode::InvalidRedirectUri, why));
    let uris = &metadata.redirect_uris;
    if uris.is_empty() && metadata.grant_types.contains(&GrantType::AuthorizationCode) {
        return wrong("the authorization_code grant needs at least one of `redirect_uris`");
    }
    if metadata.application_type == ApplicationType::Web
        && uris.iter().chain(&metadata.post_logout_redirect_uris).any(RedirectUri::is_private)
    {
        return wrong("a web application has https redirect URIs; private schemes are for native ones");
    }
    // A pairwise name is made for a host, and there is but one name (OpenID Connect Core section 8.1).
    let mut hosts = uris.iter().map(RedirectUri::destination);
    let first = hosts.next();
    if metadata.subject_type == SubjectType::Pairwise && hosts.any(|host| Some(&host) != first.as_ref()) {
        return refuse("a client with pairwise subjects has all its redirect URIs at one host");
    }
    Ok(())
}

fn refuse(why: &'static str) -> Result<(), Refusal> {
    Err(Refusal::new(ErrorCode::InvalidClientMetadata, why))
}
