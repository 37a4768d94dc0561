//! Pictures of clients, as they were found where the clients said.

use claviger_domain::{ApiId, ClientId, PictureDigest, PictureKind, Timestamp};

use crate::conn::{Conn, execute, fetch_optional};
use crate::error::Error;
use crate::key_rows::hash;
use crate::statements::statements;
use crate::tx::Tx;

statements! {
    FIND = "SELECT address, digest, looked_at FROM client_logo WHERE client = $1";
    FIND_PICTURE = "SELECT l.media_type, l.picture FROM client_logo l JOIN client c ON c.id = l.client \
        WHERE l.digest = $1 AND c.api = COALESCE($2, c.api) \
        UNION ALL SELECT p.media_type, p.picture FROM client_picture p JOIN client c ON c.id = p.client \
        WHERE p.digest = $1 AND c.api = COALESCE($2, c.api) LIMIT 1";
    REPLACE = "INSERT INTO client_logo (client, address, digest, media_type, picture, looked_at) \
        VALUES ($1, $2, $3, $4, $5, $6) \
        ON CONFLICT (client) DO UPDATE SET address = excluded.address, digest = excluded.digest, \
        media_type = excluded.media_type, picture = excluded.picture, looked_at = excluded.looked_at";
    // What was found at the same address before stays.
    KEEP = "UPDATE client_logo SET looked_at = $3 WHERE client = $1 AND address = $2";
    DELETE = "DELETE FROM client_logo WHERE client = $1";
}

/// What is known of a client's picture, without the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogoRecord {
    /// Where it was looked for.
    pub address: String,
    /// What it is called by, where one was found.
    pub digest: Option<PictureDigest>,
    /// When it was last looked for.
    pub looked_at: Timestamp,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPicture {
    /// Its kind.
    pub kind: PictureKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Conn {
    /// What is known of a client's picture.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_client_logo(&mut self, client: ClientId) -> Result<Option<LogoRecord>, Error> {
        let row = fetch_optional!(self, (String, Option<Vec<u8>>, i64), FIND, client.uuid())?;
        let Some((address, digest, looked_at)) = row else { return Ok(None) };
        let digest = digest.map(|bytes| hash(&bytes, "client_logo", "digest")).transpose()?;
        let digest = digest.map(PictureDigest::from_bytes);
        Ok(Some(LogoRecord { address, digest, looked_at: Timestamp::from_micros(looked_at) }))
    }

    /// The picture that is called so, found or given, if it is that of a client of this API, or of any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_picture(
        &mut self,
        api: Option<ApiId>,
        digest: PictureDigest,
    ) -> Result<Option<StoredPicture>, Error> {
        let digest = digest.bytes().as_slice();
        let row = fetch_optional!(self, (String, Vec<u8>), FIND_PICTURE, digest, api.map(ApiId::uuid))?;
        let Some((media_type, bytes)) = row else { return Ok(None) };
        let kind = PictureKind::from_media_type(&media_type);
        let kind = kind.ok_or_else(|| Error::corrupt("client_logo", "media_type"))?;
        Ok(Some(StoredPicture { kind, bytes }))
    }
}

impl Tx {
    /// Keeps what was found at an address, or that there was nothing, over whatever was known of the client's picture.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the client is gone; when the database fails.
    pub async fn replace_client_logo(
        &mut self,
        client: ClientId,
        address: &str,
        found: Option<(PictureDigest, &StoredPicture)>,
        at: Timestamp,
    ) -> Result<(), Error> {
        execute!(
            self,
            REPLACE,
            client.uuid(),
            address,
            found.map(|(digest, _)| digest.bytes().to_vec()),
            found.map(|(_, picture)| picture.kind.media_type()),
            found.map(|(_, picture)| picture.bytes.as_slice()),
            at.micros(),
        )?;
        Ok(())
    }

    /// Keeps what was found at this address before, looked for again in vain. Answers whether there was anything known
    /// of this address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_client_logo(
        &mut self,
        client: ClientId,
        address: &str,
        at: Timestamp,
    ) -> Result<bool, Error> {
        Ok(execute!(self, KEEP, client.uuid(), address, at.micros())? == 1)
    }

    /// Forgets a client's picture. Answers whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_client_logo(&mut self, client: ClientId) -> Result<bool, Error> {
        Ok(execute!(self, DELETE, client.uuid())? == 1)
    }
}
