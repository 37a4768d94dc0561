//! The claims of a token's user (OpenID Connect Core section 5.3).

use bytes::Bytes;
use claviger_contract::Encoding;
use claviger_engine::DpopProof;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::{Map, Value};

use super::answer::{Refused, json};
use super::asked::DPOP;
use super::bearer;
use super::scheme::Scheme;
use super::{Asked, OAuthEndpoints, SentBody, request};
use crate::token_endpoints::EndpointCall;
use crate::token_endpoints::body::{Declared, declared};

impl OAuthEndpoints {
    pub(super) async fn userinfo(
        &self,
        asked: &Asked<'_>,
        body: impl SentBody,
    ) -> Result<Response<Bytes>, Refused> {
        let has_form =
            asked.head.method == Method::POST && declared(asked.head) == Declared::Known(Encoding::Form);
        let form = if has_form { Some(request::parameters(asked, body).await?) } else { None };
        let sent = bearer::find(asked, form.as_ref())?.ok_or_else(bearer::missing)?;
        let of_token = |error| Refused::Token { error, scheme: Some(sent.scheme) };
        let proof = match sent.scheme {
            Scheme::Dpop => asked.proof().map_err(|refusal| of_token(refusal.into()))?,
            Scheme::Bearer => None,
        };
        let proof = proof.as_ref().map(|proof| proof.as_engine());
        let claims = self.engine.userinfo(&asked.caller(), &sent.text, proof).await.map_err(of_token)?;
        Ok(json(asked, StatusCode::OK, &claims))
    }
}

impl OAuthEndpoints {
    /// The claims that the token of a request opens, for a contract's own route that is the userinfo endpoint too: none
    /// for a key, and for a token without a user or without `openid`. Whether the credential works is not said here.
    pub async fn claims(&self, call: EndpointCall<'_>, head: &Parts) -> Option<Map<String, Value>> {
        let field = head.headers.get(AUTHORIZATION)?;
        let sent = bearer::parse(field.as_bytes()).ok()?;
        let jwt = head.headers.get(DPOP).and_then(|field| field.to_str().ok());
        let url = format!("{}{}", call.installed.contract.issuer(), head.uri.path());
        let proof = jwt.filter(|_| sent.scheme == Scheme::Dpop);
        let proof = proof.map(|jwt| DpopProof { jwt, method: head.method.as_str(), url: &url });
        self.engine.userinfo_once_allowed(&call.caller(None), &sent.text, proof).await.ok()
    }
}
