//! A CNI plugin, called after macvlan: pods on the cloud's own network have a second link, to their
//! node, for the ClusterIPs that only kube-proxy knows, as Terway gives them one.

use std::io::{self, Read as _, Write as _};
use std::process::Command;

use serde_json::{Value, json};

use crate::error::{Context as _, LabError};
use crate::inside::network::feed;

/// The plugin's type in the network's configuration.
pub const PLUGIN: &str = "service-link";

/// One call, as the specification of CNI has it: the verb in the environment, the configuration on
/// standard input.
pub fn run() -> Result<(), LabError> {
    let answer = match variable("CNI_COMMAND")?.as_str() {
        "ADD" => add()?,
        "VERSION" => json!({ "cniVersion": "1.0.0", "supportedVersions": ["0.4.0", "1.0.0"] }),
        // The link goes with the pod's namespace.
        _ => return Ok(()),
    };
    writeln!(io::stdout().lock(), "{answer}").to("answer the container runtime")
}

fn add() -> Result<Value, LabError> {
    let mut text = String::new();
    io::stdin().read_to_string(&mut text).to("read the network's configuration")?;
    let config: Value = serde_json::from_str(&text)?;
    let word = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| LabError::Other(format!("incomplete: {config}")));
    let address = word(&config["prevResult"]["ips"][0]["address"])?;
    let pod = address.split('/').next().unwrap_or_default();
    let (node, services) = (word(&config["node"])?, word(&config["services"])?);
    let namespace = variable("CNI_NETNS")?;
    let name = namespace.rsplit('/').next().unwrap_or_default();
    let link: String = "svc".chars().chain(variable("CNI_CONTAINERID")?.chars().take(10)).collect();
    feed(
        Command::new("ip"),
        &format!("link add {link} type veth peer name service netns {name}\nlink set {link} up\nroute add {pod}/32 dev {link}\n"),
    )?;
    let mut inside = Command::new("nsenter");
    inside.args([&format!("--net={namespace}"), "ip"]);
    feed(
        inside,
        &format!("link set service up\nroute add {node}/32 dev service src {pod}\nroute add {services} via {node} dev service src {pod}\n"),
    )?;
    Ok(config["prevResult"].clone())
}

fn variable(name: &str) -> Result<String, LabError> {
    std::env::var(name).map_err(|cause| LabError::Other(format!("{name}: {cause}")))
}
