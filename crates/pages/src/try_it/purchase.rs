//! How a token is bought, for routes that take no key: commands with variables in place of what proves.

use claviger_contract::{Contract, Encoding, GrantKind, Param, Purpose, TokenEndpoint};
use claviger_domain::ClientAuthentication;
use serde_json::{Map, Value};

use super::route::Target;
use crate::words::{Phrase, say};

/// A way to a token.
pub(super) struct Purchase {
    /// What it is bought with.
    pub(super) with: Phrase,
    pub(super) curl: String,
}

/// Every way that a program can go by itself; none where the route takes keys as they are, or no token.
pub(super) fn purchases(contract: &Contract, target: &Target<'_>) -> Vec<Purchase> {
    use claviger_domain::CredentialKind::{Key, Token};
    let kinds = target.route.kinds();
    if target.route.is_public() || kinds.contains(Key) || !kinds.contains(Token) {
        return Vec::new();
    }
    let sells = |endpoint: &&TokenEndpoint| matches!(endpoint.purpose, Purpose::Login | Purpose::Token);
    let endpoints = contract.token_endpoints().iter().filter(sells);
    endpoints
        .flat_map(|endpoint| {
            endpoint.grants.iter().filter_map(move |grant| purchase(contract, endpoint, grant.kind))
        })
        .collect()
}

fn purchase(contract: &Contract, endpoint: &TokenEndpoint, grant: GrantKind) -> Option<Purchase> {
    let (with, params): (_, &[(Param, &str)]) = match grant {
        GrantKind::ApiKey => (say("portal-trial-buy-key"), &[(Param::Key, "$API_KEY")]),
        GrantKind::KeyPair => {
            (say("portal-trial-buy-pair"), &[(Param::Key, "$API_KEY"), (Param::Secret, "$API_SECRET")])
        }
        GrantKind::ClientCredentials => {
            // Whoever signs an assertion needs more than a command.
            let by_post = endpoint.purpose == Purpose::Login
                || endpoint.clients.contains(&ClientAuthentication::SecretPost);
            if !by_post {
                return None;
            }
            let client = &[(Param::ClientId, "$CLIENT_ID"), (Param::ClientSecret, "$CLIENT_SECRET")];
            (say("portal-trial-buy-client"), client)
        }
        _ => return None,
    };
    let grant_type = (endpoint.purpose == Purpose::Token).then_some((Param::GrantType, "client_credentials"));
    let fields: Vec<_> = grant_type
        .iter()
        .chain(params)
        .map(|(param, value)| (endpoint.field_name(Some(grant), *param), *value))
        .collect();
    let encoding = endpoint.encodings.first().copied().unwrap_or(Encoding::Json);
    let (media, body) = match encoding {
        Encoding::Json => ("application/json", in_json(&fields)),
        Encoding::Form => ("application/x-www-form-urlencoded", in_form(&fields)),
    };
    let address = format!("{}{}", contract.issuer(), endpoint.address()?);
    let method = endpoint.methods().first()?;
    let curl =
        format!("curl -X {method} '{address}' \\\n  -H 'Content-Type: {media}' \\\n  --data \"{body}\"");
    Some(Purchase { with, curl })
}

/// The fields as a JSON object, nested where the contract nests them, to stand between double quotes of a shell.
fn in_json(fields: &[(&str, &str)]) -> String {
    let mut object = Map::new();
    for (name, value) in fields {
        put(&mut object, name, value);
    }
    Value::Object(object).to_string().replace('"', "\\\"")
}

fn put(object: &mut Map<String, Value>, name: &str, value: &str) {
    match name.split_once('.') {
        None => drop(object.insert(name.to_owned(), value.into())),
        Some((outer, inner)) => {
            let within = object.entry(outer).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(within) = within {
                put(within, inner, value);
            }
        }
    }
}

/// The fields as a form. The shell puts in values, which have no character that a form escapes.
fn in_form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use claviger_contract::{Deployment, parse};

    use super::*;

    const BRIFLE: &str = include_str!("../../../../contracts/brifle.toml");
    const EXAMPLE: &str = include_str!("../../../../contracts/example.toml");
    const PROPERTYBASE: &str = include_str!("../../../../contracts/propertybase.toml");
    const REDOX: &str = include_str!("../../../../contracts/redox.toml");
    const REDPIN: &str = include_str!("../../../../contracts/redpin.toml");

    /// The commands for a route of a contract, each on one line.
    fn commands(text: &str, word: &str) -> Vec<String> {
        let deployment =
            Deployment { issuer: Some("http://auth.localhost:8080".to_owned()), ..Deployment::default() };
        let contract = parse("contract.toml", text).unwrap().contract.deployed(&deployment).unwrap();
        let target = Target::find(&contract, word).unwrap();
        let all = purchases(&contract, &target);
        all.into_iter().map(|purchase| purchase.curl.replace(" \\\n ", "")).collect()
    }

    #[test]
    fn a_token_is_bought_as_each_contract_spells_it() {
        let json = "-H 'Content-Type: application/json' --data";
        let form = "-H 'Content-Type: application/x-www-form-urlencoded' --data";
        let login = "curl -X POST 'http://auth.localhost:8080/auth/login'";
        assert_eq!(
            commands(BRIFLE, "GET /v1/documents"),
            [
                format!(r#"{login} {json} "{{\"api_key\":\"$API_KEY\"}}""#),
                format!(r#"{login} {json} "{{\"key\":\"$API_KEY\",\"secret\":\"$API_SECRET\"}}""#),
                format!(
                    r#"{login} {json} "{{\"client_id\":\"$CLIENT_ID\",\"client_secret\":\"$CLIENT_SECRET\"}}""#
                ),
            ]
        );
        assert_eq!(
            commands(REDOX, "POST /endpoint"),
            [format!(
                r#"curl -X POST 'http://auth.localhost:8080/auth/authenticate' {json} "{{\"apiKey\":\"$API_KEY\",\"secret\":\"$API_SECRET\"}}""#
            )]
        );
        assert_eq!(
            commands(REDPIN, "GET /v1/customers/**"),
            [format!(
                r#"curl -X POST 'http://auth.localhost:8080/auth/oauth/v2/token' {form} "grant_type=client_credentials&client_id=$CLIENT_ID&client_secret=$CLIENT_SECRET""#
            )]
        );
    }

    #[test]
    fn where_a_key_goes_as_it_is_nothing_is_bought() {
        assert!(commands(EXAMPLE, "GET /v1/users").is_empty());
        assert!(commands(PROPERTYBASE, "GET /v1/properties").is_empty());
        assert!(commands(REDPIN, "POST /v1/property-fees").is_empty());
    }

    #[test]
    fn nested_fields_are_nested() {
        let fields = [("app.id", "$CLIENT_ID"), ("app.secret", "$CLIENT_SECRET")];
        let object = r#"{"app":{"id":"$CLIENT_ID","secret":"$CLIENT_SECRET"}}"#;
        assert_eq!(in_json(&fields), object.replace('"', "\\\""));
    }
}
