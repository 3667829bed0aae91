//! How the probe pods are made.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

use super::validate;
use crate::client_certificate::CertificateFiles;
use crate::settings::{Delivery, Pods, ProbeImage, Probing, Signer, Tolerations, syntax};

/// The image of this release's probe: by its digest where the build was given one.
pub(crate) const PROBE_IMAGE: &str = match option_env!("LBPROBE_PROBE_IMAGE") {
    Some(image) => image,
    None => concat!("kubectl-lbprobe/probe:v", env!("CARGO_PKG_VERSION")),
};

/// How the probe pods are made, and how long their answers are waited for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probe pods")]
pub(crate) struct ProbeArguments {
    #[command(flatten)]
    pub(crate) pods: PodArguments,
    /// How long a probe may take to answer once it runs; by default what its checks may take
    #[arg(long, value_name = "DURATION", value_parser = validate::duration)]
    pub(crate) answer_timeout: Option<Duration>,
    /// Read answers from logs for up to this many pods; above that from pod status: slower, but no request per pod
    #[arg(long, value_name = "PODS", default_value_t = 40)]
    pub(crate) read_logs_up_to: usize,
}

/// How the probe pods are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Probe pods")]
pub(crate) struct PodArguments {
    /// Namespace of the probe pods; by default that of the kubeconfig's context, where network policies, quota and
    /// admission are those of your applications
    #[arg(long, value_name = "NAMESPACE", value_parser = syntax::namespace)]
    pub(crate) probe_namespace: Option<String>,
    /// Image of the probe
    #[arg(long, default_value = PROBE_IMAGE)]
    pub(crate) image: String,
    /// How the probe comes to the nodes: in its image; in ConfigMaps, which needs no registry; or in ConfigMaps where the
    /// image cannot be pulled
    #[arg(long, value_enum, default_value_t = DeliveryWord::Auto)]
    pub(crate) delivery: DeliveryWord,
    /// With --delivery auto, use ConfigMaps for this many nodes or fewer: each node reads 2 MB through the API server
    #[arg(long, value_name = "NODES", default_value_t = 200)]
    pub(crate) carry_up_to: usize,
    /// Have cosign verify the image's signature first: by this project's release, or with a public key in a FILE for an
    /// image that was copied and signed again. The image has to be named by its digest
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true, default_missing_value = "release")]
    pub(crate) verify_image: Option<Signer>,
    /// Secret with which the image is pulled; may be given several times
    #[arg(long, value_name = "SECRET")]
    pub(crate) image_pull_secret: Vec<String>,
    /// Which taints the pods tolerate: those of their node, all, or none
    #[arg(long, value_enum, default_value_t = Tolerations::Node)]
    pub(crate) tolerations: Tolerations,
    /// Client certificate for TLS, in PEM form with its chain. Probes get it by a Secret that goes with the run
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) cert: Option<PathBuf>,
    /// Its private key, in PEM form and not encrypted
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(crate) key: Option<PathBuf>,
    /// How long a pod may take to start; by default 20s, plus 1s per 100 pods
    #[arg(long, value_name = "DURATION", value_parser = validate::duration)]
    pub(crate) start_timeout: Option<Duration>,
    /// How long after the last sign of life of this program the cluster removes the pods by itself; by default 90s,
    /// plus 1s per 100 pods
    #[arg(long, value_name = "DURATION", value_parser = validate::whole_seconds)]
    pub(crate) deadline: Option<Duration>,
}

impl ProbeArguments {
    pub(super) fn settings(self) -> Probing {
        Probing { pods: self.pods.settings(), answer_timeout: self.answer_timeout, read_logs_up_to: self.read_logs_up_to }
    }
}

impl PodArguments {
    pub(super) fn settings(self) -> Pods {
        Pods {
            namespace: self.probe_namespace,
            image: ProbeImage { is_named_by_user: self.image != PROBE_IMAGE, reference: self.image },
            delivery: match self.delivery {
                // Only of an image there is a signature.
                DeliveryWord::Auto if self.verify_image.is_some() => Delivery::Image,
                DeliveryWord::Auto => Delivery::Auto { most_nodes: self.carry_up_to },
                DeliveryWord::Image => Delivery::Image,
                DeliveryWord::ConfigMap => Delivery::ConfigMap,
            },
            signer: self.verify_image,
            pull_secrets: self.image_pull_secret,
            tolerations: self.tolerations,
            client_certificate: self.cert.zip(self.key).map(|(certificate, key)| CertificateFiles { certificate, key }),
            start_timeout: self.start_timeout,
            deadline: self.deadline,
        }
    }
}

/// How the probe comes to the nodes, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryWord {
    Auto,
    Image,
    ConfigMap,
}

impl ValueEnum for DeliveryWord {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Auto, Self::Image, Self::ConfigMap]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Auto => ("auto", "In its image, and in ConfigMaps where that cannot be pulled"),
            Self::Image => ("image", "In its image"),
            Self::ConfigMap => ("configmap", "In ConfigMaps of the run, beside an image that the node has already"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}

impl ValueEnum for Tolerations {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Node, Self::All, Self::None]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (name, help) = match self {
            Self::Node => ("node", "Those that the pod's node has"),
            Self::All => ("all", "All, whatever comes"),
            Self::None => ("none", "None"),
        };
        Some(PossibleValue::new(name).help(help))
    }
}
