//! Pictures that somebody gave for clients.

use std::collections::BTreeMap;

use claviger_domain::{ClientId, PictureDigest, Timestamp};
use uuid::Uuid;

use crate::client_logos::StoredPicture;
use crate::conn::{Conn, execute, fetch_all, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

/// Clients that one statement asks about.
const ASKED_AT_ONCE: usize = 10;

statements! {
    FIND = "SELECT digest FROM client_picture WHERE client = $1";
    // What somebody gave counts before what was found where the client says.
    LIST = "SELECT client, digest FROM client_picture \
            WHERE client IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
        UNION ALL SELECT l.client, l.digest FROM client_logo l \
            WHERE l.client IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AND l.digest IS NOT NULL \
            AND NOT EXISTS (SELECT 1 FROM client_picture p WHERE p.client = l.client)";
    REPLACE = "INSERT INTO client_picture (client, digest, media_type, picture, given_at) \
        VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (client) DO UPDATE SET digest = excluded.digest, media_type = excluded.media_type, \
        picture = excluded.picture, given_at = excluded.given_at";
    DELETE = "DELETE FROM client_picture WHERE client = $1";
}

fn digest(bytes: &[u8], table: &'static str) -> Result<PictureDigest, Error> {
    hash(bytes, table, "digest").map(PictureDigest::from_bytes)
}

impl Conn {
    /// What the picture is called by that somebody gave for a client.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_client_picture(&mut self, client: ClientId) -> Result<Option<PictureDigest>, Error> {
        let row = fetch_optional!(self, (Vec<u8>,), FIND, client.uuid())?;
        row.map(|(bytes,)| digest(&bytes, "client_picture")).transpose()
    }

    /// What the pictures of these clients are called by, where they have one: given for them, or found where they say.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_client_pictures(
        &mut self,
        clients: &[ClientId],
    ) -> Result<BTreeMap<ClientId, PictureDigest>, Error> {
        let mut found = BTreeMap::new();
        for some in clients.chunks(ASKED_AT_ONCE) {
            let mut ids = [Uuid::nil(); ASKED_AT_ONCE];
            ids.iter_mut().zip(some).for_each(|(id, client)| *id = client.uuid());
            let [a, b, c, d, e, f, g, h, i, j] = ids;
            for (client, bytes) in fetch_all!(self, (Uuid, Vec<u8>), LIST, a, b, c, d, e, f, g, h, i, j)? {
                found.insert(ClientId::from_uuid(client), digest(&bytes, "client_picture")?);
            }
        }
        Ok(found)
    }
}

impl Tx {
    /// Keeps a picture that was given for a client, over the one before.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the client is gone; when the database fails.
    pub async fn replace_client_picture(
        &mut self,
        client: ClientId,
        digest: PictureDigest,
        picture: &StoredPicture,
        at: Timestamp,
    ) -> Result<(), Error> {
        let bytes = picture.bytes.as_slice();
        let name = digest.bytes().as_slice();
        execute!(self, REPLACE, client.uuid(), name, picture.kind.media_type(), bytes, at.micros())?;
        Ok(())
    }

    /// Forgets the picture that was given for a client. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_client_picture(&mut self, client: ClientId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, client.uuid())? == 1)
    }
}
