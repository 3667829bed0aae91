//! The words for what a run leaves out.

use crate::plan::{SkipReason, SkipSubject};

/// Why nothing is known of a vantage of which nobody says why.
pub(crate) const LEFT_OUT: &str = "left out of this run";

/// What is left out, as the subject of [`reason`].
pub(crate) fn subject(subject: &SkipSubject) -> String {
    match subject {
        SkipSubject::Node(name) | SkipSubject::Pod(name) | SkipSubject::Named(name) => name.clone(),
        SkipSubject::Network(network) => format!("the {network} network of every node"),
        SkipSubject::Port { port, protocol } => format!("port {port}/{protocol}"),
        SkipSubject::Address(address) => address.to_string(),
        SkipSubject::Targets(number) => format!("{number} targets"),
    }
}

/// Why, as it stands behind the subject and a colon.
pub(crate) fn reason(reason: &SkipReason) -> String {
    match reason {
        SkipReason::OtherOs(os) => format!("{os}; the probe runs on Linux only"),
        SkipReason::Virtual => "a virtual node, without a network of its own".to_owned(),
        SkipReason::NotReady(message) => format!("not Ready: {message}"),
        SkipReason::Refused(message) => format!("refused by admission: {message}"),
        SkipReason::Said(message) => message.clone(),
        SkipReason::StaticPod => "a static pod: it takes no ephemeral containers".to_owned(),
        SkipReason::NotRunning(phase) if phase == "Pending" => "the pod is Pending, and has no network yet".to_owned(),
        SkipReason::NotRunning(phase) => format!("the pod is {phase}, not Running"),
        SkipReason::NoImage(image) => {
            format!("its node does not list the image {image}; --image names one to pull, --delivery auto sends the probe without one")
        }
        SkipReason::NoShell => "the pod has no image of its own whose shell could take the probe; --debug-image names one".to_owned(),
        SkipReason::NotNamed => "in the baseline, but not named in this run; pass --from".to_owned(),
        SkipReason::NoStatus => "no HTTP is spoken there, so only the connection counts".to_owned(),
        SkipReason::NotTcp => "only TCP and UDP are probed".to_owned(),
        SkipReason::NothingToSay => "no request is known to get an answer there; send one with --udp-payload".to_owned(),
        SkipReason::LocalAddress => "a local address, not a load balancer's; it is not dialled".to_owned(),
        SkipReason::NotInStatus => "no longer an address of the load balancer".to_owned(),
        SkipReason::MoreThan(most) => format!("too many for one run, which dials {most}; choose ports with --port"),
    }
}
