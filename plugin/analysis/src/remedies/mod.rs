//! What can be done about a fault: remedies as data, what each needs and is expected to bring, and which of them a
//! cluster has.

mod expected;
mod idle_server;
mod proposals;
mod remedy;
mod strategy;

use serde::{Deserialize, Serialize};

use crate::document_form;
use crate::kube_proxy::Outside;
use crate::plan::Vantage;
pub use crate::providers::{Prerequisite, Requirement};

pub use expected::ExpectedResult;
pub use idle_server::IdleServer;
pub(crate) use proposals::{
    add_source_ranges, check_load_balancer, compare_endpoints, dual_stack, for_expectations, for_local_policy, for_loopback,
    for_node_port_addresses, for_node_ports, for_policy_at_every_address, for_replies_past_the_node, internal_policy_cluster, name_others,
    name_target_port, past_kube_proxy, service_name, start_pods,
};
pub use remedy::{Remedy, Upgrade};
pub use strategy::Strategy;

/// A remedy for this cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    /// What is to be done.
    #[serde(flatten, with = "document_form")]
    pub remedy: Remedy,
    /// Why it does not help here, or only in part.
    #[serde(flatten, with = "document_form")]
    pub caveats: Vec<Caveat>,
    /// What has to be there for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<Need>,
    /// What the model expects of the same checks after it, where it sees the fault before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<After>,
}

impl From<Remedy> for Fix {
    fn from(remedy: Remedy) -> Self {
        Self { remedy, caveats: Vec::new(), needs: Vec::new(), after: None }
    }
}

impl Fix {
    /// The same with the user's own hostname, where it needs one.
    #[must_use]
    pub fn with_hostname(&self, hostname: &str) -> Self {
        match &self.remedy {
            Remedy::HostnameInStatus { object, cloud, hostname: None } => {
                let hostname = Some(hostname.to_owned());
                let remedy = Remedy::HostnameInStatus { object: object.clone(), cloud: *cloud, hostname };
                Self { remedy, ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// Whether a name of the user's is missing in it.
    #[must_use]
    pub fn wants_hostname(&self) -> bool {
        matches!(self.remedy, Remedy::HostnameInStatus { hostname: None, .. })
    }

    /// Whether it does not help here, or what it needs is known to be missing.
    #[must_use]
    pub fn is_out_of_reach(&self) -> bool {
        let is_no_help = self.after.as_ref().is_some_and(|after| after.failing >= after.before);
        is_no_help || self.needs.iter().any(|need| need.standing == Requirement::NotMet)
    }
}

/// Why a remedy does not help, or only in part. In documents `kind` and `args`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "args", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Caveat {
    /// internalTrafficPolicy Local breaks the name on nodes without an endpoint.
    InternalPolicyBreaksName,
    /// ENI backends alone do not help inside.
    EniNeedsPolicyCluster,
    /// Hosts are helped, and pods only where clusterCIDR contains them.
    HelpsHosts,
    /// Pods are helped, and hosts are not.
    HelpsPodsOnly,
    /// Other Services share the address, and MetalLB takes it from one that has another policy.
    SharersTogether {
        /// Their namespaces and names.
        services: Vec<String>,
    },
    /// Somebody owns the Service and may put the change back.
    OwnerReverts {
        /// Kind and name of the owner.
        owner: String,
    },
}

/// A prerequisite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Need {
    /// What.
    #[serde(flatten, with = "document_form")]
    pub prerequisite: Prerequisite,
    /// Whether it is there.
    pub standing: Requirement,
}

/// The checks of a plan after a fix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct After {
    /// How many fail then.
    pub failing: usize,
    /// How many the model expects to fail now.
    pub before: usize,
    /// The vantages from which some still fail; all others reach everything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vantages: Vec<Vantage>,
    /// What becomes of clients outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Outside>,
}

#[cfg(test)]
mod tests;
