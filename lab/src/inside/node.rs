//! A node: containerd, its images, kubelet and kube-proxy, in a network of its own.

use std::fs::{self, Permissions};
use std::net::IpAddr;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::addresses::{self, DNS};
use crate::artifacts::PAUSE_IMAGE;
use crate::error::{Context as _, LabError};
use crate::image_store;
use crate::inside::components::{Starter, failed, log_size};
use crate::inside::{STATE_FOLDER, network, pki, service_link};
use crate::options::{LabOptions, PodNetwork, ProxyRelease, cgroup};
use crate::patience::Patience;
use crate::programs::run;

/// containerd answers in a second, in a guest in ten; it is given up where it has written nothing for so long.
const CONTAINERD: Duration = Duration::from_mins(1);

/// One node of a lab.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name, `node1` and so on.
    pub name: String,
    /// Its number, counted from 1.
    pub number: u8,
    /// Its addresses, one of each family.
    pub addresses: Vec<IpAddr>,
    /// The ranges of its pods, one of each family.
    pods: Vec<String>,
    pod_network: PodNetwork,
    /// The namespace that its processes are started in; none in a guest, whose kernel has no other.
    network: Option<String>,
    cgroup: String,
}

/// Where the programs of a node are.
#[derive(Clone, Debug)]
pub struct NodePrograms {
    /// kubelet, among others.
    pub kubernetes: PathBuf,
    /// kube-proxy, as the whole program or among others.
    pub kube_proxy: PathBuf,
}

/// The file that says which program a node's kube-proxy is.
const KUBE_PROXY_COMMAND: &str = "kube-proxy.command";

/// Runs the command of a file, and the next one when there is one at its end.
const KUBE_PROXY_LOOP: &str = r#"while :; do $(cat "$1") "$2"; code=$?; mv "$1.next" "$1" 2>/dev/null || exit $code; done"#;

/// The cluster's own kube-proxy is one of many components of its binary.
fn kube_proxy_command(release: ProxyRelease, program: &Path) -> String {
    let component = if release.module().is_some() { "" } else { " kube-proxy" };
    format!("{}{component}", program.display())
}

impl Node {
    /// The nodes of a lab.
    pub fn all(options: &LabOptions) -> Result<Vec<Self>, LabError> {
        let cgroup = cgroup(&options.name);
        let node = |number| format!("node{number}");
        Ok((1..=options.nodes)
            .map(|number| Self {
                name: node(number),
                number,
                addresses: options.addresses(addresses::node(number)),
                pods: options.ranges(&options.pod_range(number)),
                pod_network: options.pod_network,
                network: Some(node(number)),
                cgroup: cgroup.clone(),
            })
            .collect())
    }

    /// The node of a lab that has this name.
    pub fn named(options: &LabOptions, name: &str) -> Result<Self, LabError> {
        let node = Self::all(options)?.into_iter().find(|node| node.name == name);
        node.ok_or_else(|| LabError::Other(format!("the lab has no {name}")))
    }

    /// The same node for the one who is in its kernel.
    #[must_use]
    pub fn in_guest(self) -> Self {
        Self { network: None, ..self }
    }

    /// kubelet's cgroup, from the root of the hierarchies.
    #[must_use]
    pub fn cgroup(&self) -> String {
        format!("{}/{}", self.cgroup, self.name)
    }

    /// The Node object, made before kubelet registers so that the pod range stands from the start.
    #[must_use]
    pub fn object(&self) -> serde_json::Value {
        let ranges = &self.pods;
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": { "name": self.name, "labels": { "kubernetes.io/os": "linux", "kubernetes.io/hostname": self.name } },
            "spec": { "podCIDR": ranges[0], "podCIDRs": ranges },
        })
    }

    fn folder(&self) -> PathBuf {
        Path::new(STATE_FOLDER).join(&self.name)
    }

    fn socket(&self) -> PathBuf {
        self.folder().join("containerd.sock")
    }

    fn containerd_root(&self) -> PathBuf {
        self.folder().join("containerd")
    }

    fn component(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// Starts containerd with a copy of the images.
    pub async fn start_containerd(&self, starter: &Starter, images: &Path) -> Result<(), LabError> {
        fs::create_dir_all(self.folder().join("cni")).to(format!("make a folder for {}", self.name))?;
        self.write("cni/10-lab.conflist", &self.cni().to_string())?;
        self.write_plugins()?;
        let (images, root) = (images.to_owned(), self.containerd_root());
        let copied = spawn_blocking(move || image_store::copy(&images, &root)).await;
        copied.map_err(|cause| LabError::Other(cause.to_string()))??;
        let config = self.write("containerd.toml", &self.containerd())?;
        let name = self.component("containerd");
        starter.start(&name, self.network.as_deref(), Path::new("containerd"), &[Path::new("--config"), &config])?;
        let mut patience = Patience::new(CONTAINERD);
        while let Err(cause) = self.ctr(&["version"]).await {
            patience.look(log_size(&name)).map_err(|overdue| failed(&name, &format!("did not answer: {cause}; {overdue}")))?;
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn ctr(&self, words: &[&str]) -> Result<(), LabError> {
        let mut command = Command::new("ctr");
        command.arg("--address").arg(self.socket()).args(words).stdin(Stdio::null());
        let output = command.output().await.to("start ctr (Debian's package containerd)")?;
        if output.status.success() {
            return Ok(());
        }
        Err(LabError::Command { command: format!("{command:?}"), output: String::from_utf8_lossy(&output.stderr).trim().to_owned() })
    }

    /// Starts kubelet and kube-proxy.
    pub fn start_kubernetes(&self, starter: &Starter, programs: &NodePrograms, options: &LabOptions) -> Result<(), LabError> {
        let kubelet = self.write("kubelet.yaml", &self.kubelet().to_string())?;
        let words = [
            "kubelet".into(),
            format!("--config={}", kubelet.display()),
            format!("--kubeconfig={}", pki::file(&format!("{}.kubeconfig", self.name)).display()),
            format!("--hostname-override={}", self.name),
            format!("--node-ip={}", self.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
            format!("--root-dir={}", self.folder().join("kubelet").display()),
        ];
        let network = self.network.as_deref();
        starter.start_and_restart(&self.component("kubelet"), network, &programs.kubernetes, &words)?;
        let release = options.release_of(&self.name);
        if release.marks_drops() {
            self.drop_marked()?;
        }
        let config = self.write("kube-proxy.yaml", &self.kube_proxy(options).to_string())?;
        let config = format!("--config={}", config.display());
        let command = self.write(KUBE_PROXY_COMMAND, &kube_proxy_command(release, &programs.kube_proxy))?.display().to_string();
        starter.start(&self.component("kube-proxy"), network, Path::new("sh"), &["-c", KUBE_PROXY_LOOP, "kube-proxy", &command, &config])
    }

    /// A script that replaces the node's kube-proxy by that of another release, as an upgrade in
    /// place does: what the old one wrote stays until the new one writes.
    #[must_use]
    pub fn replace_kube_proxy(&self, release: ProxyRelease, program: &Path) -> String {
        let file = self.folder().join(KUBE_PROXY_COMMAND);
        let file = file.display();
        let command = kube_proxy_command(release, program);
        // The loop's own words name the file too, without the option before it.
        format!(
            "echo '{command}' >{file}.next && pkill --full -- '^[^ ]*( kube-proxy)? --config={}/kube-proxy.yaml'",
            self.folder().display()
        )
    }

    /// The chains that kubelets of the time of such a kube-proxy write for it, and today's do not
    /// (KEP-3178).
    fn drop_marked(&self) -> Result<(), LabError> {
        let rules = "*nat\n:KUBE-MARK-DROP - [0:0]\n-A KUBE-MARK-DROP -j MARK --set-xmark 0x8000/0x8000\nCOMMIT\n\
                     *filter\n:KUBE-FIREWALL - [0:0]\n-A KUBE-FIREWALL -m mark --mark 0x8000/0x8000 -j DROP\n\
                     -A INPUT -j KUBE-FIREWALL\n-A OUTPUT -j KUBE-FIREWALL\nCOMMIT\n";
        let file = self.write("drop-marked.rules", rules)?;
        let program = "iptables-restore";
        let mut command =
            self.network.as_ref().map_or_else(|| std::process::Command::new(program), |network| network::inside(network, program));
        run(command.arg("--noflush").arg(&file)).map(drop)
    }

    /// Each pod on a link of its own: packets between two pods of a node cross the node's
    /// netfilter too, which a bridge would not grant without br_netfilter.
    fn cni(&self) -> serde_json::Value {
        let addresses = json!({
            "type": "host-local",
            "dataDir": self.folder().join("ipam"),
            "ranges": self.pods.iter().map(|range| json!([{ "subnet": range }])).collect::<Vec<_>>(),
            "routes": self.addresses.iter().map(|address| json!({ "dst": if address.is_ipv6() { "::/0" } else { "0.0.0.0/0" } })).collect::<Vec<_>>(),
        });
        let plugins = match self.pod_network {
            PodNetwork::Routed | PodNetwork::TwoRanges | PodNetwork::DualStack => json!([
                { "type": "ptp", "ipam": addresses },
                { "type": "portmap", "capabilities": { "portMappings": true } },
            ]),
            PodNetwork::Vpc => json!([
                // vepa: what neighbours send to one another leaves the node too.
                { "type": "macvlan", "master": "eth0", "mode": "vepa", "ipam": addresses },
                { "type": service_link::PLUGIN, "node": addresses::node(self.number), "services": addresses::SERVICE_RANGE },
            ]),
        };
        json!({ "cniVersion": "1.0.0", "name": "lab", "plugins": plugins })
    }

    /// The CNI plugins that the node calls: Debian's, and one of the lab's own.
    fn write_plugins(&self) -> Result<(), LabError> {
        let folder = self.folder().join("cni-plugins");
        fs::create_dir_all(&folder).to("make a folder for CNI plugins")?;
        for plugin in ["host-local", "loopback", "macvlan", "portmap", "ptp"] {
            symlink(Path::new("/usr/lib/cni").join(plugin), folder.join(plugin)).to(format!("link {plugin}"))?;
        }
        let program = std::env::current_exe().to("find this program")?;
        let script = folder.join(service_link::PLUGIN);
        fs::write(&script, format!("#!/bin/sh\nexec {} inside service-link\n", program.display())).to("write a CNI plugin")?;
        fs::set_permissions(&script, Permissions::from_mode(0o755)).to("let a CNI plugin run")
    }

    fn containerd(&self) -> String {
        let (folder, root) = (self.folder(), self.containerd_root());
        let (folder, root) = (folder.display(), root.display());
        let socket = self.socket();
        let socket = socket.display();
        // crun starts a pod with half of runc's work, and with less in a guest, where each system call is dear.
        // restrict_oom_score_adj: root in a sandbox may lack CAP_SYS_RESOURCE, and runtimes die
        // over a score it may not lower.
        format!(
            r#"version = 2
root = "{root}"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/{PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{folder}/cni-plugins"
    conf_dir = "{folder}/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = "crun"
"#
        )
    }

    fn kubelet(&self) -> serde_json::Value {
        json!({
            "apiVersion": "kubelet.config.k8s.io/v1beta1",
            "kind": "KubeletConfiguration",
            "containerRuntimeEndpoint": format!("unix://{}", self.socket().display()),
            "cgroupDriver": "cgroupfs",
            "cgroupRoot": format!("/{}", self.cgroup()),
            "enforceNodeAllocatable": [],
            "failSwapOn": false,
            "authentication": {
                "anonymous": { "enabled": false },
                "webhook": { "enabled": true },
                "x509": { "clientCAFile": pki::file("ca.crt") },
            },
            "authorization": { "mode": "Webhook" },
            "tlsCertFile": pki::file(&format!("{}.crt", self.name)),
            "tlsPrivateKeyFile": pki::file(&format!("{}.key", self.name)),
            "clusterDNS": [DNS],
            "clusterDomain": "cluster.local",
            "resolvConf": "/run/lab/resolv.conf",
            // Kubelets that share a folder delete one another's logs.
            "podLogsDir": self.folder().join("podlogs"),
            // The default is a folder of the machine.
            "volumePluginDir": self.folder().join("volume-plugins"),
            "imageMinimumGCAge": "100h",
            "serializeImagePulls": false,
            "evictionHard": { "nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "50Mi" },
        })
    }

    fn kube_proxy(&self, options: &LabOptions) -> serde_json::Value {
        let mut config = kube_proxy_config(options);
        config["hostnameOverride"] = json!(self.name);
        config["mode"] = json!(options.mode_of(&self.name));
        if options.is_guest(&self.name) {
            // To start a program in a guest costs more than a question from outside.
            config["metricsBindAddress"] = json!("0.0.0.0:10249");
        }
        config
    }

    fn write(&self, name: &str, content: &str) -> Result<PathBuf, LabError> {
        let path = self.folder().join(name);
        fs::write(&path, content).to(format!("write {}", path.display()))?;
        Ok(path)
    }
}

/// kube-proxy's configuration, which all nodes share but for their names.
#[must_use]
pub fn kube_proxy_config(options: &LabOptions) -> serde_json::Value {
    // Zero leaves the conntrack settings alone: they belong to the whole machine.
    let conntrack = json!({ "maxPerCore": 0, "min": 0, "tcpEstablishedTimeout": "0s", "tcpCloseWaitTimeout": "0s" });
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": options.mode,
        "clusterCIDR": options.ranges(&options.cluster_cidr).join(","),
        "clientConnection": { "kubeconfig": pki::file("kube-proxy.kubeconfig") },
        "conntrack": conntrack,
    })
}
