//! `lab`: a real Kubernetes cluster on one machine.
#![allow(clippy::print_stderr, reason = "what the lab has to say goes to whoever runs it")]

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};
use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::gateway::Gateway;
use lbprobe_lab::inside::{init, readiness, service_link};
use lbprobe_lab::options::ProxyRelease;
use lbprobe_lab::outside::janitor;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::outside::registry::{Place, sweep_dead};
use lbprobe_lab::supervisor;
use lbprobe_lab::{Lab, LabError, LabOptions, cloud, guest, image_store, scale};

/// A real Kubernetes cluster on one machine, in namespaces of its own. Needs root.
#[derive(Parser)]
#[command(name = "lab")]
struct Arguments {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Build what a lab needs: Kubernetes (once, minutes) and the images
    Build {
        /// Releases of kube-proxy to build beside the cluster's own (once, minutes each)
        #[arg(long, value_delimiter = ',')]
        releases: Vec<ProxyRelease>,
        /// Build the kernel of nodes in mode ipvs (once, minutes)
        #[arg(long)]
        guests: bool,
        /// Build also what only the tests want: krew, a controller of policies, and what --guests says
        #[arg(long)]
        for_tests: bool,
    },
    /// Start a lab; with a command, run it inside and end the lab after it
    Up {
        #[command(flatten)]
        options: LabOptions,
        /// Let the lab live on after the command
        #[arg(long)]
        keep: bool,
        /// What to run inside
        #[arg(last = true)]
        command: Vec<String>,
    },
    /// Run a command inside
    Exec {
        /// Name of the lab
        #[arg(long, default_value = "lab")]
        name: String,
        /// The network from which it runs: control, client, cloud, or a node's name
        #[arg(long, default_value = "control")]
        at: String,
        /// The command
        #[arg(last = true, required = true)]
        command: Vec<String>,
    },
    /// Open a shell inside
    Shell {
        /// Name of the lab
        #[arg(long, default_value = "lab")]
        name: String,
        /// The network from which it runs: control, client, cloud, or a node's name
        #[arg(long, default_value = "control")]
        at: String,
    },
    /// Deploy a gateway behind a load balancer, or move its pods
    Gateway {
        /// Name of the lab
        #[arg(long, default_value = "lab")]
        name: String,
        #[command(flatten)]
        gateway: Gateway,
    },
    /// Replace a node's kube-proxy by that of another release, as an upgrade does
    Upgrade {
        /// Name of the lab
        #[arg(long, default_value = "lab")]
        name: String,
        /// The node
        #[arg(long)]
        node: String,
        /// The release
        #[arg(long)]
        release: ProxyRelease,
    },
    /// Show what runs
    Status,
    /// End a lab
    Down {
        /// Name of the lab
        #[arg(long, default_value = "lab")]
        name: String,
    },
    /// The process that outlives a lab to clean up after it
    #[command(hide = true)]
    Janitor { options: String },
    /// What runs in a lab's namespaces
    #[command(hide = true, subcommand)]
    Inside(Inside),
}

#[derive(Subcommand)]
enum Inside {
    Init {
        options: String,
    },
    Supervise {
        options: String,
    },
    Cloud {
        kubeconfig: PathBuf,
    },
    FakeKubelets {
        kubeconfig: PathBuf,
    },
    Gateway {
        gateway: String,
    },
    /// Unpacks the images for all nodes
    ImageStore {
        images: PathBuf,
        store: PathBuf,
    },
    /// Becomes the kernel of a node in mode ipvs
    Guest {
        options: String,
        node: String,
    },
    /// PID 1 of that kernel
    GuestBoot {
        node: String,
        /// What the kernel adds: its console
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        kernel: Vec<String>,
    },
    /// The node in it
    GuestNode {
        node: String,
    },
    /// Runs a command in it
    GuestExec {
        address: Ipv4Addr,
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        command: Vec<String>,
    },
    /// Waits until the cluster's DNS answers here
    AwaitDns,
    /// The CNI plugin of pods on the cloud's network
    ServiceLink,
}

fn main() -> ExitCode {
    match act(Arguments::parse().command) {
        Ok(code) => code,
        Err(cause) => {
            eprintln!("lab: {cause}");
            ExitCode::FAILURE
        }
    }
}

fn act(action: Action) -> Result<ExitCode, LabError> {
    match action {
        Action::Build { releases, guests, for_tests } => {
            let artifacts = Artifacts::locate()?;
            artifacts.build(&releases)?;
            if guests {
                artifacts.build_guest_kernel()?;
            }
            if for_tests {
                artifacts.build_for_tests()?;
            }
        }
        Action::Up { options, keep, command } => return up(&options, keep, &command),
        Action::Exec { name, at, command } => return exec(&Lab::attach(&name)?, &at, &command),
        Action::Shell { name, at } => {
            let shell = std::env::var("SHELL").unwrap_or_else(|_| "/bin/sh".into());
            return exec(&Lab::attach(&name)?, &at, &[shell]);
        }
        Action::Gateway { name, gateway } => gateway.deploy(&Lab::attach(&name)?, &this_program()?)?,
        Action::Upgrade { name, node, release } => Lab::attach(&name)?.replace_kube_proxy(&node, release)?,
        Action::Status => status(),
        Action::Down { name } => Lab::attach(&name)?.end(),
        Action::Janitor { options } => janitor::run(&read(&options)?)?,
        Action::Inside(Inside::Init { options }) => init::run(&options)?,
        Action::Inside(Inside::Supervise { options }) => {
            let options = read(&options)?;
            asynchronously(supervisor::supervise(&options))?;
        }
        Action::Inside(Inside::Cloud { kubeconfig }) => asynchronously(cloud::run(&kubeconfig))?,
        Action::Inside(Inside::FakeKubelets { kubeconfig }) => asynchronously(scale::kubelets::run(&kubeconfig))?,
        Action::Inside(Inside::Gateway { gateway }) => read::<Gateway>(&gateway)?.deploy_inside()?,
        Action::Inside(Inside::ImageStore { images, store }) => image_store::write(&images, &store)?,
        Action::Inside(Inside::Guest { options, node }) => guest::root::run(&read(&options)?, &node)?,
        Action::Inside(Inside::GuestBoot { node, .. }) => guest::boot::run_as_init(&node)?,
        Action::Inside(Inside::GuestNode { node }) => asynchronously(guest::node::run(&node))?,
        Action::Inside(Inside::GuestExec { address, command }) => return guest::remote::run(address, &command),
        Action::Inside(Inside::AwaitDns) => readiness::dns_here()?,
        Action::Inside(Inside::ServiceLink) => service_link::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read<T: serde::de::DeserializeOwned>(words: &str) -> Result<T, LabError> {
    Ok(serde_json::from_str(words)?)
}

fn asynchronously(work: impl Future<Output = Result<(), LabError>>) -> Result<(), LabError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|cause| LabError::Io { what: "start".into(), source: cause })?.block_on(work)
}

fn this_program() -> Result<PathBuf, LabError> {
    std::env::current_exe().map_err(|cause| LabError::Io { what: "find this program".into(), source: cause })
}

fn up(options: &LabOptions, keep: bool, command: &[String]) -> Result<ExitCode, LabError> {
    let lab = Lab::start(&this_program()?, options, |what| eprintln!("lab: waiting for {what}"))?;
    if command.is_empty() {
        lab.detach()?;
        eprintln!("lab: ready\nhint: lab exec --name {} -- kubectl get nodes", options.name);
        return Ok(ExitCode::SUCCESS);
    }
    let code = exec(&lab, "control", command);
    if keep {
        lab.detach()?;
    }
    code
}

fn exec(lab: &Lab, at: &str, words: &[String]) -> Result<ExitCode, LabError> {
    let mut command: Command = lab.command(Vantage::named(at), "env");
    let status = command.args(words).status().map_err(|cause| LabError::Io { what: "enter the lab".into(), source: cause })?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[expect(clippy::print_stdout, reason = "this is what the command is for")]
fn status() {
    let _ = sweep_dead();
    let places = Place::all();
    if places.is_empty() {
        println!("no lab runs");
    }
    for place in places {
        let entries = place.inside("/run/lab").and_then(|folder| std::fs::read_dir(folder).ok());
        let names = entries.into_iter().flatten().flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut components: Vec<_> = names.filter_map(|name| Some(name.strip_suffix(".pid")?.to_owned())).collect();
        components.sort();
        println!("{}: {}", place.name(), components.join(" "));
        let ended = place.inside("/run/lab/log/ended.log").and_then(|log| std::fs::read_to_string(log).ok());
        if let Some(ended) = ended {
            println!("ended:\n{ended}");
        }
    }
}
