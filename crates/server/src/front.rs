//! The front: accepts connections, speaks HTTP, and hands each request to the door of its host.

mod body;
mod connection;
mod doors;
mod flood;
mod host;
mod problem;
mod tls;
mod userinfo;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use claviger_settings::ServerSettings;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

pub(crate) use doors::Doors;
pub use tls::TlsError;

use crate::hangup::Hangups;
use crate::shutdown::Stop;
use connection::Connections;
use tls::Tls;

/// After a failed accept, as when file descriptors run out, before the next.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A listening socket that does not serve yet. Connections wait in its backlog.
pub struct Front {
    listener: TcpListener,
    address: SocketAddr,
    tls: Option<Arc<Tls>>,
    settings: ServerSettings,
}

/// Why the front cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum FrontError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Certificate and key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Front {
    /// Listens.
    ///
    /// # Errors
    /// When the address is taken or forbidden, or certificate and key cannot be used.
    pub async fn bind(settings: &ServerSettings) -> Result<Self, FrontError> {
        let tls = settings.tls.as_ref().map(|tls| Tls::load(tls, settings.http2)).transpose()?.map(Arc::new);
        let cannot = |source| FrontError::Bind { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        Ok(Self { listener, address, tls, settings: settings.clone() })
    }

    /// Where it listens, with the port it was given if it asked for any.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`; then lets running requests end, for as long as the settings grant them.
    pub(crate) async fn serve(self, doors: Arc<Doors>, hangups: Hangups, stop: Stop) {
        let Self { listener, tls, settings, .. } = self;
        if let Some(tls) = &tls {
            tokio::spawn(Arc::clone(tls).follow(hangups, stop.clone()));
        }
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Connections::new(&settings, tls, doors));
        let places = Arc::new(Semaphore::new(settings.limits.connections.get()));
        loop {
            let (permit, stream, peer) = tokio::select! {
                () = stop.requested() => break,
                accepted = accept(&listener, &places) => accepted,
            };
            let connection = Arc::clone(&connections).serve(stream, peer, graceful.watcher());
            tokio::spawn(async move {
                connection.await;
                drop(permit);
            });
        }
        // Closed first, so that a balancer's next attempt is refused and goes elsewhere.
        drop(listener);
        if timeout(settings.timeouts.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests were still running when the time to drain was over");
        }
    }
}

/// The next connection, once there is a place for it. Waits out whatever keeps it from being accepted.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // An error means that the semaphore is closed, which nobody does.
    let permit = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (permit, stream, peer),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
