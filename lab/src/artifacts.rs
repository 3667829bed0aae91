//! What is built before a lab starts: the Kubernetes binaries, the guests' kernel and the images.
//!
//! The former two take minutes to build and change rarely: they are kept in the user's cache, under
//! names made from their sources. The rest is made anew in the work tree's target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};

use crate::error::{Context as _, LabError};
use crate::image::{Image, hexadecimal};
use crate::image_store;
use crate::options::{LabOptions, ProxyRelease};
use crate::programs::run;

/// The probe's image as the plugin of this release names it.
pub const PROBE_IMAGE: &str = concat!("kubectl-lbprobe/probe:v", env!("CARGO_PKG_VERSION"));
/// The gateway's image: Debian's nginx.
pub const NGINX_IMAGE: &str = "lab/nginx:1";
/// CoreDNS and netexec.
pub const WORKLOADS_IMAGE: &str = "lab/workloads:1";
/// What holds a pod's namespaces.
pub const PAUSE_IMAGE: &str = "lab/pause:1";

/// Envoy as the sidecar of a service mesh, and nft, which sends a pod's connections to it.
pub const SIDECAR_IMAGE: &str = "lab/sidecar:1";

/// A program in the probe's place that prints escapes, invalid UTF-8 and a great deal.
pub const GARBAGE_IMAGE: &str = "lab/garbage:1";
/// A program in the probe's place that prints nothing.
pub const MUTE_IMAGE: &str = "lab/mute:1";

/// An image with a shell, as most applications have it.
pub const SHELL_IMAGE: &str = "lab/shell:1";

/// Sets a terminal's title, clears it, then a megabyte without a line's end.
const GARBAGE: &str = r"printf '\033]0;owned\007\033[2J\377\376garbage\n'; printf '\033[31mno record' >/dev/termination-log; /bin/busybox head -c 1000000 /dev/zero | /bin/busybox tr '\0' x";

/// Where everything is.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The binary that holds every component of a cluster.
    pub kubernetes: PathBuf,
    /// kubectl by itself: among the components it takes twice as long to start, and tests start it often.
    pub kubectl: PathBuf,
    /// The binary of what runs in pods.
    pub workloads: PathBuf,
    /// The folder of krew and its validator.
    pub krew: PathBuf,
    /// kube-router, of which the lab uses the controller of NetworkPolicies.
    pub kube_router: PathBuf,
    /// The folder of Envoy, as its wheel is installed.
    pub envoy: PathBuf,
    /// The archive of [`SIDECAR_IMAGE`], which only the nodes have that a test gives it: it is larger than all others together.
    pub sidecar_image: PathBuf,
    /// The folder of the guests' kernel and its modules.
    pub guest_kernel: PathBuf,
    /// The folder of image archives.
    images: PathBuf,
    /// The folder of the same images as containerd keeps them.
    pub image_store: PathBuf,
    /// The plugin, as `cargo build` left it.
    pub plugin: PathBuf,
    /// The probe, static.
    pub probe: PathBuf,
    /// The same for arm64.
    pub probe_for_arm64: PathBuf,
    /// The folder of the probe as the plugin carries it, with its loader.
    pub carried: PathBuf,
}

impl Artifacts {
    /// Names the places; nothing need be there.
    pub fn locate() -> Result<Self, LabError> {
        let source = source_folder().join("kubernetes");
        let cache =
            cache_folder()?.join(format!("kubernetes-{}", fingerprint(&source, &["go.mod", "go.sum", "main.go", "workloads/main.go"])?));
        let krew = cache_folder()?.join(format!("krew-{}", fingerprint(&source_folder().join("krew"), &["go.mod", "go.sum"])?));
        let router = source_folder().join("kube-router");
        let kube_router = cache_folder()?.join(format!("kube-router-{}", fingerprint(&router, &["go.mod", "go.sum", "main.go"])?));
        let envoy = cache_folder()?.join(format!("envoy-{}", fingerprint(&source_folder().join("sidecar"), &["requirements.txt"])?));
        let guest_kernel = cache_folder()?.join(format!("guest-kernel-{}", fingerprint(&guest_kernel_source(), &["build", "config"])?));
        let target = target_folder();
        Ok(Self {
            kubernetes: cache.join("kubernetes"),
            kubectl: cache.join("kubectl"),
            workloads: cache.join("workloads"),
            krew,
            kube_router,
            envoy,
            sidecar_image: target.join("lab/sidecar.tar"),
            guest_kernel,
            images: target.join("lab/images"),
            image_store: target.join("lab/image-store"),
            plugin: target.join("debug/kubectl-lbprobe"),
            probe: target.join("x86_64-unknown-linux-musl/probe/lbprobe-probe"),
            probe_for_arm64: target.join("aarch64-unknown-linux-musl/probe/lbprobe-probe"),
            carried: target.join("carried"),
        })
    }

    /// Fails where `lab build` has not been called for these sources, or not for a kube-proxy that
    /// the lab needs.
    pub fn require(&self, options: &LabOptions) -> Result<(), LabError> {
        let proxies = options.kube_proxies.iter().map(|proxy| self.built_kube_proxy(proxy.release)).collect::<Result<Vec<_>, _>>()?;
        let kernel = options.has_guests().then(|| self.guest_kernel.clone());
        let always = [&self.kubernetes, &self.kubectl, &self.workloads, &self.plugin, &self.image_store].into_iter().cloned();
        for file in always.chain(proxies).chain(kernel) {
            if !file.exists() {
                return Err(LabError::NotBuilt { what: file.display().to_string(), hint: "make build".into() });
            }
        }
        Ok(())
    }

    /// Builds what is missing, with the kube-proxies of these releases. Cargo's own products
    /// (plugin, probe) are made by the caller.
    pub fn build(&self, releases: &[ProxyRelease]) -> Result<(), LabError> {
        self.build_kubernetes()?;
        self.build_kube_proxies(releases)?;
        fs::create_dir_all(&self.images).to("make the images' folder")?;
        for (archive, image) in self.archives() {
            image.write(&archive)?;
        }
        nginx()?.write(&self.images.join("nginx.tar"))?;
        image_store::build(&self.images, &self.image_store)
    }

    fn build_kubernetes(&self) -> Result<(), LabError> {
        let source = source_folder().join("kubernetes");
        let packages = [(&self.workloads, "./workloads"), (&self.kubectl, "k8s.io/kubernetes/cmd/kubectl"), (&self.kubernetes, ".")];
        for (binary, package) in packages {
            if !binary.exists() {
                eprintln!("building {} (minutes, once)", binary.display());
                build_go(&source, &kubernetes_version(&source.join("go.mod"))?, &[], package, binary)?;
            }
        }
        Ok(())
    }

    /// The program that is kube-proxy of a release: the cluster's own is one of many in its binary.
    pub fn kube_proxy(&self, release: ProxyRelease) -> Result<PathBuf, LabError> {
        let Some(module) = release.module() else { return Ok(self.kubernetes.clone()) };
        let source = source_folder().join("kube-proxies");
        let files = [format!("{module}.mod"), format!("{module}.sum"), "main.go".to_owned()];
        let fingerprint = fingerprint(&source, &files.each_ref().map(String::as_str))?;
        Ok(cache_folder()?.join(format!("kube-proxy-{}-{fingerprint}", module.replace('.', "-"))))
    }

    /// The same, where it was built: tests build half of the releases.
    pub fn built_kube_proxy(&self, release: ProxyRelease) -> Result<PathBuf, LabError> {
        let program = self.kube_proxy(release)?;
        if program.exists() {
            return Ok(program);
        }
        let release = release.module().unwrap_or_default();
        Err(LabError::NotBuilt { what: format!("kube-proxy {release}"), hint: format!("lab build --releases {release}") })
    }

    fn build_kube_proxies(&self, releases: &[ProxyRelease]) -> Result<(), LabError> {
        let source = source_folder().join("kube-proxies");
        for release in releases {
            let binary = self.kube_proxy(*release)?;
            if let Some(module) = release.module().filter(|_| !binary.exists()) {
                eprintln!("building {} (minutes, once)", binary.display());
                let file = format!("{module}.mod");
                build_go(&source, &kubernetes_version(&source.join(&file))?, &[&format!("-modfile={file}")], ".", &binary)?;
            }
        }
        Ok(())
    }

    /// Builds the kernel of nodes in mode ipvs, from Debian's source.
    pub fn build_guest_kernel(&self) -> Result<(), LabError> {
        if !self.guest_kernel.exists() {
            eprintln!("building {} (minutes, once)", self.guest_kernel.display());
            run(Command::new(guest_kernel_source().join("build")).arg(&self.guest_kernel))?;
        }
        Ok(())
    }

    /// Builds what the tests want beside plain labs: guests' kernel, krew with its validator, and a controller of policies.
    pub fn build_for_tests(&self) -> Result<(), LabError> {
        self.build_guest_kernel()?;
        if !self.kube_router.exists() {
            eprintln!("building {} (minutes, once)", self.kube_router.display());
            build_go(&source_folder().join("kube-router"), "", &[], ".", &self.kube_router)?;
        }
        self.build_sidecar()?;
        self.build_krew()
    }

    fn build_sidecar(&self) -> Result<(), LabError> {
        if !self.envoy.exists() {
            let requirements = source_folder().join("sidecar/requirements.txt");
            eprintln!("installing Envoy into {} (once)", self.envoy.display());
            let unfinished = self.envoy.with_extension("unfinished");
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&unfinished))?;
            let pip = ["install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary", ":all:", "--requirement"];
            run(Command::new(unfinished.join("bin/pip")).args(pip).arg(&requirements))?;
            fs::rename(&unfinished, &self.envoy).to("finish Envoy")?;
        }
        self.sidecar()?.write(&self.sidecar_image)
    }

    /// As Istio has it: Envoy beside the program, and before both what redirects connections.
    fn sidecar(&self) -> Result<Image, LabError> {
        let found = run(Command::new("find").arg(&self.envoy).args(["-path", "*/_bin/envoy"]))?;
        let envoy = found
            .lines()
            .next()
            .map(PathBuf::from)
            .ok_or_else(|| LabError::NotBuilt { what: "envoy".into(), hint: "make build".into() })?;
        let nft = Path::new("/usr/sbin/nft");
        let mut files = libraries(&envoy)?;
        files.extend(libraries(nft)?);
        files.sort_unstable();
        files.dedup();
        files.extend([(envoy, "/usr/bin/envoy".to_owned()), (nft.to_owned(), "/usr/sbin/nft".to_owned())]);
        Ok(Image {
            reference: format!("docker.io/{SIDECAR_IMAGE}"),
            entrypoint: vec!["/usr/bin/envoy".into()],
            user: Some("1337:1337".into()),
            files,
            folders: vec!["/tmp".into(), "/run".into()],
        })
    }

    fn build_krew(&self) -> Result<(), LabError> {
        if self.krew.exists() {
            return Ok(());
        }
        let unfinished = self.krew.with_extension("unfinished");
        fs::create_dir_all(&unfinished).to("make krew's folder")?;
        run(Command::new("go").args(["build", "-o"]).arg(&unfinished).arg("tool").current_dir(source_folder().join("krew")))?;
        fs::rename(&unfinished, &self.krew).to("finish krew")
    }

    /// Archive and image, but for nginx, whose files depend on this machine's packages.
    fn archives(&self) -> impl Iterator<Item = (PathBuf, Image)> {
        let image = |reference: &str, entrypoint: &[&str], user: Option<&str>, file: &Path| Image {
            reference: format!("docker.io/{reference}"),
            entrypoint: entrypoint.iter().map(|word| (*word).to_owned()).collect(),
            user: user.map(str::to_owned),
            files: vec![(file.to_owned(), entrypoint[0].to_owned())],
            folders: vec!["/tmp".into()],
        };
        let busybox = Path::new("/bin/busybox");
        let script = |reference, script: &str| image(reference, &["/bin/busybox", "sh", "-c", script], Some("65532:65532"), busybox);
        [
            ("pause.tar", image(PAUSE_IMAGE, &["/bin/busybox", "sleep", "2147483647"], None, busybox)),
            ("workloads.tar", image(WORKLOADS_IMAGE, &["/bin/workloads"], None, &self.workloads)),
            ("garbage.tar", script(GARBAGE_IMAGE, GARBAGE)),
            ("mute.tar", script(MUTE_IMAGE, "true")),
            ("shell.tar", image(SHELL_IMAGE, &["/bin/sh", "-c", "sleep 2147483647"], Some("65532:65532"), busybox)),
            ("probe.tar", self.probe_image(image(PROBE_IMAGE, &["/lbprobe-probe"], Some("65532:65532"), &self.probe))),
        ]
        .into_iter()
        .map(|(name, image)| (self.images.join(name), image))
        .collect::<Vec<_>>()
        .into_iter()
    }

    /// With the program that looks into the kernel, as `packaging/image` packs it.
    fn probe_image(&self, mut image: Image) -> Image {
        image.files.push((self.probe.with_file_name("lbprobe-kernel"), lbprobe_protocol::KERNEL_PROGRAM.to_owned()));
        image
    }
}

/// Debian's nginx with the libraries that it is linked to.
fn nginx() -> Result<Image, LabError> {
    const BINARY: &str = "/usr/sbin/nginx";
    let mut files = libraries(Path::new(BINARY))?;
    // nginx looks its user up by name.
    let others = [BINARY, "/etc/passwd", "/etc/group"];
    files.extend(others.map(|file| (PathBuf::from(file), file.to_owned())));
    Ok(Image {
        reference: format!("docker.io/{NGINX_IMAGE}"),
        entrypoint: vec![BINARY.into(), "-c".into(), "/etc/gateway/nginx.conf".into()],
        user: None,
        files,
        folders: vec!["/tmp".into(), "/run".into(), "/var/lib/nginx".into(), "/var/log/nginx".into()],
    })
}

/// The libraries that a program is linked to, each with its place in an image.
fn libraries(program: &Path) -> Result<Vec<(PathBuf, String)>, LabError> {
    let listed = run(Command::new("ldd").arg(program))?;
    let paths = listed.split_whitespace().filter(|word| word.starts_with('/'));
    Ok(paths.map(|path| (PathBuf::from(path), path.to_owned())).collect())
}

/// The release of Kubernetes that a module file requires.
fn kubernetes_version(module_file: &Path) -> Result<String, LabError> {
    let text = fs::read_to_string(module_file).to(format!("read {}", module_file.display()))?;
    let version = text.lines().find_map(|line| line.trim().trim_start_matches("require ").strip_prefix("k8s.io/kubernetes v"));
    version
        .map(|version| format!("v{version}"))
        .ok_or_else(|| LabError::Other(format!("{} requires no k8s.io/kubernetes", module_file.display())))
}

/// Builds a static program of Kubernetes, stamped with its release; under another name first, so that
/// one that was interrupted is never taken for whole.
fn build_go(source: &Path, version: &str, flags: &[&str], package: &str, binary: &Path) -> Result<(), LabError> {
    let stamp = format!("-s -w -X k8s.io/component-base/version.gitVersion={version}");
    let unfinished = binary.with_extension("unfinished");
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags", &stamp]).args(flags).arg("-o").arg(&unfinished).arg(package);
    // Less garbage collection while it compiles takes memory for time.
    run(go.env("CGO_ENABLED", "0").env("GOGC", "400").current_dir(source))?;
    fs::rename(&unfinished, binary).to(format!("finish {}", binary.display()))
}

fn source_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn guest_kernel_source() -> PathBuf {
    source_folder().join("guest-kernel")
}

fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| source_folder().join("../target"), PathBuf::from)
}

fn cache_folder() -> Result<PathBuf, LabError> {
    let base = std::env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or_else(|| LabError::Other("neither XDG_CACHE_HOME nor HOME says where to keep built binaries".into()))?;
    Ok(base.join("kubectl-lbprobe"))
}

/// Of go.mod, go.sum and the sources.
fn fingerprint(source: &Path, files: &[&str]) -> Result<String, LabError> {
    let mut hash = Sha256::new();
    for file in files {
        let content = fs::read(source.join(file)).to(format!("read {file} in {}", source.display()))?;
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(content);
    }
    Ok(hexadecimal(&hash.finalize()[..8]))
}
