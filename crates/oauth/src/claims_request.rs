//! `claims`: claims that are asked for one by one (OpenID Connect Core section 5.5).

use serde_json::{Map, Value};

use crate::code::ErrorCode;
use crate::refusal::Refusal;
use crate::user_claims::KNOWN_CLAIMS;

/// The longest value of the parameter, in bytes.
const LONGEST: usize = 8_000;

/// What is asked for beside what the scopes open. Claims that we do not have are left out (section 5.5.1: they need
/// not be answered), and so are wishes for their values, but for `sub`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClaimsRequest {
    /// Of the ID token.
    pub(crate) id_token: Vec<String>,
    /// Of userinfo.
    pub(crate) userinfo: Vec<String>,
    /// The user it must be.
    pub(crate) subject: Option<String>,
}

pub(crate) fn read(text: Option<&str>) -> Result<ClaimsRequest, Refusal> {
    let refuse = |why: &'static str| Refusal::new(ErrorCode::InvalidRequest, why);
    let Some(text) = text else { return Ok(ClaimsRequest::default()) };
    if text.len() > LONGEST {
        return Err(refuse("claims is too long"));
    }
    let asked: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| refuse("claims must be a JSON object"))?;
    let part = |name: &str| match asked.get(name) {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members.clone()),
        Some(_) => Err(refuse("id_token and userinfo in claims must be JSON objects")),
    };
    let (id_token, userinfo) = (part("id_token")?, part("userinfo")?);
    let subject = [&id_token, &userinfo]
        .into_iter()
        .find_map(|members| members.get("sub")?.get("value")?.as_str().map(str::to_owned));
    Ok(ClaimsRequest { id_token: known(&id_token), userinfo: known(&userinfo), subject })
}

fn known(members: &Map<String, Value>) -> Vec<String> {
    KNOWN_CLAIMS.into_iter().filter(|name| members.contains_key(*name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_claims_are_kept_and_unknown_ones_ignored() {
        let text = r#"{"id_token":{"email":{"essential":true},"shoe_size":null,"sub":{"value":"acc_1"}},
            "userinfo":{"name":null},"else":1}"#;
        let expected = ClaimsRequest {
            id_token: vec!["email".to_owned()],
            userinfo: vec!["name".to_owned()],
            subject: Some("acc_1".to_owned()),
        };
        assert_eq!(read(Some(text)), Ok(expected));
        assert_eq!(read(None), Ok(ClaimsRequest::default()));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let long = format!(r#"{{"x":"{}"}}"#, "x".repeat(LONGEST));
        let deep = "{\"id_token\":".repeat(400);
        for bad in ["", "[]", "{", r#"{"userinfo":1}"#, &long, &deep] {
            assert_eq!(read(Some(bad)).unwrap_err().code, ErrorCode::InvalidRequest, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = read(Some(&text));
        }
    }
}
