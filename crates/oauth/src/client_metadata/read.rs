//! From the JSON of a registration to metadata, with the defaults of the standards.

use claviger_domain::{
    Algorithm, ApplicationType, ClientAuthentication, ClientKeys, ClientMetadata, ClientPresentation,
    GrantType, Label, RedirectUri, ScopeSet, SubjectType, TokenPolicy,
};
use serde_json::{Map, Value};

use super::invalid;
use super::keys::read_keys;
use super::members::{Members, wrong};
use crate::code::ErrorCode;
use crate::refusal::Refusal;

/// The longest of our own descriptions, in characters.
const LONGEST_DESCRIPTION: usize = 500;
/// The longest of other texts, in characters.
const LONGEST: usize = 2_000;
/// What a client is called that says nothing of itself.
const NAMELESS: &str = "Unnamed application";

/// Reads a client's metadata. Members that are not known are ignored (RFC 7591 section 2). What is left out is what
/// the standards say, as far as the API offers it: `client_secret_basic`, and the code grant with refresh tokens.
///
/// A native program cannot keep a secret (RFC 8252 section 8.5): registered with one, it is recorded as public.
///
/// # Errors
/// `invalid_redirect_uri` for a redirect URI that may not be registered, `invalid_client_metadata` for everything else
/// that is not what it must be.
pub fn read_client_metadata(
    members: &Map<String, Value>,
    offered: &TokenPolicy,
) -> Result<ClientMetadata, Refusal> {
    let members = Members(members);
    let redirect_uris = redirect_uris(members, "redirect_uris")?;
    let application_type = application_type(members, &redirect_uris)?;
    response_types(members)?;
    if members.text("subject_type", LONGEST)? == Some("pairwise")
        && members.text("sector_identifier_uri", LONGEST)?.is_some()
    {
        return Err(invalid("`sector_identifier_uri` is not supported".to_owned()));
    }
    Ok(ClientMetadata {
        name: name(members, &redirect_uris)?,
        presentation: presentation(members)?,
        application_type,
        authentication: authentication(members, application_type, offered)?,
        keys: keys(members)?,
        grant_types: grant_types(members, offered)?,
        post_logout_redirect_uris: self::redirect_uris(members, "post_logout_redirect_uris")?,
        scopes: scopes(members)?,
        id_token_algorithm: named(members, "id_token_signed_response_alg", Algorithm::from_name)?
            .unwrap_or(Algorithm::Rs256),
        subject_type: named(members, "subject_type", |name| match name {
            "public" => Some(SubjectType::Public),
            "pairwise" => Some(SubjectType::Pairwise),
            _ => None,
        })?
        .unwrap_or_default(),
        default_max_age: members.seconds("default_max_age")?,
        requires_pushed_requests: members.flag("require_pushed_authorization_requests")?,
        requires_dpop: members.flag("dpop_bound_access_tokens")?,
        access_lifetime: members.seconds("access_token_lifetime")?,
        redirect_uris,
    })
}

/// A member that is one of some names.
fn named<T>(
    members: Members<'_>,
    member: &str,
    find: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Refusal> {
    let Some(name) = members.text(member, LONGEST)? else { return Ok(None) };
    find(name).map(Some).ok_or_else(|| invalid(format!("this `{member}` is not supported")))
}

fn redirect_uris(members: Members<'_>, member: &str) -> Result<Vec<RedirectUri>, Refusal> {
    let mut uris: Vec<RedirectUri> = Vec::new();
    for text in members.texts(member, usize::MAX)?.unwrap_or_default() {
        let uri = RedirectUri::parse(text).map_err(|why| {
            Refusal::new(ErrorCode::InvalidRedirectUri, format!("each of `{member}` {why}"))
        })?;
        if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    Ok(uris)
}

/// What is said, else what the redirect URIs can only be of.
fn application_type(members: Members<'_>, redirect_uris: &[RedirectUri]) -> Result<ApplicationType, Refusal> {
    let said = named(members, "application_type", |name| match name {
        "web" => Some(ApplicationType::Web),
        "native" => Some(ApplicationType::Native),
        _ => None,
    })?;
    Ok(said.unwrap_or(match redirect_uris.iter().any(RedirectUri::is_private) {
        true => ApplicationType::Native,
        false => ApplicationType::Web,
    }))
}

/// Only `code` exists (RFC 9700 section 2.1.2).
fn response_types(members: Members<'_>) -> Result<(), Refusal> {
    let types = members.texts("response_types", LONGEST)?.unwrap_or_default();
    match types.into_iter().all(|name| name == "code") {
        true => Ok(()),
        false => Err(invalid("the only response type is `code`".to_owned())),
    }
}

fn authentication(
    members: Members<'_>,
    application_type: ApplicationType,
    offered: &TokenPolicy,
) -> Result<ClientAuthentication, Refusal> {
    let said = named(members, "token_endpoint_auth_method", ClientAuthentication::from_name)?;
    let usual = ClientAuthentication::SecretBasic;
    let default = match offered.client_authentication.as_slice() {
        methods if methods.contains(&usual) => usual,
        [first, ..] => *first,
        [] => usual,
    };
    Ok(match said.unwrap_or(default) {
        method if method.has_secret() && application_type == ApplicationType::Native => {
            ClientAuthentication::None
        }
        method => method,
    })
}

fn grant_types(members: Members<'_>, offered: &TokenPolicy) -> Result<Vec<GrantType>, Refusal> {
    let Some(names) = members.texts("grant_types", LONGEST)? else {
        let code = [GrantType::AuthorizationCode, GrantType::RefreshToken];
        return Ok(match offered.grant_types.contains(&GrantType::AuthorizationCode) {
            true => code.into_iter().filter(|grant| offered.grant_types.contains(grant)).collect(),
            false => offered.grant_types.iter().take(1).copied().collect(),
        });
    };
    let mut grants = Vec::new();
    for name in names {
        let grant = GrantType::from_name(name)
            .ok_or_else(|| invalid("`grant_types` names a grant that does not exist here".to_owned()))?;
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    Ok(grants)
}

fn scopes(members: Members<'_>) -> Result<Option<ScopeSet>, Refusal> {
    let longest = ScopeSet::MAX * (claviger_domain::Scope::MAX + 1);
    let Some(text) = members.text("scope", longest)? else { return Ok(None) };
    let scopes = ScopeSet::parse_spaced(text).map_err(|_| wrong("scope", "scopes parted by spaces"))?;
    match scopes.len() {
        0 => Ok(None),
        few if few <= ScopeSet::MAX => Ok(Some(scopes)),
        _ => Err(invalid(format!("`scope` has more than {} scopes", ScopeSet::MAX))),
    }
}

fn keys(members: Members<'_>) -> Result<Option<ClientKeys>, Refusal> {
    match (members.object("jwks")?, members.address("jwks_uri")?) {
        (Some(_), Some(_)) => Err(invalid("`jwks` and `jwks_uri` exclude each other".to_owned())),
        (Some(set), None) => read_keys(set).map(|set| Some(ClientKeys::Inline(set))),
        (None, address) => Ok(address.map(ClientKeys::Address)),
    }
}

/// What it says, else where it sends its users.
fn name(members: Members<'_>, redirect_uris: &[RedirectUri]) -> Result<Label, Refusal> {
    let host = redirect_uris.first().map(RedirectUri::destination).filter(|host| !host.is_empty());
    let text = match members.text("client_name", Label::MAX)? {
        Some(said) => said.to_owned(),
        None => host.unwrap_or_else(|| NAMELESS.to_owned()).chars().take(Label::MAX).collect(),
    };
    text.parse().map_err(|why| invalid(format!("`client_name` {why}")))
}

fn presentation(members: Members<'_>) -> Result<ClientPresentation, Refusal> {
    let contacts = members.texts("contacts", LONGEST_DESCRIPTION)?.unwrap_or_default();
    Ok(ClientPresentation {
        description: members.text("description", LONGEST_DESCRIPTION)?.map(str::to_owned),
        logo_uri: members.address("logo_uri")?,
        client_uri: members.address("client_uri")?,
        policy_uri: members.address("policy_uri")?,
        tos_uri: members.address("tos_uri")?,
        contacts: contacts.into_iter().map(str::to_owned).collect(),
    })
}
