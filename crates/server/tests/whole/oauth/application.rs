//! An application of a partner: its client, and what it sends to the token endpoint.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use super::person::{Person, encode, query_of};
use crate::client::{Answer, Call};
use crate::house::Demo;

/// A verifier, and its challenge by S256: the pair of RFC 7636 appendix B.
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(crate) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A client of a contract in the demo.
pub(crate) struct Application<'d> {
    pub(crate) demo: &'d Demo,
    pub(crate) contract: &'static str,
    pub(crate) id: String,
    pub(crate) secret: Option<String>,
    pub(crate) redirect_uri: String,
}

impl<'d> Application<'d> {
    /// The one of `credentials.json`.
    pub(crate) fn of_demo(demo: &'d Demo, contract: &'static str) -> Self {
        let facts = &demo.facts["contracts"][contract];
        let text = |field: &str| facts[field].as_str().unwrap_or_default().to_owned();
        let secret = Some(text("client_secret"));
        Self { demo, contract, id: text("client_id"), secret, redirect_uri: text("redirect_uri") }
    }

    /// A new one with these members over the usual ones.
    pub(crate) async fn registered(demo: &'d Demo, contract: &'static str, members: &Value) -> Self {
        let mut new = json!({
            "api": contract, "workspace": demo.workspace().await, "client_name": "An application",
            "redirect_uris": ["https://app.example.com/callback"],
            "grant_types": ["authorization_code", "refresh_token"],
        });
        for (name, value) in members.as_object().unwrap() {
            new[name] = value.clone();
        }
        let made = demo.post("/v1/clients", &new).await;
        Self {
            demo,
            contract,
            id: made["client_id"].as_str().unwrap().to_owned(),
            secret: made["client_secret"].as_str().map(str::to_owned),
            redirect_uri: made["redirect_uris"][0].as_str().unwrap_or_default().to_owned(),
        }
    }

    /// A public one.
    pub(crate) async fn public(demo: &'d Demo, contract: &'static str) -> Self {
        Self::registered(demo, contract, &json!({"token_endpoint_auth_method": "none"})).await
    }

    pub(crate) fn host(&self) -> String {
        format!("{}.localhost:{}", self.contract, self.demo.address.port())
    }

    pub(crate) fn issuer(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The authorization address with these parameters over the usual ones; an empty value leaves one out.
    pub(crate) fn authorization(&self, more: &[(&str, &str)]) -> String {
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", self.id.as_str()),
            ("redirect_uri", self.redirect_uri.as_str()),
            ("state", "the-state"),
        ];
        if self.secret.is_none() {
            fields.extend([("code_challenge", CHALLENGE), ("code_challenge_method", "S256")]);
        }
        for (name, value) in more {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        fields.retain(|(_, value)| !value.is_empty());
        format!("/oauth/authorize?{}", encode(&fields))
    }

    /// A code, for a user who signs in and allows.
    pub(crate) async fn code(&self, more: &[(&str, &str)]) -> String {
        let mut person = Person::new(self.demo, self.contract);
        let location = person.authorize(self.contract, &self.authorization(more)).await;
        let answer = query_of(&location);
        assert_eq!(answer.get("state").map(String::as_str), Some("the-state"), "{location}");
        answer.get("code").unwrap_or_else(|| panic!("no code: {location}")).clone()
    }

    /// A form to an endpoint, with Basic credentials where there is a secret, else with the id in the form.
    pub(crate) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut fields = fields.to_vec();
        let mut call = Call::new(self.demo.address, &format!("POST {}{path}", self.host()));
        match &self.secret {
            Some(secret) => {
                let pair = BASE64.encode(format!("{}:{secret}", self.id).as_bytes());
                call = call.header("authorization", format!("Basic {pair}"));
            }
            None => fields.push(("client_id", &self.id)),
        }
        call.header("content-type", "application/x-www-form-urlencoded").body(encode(&fields)).send().await
    }

    /// A request to the token endpoint.
    pub(crate) async fn token(&self, fields: &[(&str, &str)]) -> Answer {
        let path = if self.contract == "redpin" { "/auth/oauth/v2/token" } else { "/oauth/token" };
        self.form(path, fields).await
    }

    /// Redeems a code.
    pub(crate) async fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", self.redirect_uri.as_str()),
        ];
        if self.secret.is_none() {
            fields.push(("code_verifier", VERIFIER));
        }
        for (name, value) in more {
            match fields.iter_mut().find(|(known, _)| known == name) {
                Some(field) => field.1 = value,
                None => fields.push((name, value)),
            }
        }
        fields.retain(|(_, value)| !value.is_empty());
        self.token(&fields).await
    }

    /// Tokens of a user who allowed these scopes.
    pub(crate) async fn tokens(&self, scope: &str) -> Value {
        let code = self.code(&[("scope", scope)]).await;
        let answer = self.redeem(&code, &[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// Refreshes.
    pub(crate) async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> Answer {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(more);
        self.token(&fields).await
    }

    /// Something new for the API, with a token.
    pub(crate) async fn write(&self, path: &str, token: &str) -> Answer {
        let call = Call::new(self.demo.address, &format!("POST {}{path}", self.host()));
        call.bearer(token).json(&json!({"name": "Grace"})).send().await
    }

    /// A request to the API with a token.
    pub(crate) async fn call(&self, line: &str, token: &str) -> Answer {
        let (method, path) = line.split_once(' ').unwrap();
        Call::new(self.demo.address, &format!("{method} {}{path}", self.host())).bearer(token).send().await
    }
}

/// A text member.
pub(crate) fn text<'v>(value: &'v Value, member: &str) -> &'v str {
    value[member].as_str().unwrap_or_else(|| panic!("no {member}: {value}"))
}

/// The claims of a JWT, unverified.
pub(crate) fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// The header of a JWT.
pub(crate) fn header(token: &str) -> Value {
    let part = token.split('.').next().unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part.as_bytes()).unwrap()).unwrap()
}

/// Expects a registered error.
pub(crate) fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{answer:?}");
}
