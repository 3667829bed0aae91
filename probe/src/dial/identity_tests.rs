//! Servers that ask who the client is.

use std::net::Ipv4Addr;
use std::sync::Arc;

use lbprobe_protocol::{Exchange, HttpRequest, Outcome, TlsFailure};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::tests::check;
use super::{Attempt, Dialler};
use crate::identity::ClientIdentity;

/// An authority that signs clients.
struct Authority {
    certificate: rcgen::Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn client(&self) -> ClientIdentity {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec!["client.example.com".into()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        ClientIdentity::from_pem(&format!("{}{}", certificate.pem(), key.serialize_pem())).unwrap()
    }

    /// Takes none but its clients, and answers them by HTTP.
    async fn serve(&self, version: &'static SupportedProtocolVersion) -> u16 {
        let own = rcgen::generate_simple_self_signed(vec!["shop.example.com".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        self.serve_as(version, own.cert.der().clone(), key).await
    }

    /// The same with a certificate of its own.
    async fn serve_as(&self, version: &'static SupportedProtocolVersion, own: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> u16 {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
        // Not by with_single_cert, which reads the certificate.
        let own = CertifiedKey::new(vec![own], provider.key_provider.load_private_key(key).unwrap());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
                let _ = stream.shutdown().await;
            }
        });
        port
    }
}

async fn asked(port: u16, identity: Option<ClientIdentity>) -> Attempt {
    let exchange = Exchange::Https { sni: Some("shop.example.com".into()), request: HttpRequest::get("/", None) };
    Dialler::new(identity).attempt(&check(port, exchange)).await
}

#[tokio::test]
async fn a_server_that_asks_for_a_certificate_is_shown_it() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let port = authority.serve(version).await;
        let seen = asked(port, Some(authority.client())).await;
        assert_eq!(seen.sample.outcome, Outcome::Answered, "{version:?}");
        assert_eq!(seen.answer.unwrap().http.unwrap().status, 204);
        for identity in [None, Some(Authority::new().client())] {
            let outcome = asked(port, identity).await.sample.outcome;
            let is_refusal = matches!(outcome, Outcome::Tls(TlsFailure::Alert(_))) || outcome.is_hung_up();
            assert!(is_refusal, "{version:?}: {outcome}");
        }
    }
}

/// With TLS 1.3 the alert comes behind the handshake, and a reset may overtake it.
#[tokio::test]
async fn a_server_that_is_shown_none_says_so_by_an_alert() {
    let port = Authority::new().serve(&rustls::version::TLS12).await;
    let outcome = asked(port, None).await.sample.outcome;
    assert!(matches!(outcome, Outcome::Tls(TlsFailure::Alert(40 | 116))), "{outcome}");
}

const VERSION_1: &str = include_str!("version_1.pem");

/// rustls reads no certificate without extensions; whoever has one shows it all the same.
#[tokio::test]
async fn certificates_of_version_1_are_taken_and_shown() {
    let authority = Authority::new();
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let own = CertificateDer::from_pem_slice(VERSION_1.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(VERSION_1.as_bytes()).unwrap();
        let port = authority.serve_as(version, own, key).await;
        assert_eq!(asked(port, Some(authority.client())).await.sample.outcome, Outcome::Answered, "{version:?}");
    }
    assert!(ClientIdentity::from_pem(VERSION_1).is_ok());
}
