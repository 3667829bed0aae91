//! The certificate by which the probe shows who it is, where a server asks for one.

use std::fmt;
use std::sync::Arc;

use lbprobe_protocol::identity_from_variable;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

/// A client certificate with its chain and its key.
#[derive(Clone)]
pub struct ClientIdentity(Arc<SingleCertAndKey>);

/// Why a text is no client identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// There is no certificate in it.
    #[error("no certificate in PEM form is in it (BEGIN CERTIFICATE)")]
    NoCertificate,
    /// There is no key in it that is not encrypted.
    #[error("no unencrypted private key in PEM form is in it (BEGIN PRIVATE KEY)")]
    NoKey,
    /// Something in it is broken.
    #[error("it is unreadable: {0}")]
    Unreadable(String),
    /// The first certificate has another key.
    #[error("the key does not belong to the first certificate")]
    OtherKey,
}

impl fmt::Debug for ClientIdentity {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity")
    }
}

impl ClientIdentity {
    /// Reads certificates, the client's own first, and a key, in PEM form.
    pub fn from_pem(text: &str) -> Result<Self, IdentityError> {
        let unreadable = |cause: &dyn fmt::Display| IdentityError::Unreadable(cause.to_string());
        let chain = CertificateDer::pem_slice_iter(text.as_bytes()).collect::<Result<Vec<_>, _>>().map_err(|cause| unreadable(&cause))?;
        if chain.is_empty() {
            return Err(IdentityError::NoCertificate);
        }
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| IdentityError::NoKey)?;
        let key = default_provider().key_provider.load_private_key(key).map_err(|cause| unreadable(&cause))?;
        let certified = CertifiedKey::new(chain, key);
        match certified.keys_match() {
            Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)) => Err(IdentityError::OtherKey),
            // Of some kinds of keys the provider does not tell the other half, and of a certificate without extensions (X.509 version 1,
            // as openssl makes it where nothing is said of them) it does not read the key.
            Ok(()) | Err(rustls::Error::InconsistentKeys(_) | rustls::Error::InvalidCertificate(_)) => {
                Ok(Self(Arc::new(SingleCertAndKey::from(certified))))
            }
            Err(cause) => Err(unreadable(&cause)),
        }
    }

    /// Reads the text of a variable; nothing where that is empty.
    pub fn from_variable(text: &str) -> Result<Option<Self>, IdentityError> {
        if text.is_empty() { Ok(None) } else { Self::from_pem(&identity_from_variable(text)).map(Some) }
    }

    /// As rustls asks for it.
    pub(crate) fn resolver(&self) -> Arc<dyn ResolvesClientCert> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::identity_to_variable;

    use super::*;

    fn pair() -> (String, String) {
        let made = rcgen::generate_simple_self_signed(vec!["client.example.com".to_owned()]).unwrap();
        (made.cert.pem(), made.signing_key.serialize_pem())
    }

    #[test]
    fn a_certificate_and_its_key_are_read_in_any_order() {
        let (certificate, key) = pair();
        for text in [format!("{certificate}{key}"), format!("{key}{certificate}"), format!("a comment\n{certificate}\n\n{key}")] {
            assert!(ClientIdentity::from_pem(&text).is_ok(), "{text}");
            assert!(ClientIdentity::from_variable(&identity_to_variable(&text)).unwrap().is_some());
        }
        assert!(ClientIdentity::from_variable("").unwrap().is_none());
    }

    #[test]
    fn what_is_missing_is_said_and_no_key_is_shown() {
        let (certificate, key) = pair();
        let refusal = |text: &str| ClientIdentity::from_pem(text).unwrap_err();
        assert_eq!(refusal(&key), IdentityError::NoCertificate);
        assert_eq!(refusal(&certificate), IdentityError::NoKey);
        assert_eq!(refusal(&format!("{certificate}{}", pair().1)), IdentityError::OtherKey);
        assert_eq!(refusal(""), IdentityError::NoCertificate);
        let broken = certificate.replacen("MII", "M*I", 1);
        assert!(matches!(refusal(&format!("{broken}{key}")), IdentityError::Unreadable(_)));
        assert_eq!(format!("{:?}", ClientIdentity::from_pem(&format!("{certificate}{key}")).unwrap()), "ClientIdentity");
    }
}
