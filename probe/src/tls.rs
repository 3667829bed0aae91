//! The TLS handshake: it takes every certificate and says what a careful client would think of it.

use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use lbprobe_protocol::record::{CERTIFICATE_NAMES, TEXT_CHARS};
use lbprobe_protocol::{Certificate, TlsFailure, Trust};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, Error, InvalidMessage, RootCertStore, SignatureScheme,
};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;
use x509_parser::x509::X509Version;

use crate::errno::errno;
use crate::hexadecimal;
use crate::identity::ClientIdentity;

/// Speaks TLS on a connection that stands. Without `sni` no name is sent; `protocols` are offered by ALPN, the best first.
pub(crate) async fn handshake(
    stream: TcpStream,
    sni: Option<&str>,
    address: IpAddr,
    protocols: &[&[u8]],
    identity: Option<&ClientIdentity>,
) -> Result<(TlsStream<TcpStream>, Option<Certificate>), TlsFailure> {
    let name = match sni {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(|_| TlsFailure::InvalidName)?,
        None => ServerName::from(address),
    };
    let (config, witness) = configuration(protocols, identity)?;
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|cause| failure(&cause))?;
    let trust = witness.verdict();
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first()).map(|leaf| describe(leaf, trust));
    Ok((stream, certificate))
}

/// Speaks TLS as a handshake of its own does, for a client that makes its connections itself. `protocols` are offered by
/// ALPN, the best first.
pub(crate) fn client_configuration(protocols: &[&[u8]], identity: Option<&ClientIdentity>) -> Result<ClientConfig, TlsFailure> {
    configuration(protocols, identity).map(|(config, _)| config)
}

fn configuration(protocols: &[&[u8]], identity: Option<&ClientIdentity>) -> Result<(ClientConfig, Arc<Witness>), TlsFailure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let witness = Arc::new(Witness::new(&provider)?);
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|_| TlsFailure::Protocol)?
        .dangerous()
        .with_custom_certificate_verifier(witness.clone());
    let mut config = match identity {
        Some(identity) => builder.with_client_cert_resolver(identity.resolver()),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok((config, witness))
}

/// Lets every certificate pass and keeps what the public roots say of it. The probe measures who
/// answers; whether to believe the peer is for the reader to say. A client's key never leaves it, whoever asks.
#[derive(Debug)]
struct Witness {
    careful: Arc<WebPkiServerVerifier>,
    verdict: Mutex<Trust>,
}

impl Witness {
    fn new(provider: &Arc<CryptoProvider>) -> Result<Self, TlsFailure> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let careful = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        Ok(Self { careful: careful.map_err(|_| TlsFailure::Protocol)?, verdict: Mutex::new(Trust::Untrusted) })
    }

    fn verdict(&self) -> Trust {
        self.verdict.lock().map_or(Trust::Untrusted, |verdict| *verdict)
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let trust = self.careful.verify_server_cert(leaf, chain, name, ocsp, now).map_or_else(|cause| trust(&cause), |_| Trust::Trusted);
        if let Ok(mut verdict) = self.verdict.lock() {
            *verdict = trust;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unless_unread(certificate, self.careful.verify_tls12_signature(message, certificate, signature))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        unless_unread(certificate, self.careful.verify_tls13_signature(message, certificate, signature))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.careful.supported_verify_schemes()
    }
}

/// rustls reads no certificate of X.509 version 1, which shows nothing against who answers; it is never a trusted one. Of any other
/// the peer has to show that it has the key.
fn unless_unread(leaf: &CertificateDer<'_>, verified: Result<HandshakeSignatureValid, Error>) -> Result<HandshakeSignatureValid, Error> {
    let is_version_1 = || parse_x509_certificate(leaf).is_ok_and(|(_, parsed)| parsed.version() == X509Version::V1);
    match verified {
        Err(Error::InvalidCertificate(_)) if is_version_1() => Ok(HandshakeSignatureValid::assertion()),
        verified => verified,
    }
}

fn trust(cause: &Error) -> Trust {
    match cause {
        Error::InvalidCertificate(CertificateError::UnknownIssuer) => Trust::UnknownIssuer,
        Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => Trust::Expired,
        Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => Trust::NotYetValid,
        Error::InvalidCertificate(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => Trust::WrongName,
        _ => Trust::Untrusted,
    }
}

/// A certificate that cannot be parsed still has a fingerprint.
fn describe(leaf: &CertificateDer<'_>, trust: Trust) -> Certificate {
    let fingerprint = hexadecimal::digits(&Sha256::digest(leaf)[..8]);
    let Ok((_, parsed)) = parse_x509_certificate(leaf) else {
        return Certificate { fingerprint, expires: None, names: Vec::new(), trust };
    };
    let names = parsed
        .subject_alternative_name()
        .ok()
        .flatten()
        .map(|extension| extension.value.general_names.iter().filter_map(name_text).take(CERTIFICATE_NAMES).collect())
        .unwrap_or_default();
    Certificate { fingerprint, expires: Some(parsed.validity().not_after.timestamp()), names, trust }
}

fn name_text(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) | GeneralName::URI(name) => Some(name.chars().take(TEXT_CHARS).collect()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => Some(IpAddr::from(<[u8; 4]>::try_from(*bytes).ok()?).to_string()),
            16 => Some(IpAddr::from(<[u8; 16]>::try_from(*bytes).ok()?).to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// The alert by which a peer ended a connection that stood already: with TLS 1.3 it looks at the client's certificate only after
/// the client's part of the handshake is done (RFC 8446, section 4.4.2.4).
pub(crate) fn alert(cause: &io::Error) -> Option<TlsFailure> {
    match cause.get_ref()?.downcast_ref::<Error>()? {
        Error::AlertReceived(alert) => Some(TlsFailure::Alert(alert_number(*alert))),
        _ => None,
    }
}

/// Whether an error of a connection is one of TLS.
pub(crate) fn is_of_tls(cause: &io::Error) -> bool {
    cause.get_ref().and_then(|inner| inner.downcast_ref::<Error>()).is_some()
}

pub(crate) fn failure(cause: &io::Error) -> TlsFailure {
    if let Some(errno) = errno(cause) {
        return TlsFailure::Errno(errno);
    }
    if cause.kind() == io::ErrorKind::UnexpectedEof {
        return TlsFailure::Closed;
    }
    match cause.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::AlertReceived(alert)) => TlsFailure::Alert(alert_number(*alert)),
        Some(Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion | InvalidMessage::MessageTooLarge,
        )) => TlsFailure::NotTls,
        _ => TlsFailure::Protocol,
    }
}

fn alert_number(alert: AlertDescription) -> u8 {
    u8::from(alert)
}
