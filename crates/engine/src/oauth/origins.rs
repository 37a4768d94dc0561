//! Origins of web pages that belong to clients.

use claviger_domain::ApiId;

use super::error::OAuthError;
use crate::engine::Engine;

impl Engine {
    /// Whether a client of the API that is not disabled has a redirect URI at this origin (`https://app.example.com`).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_client_origin(&self, api: ApiId, origin: &str) -> Result<bool, OAuthError> {
        // Neither `null` nor anything that cannot begin a URI is worth a look.
        if !origin.contains("://") || origin.len() > LONGEST {
            return Ok(false);
        }
        Ok(self.store().read().await?.has_client_origin(api, origin).await?)
    }
}

/// A scheme, the longest host name (RFC 1035 section 2.3.4) and a port.
const LONGEST: usize = 8 + 253 + 6;
