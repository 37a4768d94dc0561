//! Pictures that somebody gives for a client, in place of what its own address leads to.

use std::collections::BTreeMap;

use claviger_domain::{
    Action, Actor, Client, ClientId, ErrorKind, Event, NotAllowed, PictureDigest, PictureKind, Right,
    Snapshot,
};
use claviger_store::StoredPicture;

use super::clients::ClientError;
use crate::engine::Engine;
use crate::error::Error;

/// The most bytes of a picture: it is shown no larger than a thumb.
pub const MOST_PICTURE_BYTES: usize = 64 * 1024;

/// The kinds that are taken. None of them can hold a script, as SVG can, nor moves.
const TAKEN: [PictureKind; 3] = [PictureKind::Png, PictureKind::Jpeg, PictureKind::Webp];

/// Why a picture was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// There is nothing in it.
    #[error("choose a picture first")]
    Nothing,
    /// It has too many bytes.
    #[error("the picture has more than {} kB", MOST_PICTURE_BYTES / 1024)]
    TooLarge,
    /// By how it begins it is of another kind, whatever it is called.
    #[error("the picture is neither PNG, JPEG nor WebP")]
    Kind,
    /// There is no such client, or the actor's role does not allow it.
    #[error(transparent)]
    Client(#[from] ClientError),
}

impl PictureError {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Nothing | Self::TooLarge | Self::Kind => ErrorKind::InvalidRequest,
            Self::Client(error) => error.kind(),
        }
    }
}

impl From<claviger_store::Error> for PictureError {
    fn from(error: claviger_store::Error) -> Self {
        Self::Client(error.into())
    }
}

impl From<NotAllowed> for PictureError {
    fn from(error: NotAllowed) -> Self {
        Self::Client(error.into())
    }
}

impl Engine {
    /// Gives a client a picture, over the one before.
    ///
    /// # Errors
    /// When there is no such client, the picture is none that is taken, or the database fails.
    pub async fn give_client_picture(
        &self,
        actor: &Actor,
        id: ClientId,
        bytes: Vec<u8>,
    ) -> Result<PictureDigest, PictureError> {
        actor.require(Right::WriteClients)?;
        let client = self.find_client_for(actor, id).await?;
        let picture = read_picture(bytes)?;
        let digest = PictureDigest::from_bytes(claviger_secrets::sha256(&picture.bytes));
        let now = self.now();
        let about = picture_event(Action::ClientPictureGiven, &client, digest);
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    if tx.find_client(id).await?.is_none() {
                        return Err(PictureError::Client(ClientError::UnknownClient));
                    }
                    tx.replace_client_picture(id, digest, &picture, now).await?;
                    audit.record(tx, about).await?;
                    Ok(())
                })
            })
            .await?;
        tracing::info!(client = %id, by = %actor, "a client was given a picture");
        Ok(digest)
    }

    /// Takes away the picture that a client was given. Twice is fine.
    ///
    /// # Errors
    /// When there is no such client, or the database fails.
    pub async fn remove_client_picture(&self, actor: &Actor, id: ClientId) -> Result<(), PictureError> {
        actor.require(Right::WriteClients)?;
        let client = self.find_client_for(actor, id).await?;
        let now = self.now();
        let audit = self.auditor(actor, now);
        self.store()
            .write(move |tx| {
                Box::pin(async move {
                    let Some(digest) = tx.find_client_picture(id).await? else { return Ok(()) };
                    if tx.delete_client_picture(id).await? {
                        let about = picture_event(Action::ClientPictureRemoved, &client, digest);
                        audit.record(tx, about).await?;
                    }
                    Ok::<_, PictureError>(())
                })
            })
            .await?;
        tracing::info!(client = %id, by = %actor, "a client's picture was removed");
        Ok(())
    }

    /// What the picture is called by that a client was given, if it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_given_picture(&self, client: &Client) -> Result<Option<PictureDigest>, Error> {
        Ok(self.store().read().await?.find_client_picture(client.id).await?)
    }

    /// What the pictures of these clients are called by, where they have one. Nothing is looked for because of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_client_logos(
        &self,
        clients: &[Client],
    ) -> Result<BTreeMap<ClientId, PictureDigest>, Error> {
        let ids: Vec<_> = clients.iter().map(|client| client.id).collect();
        Ok(self.store().read().await?.list_client_pictures(&ids).await?)
    }
}

fn picture_event(action: Action, client: &Client, digest: PictureDigest) -> Event {
    Event::touched(action, client).with(Snapshot::default().with("picture", digest.to_string()))
}

/// A picture of a kind that is taken, told by its bytes alone.
fn read_picture(bytes: Vec<u8>) -> Result<StoredPicture, PictureError> {
    if bytes.is_empty() {
        return Err(PictureError::Nothing);
    }
    if bytes.len() > MOST_PICTURE_BYTES {
        return Err(PictureError::TooLarge);
    }
    let kind = PictureKind::of(&bytes).filter(|kind| TAKEN.contains(kind)).ok_or(PictureError::Kind)?;
    Ok(StoredPicture { kind, bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_told_by_its_bytes_and_none_that_moves_or_holds_a_script_is_taken() {
        let refused = |bytes: &[u8]| read_picture(bytes.to_vec()).unwrap_err().to_string();
        assert_eq!(read_picture(b"\x89PNG\r\n\x1a\n\0".to_vec()).unwrap().kind, PictureKind::Png);
        assert_eq!(read_picture(b"RIFF\0\0\0\0WEBPV".to_vec()).unwrap().kind, PictureKind::Webp);
        for other in [b"<svg xmlns='http://www.w3.org/2000/svg'>".as_slice(), b"GIF89a\0", b"\0"] {
            assert_eq!(refused(other), "the picture is neither PNG, JPEG nor WebP");
        }
        assert_eq!(refused(b""), "choose a picture first");
        let mut large = b"\xFF\xD8\xFF\xE0".to_vec();
        large.resize(MOST_PICTURE_BYTES, 0);
        assert_eq!(read_picture(large.clone()).unwrap().kind, PictureKind::Jpeg);
        large.push(0);
        assert_eq!(refused(&large), "the picture has more than 64 kB");
    }
}
