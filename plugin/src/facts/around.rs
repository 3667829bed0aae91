//! What holds clients back from a Service's pods, and what its servers are told: pure.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::NetworkPolicy;
use lbprobe_analysis::facts::{Facts, HairpinSetting, NetworkPlugin, NoAddressReason, Node, TakenPath, Unread};

use super::convert::nginx_settings::{self, NginxSettings};
use super::convert::no_address::Syncs;
use super::convert::servers::{self, IstioGateway, Server};
use super::convert::service_policies::{self, Inside, ServicePods};

/// What Services are held against: all of a file's, or one of the API's.
#[derive(Clone, Default)]
pub(super) struct AroundServices {
    pub(super) policies: Arc<Vec<NetworkPolicy>>,
    pub(super) nginx_settings: Vec<NginxSettings>,
    /// Of all Ingresses: which controller serves them is not looked at.
    pub(super) taken_path: Option<TakenPath>,
    pub(super) servers: Vec<Server>,
    /// The labels of pods, by their addresses.
    pub(super) pod_labels: HashMap<IpAddr, BTreeMap<String, String>>,
    pub(super) istio_gateways: Vec<IstioGateway>,
    pub(super) cni_hairpin: Option<HairpinSetting>,
    /// What Events say of load balancers that controllers keep.
    pub(super) syncs: Syncs,
    /// Why the Service's load balancer has no address yet, of one of the API's.
    pub(super) no_address_reasons: Vec<NoAddressReason>,
    /// What of all this could not be read, though it matters for the Service.
    pub(super) unread: Vec<Unread>,
}

impl AroundServices {
    /// Adds what follows for a Service with this selector, in a cluster whose nodes have these [`node_ranges`].
    pub(super) fn add_to(&self, facts: &mut Facts, selector: &BTreeMap<String, String>, nodes: &[IpNet]) {
        let addresses: Vec<_> = facts.endpoints.iter().flat_map(|endpoint| &endpoint.addresses).copied().collect();
        let ports = facts.endpoints.iter().flat_map(|endpoint| endpoint.ports.iter().flatten());
        let ports: Vec<_> = ports.map(|port| (port.port, port.protocol.to_string())).collect();
        let ranges_mean_pods = facts.network_plugin(None).is_some_and(NetworkPlugin::applies_ranges_to_pods);
        let labels = servers::labels_at(&self.pod_labels, &addresses);
        let own_pods = ServicePods { selector, labels: labels.as_deref(), addresses: &addresses, ports: &ports, ranges_mean_pods };
        facts.service_policies = service_policies::concerning(&self.policies, &facts.service, own_pods, Inside { nodes, pods: &addresses });
        facts.cni_hairpin.clone_from(&self.cni_hairpin);
        let own = servers::selected(&self.servers, &facts.service.namespace, selector);
        servers::note(facts, &own, &self.istio_gateways);
        let by_nginx = || nginx_settings::reading(&self.nginx_settings, &facts.service.namespace, selector);
        facts.proxy_header = servers::optional_header(&own).unwrap_or_else(by_nginx);
        facts.refusing_setting = nginx_settings::refusing(&self.nginx_settings, &facts.service.namespace, selector);
        facts.taken_path.clone_from(&self.taken_path);
        facts.unread.extend(self.unread.iter().cloned());
        facts.no_address_reasons.clone_from(&self.no_address_reasons);
        let failure = self.syncs.last_failure(&(facts.service.namespace.clone(), facts.service.name.clone()));
        facts.failed_sync = failure.filter(|_| !facts.service.is_pending());
        facts.unready_pod = servers::first_unready(&own).filter(|_| facts.ready_endpoints() == 0);
        let is_without = facts.endpoints.is_empty();
        facts.nearest_pod = servers::nearest(&self.servers, &facts.service.namespace, selector).filter(|_| is_without);
    }
}

/// Where the nodes and their pods are, in as few ranges as hold just these. Of thousands of nodes that is work, to be done once for all
/// Services.
pub(super) fn node_ranges(nodes: &[Node]) -> Vec<IpNet> {
    let of_node = |node: &Node| {
        let addresses = node.internal_ips.iter().chain(&node.pod_addresses).copied().map(IpNet::from);
        addresses.chain(node.pod_cidrs.iter().copied()).collect::<Vec<_>>()
    };
    IpNet::aggregate(&nodes.iter().flat_map(of_node).collect())
}
