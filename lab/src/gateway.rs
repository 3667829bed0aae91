//! The gateways under test, as the vendors' documents name them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::inside::{client, pki};
use crate::outside::lab::{Lab, Vantage};
use crate::patience::stretched;
use crate::programs::run;

const MANIFEST: &str = include_str!("../manifests/gateway.yaml");

/// The resource's definition.
const ISTIO_GATEWAY: &str = include_str!("../manifests/istiogateway.yaml");

/// The one that owns the Service; the operator makes it so.
const OWNER: &str = "---
apiVersion: istio.alibabacloud.com/v1beta1
kind: IstioGateway
metadata: {name: ingressgateway, namespace: NAMESPACE}
spec: {externalTrafficPolicy: POLICY}
";

/// A gateway and where its pods run.
#[derive(Clone, Debug, Serialize, Deserialize, clap::Args)]
#[group(skip)]
pub struct Gateway {
    /// Which of the two
    #[arg(value_enum, default_value_t = GatewayKind::Istio)]
    pub kind: GatewayKind,
    /// The nodes that get a pod each, with commas between them; none scales the gateway to 0
    #[arg(long, value_delimiter = ',')]
    pub on: Vec<String>,
    /// externalTrafficPolicy
    #[arg(long, default_value = "Local")]
    pub policy: String,
    /// What owns the Service
    #[arg(long, value_enum, default_value_t = Owner::Nobody)]
    pub owner: Owner,
}

/// What owns a gateway's Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Owner {
    /// Nothing: it is edited directly
    Nobody,
    /// ASM's operator, by an IstioGateway: edits of the Service are reverted
    Istiogateway,
}

/// The gateways of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum GatewayKind {
    /// istio-ingressgateway in istio-system
    Istio,
    /// nginx-ingress-lb in kube-system
    Nginx,
}

impl GatewayKind {
    /// The name of Deployment and Service.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Istio => "istio-ingressgateway",
            Self::Nginx => "nginx-ingress-lb",
        }
    }

    /// Their namespace.
    #[must_use]
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Istio => "istio-system",
            Self::Nginx => "kube-system",
        }
    }
}

impl Gateway {
    /// Deploys the gateway, or moves it, and waits until its pods are ready and its load balancer
    /// has an address. `program` is the `lab` program.
    pub fn deploy(&self, lab: &Lab, program: &Path) -> Result<(), LabError> {
        let words = serde_json::to_string(self)?;
        run(lab.command(Vantage::Control, &program.display().to_string()).args(["inside", "gateway", &words])).map(drop)
    }

    /// The part of [`Self::deploy`] that needs the lab's certificate authority.
    pub fn deploy_inside(&self) -> Result<(), LabError> {
        if self.owner == Owner::Istiogateway {
            client::kubectl_apply(ISTIO_GATEWAY)?;
            kubectl(&["wait", "--for=condition=Established", "crd/istiogateways.istio.alibabacloud.com", &limit(40)])?;
        }
        client::kubectl_apply(&self.manifest()?)?;
        let (namespace, deployment) = (self.kind.namespace(), format!("deployment/{}", self.kind.name()));
        kubectl(&["rollout", "status", &deployment, "--namespace", namespace, &limit(120)])?;
        let service = format!("service/{}", self.kind.name());
        kubectl(&["wait", &service, "--namespace", namespace, "--for=jsonpath={.status.loadBalancer.ingress}", &limit(60)])
    }

    fn manifest(&self) -> Result<String, LabError> {
        let (certificate, key) = pki::issue_server_certificate(&["gateway.example.com".into(), "*.example.com".into()])?;
        // A YAML scalar in double quotes takes JSON's escapes.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let owner = match self.owner {
            Owner::Nobody => "",
            Owner::Istiogateway => OWNER,
        };
        Ok([MANIFEST, owner]
            .concat()
            .replace("NAMESPACE", self.kind.namespace())
            .replace("NAME", self.kind.name())
            .replace("POLICY", &self.policy)
            .replace("REPLICAS", &self.on.len().to_string())
            .replace("NODES", &if self.on.is_empty() { "none".into() } else { self.on.join(", ") })
            // Base64 may have any word in it, but no brackets.
            .replace("<CERTIFICATE>", &quoted(&certificate))
            .replace("<KEY>", &quoted(&key)))
    }
}

fn kubectl(words: &[&str]) -> Result<(), LabError> {
    run(Command::new("kubectl").args(words)).map(drop)
}

/// kubectl's limit of a wait that takes so many seconds on an idle machine.
fn limit(idle: u64) -> String {
    format!("--timeout={}s", stretched(Duration::from_secs(idle)).as_secs())
}
