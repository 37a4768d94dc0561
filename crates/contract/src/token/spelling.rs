//! A contract's own names of request fields, put back into those of the standard.

use claviger_domain::GrantType;
use serde_json::{Map, Value};

use super::{GrantKind, Param, TokenEndpoint};

impl TokenEndpoint {
    /// Whether it gives any field of a request another name than the standard does.
    pub fn has_own_names(&self) -> bool {
        !self.fields.is_empty() || self.grants.iter().any(|grant| !grant.fields.is_empty())
    }

    /// The grants of OAuth that it takes.
    pub fn grant_types(&self) -> Vec<GrantType> {
        GrantType::ALL.into_iter().filter(|grant| self.grant(GrantKind::of(*grant)).is_some()).collect()
    }

    /// The fields of a request under the names of the standard; `pairs` have those of the wire. Names of the standard
    /// are understood as well: a contract adds spellings and removes none.
    ///
    /// # Errors
    /// The name of a field that stands there in both spellings.
    pub fn in_standard_names(
        &self,
        mut pairs: Vec<(String, String)>,
    ) -> Result<Vec<(String, String)>, &'static str> {
        let named = self.field_name(None, Param::GrantType);
        let is_grant_type = |name: &str| name == named || name == Param::GrantType.default_name();
        let grant = pairs
            .iter()
            .find(|(name, _)| is_grant_type(name))
            .and_then(|(_, name)| GrantType::from_name(name))
            .map(GrantKind::of);
        let mut done: Vec<usize> = Vec::new();
        for (standard, param) in Param::ALL {
            let wire = self.field_name(grant, *param);
            if wire == *standard {
                continue;
            }
            let spelt =
                pairs.iter().enumerate().position(|(i, (name, _))| name == wire && !done.contains(&i));
            let Some(at) = spelt else { continue };
            // A wire name may be another field's standard name: what was renamed already is not looked at again.
            if pairs.iter().enumerate().any(|(i, (name, _))| name == standard && i != at) {
                return Err(standard);
            }
            if let Some((name, _)) = pairs.get_mut(at) {
                *name = (*standard).to_owned();
                done.push(at);
            }
        }
        Ok(pairs)
    }

    /// A JSON object with the fields that the contract nests moved to its top, under their names on the wire.
    pub fn flattened(&self, mut object: Map<String, Value>) -> Map<String, Value> {
        let grants = self.grants.iter().map(|grant| Some(grant.kind)).chain([None]);
        let names: Vec<&str> = grants
            .flat_map(|grant| Param::ALL.iter().map(move |(_, param)| self.field_name(grant, *param)))
            .filter(|name| name.contains('.'))
            .collect();
        let mut moved = Vec::new();
        for name in &names {
            let mut steps = name.split('.');
            let first = steps.next().and_then(|step| object.get(step));
            let found = steps.fold(first, |value, step| value.and_then(|value| value.get(step)));
            moved.extend(found.map(|value| ((*name).to_owned(), value.clone())));
        }
        for name in &names {
            if let Some(first) = name.split('.').next() {
                object.remove(first);
            }
        }
        object.extend(moved);
        object
    }
}

#[cfg(test)]
mod tests {
    use crate::{Purpose, TokenEndpoint};
    use serde_json::json;

    const CONTRACT: &str = r#"
name = "a"
title = "A"
[[host]]
name = "a.test"
roles = ["api", "auth"]
[[credential]]
in = "bearer"
kinds = ["token"]
[tokens.access]
shape = "opaque"
lifetime = "1h"
[[endpoint]]
purpose = "token"
path = "/token"
encodings = ["json", "form"]
clients = ["client_secret_post"]
fields = { grant_type = "grant", client_id = "app.id", client_secret = "app.secret" }
[[endpoint.grant]]
type = "client-credentials"
fields = { scope = "permissions" }
"#;

    fn endpoint() -> TokenEndpoint {
        let contract = crate::parse("a.toml", CONTRACT).unwrap().contract;
        contract.endpoint_for(Purpose::Token).unwrap().clone()
    }

    fn renamed(sent: &[(&str, &str)]) -> Result<Vec<(String, String)>, &'static str> {
        let pairs = sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        endpoint().in_standard_names(pairs)
    }

    #[test]
    fn a_contracts_names_become_those_of_the_standard() {
        let sent =
            [("grant", "client_credentials"), ("app.id", "x"), ("permissions", "read"), ("other", "y")];
        let names: Vec<String> = renamed(&sent).unwrap().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["grant_type", "client_id", "scope", "other"]);
        let standard = [("grant_type", "client_credentials"), ("client_id", "x"), ("scope", "read")];
        assert_eq!(renamed(&standard).unwrap().len(), 3);
    }

    #[test]
    fn bcp_14_a_field_in_both_spellings_is_repeated() {
        assert_eq!(renamed(&[("grant", "x"), ("grant_type", "x")]), Err("grant_type"));
    }

    #[test]
    fn nested_fields_come_to_the_top() {
        let sent = json!({"grant": "client_credentials", "app": {"id": "x", "secret": "s"}});
        let flat = endpoint().flattened(sent.as_object().unwrap().clone());
        assert_eq!(
            serde_json::Value::from(flat),
            json!({"grant": "client_credentials", "app.id": "x", "app.secret": "s"})
        );
    }
}
