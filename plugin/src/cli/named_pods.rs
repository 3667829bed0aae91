//! Pods of applications from which the Service is dialled too.

use clap::Args;

use crate::settings::{Confirmation, NamedPods, PodName, syntax};

/// Pods of applications from which the Service is dialled too.
#[derive(Debug, Args)]
#[command(next_help_heading = "Checks")]
pub(super) struct NamedPodArguments {
    /// Probe from inside this pod too: pod/NAME[.NAMESPACE], or deploy/NAME[.NAMESPACE] for one pod of it on each node.
    /// The probe runs as an ephemeral container, which stays in the pod's spec until the pod is replaced; may be given
    /// several times
    #[arg(long, value_name = "POD", value_parser = syntax::pod, conflicts_with = "cert")]
    from: Vec<PodName>,
    /// Image with a shell (busybox, for instance) in which the probe of --from starts: its program is sent there. By default
    /// the pod's own, where the probe's image is not available
    #[arg(long, value_name = "IMAGE", requires = "from")]
    debug_image: Option<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

impl NamedPodArguments {
    pub(super) fn settings(self) -> NamedPods {
        NamedPods {
            names: self.from,
            debug_image: self.debug_image,
            confirmation: if self.yes { Confirmation::Given } else { Confirmation::Asked },
        }
    }
}
