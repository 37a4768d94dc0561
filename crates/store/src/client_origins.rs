//! Origins at which clients have redirect URIs.

use claviger_domain::{ApiId, ClientMetadata};

use crate::columns::row;
use crate::conn::{Conn, survey};
use crate::error::Error;
use crate::statements::statements;

statements! {
    // What is found may name the origin elsewhere in its metadata, so that is looked at again.
    FIND_NAMING = "SELECT metadata FROM client WHERE api = $1 AND disabled_at IS NULL \
        AND LOWER(metadata) LIKE $2 LIMIT 100";
}

row! {
    struct MetadataRow {
        metadata: String,
    }
}

impl Conn {
    /// Whether a client of the API that is not disabled has a redirect URI at this origin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_client_origin(&mut self, api: ApiId, origin: &str) -> Result<bool, Error> {
        let pattern = format!("%\"{}%", origin.to_ascii_lowercase());
        for row in survey!(self, MetadataRow, FIND_NAMING, api.uuid(), pattern.as_str())? {
            let metadata: ClientMetadata =
                serde_json::from_str(&row.metadata).map_err(|_| Error::corrupt("client", "metadata"))?;
            if metadata.redirect_uris.iter().any(|uri| uri.origin() == origin) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
