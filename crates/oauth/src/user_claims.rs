//! What scopes and single wishes tell of a user (OpenID Connect Core sections 5.1 and 5.4).

use claviger_domain::{Account, ScopeSet};
use serde_json::{Map, Value};

/// The claims of the `profile` scope that we have.
const PROFILE: [&str; 5] = ["name", "given_name", "family_name", "locale", "updated_at"];
/// The claims of the `email` scope.
const EMAIL: [&str; 2] = ["email", "email_verified"];
/// Every claim about users that can be asked for.
pub const KNOWN_CLAIMS: [&str; 7] =
    ["name", "given_name", "family_name", "locale", "updated_at", "email", "email_verified"];

/// The claims about a user that these scopes open, and those that were asked for one by one. What is not known of the
/// user is left out.
pub fn user_claims(account: &Account, scopes: &ScopeSet, asked: &[String]) -> Map<String, Value> {
    let has = |wanted: &str| scopes.iter().any(|scope| scope.as_str() == wanted);
    let (profile, email) = (has("profile"), has("email"));
    let is_open = |name: &str| {
        (profile && PROFILE.contains(&name))
            || (email && EMAIL.contains(&name))
            || asked.iter().any(|claim| claim == name)
    };
    KNOWN_CLAIMS
        .into_iter()
        .filter(|name| is_open(name))
        .filter_map(|name| value_of(account, name).map(|value| (name.to_owned(), value)))
        .collect()
}

fn value_of(account: &Account, claim: &str) -> Option<Value> {
    let profile = &account.profile;
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    match claim {
        "name" => text(&profile.name),
        "given_name" => text(&profile.given_name),
        "family_name" => text(&profile.family_name),
        "locale" => text(&profile.locale),
        "updated_at" => Some(account.updated_at.seconds().into()),
        "email" => Some(account.email.as_str().into()),
        "email_verified" => Some(account.email_verified_at.is_some().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use claviger_domain::{AccountId, ApiId, Pool, Profile, Timestamp};
    use serde_json::json;
    use uuid::Uuid;

    fn account() -> Account {
        let now = Timestamp::from_seconds(1_800_000_000);
        let (id, pool) = (AccountId::from_uuid(Uuid::nil()), Pool::Api(ApiId::from_uuid(Uuid::nil())));
        let mut account = Account::new(id, pool, "ada@example.com".parse().unwrap(), now);
        account.profile = Profile { name: Some("Ada Lovelace".to_owned()), ..Profile::default() };
        account
    }

    fn claims(scopes: &str, asked: &[&str]) -> Value {
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        user_claims(&account(), &ScopeSet::parse_spaced(scopes).unwrap(), &asked).into()
    }

    #[test]
    fn scopes_open_their_claims_and_nothing_else() {
        assert_eq!(claims("openid read", &[]), json!({}));
        assert_eq!(claims("email", &[]), json!({"email": "ada@example.com", "email_verified": false}));
        let profile = json!({"name": "Ada Lovelace", "updated_at": 1_800_000_000});
        assert_eq!(claims("openid profile", &[]), profile);
        assert_eq!(claims("openid", &["name", "shoe_size"]), json!({"name": "Ada Lovelace"}));
    }

    #[test]
    fn every_known_claim_belongs_to_a_scope() {
        assert_eq!([PROFILE.as_slice(), EMAIL.as_slice()].concat(), KNOWN_CLAIMS);
    }
}
