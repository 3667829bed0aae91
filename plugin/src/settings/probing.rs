//! How probe pods are made, and how long they are waited for.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::client_certificate::CertificateFiles;

/// How things are measured.
#[derive(Debug)]
pub(crate) struct Probing {
    pub(crate) pods: Pods,
    /// How long a probe may take to answer; what its checks may take where missing.
    pub(crate) answer_timeout: Option<Duration>,
    /// Up to this many pods answers are read from logs, above it from pod status.
    pub(crate) read_logs_up_to: usize,
}

/// How the probe pods are made.
#[derive(Debug)]
pub(crate) struct Pods {
    /// That of the kubeconfig's context where missing.
    pub(crate) namespace: Option<String>,
    pub(crate) image: ProbeImage,
    pub(crate) delivery: Delivery,
    /// Who has to have signed the image; nobody where missing.
    pub(crate) signer: Option<Signer>,
    /// Secrets with which the image is pulled.
    pub(crate) pull_secrets: Vec<String>,
    pub(crate) tolerations: Tolerations,
    /// By which probes show who they are.
    pub(crate) client_certificate: Option<CertificateFiles>,
    /// How long a pod may take to start; by the number of pods where missing.
    pub(crate) start_timeout: Option<Duration>,
    /// How long after this program's last sign of life the cluster removes the pods; by their number where missing.
    pub(crate) deadline: Option<Duration>,
}

/// The image of the probe.
#[derive(Debug)]
pub(crate) struct ProbeImage {
    pub(crate) reference: String,
    /// Not the default.
    pub(crate) is_named_by_user: bool,
}

/// How the probe comes to the nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// In its image.
    Image,
    /// In ConfigMaps, beside an image that the node has.
    ConfigMap,
    /// In its image, and by ConfigMaps to this many nodes or fewer where it cannot be pulled.
    Auto { most_nodes: usize },
}

/// Which taints the pods tolerate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerations {
    /// Those that the pod's node has.
    Node,
    All,
    None,
}

/// By whom an image has to be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signer {
    /// The release workflow.
    Release,
    /// Whoever has the other half of this public key: for images that were copied and signed again.
    Key(PathBuf),
}

impl FromStr for Signer {
    type Err = std::convert::Infallible;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Ok(if word == "release" { Self::Release } else { Self::Key(word.into()) })
    }
}
