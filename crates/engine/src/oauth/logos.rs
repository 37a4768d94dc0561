//! Pictures of clients: looked for where a client says, kept, and shown by us, so that no server of others learns who
//! looks at our pages (RFC 7591 section 5).

use std::time::Duration;

use claviger_domain::{ApiId, Client, ClientId, PictureDigest, PictureKind};
use claviger_store::{LogoRecord, StoredPicture};
use futures_util::future::join_all;

use super::error::OAuthError;
use crate::engine::Engine;
use crate::error::Error;
use crate::fetch::{FetchError, FetchLimits};

/// What a picture's server may ask of us.
const LIMITS: FetchLimits = FetchLimits { timeout: Duration::from_secs(5), bytes: 100_000 };
/// Servers asked at once, so that a slow one does not hold up the others.
const WORKERS: usize = 4;
/// How long a picture is shown before it is looked for again.
const KEEP: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// How long after a failure it is looked for again.
const RETRY: Duration = Duration::from_secs(60 * 60);

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
enum NoPicture {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error("it is neither PNG, JPEG, WebP nor GIF")]
    Kind,
}

impl Engine {
    /// What a client's picture is called by, where there is one to show: the one that it was given, else what its own
    /// address leads to. That is looked for behind this, if it is not known yet or has not been looked at for a while.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_client_logo(&self, client: &Client) -> Result<Option<PictureDigest>, OAuthError> {
        if let Some(given) = self.find_given_picture(client).await? {
            return Ok(Some(given));
        }
        let Some(address) = &client.metadata.presentation.logo_uri else { return Ok(None) };
        let known = self.store().read().await?.find_client_logo(client.id).await?;
        let known = known.filter(|known| known.address == *address);
        if !known.as_ref().is_some_and(|known| self.is_fresh(known)) {
            self.look_for_logo(client.id);
        }
        Ok(known.and_then(|known| known.digest))
    }

    /// A picture of one of an API's clients, by what it is called.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_picture(
        &self,
        api: ApiId,
        digest: PictureDigest,
    ) -> Result<Option<(PictureKind, Vec<u8>)>, OAuthError> {
        self.read_picture_of(Some(api), digest).await
    }

    /// A picture of any client, by what it is called: whoever can say that has seen the picture, or a page with it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read_any_picture(
        &self,
        digest: PictureDigest,
    ) -> Result<Option<(PictureKind, Vec<u8>)>, OAuthError> {
        self.read_picture_of(None, digest).await
    }

    async fn read_picture_of(
        &self,
        api: Option<ApiId>,
        digest: PictureDigest,
    ) -> Result<Option<(PictureKind, Vec<u8>)>, OAuthError> {
        let found = self.store().read().await?.find_picture(api, digest).await?;
        Ok(found.map(|StoredPicture { kind, bytes }| (kind, bytes)))
    }

    /// Has a client's picture looked for, soon.
    pub(in crate::oauth) fn look_for_logo(&self, client: ClientId) {
        // Where too many wait, whoever looks at it next asks again.
        if !self.logos().add(client) {
            tracing::debug!(%client, "too many pictures are waited for");
        }
    }

    /// Looks for pictures for ever.
    pub(crate) async fn look_for_logos(&self) {
        join_all((0..WORKERS).map(|_| async {
            loop {
                let next = self.logos().next().await;
                let Some(client) = next else { return };
                self.renew_logo(client).await;
            }
        }))
        .await;
    }

    /// Looks for the pictures that are waited for now. [`Engine::run`] does it by itself; this is for when that does
    /// not run.
    pub async fn look_for_pending_logos(&self) {
        while let Some(client) = self.logos().next_now().await {
            self.renew_logo(client).await;
        }
    }

    async fn renew_logo(&self, client: ClientId) {
        if let Err(error) = self.try_renew_logo(client).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, %client, "a client's picture could not be kept");
        }
    }

    async fn try_renew_logo(&self, id: ClientId) -> Result<(), Error> {
        let (client, known) = {
            let mut read = self.store().read().await?;
            (read.find_client(id).await?, read.find_client_logo(id).await?)
        };
        let Some(client) = client else { return Ok(()) };
        let Some(address) = client.metadata.presentation.logo_uri else {
            let work = self.store().write::<_, Error, _>(move |tx| {
                Box::pin(async move { Ok(tx.delete_client_logo(id).await?) })
            });
            return work.await.map(drop);
        };
        if known.is_some_and(|known| known.address == address && self.is_fresh(&known)) {
            return Ok(());
        }
        let found = self.fetch_picture(&address).await;
        let at = self.now();
        let found =
            found.inspect_err(|why| tracing::info!(client = %id, %why, "a client has no picture to show"));
        let found = found.ok();
        let work = self.store().write::<_, Error, _>(move |tx| {
            Box::pin(async move {
                // A server that is away for once does not take away what it gave before.
                if found.is_none() && tx.keep_client_logo(id, &address, at).await? {
                    return Ok(());
                }
                let found = found.as_ref().map(|(digest, picture)| (*digest, picture));
                Ok(tx.replace_client_logo(id, &address, found, at).await?)
            })
        });
        work.await
    }

    async fn fetch_picture(&self, address: &str) -> Result<(PictureDigest, StoredPicture), NoPicture> {
        let bytes = self.fetch().get_picture(address, LIMITS).await?.body;
        let kind = PictureKind::of(&bytes).ok_or(NoPicture::Kind)?;
        let digest = PictureDigest::from_bytes(claviger_secrets::sha256(&bytes));
        Ok((digest, StoredPicture { kind, bytes }))
    }

    fn is_fresh(&self, known: &LogoRecord) -> bool {
        let life = if known.digest.is_some() { KEEP } else { RETRY };
        self.now().since(known.looked_at) < life
    }
}
