//! The client certificate by which probes show who they are, from the user's files.

use std::fmt;
use std::path::{Path, PathBuf};

use lbprobe_probe::{ClientIdentity, IdentityError};
use lbprobe_protocol::identity_to_variable;

use crate::error::{Error, FileProblem};
use crate::files;

/// The most bytes of a file: a chain of certificates has some thousands, and both files have to fit in a variable of 128 KiB.
const MOST_BYTES: u64 = 48 * 1024;

/// Where a certificate and its key are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CertificateFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// A client certificate with its key: for this program's own connections, and for probes elsewhere.
#[derive(Clone)]
pub(crate) struct ClientCertificate {
    pub(crate) identity: ClientIdentity,
    /// As a probe's variable has it.
    pub(crate) variable: String,
}

impl fmt::Debug for ClientCertificate {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate")
    }
}

/// That of the user's files, where some are named.
pub(crate) fn read(files: Option<&CertificateFiles>) -> Result<Option<ClientCertificate>, Error> {
    files.map(CertificateFiles::read).transpose()
}

impl CertificateFiles {
    /// Reads both, and holds them against each other.
    fn read(&self) -> Result<ClientCertificate, Error> {
        let (certificate, key) = (text(&self.certificate)?, text(&self.key)?);
        let both = format!("{certificate}\n{key}");
        let identity = ClientIdentity::from_pem(&both).map_err(|cause| {
            // The certificate alone lacks nothing but its key.
            let is_of_key = matches!(ClientIdentity::from_pem(&certificate), Ok(_) | Err(IdentityError::NoKey));
            let file = if is_of_key { &self.key } else { &self.certificate };
            Error::ClientCertificate { file: file.display().to_string(), is_of_key, cause }
        })?;
        Ok(ClientCertificate { identity, variable: identity_to_variable(&both) })
    }
}

fn text(path: &Path) -> Result<String, Error> {
    let error = |cause| Error::File { file: path.display().to_string(), cause };
    let bytes = files::read(path, MOST_BYTES).map_err(error)?;
    String::from_utf8(bytes).map_err(|_| error(FileProblem::NotText))
}
