//! Origins at which clients have redirect URIs.

use std::collections::BTreeSet;

use claviger_domain::{ApiId, ClientId, ClientMetadata};
use uuid::Uuid;

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT o.client FROM client_origin o JOIN client c ON c.id = o.client \
        WHERE o.api = $1 AND o.origin = $2 AND c.disabled_at IS NULL LIMIT 1";
    INSERT = "INSERT INTO client_origin (api, origin, client) SELECT api, $2, id FROM client WHERE id = $1";
    DELETE = "DELETE FROM client_origin WHERE client = $1";
}

impl Conn {
    /// Whether a client of the API that is not disabled has a redirect URI at this origin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_client_origin(&mut self, api: ApiId, origin: &str) -> Result<bool, Error> {
        Ok(fetch_optional!(self, (Uuid,), FIND, api.uuid(), origin)?.is_some())
    }
}

impl Tx {
    /// Notes the origins of a client that was written, in place of those it had.
    pub(crate) async fn put_client_origins(
        &mut self,
        id: ClientId,
        metadata: &ClientMetadata,
    ) -> Result<(), Error> {
        execute!(self, DELETE, id.uuid())?;
        let origins = metadata
            .redirect_uris
            .iter()
            .filter(|uri| !uri.is_private())
            .map(claviger_domain::RedirectUri::origin);
        for origin in origins.collect::<BTreeSet<String>>() {
            execute!(self, INSERT, id.uuid(), origin.as_str())?;
        }
        Ok(())
    }
}
