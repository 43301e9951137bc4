use std::io;
use std::sync::Arc;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::address::Address;
use crate::pool::Body;

/// Makes connections to one address. Nothing of a request is written here, so every failure means
/// that none was sent.
pub(crate) struct Dialer {
    tls: Option<(TlsConnector, ServerName<'static>)>,
}

impl Dialer {
    pub(crate) fn new(address: &Address) -> Result<Self, String> {
        if !address.secure {
            return Ok(Self { tls: None });
        }
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be used: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(address.host.clone())
            .map_err(|error| format!("{:?} is no name for TLS: {error}", address.host))?;
        Ok(Self { tls: Some((TlsConnector::from(Arc::new(config)), name)) })
    }

    /// Finds the host, connects, and speaks TLS if the address says so.
    pub(crate) async fn dial(&self, address: &Address) -> io::Result<SendRequest<Body>> {
        let stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
        stream.set_nodelay(true)?;
        match &self.tls {
            None => begin(stream).await,
            Some((connector, name)) => begin(connector.connect(name.clone(), stream).await?).await,
        }
    }
}

/// Starts HTTP on a stream. The task ends with the connection, which ends when nobody holds its
/// sender any more.
async fn begin<S>(stream: S) -> io::Result<SendRequest<Body>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        // Whoever waits for an answer on it hears of the failure; nobody else has to.
        let _ = connection.await;
    });
    Ok(sender)
}
