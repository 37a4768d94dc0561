//! The endpoints of OAuth and OpenID Connect at each API's own host, but for those that show pages.
//!
//! A handler reads what was sent, makes one call of the engine and renders; one file per endpoint.

mod answer;
mod asked;
mod bearer;
mod cors;
mod device;
mod introspect;
mod jwks;
mod metadata;
mod push;
mod register;
mod request;
mod revoke;
mod scheme;
mod token;
mod userinfo;

use bytes::Bytes;
use claviger_contract::{Purpose, TokenEndpoint};
use claviger_engine::Engine;
use http::{Method, Request, Response};

pub(crate) use asked::Asked;

use crate::token_endpoints::EndpointCall;
use answer::Refused;

/// The door to OAuth endpoints. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OAuthEndpoints {
    engine: Engine,
}

/// A body as any server hands it over.
pub(crate) trait SentBody:
    http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send
{
}

impl<B> SentBody for B where
    B: http_body::Body<Data = Bytes, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send
{
}

impl OAuthEndpoints {
    /// A door to this engine.
    pub const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Whether this door answers for endpoints of this purpose.
    pub const fn serves(purpose: Purpose) -> bool {
        matches!(
            purpose,
            Purpose::Token
                | Purpose::Revoke
                | Purpose::Introspect
                | Purpose::Push
                | Purpose::Device
                | Purpose::Userinfo
                | Purpose::Jwks
                | Purpose::Register
                | Purpose::Registration
                | Purpose::ServerMetadata
                | Purpose::OpenIdMetadata
                | Purpose::ResourceMetadata
        )
    }

    /// Answers a request for an endpoint that [`OAuthEndpoints::serves`].
    pub async fn serve<B>(
        &self,
        call: EndpointCall<'_>,
        endpoint: &TokenEndpoint,
        request: Request<B>,
    ) -> Response<Bytes>
    where
        B: http_body::Body<Data = Bytes> + Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (head, body) = request.into_parts();
        let asked = Asked { call, endpoint, head: &head };
        let sharing = cors::sharing(&self.engine, &asked).await;
        let mut response = if head.method == Method::OPTIONS {
            cors::preflight(&asked, &sharing)
        } else if endpoint.methods().contains(&head.method) {
            let answered = self.answer(&asked, body).await;
            answered.unwrap_or_else(|refused| answer::refuse(&asked, &refused, self.engine.clock().now()))
        } else {
            answer::refuse(&asked, &Refused::Method, self.engine.clock().now())
        };
        cors::share(&sharing, response.headers_mut());
        response
    }

    async fn answer(&self, asked: &Asked<'_>, body: impl SentBody) -> Result<Response<Bytes>, Refused> {
        // Each boxed by itself, so that none carries the largest.
        match asked.endpoint.purpose {
            Purpose::Token => Box::pin(self.sell(asked, body)).await,
            Purpose::Revoke => Box::pin(self.revoke(asked, body)).await,
            Purpose::Introspect => Box::pin(self.introspect(asked, body)).await,
            Purpose::Push => Box::pin(self.push(asked, body)).await,
            Purpose::Device => Box::pin(self.start_device(asked, body)).await,
            Purpose::Userinfo => Box::pin(self.userinfo(asked, body)).await,
            Purpose::Jwks => Box::pin(self.jwks(asked)).await,
            Purpose::Register => Box::pin(self.register(asked, body)).await,
            Purpose::Registration => Box::pin(self.manage_registration(asked, body)).await,
            Purpose::ServerMetadata | Purpose::OpenIdMetadata => Ok(metadata::of_server(asked)),
            Purpose::ResourceMetadata => Ok(metadata::of_resource(asked)),
            // Other doors serve these; see `serves`.
            _ => Err(Refused::Method),
        }
    }
}
