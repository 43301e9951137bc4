use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;

use crate::address::Address;
use crate::pool::Body;

/// Says of an address found for a host whether it may be connected to.
pub type Guard = Arc<dyn Fn(IpAddr) -> bool + Send + Sync>;

/// Makes connections to one address. Nothing of a request is written here, so every failure means
/// that none was sent.
pub(crate) struct Dialer {
    tls: Option<(TlsConnector, ServerName<'static>)>,
    guard: Option<Guard>,
}

impl Dialer {
    /// Trusts whom browsers trust.
    pub(crate) fn new(address: &Address) -> Result<Self, String> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Self::trusting(address, roots)
    }

    fn trusting(address: &Address, roots: RootCertStore) -> Result<Self, String> {
        if !address.secure {
            return Ok(Self { tls: None, guard: None });
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("TLS cannot be used: {error}"))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(address.host.clone())
            .map_err(|error| format!("{:?} is no name for TLS: {error}", address.host))?;
        Ok(Self { tls: Some((TlsConnector::from(Arc::new(config)), name)), guard: None })
    }

    /// Asks `guard` about every address before it is connected to.
    pub(crate) fn guarded(self, guard: Guard) -> Self {
        Self { guard: Some(guard), ..self }
    }

    /// Whether somebody else chose the address.
    pub(crate) fn is_guarded(&self) -> bool {
        self.guard.is_some()
    }

    /// Finds the host. One address that is not allowed is enough to refuse all: a name that leads outside and
    /// inside was made to deceive.
    pub(crate) async fn find(&self, address: &Address) -> io::Result<Vec<SocketAddr>> {
        let found: Vec<SocketAddr> =
            lookup_host((address.host.as_str(), address.port)).await?.collect();
        let forbidden = |found: &&SocketAddr| self.guard.as_ref().is_some_and(|ok| !ok(found.ip()));
        match found.iter().find(forbidden) {
            Some(forbidden) => Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                format!("{} leads to {}, which may not be reached", address.host, forbidden.ip()),
            )),
            None => Ok(found),
        }
    }

    /// Finds the host, connects, and speaks TLS if the address says so. What is connected to is what was found and
    /// looked at, not the name once more.
    pub(crate) async fn dial(&self, address: &Address) -> io::Result<SendRequest<Body>> {
        let found = self.find(address).await?;
        let stream = TcpStream::connect(found.as_slice()).await?;
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

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full};
    use hyper::Request;
    use hyper::body::Bytes;
    use rcgen::{CertifiedKey, generate_simple_self_signed};
    use rustls::ServerConfig;
    use rustls::pki_types::PrivateKeyDer;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio_rustls::TlsAcceptor;

    use super::*;

    /// A server with a certificate of its own for `localhost`, and the store that trusts it.
    async fn server() -> (u16, RootCertStore) {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(cert.der().clone()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Who does not trust the certificate hangs up.
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let _ = stream.read(&mut [0; 1024]).await;
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nsafe";
                let _ = stream.write_all(answer).await;
                let _ = stream.shutdown().await;
            }
        });
        (port, roots)
    }

    #[tokio::test]
    async fn https_is_spoken_with_whom_is_trusted() {
        let (port, roots) = server().await;
        let address = Address::parse(&format!("https://localhost:{port}")).unwrap();
        let dialer = Dialer::trusting(&address, roots).unwrap();
        let mut sender = dialer.dial(&address).await.unwrap();
        let request = Request::builder().uri("/").header("host", "localhost");
        let request = request.body(Full::new(Bytes::new())).unwrap();
        let response = sender.try_send_request(request).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "safe");
    }

    #[tokio::test]
    async fn an_address_that_is_not_allowed_is_not_connected_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        for host in ["localhost", "127.0.0.1"] {
            let address = Address::parse(&format!("http://{host}:{port}")).unwrap();
            let dialer = Dialer::new(&address).unwrap();
            assert!(dialer.find(&address).await.is_ok());
            let dialer = dialer.guarded(Arc::new(|ip| !ip.is_loopback()));
            let refused = dialer.dial(&address).await.unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
            assert!(refused.to_string().contains("may not be reached"), "{refused}");
        }
    }

    #[tokio::test]
    async fn https_is_not_spoken_with_anybody_else() {
        let (port, roots) = server().await;
        let stranger = Address::parse(&format!("https://localhost:{port}")).unwrap();
        assert!(Dialer::new(&stranger).unwrap().dial(&stranger).await.is_err());
        let misnamed = Address::parse(&format!("https://127.0.0.1:{port}")).unwrap();
        assert!(Dialer::trusting(&misnamed, roots).unwrap().dial(&misnamed).await.is_err());
    }
}
