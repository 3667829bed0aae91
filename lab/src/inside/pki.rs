//! The cluster's certificates, all from an authority of its own, and a kubeconfig for each user.

use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use serde_json::json;

use crate::addresses::{self, API_CLUSTER_IP, API_PORT, CONTROL};
use crate::error::{Context as _, LabError};
use crate::options::LabOptions;

const FOLDER: &str = "/run/lab/pki";

/// The administrator's.
pub const ADMIN_KUBECONFIG: &str = "/run/lab/pki/admin.kubeconfig";

/// A file of the authority, or of one of its certificates: `ca.crt`, `etcd.key`, `node1.kubeconfig`.
#[must_use]
pub fn file(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

/// AddressReferences of the API with their groups.
const USERS: [(&str, &str, &str); 6] = [
    ("admin", "admin", "system:masters"),
    ("kube-controller-manager", "system:kube-controller-manager", ""),
    ("kube-scheduler", "system:kube-scheduler", ""),
    ("kube-proxy", "system:kube-proxy", ""),
    ("cloud-controller", "cloud-controller", "system:masters"),
    ("kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
];

/// Makes all of them.
pub fn make(options: &LabOptions) -> Result<(), LabError> {
    fs::create_dir_all(FOLDER).to("make the certificates' folder")?;
    let authority = Authority::new()?;
    authority.issue("etcd", "etcd", "", &["127.0.0.1".into(), "localhost".into()])?;
    let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"];
    let addresses = [CONTROL, API_CLUSTER_IP, Ipv4Addr::LOCALHOST].map(|address| address.to_string());
    authority.issue("kube-apiserver", "kube-apiserver", "", &names.map(String::from).into_iter().chain(addresses).collect::<Vec<_>>())?;
    for (file, user, group) in USERS {
        authority.issue(file, user, group, &[])?;
        write_kubeconfig(file)?;
    }
    for (number, name) in (1..).zip(options.node_names()) {
        authority.issue(&name, &format!("system:node:{name}"), "system:nodes", &[name.clone(), addresses::node(number).to_string()])?;
        write_kubeconfig(&name)?;
    }
    let key = KeyPair::generate()?;
    write("service-accounts.key", &key.serialize_pem())?;
    write("service-accounts.pub", &key.public_key_pem())
}

/// A certificate and key in PEM, signed by the lab's authority, for the given names.
pub fn issue_server_certificate(names: &[String]) -> Result<(String, String), LabError> {
    let key = fs::read_to_string(file("ca.key")).to("read the authority's key")?;
    Authority { issuer: Issuer::new(Authority::params(), KeyPair::from_pem(&key)?) }.sign("gateway", "", names)
}

struct Authority {
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Result<Self, LabError> {
        let key = KeyPair::generate()?;
        write("ca.crt", &Self::params().self_signed(&key)?.pem())?;
        write("ca.key", &key.serialize_pem())?;
        Ok(Self { issuer: Issuer::new(Self::params(), key) })
    }

    fn params() -> CertificateParams {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "lab");
        params
    }

    fn issue(&self, file: &str, user: &str, group: &str, names: &[String]) -> Result<(), LabError> {
        let (certificate, key) = self.sign(user, group, names)?;
        write(&format!("{file}.crt"), &certificate)?;
        write(&format!("{file}.key"), &key)
    }

    fn sign(&self, user: &str, group: &str, names: &[String]) -> Result<(String, String), LabError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, user);
        if !group.is_empty() {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }
}

impl From<rcgen::Error> for LabError {
    fn from(cause: rcgen::Error) -> Self {
        Self::Other(format!("failed to make a certificate: {cause}"))
    }
}

/// kubeconfig is YAML, of which JSON is a part.
fn write_kubeconfig(user: &str) -> Result<(), LabError> {
    let server = format!("https://{CONTROL}:{API_PORT}");
    let kubeconfig = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "lab", "cluster": { "server": server, "certificate-authority": file("ca.crt") } }],
        "users": [{ "name": user, "user": { "client-certificate": file(&format!("{user}.crt")), "client-key": file(&format!("{user}.key")) } }],
        "contexts": [{ "name": "lab", "context": { "cluster": "lab", "user": user, "namespace": "default" } }],
        "current-context": "lab",
    });
    write(&format!("{user}.kubeconfig"), &kubeconfig.to_string())
}

fn write(name: &str, content: &str) -> Result<(), LabError> {
    fs::write(file(name), content).to(format!("write {name}"))
}
