//! TLS by rustls: certificate and key from PEM files, read again on SIGHUP.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use claviger_settings::TlsSettings;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::hangup::Hangups;
use crate::shutdown::Stop;

/// Certificate and key in force.
pub(super) struct Tls {
    config: ArcSwap<ServerConfig>,
    settings: TlsSettings,
    http2: bool,
}

/// Why certificate and key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or is not PEM.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The key is not the certificate's, or of a kind that rustls does not know.
    #[error("certificate and key do not fit together")]
    Unfit(#[from] rustls::Error),
}

impl Tls {
    pub(super) fn load(settings: &TlsSettings, http2: bool) -> Result<Self, TlsError> {
        let config = ArcSwap::from_pointee(read(settings, http2)?);
        Ok(Self { config, settings: settings.clone(), http2 })
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        TlsAcceptor::from(self.config.load_full()).accept(stream).await
    }

    /// Reads both files again at every SIGHUP, until `stop`. Bad ones are reported and the old ones go on serving.
    pub(super) async fn follow(self: Arc<Self>, mut hangups: Hangups, stop: Stop) {
        loop {
            tokio::select! {
                () = stop.requested() => return,
                () = hangups.next() => {}
            }
            match read(&self.settings, self.http2) {
                Ok(config) => {
                    self.config.store(Arc::new(config));
                    tracing::info!("certificate reloaded");
                }
                Err(error) => {
                    let error: &dyn std::error::Error = &error;
                    tracing::error!(error, "the certificate could not be reloaded; the old one goes on");
                }
            }
        }
    }
}

fn read(settings: &TlsSettings, http2: bool) -> Result<ServerConfig, TlsError> {
    let chain = CertificateDer::pem_file_iter(&settings.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|source| TlsError::Unreadable { path: settings.certificate.clone(), source })?;
    let key = PrivateKeyDer::from_pem_file(&settings.key)
        .map_err(|source| TlsError::Unreadable { path: settings.key.clone(), source })?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols =
        if http2 { vec![b"h2".to_vec(), b"http/1.1".to_vec()] } else { vec![b"http/1.1".to_vec()] };
    Ok(config)
}
