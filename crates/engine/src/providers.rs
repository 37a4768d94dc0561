//! Other OpenID providers: who we are there, and what they publish of themselves (OpenID Connect Discovery 1.0), kept
//! for a while.

use std::sync::Arc;
use std::time::Duration;

use claviger_domain::{Clock, Timestamp};
use claviger_secrets::Plain;
use quick_cache::UnitWeighter;
use quick_cache::sync::Cache;
use serde::Deserialize;
use tokio::sync::Mutex;
use url::Url;

use crate::fetch::{Fetch, FetchError, FetchLimits};
use crate::lookup_cache::growing;

/// What a provider may take of our time and memory.
pub(crate) const LIMITS: FetchLimits = FetchLimits { timeout: Duration::from_secs(5), bytes: 64 * 1024 };
/// Providers remembered.
const PROVIDERS: usize = 1_000;
/// How long a document is kept.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// How long a failure is remembered.
const FAILURE: Duration = Duration::from_secs(10);

/// A provider that people can sign in with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstreamProvider {
    /// Its name in addresses: `a-z`, `0-9`, `-`.
    pub name: String,
    /// What people call it.
    pub title: String,
}

/// A provider, and who we are there.
#[derive(Clone, Debug)]
pub struct UpstreamRegistration {
    /// What people see of it.
    pub provider: UpstreamProvider,
    /// Its issuer, exactly as its metadata has it.
    pub issuer: String,
    /// Our name there.
    pub client_id: String,
    /// Our secret there.
    pub client_secret: Plain,
}

/// The part of a provider's metadata that a sign-in needs.
#[derive(Debug, Deserialize)]
pub(crate) struct ProviderMetadata {
    issuer: String,
    authorization_endpoint: Url,
    pub(crate) token_endpoint: String,
    pub(crate) jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Whether its answers say whose they are (RFC 9207).
    #[serde(default, rename = "authorization_response_iss_parameter_supported")]
    pub(crate) names_itself: bool,
    #[serde(default)]
    pub(crate) claims_parameter_supported: bool,
}

impl ProviderMetadata {
    fn read(body: &[u8], issuer: &str) -> Result<Self, FetchError> {
        let read: Self = serde_json::from_slice(body).map_err(|_| FetchError::Answer)?;
        // Another issuer's document would send our code and our secret there (section 4.3).
        let is_web = matches!(read.authorization_endpoint.scheme(), "https" | "http");
        if read.issuer == issuer && is_web { Ok(read) } else { Err(FetchError::Answer) }
    }

    /// Where browsers go.
    pub(crate) fn authorization_endpoint(&self) -> Url {
        self.authorization_endpoint.clone()
    }

    /// Whether our secret goes into the form, since the header is not read.
    pub(crate) fn wants_secret_in_form(&self) -> bool {
        let has = |method: &str| {
            self.token_endpoint_auth_methods_supported.iter().flatten().any(|known| known == method)
        };
        has("client_secret_post") && !has("client_secret_basic")
    }
}

/// Providers by issuer.
pub(crate) struct Providers(Cache<String, Arc<Mutex<Entry>>, UnitWeighter>);

/// What is known of one. Locked while it is asked, so that it is asked once however many wait.
#[derive(Default)]
struct Entry {
    metadata: Option<(Arc<ProviderMetadata>, Timestamp)>,
    failed: Option<(FetchError, Timestamp)>,
}

impl Default for Providers {
    fn default() -> Self {
        Self(growing(PROVIDERS))
    }
}

impl Providers {
    /// What an issuer publishes of itself.
    pub(crate) async fn find(
        &self,
        (fetch, clock): (&dyn Fetch, &dyn Clock),
        issuer: &str,
    ) -> Result<Arc<ProviderMetadata>, FetchError> {
        let entry = match self.0.get(issuer) {
            Some(entry) => entry,
            None => self.0.get_or_insert_with::<_, FetchError>(issuer, || Ok(Arc::default()))?,
        };
        let mut entry = entry.lock().await;
        let now = clock.now();
        if let Some((metadata, read_at)) = &entry.metadata
            && now.since(*read_at) < KEPT
        {
            return Ok(Arc::clone(metadata));
        }
        if let Some((error, at)) = &entry.failed
            && now.since(*at) < FAILURE
        {
            return Err(error.clone());
        }
        let address = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
        let fetched = fetch.get(&address, LIMITS).await;
        match fetched.and_then(|fetched| ProviderMetadata::read(&fetched.body, issuer)) {
            Ok(metadata) => {
                let metadata = Arc::new(metadata);
                *entry = Entry { metadata: Some((Arc::clone(&metadata), now)), failed: None };
                Ok(metadata)
            }
            Err(error) => {
                entry.failed = Some((error.clone(), now));
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata(methods: &serde_json::Value) -> ProviderMetadata {
        let document = json!({
            "issuer": "https://idp.test", "authorization_endpoint": "https://idp.test/authorize",
            "token_endpoint": "https://idp.test/token", "jwks_uri": "https://idp.test/jwks",
            "token_endpoint_auth_methods_supported": methods,
        });
        ProviderMetadata::read(document.to_string().as_bytes(), "https://idp.test").unwrap()
    }

    #[test]
    fn a_secret_goes_into_the_header_unless_only_the_form_is_read() {
        assert!(!metadata(&json!(null)).wants_secret_in_form());
        assert!(!metadata(&json!(["client_secret_post", "client_secret_basic"])).wants_secret_in_form());
        assert!(metadata(&json!(["client_secret_post", "private_key_jwt"])).wants_secret_in_form());
    }

    #[test]
    fn a_document_of_another_issuer_or_for_no_browser_is_refused() {
        let document = |issuer: &str, endpoint: &str| {
            let document = json!({
                "issuer": issuer, "authorization_endpoint": endpoint,
                "token_endpoint": "https://idp.test/token", "jwks_uri": "https://idp.test/jwks",
            });
            ProviderMetadata::read(document.to_string().as_bytes(), "https://idp.test")
        };
        assert!(document("https://idp.test", "https://idp.test/authorize").is_ok());
        assert!(document("https://idp.test/", "https://idp.test/authorize").is_err());
        assert!(document("https://idp.test", "javascript:alert(1)").is_err());
    }
}
