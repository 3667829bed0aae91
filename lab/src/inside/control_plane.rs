//! etcd, kube-apiserver, controller-manager, scheduler, and what the lab's cloud runs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::addresses::{API_PORT, CONTROL, SERVICE_RANGE};
use crate::error::{Context as _, LabError};
use crate::inside::components::Starter;
use crate::inside::{STATE_FOLDER, names, pki};
use crate::options::LabOptions;

/// What is left out where nodes are fake: the one would take them for lost, the other remove their pods.
const LIFECYCLE_CONTROLLERS: &str = "-node-lifecycle-controller,-taint-eviction-controller";

/// What taints new nodes; only the node lifecycle controller takes that back.
const LIFECYCLE_ADMISSION: &str = "TaintNodesByCondition";

/// etcd and the API server, which waits for it.
pub fn start_api(starter: &Starter, kubernetes: &Path, options: &LabOptions) -> Result<(), LabError> {
    let path = |name: &str| pki::file(name).display().to_string();
    let etcd = [
        "etcd".into(),
        "--data-dir=/run/lab/etcd".into(),
        // The data ends with the lab.
        "--unsafe-no-fsync".into(),
        // 10,000 pods that come and go leave 200 MB of history, and the API server drops it every five minutes.
        "--quota-backend-bytes=8589934592".into(),
        "--listen-client-urls=https://127.0.0.1:2379".into(),
        "--advertise-client-urls=https://127.0.0.1:2379".into(),
        "--listen-peer-urls=http://127.0.0.1:0".into(),
        "--client-cert-auth".into(),
        format!("--trusted-ca-file={}", path("ca.crt")),
        format!("--cert-file={}", path("etcd.crt")),
        format!("--key-file={}", path("etcd.key")),
    ];
    starter.start("etcd", None, kubernetes, &etcd)?;
    let apiserver = [
        "kube-apiserver".into(),
        "--etcd-servers=https://127.0.0.1:2379".into(),
        format!("--etcd-cafile={}", path("ca.crt")),
        format!("--etcd-certfile={}", path("etcd.crt")),
        format!("--etcd-keyfile={}", path("etcd.key")),
        format!("--advertise-address={CONTROL}"),
        format!("--secure-port={API_PORT}"),
        format!("--service-cluster-ip-range={}", options.ranges(SERVICE_RANGE).join(",")),
        format!("--client-ca-file={}", path("ca.crt")),
        format!("--tls-cert-file={}", path("kube-apiserver.crt")),
        format!("--tls-private-key-file={}", path("kube-apiserver.key")),
        format!("--kubelet-certificate-authority={}", path("ca.crt")),
        format!("--kubelet-client-certificate={}", path("kubelet-client.crt")),
        format!("--kubelet-client-key={}", path("kubelet-client.key")),
        "--kubelet-preferred-address-types=InternalIP".into(),
        "--service-account-issuer=https://kubernetes.default.svc".into(),
        format!("--service-account-key-file={}", path("service-accounts.pub")),
        format!("--service-account-signing-key-file={}", path("service-accounts.key")),
        "--authorization-mode=Node,RBAC".into(),
        "--anonymous-auth=false".into(),
        "--allow-privileged=true".into(),
        "--enable-admission-plugins=NodeRestriction".into(),
        format!("--disable-admission-plugins={}", if options.has_fake_nodes() { LIFECYCLE_ADMISSION } else { "" }),
    ];
    starter.start("kube-apiserver", None, kubernetes, &apiserver)
}

/// What works against the API: to be started when that is ready.
pub fn start_controllers(starter: &Starter, kubernetes: &Path, lab_program: &Path, options: &LabOptions) -> Result<(), LabError> {
    let path = |name: &str| pki::file(name).display().to_string();
    let controller_manager = [
        "kube-controller-manager".into(),
        format!("--kubeconfig={}", path("kube-controller-manager.kubeconfig")),
        "--use-service-account-credentials".into(),
        format!("--service-account-private-key-file={}", path("service-accounts.key")),
        format!("--root-ca-file={}", path("ca.crt")),
        // The lab gives the nodes their pod ranges itself.
        "--allocate-node-cidrs=false".into(),
        "--leader-elect=false".into(),
        format!("--controllers=*{}", if options.has_fake_nodes() { format!(",{LIFECYCLE_CONTROLLERS}") } else { String::new() }),
    ];
    starter.start("kube-controller-manager", None, kubernetes, &controller_manager)?;
    let scheduler = ["kube-scheduler".into(), format!("--kubeconfig={}", path("kube-scheduler.kubeconfig")), "--leader-elect=false".into()];
    starter.start("kube-scheduler", None, kubernetes, &scheduler)?;
    if options.has_fake_nodes() {
        // The cloud would ask every node for its health, five times a second.
        let kubelets = [Path::new("inside"), Path::new("fake-kubelets"), Path::new(pki::ADMIN_KUBECONFIG)];
        return starter.start("fake-kubelets", None, lab_program, &kubelets);
    }
    let kubeconfig: PathBuf = pki::file("cloud-controller.kubeconfig");
    starter.start("cloud-controller", Some("cloud"), lab_program, &[Path::new("inside"), Path::new("cloud"), &kubeconfig])
}

/// The cloud's DNS server, and a web server on a host of the cloud that is no node.
pub fn start_neighbours(starter: &Starter, workloads: &Path) -> Result<(), LabError> {
    fs::write(names::HOSTS, "").to("write the cloud's names")?;
    fs::write(names::COREFILE, names::corefile()).to("write the cloud's Corefile")?;
    starter.start("cloud-dns", Some("cloud"), workloads, &["coredns", "-conf", names::COREFILE])?;
    let (certificate, key) = pki::issue_server_certificate(&["neighbour.example.com".into()])?;
    let folder = Path::new(STATE_FOLDER).join("neighbour");
    fs::create_dir_all(&folder).to("make the neighbour's folder")?;
    for (name, content) in [("tls.crt", &certificate), ("tls.key", &key), ("nginx.conf", &NEIGHBOUR_SERVER.to_owned())] {
        fs::write(folder.join(name), content).to(format!("write the neighbour's {name}"))?;
    }
    starter.start("neighbour-server", Some("neighbour"), Path::new("nginx"), &["-c", "/run/lab/neighbour/nginx.conf"])
}

/// nginx's configuration there.
const NEIGHBOUR_SERVER: &str = include_str!("../../manifests/neighbour-nginx.conf");
