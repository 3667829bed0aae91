//! Data paths that answer for Services beside kube-proxy or in its place, for pods or for whole nodes: what is known of
//! them, and `depends` for the rest.
//!
//! Who answers is a matter of the vantage, not of the cluster: Antrea and Cilium beside kube-proxy answer pods, and
//! kube-proxy answers the hosts of the same nodes.

use super::condition::Condition;
use super::connection::{Destination, EndpointLocality};
use super::expectation::{Answer, Case, Expectation, Expected, Reach, Source};
use super::rule::Rule;
use crate::facts::{
    AntreaConfig, AntreaScope, CiliumConfig, Facts, NetworkPlugin, PodNetwork, SameNodeReplies, Service, TrafficPolicy, Version,
};
use crate::vantage::Network;

/// Antrea: connections from inside to a load balancer's address take any endpoint (antrea PR 4815).
const ANTREA_SHORT_CIRCUITS: Version = Version::new(12, 0);

/// The same on top of a cloud's own pod network (antrea PR 6251, in 1.15.2 and 2.0.0).
const ANTREA_SHORT_CIRCUITS_ON_CLOUDS: Version = Version::new(15, 2);

/// Before, without proxyAll: the cluster's endpoints are used whatever the policy.
const ANTREA_IGNORES_POLICY: Version = Version::new(11, 0);

/// kube-router: externalTrafficPolicy does not govern the ClusterIP any more (commit fcd21b47, in 2.1.0).
const KUBE_ROUTER_POLICIES_APART: Version = Version { major: 2, minor: 1, patch: 0 };

/// kube-router from 0.4 until 2.0: a ClusterIP leads to all endpoints where policy Local leaves none on the node
/// (service_endpoints_sync.go).
const KUBE_ROUTER_FALLS_BACK: std::ops::Range<Version> = Version { major: 0, minor: 4, patch: 0 }..Version { major: 2, minor: 0, patch: 0 };

/// Cilium: connections from inside without a local endpoint fail (cilium issue 45252).
const CILIUM_DEFECT: Version = Version::new(19, 0);

/// Cilium, as far back as its rule for connections of pods to their own node was seen.
const CILIUM_MASQUERADES_OWN_NODE: Version = Version::new(8, 0);

/// Calico's eBPF data path in the first release after 3.20, which was seen to use the node's own endpoints alone.
const CALICO_ANY_ENDPOINT: Version = Version { major: 3, minor: 21, patch: 0 };

/// Calico's eBPF data path as it was read: in-cluster clients take any endpoint (from 3.22.0).
const CALICO_AS_READ: Version = Version { major: 3, minor: 22, patch: 0 };

/// It goes by internalTrafficPolicy at load balancers' addresses and node ports (felix/bpf/proxy/syncer.go, from 3.22.0).
const CALICO_INTERNAL_POLICY: Version = Version { major: 3, minor: 22, patch: 0 };

/// The same at ClusterIPs (calico issue 8255, in 3.27.0).
const CALICO_INTERNAL_POLICY_AT_CLUSTER_IPS: Version = Version { major: 3, minor: 27, patch: 0 };

/// OVN-Kubernetes as it was read, by kubelet's release: OpenShift 4.10 is the first to support policy Local. It sent hosts
/// to endpoints of their own node alone in some of its releases (ovn-kubernetes PR 2918), 4.11 does not.
const OVN_PODS_AS_READ: Version = Version::new(23, 0);
const OVN_HOSTS_AS_READ: Version = Version::new(24, 0);

/// A connection of a pod or a host to an address of a Service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dialling {
    pub(super) network: Network,
    pub(super) destination: Destination,
    pub(super) external: TrafficPolicy,
    pub(super) internal: TrafficPolicy,
    pub(super) locality: EndpointLocality,
    /// Whether kube-proxy, where it answers, does so in ipvs mode.
    pub(super) is_ipvs: bool,
    /// Whether kube-router is to let endpoints answer clients directly.
    pub(super) has_dsr: bool,
}

/// By which kube-router lets endpoints answer clients directly.
pub(super) const DSR: &str = "kube-router.io/service.dsr";

/// By which kube-router serves a Service by the endpoints of each node alone, whatever its policies say.
pub(crate) const LOCAL: &str = "kube-router.io/service.local";

/// From when the annotation means both policies, and has to say "true".
const KUBE_ROUTER_LOCAL_MEANS_BOTH: Version = KUBE_ROUTER_POLICIES_APART;

/// From when it leaves the ClusterIP alone (kube-router PR 1774).
const KUBE_ROUTER_LOCAL_IS_EXTERNAL: Version = Version { major: 2, minor: 4, patch: 0 };

/// The external and the internal policy by which kube-router serves a Service, where its annotation has others than the Service
/// (`network_services_controller.go`). Of a release that is not known, as most have it; which one that is leaves it open.
pub(super) fn kube_router_policies(release: Option<Version>, service: &Service) -> Option<(TrafficPolicy, TrafficPolicy)> {
    let says = service.annotations.get(LOCAL)?;
    let local = TrafficPolicy::Local;
    match release {
        Some(release) if release < KUBE_ROUTER_LOCAL_MEANS_BOTH => Some((local, service.internal_traffic_policy)),
        _ if says != "true" => None,
        Some(release) if release < KUBE_ROUTER_LOCAL_IS_EXTERNAL => Some((local, local)),
        _ => Some((local, TrafficPolicy::Cluster)),
    }
}

/// The same of a cluster whose service proxy is kube-router; nothing of another.
pub(crate) fn annotated_policies(facts: &Facts) -> Option<(TrafficPolicy, TrafficPolicy)> {
    let is_kube_router = facts.network_plugin(None) == Some(NetworkPlugin::KubeRouterServiceProxy);
    let release = facts.pod_network.value().and_then(|network| network.release);
    kube_router_policies(release, &facts.service).filter(|_| is_kube_router)
}

impl Dialling {
    /// Whether the Service declares the port.
    pub(super) fn is_declared(self) -> bool {
        !matches!(self.destination, Destination::UndeclaredAtLoadBalancer | Destination::UndeclaredAtClusterIp)
    }

    fn is_external(self) -> bool {
        matches!(self.destination, Destination::LoadBalancerIp | Destination::ExternalIp | Destination::NodePort)
    }

    /// Whether internalTrafficPolicy Local does, where it is applied.
    fn lacks_internal(self) -> bool {
        self.internal == TrafficPolicy::Local && self.locality == EndpointLocality::Remote
    }

    /// Whether policy Local leaves the node without an endpoint to use.
    fn lacks_local(self) -> bool {
        self.external == TrafficPolicy::Local && self.locality == EndpointLocality::Remote
    }
}

/// What such a data path makes of a connection to a declared port; nothing where kube-proxy's own rules decide.
/// `kube_proxy` asks those.
pub(super) fn expectation(
    plugin: NetworkPlugin,
    network: Option<&PodNetwork>,
    kubelet: Option<Version>,
    dialling: Dialling,
    kube_proxy: impl FnOnce() -> Expectation,
) -> Option<Expectation> {
    let release = network.and_then(|network| network.release);
    let balances = || network?.terway.as_ref()?.in_cluster_load_balance;
    match plugin {
        // Its tunnels to the pods depend on how nodes are connected (kube-router issue 1870).
        NetworkPlugin::KubeRouterServiceProxy if dialling.has_dsr && dialling.is_external() => {
            kube_router(release, dialling).map(|expected| unless_as_read(expected, Rule::DataPathNotRead))
        }
        NetworkPlugin::KubeRouterServiceProxy => kube_router(release, dialling),
        NetworkPlugin::CiliumPartly if dialling.is_external() => {
            let lost = case(Condition::KubeProxyServes(false), Answer::new(Expected::Lost, Rule::CiliumPartly));
            Some(with_case(kube_proxy(), &Condition::KubeProxyServes(true), lost))
        }
        NetworkPlugin::Antrea => antrea(release, network.and_then(|network| network.antrea), dialling),
        NetworkPlugin::Cilium if dialling.network == Network::Pod && dialling.is_external() => cilium_beside(network, dialling, kube_proxy),
        NetworkPlugin::CiliumKubeProxyReplacement if dialling.is_external() => {
            let expected = cilium(release, dialling);
            let is_open = dialling.network == Network::Pod
                && network.and_then(|network| network.cilium).is_some_and(CiliumConfig::is_direct_from_pods);
            Some(if is_open { unless_as_read(expected, Rule::CiliumAnswersDirectly) } else { expected })
        }
        NetworkPlugin::GkeDataplaneV2 if dialling.is_external() => Some(dataplane_v2(dialling)),
        NetworkPlugin::CalicoEbpf if dialling.is_external() => Some(calico(release, dialling)),
        NetworkPlugin::OvnKubernetes if dialling.is_external() => {
            let as_read = if dialling.network == Network::Host { OVN_HOSTS_AS_READ } else { OVN_PODS_AS_READ };
            Some(since(as_read, kubelet, dialling, Rule::OvnAnyEndpoint))
        }
        NetworkPlugin::CalicoEbpf if dialling.destination == Destination::ClusterIp => Some(calico_at_cluster_ip(release, dialling)),
        plugin if plugin.replaces_kube_proxy() && dialling.destination == Destination::ClusterIp => Some(at_cluster_ip(dialling)),
        NetworkPlugin::TerwayIpvlan | NetworkPlugin::TerwayDataPathV2 if dialling.network == Network::Pod && dialling.is_external() => {
            let expected = terway(balances());
            // What DataPathV2 does under policy Local is asked by Terway's own tests, and not told.
            let is_open = plugin == NetworkPlugin::TerwayDataPathV2 && dialling.lacks_local() && balances() != Some(false);
            Some(if is_open { unless_as_read(expected, Rule::NoLocalEndpointInDataPath) } else { expected })
        }
        _ => None,
    }
}

const fn any(rule: Rule) -> Answer {
    Answer::reached(Reach::Any, Source::Client, rule)
}

fn case(when: Condition, answer: Answer) -> Case {
    Case { when: vec![when], answer }
}

fn any_or_rejected(dialling: Dialling, rule: Rule) -> Expectation {
    Expectation::Certain(match dialling.locality {
        EndpointLocality::None => Answer::new(Expected::Refused, Rule::EbpfNoEndpoint),
        _ => any(rule),
    })
}

/// What a release that was read does. Of an older one, or of one that is not told, it is not known, whatever the policy:
/// OpenShift 4.7 refused pods at load balancers' addresses under policy Cluster (okd issue 781).
fn since(from: Version, release: Option<Version>, dialling: Dialling, rule: Rule) -> Expectation {
    if dialling.locality != EndpointLocality::None && release.is_none_or(|release| release < from) {
        let otherwise = if dialling.lacks_local() { Rule::NoLocalEndpointInDataPath } else { Rule::DataPathNotRead };
        return unless_as_read(Expectation::Certain(any(rule)), otherwise);
    }
    any_or_rejected(dialling, rule)
}

/// internalTrafficPolicy Local counts beside the external policy.
fn calico(release: Option<Version>, dialling: Dialling) -> Expectation {
    let goes_by_internal = dialling.destination != Destination::ExternalIp && dialling.lacks_internal();
    if goes_by_internal && release.is_some_and(|release| release >= CALICO_INTERNAL_POLICY) {
        return Expectation::Certain(Answer::new(Expected::Lost, Rule::CalicoInternalPolicyLocal));
    }
    let expected = calico_by_external_policy(release, dialling);
    if goes_by_internal && release.is_none() { unless_as_read(expected, Rule::CalicoInternalPolicyLocal) } else { expected }
}

fn calico_at_cluster_ip(release: Option<Version>, dialling: Dialling) -> Expectation {
    match release {
        Some(release) if dialling.lacks_internal() => Expectation::Certain(if release < CALICO_INTERNAL_POLICY_AT_CLUSTER_IPS {
            any(Rule::ClusterIpAnyEndpoint)
        } else {
            Answer::new(Expected::Lost, Rule::CalicoInternalPolicyLocal)
        }),
        _ => at_cluster_ip(dialling),
    }
}

/// Before, a node has no endpoint to use where none is its own (felix PR 3001).
fn calico_by_external_policy(release: Option<Version>, dialling: Dialling) -> Expectation {
    if release.is_some_and(|release| release < CALICO_ANY_ENDPOINT) && dialling.lacks_local() {
        return Expectation::Certain(Answer::new(Expected::Lost, Rule::CalicoNoLocalEndpoint));
    }
    if release.is_some() && !dialling.lacks_local() {
        return any_or_rejected(dialling, Rule::CalicoAnyEndpoint);
    }
    since(CALICO_AS_READ, release, dialling, Rule::CalicoAnyEndpoint)
}

/// Not all of them go by internalTrafficPolicy, and since which release is not known.
fn at_cluster_ip(dialling: Dialling) -> Expectation {
    let at_any = any(Rule::ClusterIpAnyEndpoint);
    match (dialling.internal, dialling.locality) {
        (_, EndpointLocality::None) => Expectation::Certain(Answer::new(Expected::Refused, Rule::EbpfNoEndpoint)),
        (TrafficPolicy::Local, EndpointLocality::Remote) => Expectation::Depends(vec![
            case(Condition::InternalPolicyApplied(false), at_any),
            case(Condition::InternalPolicyApplied(true), Answer::new(Expected::Lost, Rule::NoLocalEndpointInDataPath)),
        ]),
        _ => Expectation::Certain(at_any),
    }
}

fn cilium(release: Option<Version>, dialling: Dialling) -> Expectation {
    // It does not translate every external IP, and mixes the two policies there (cilium issue 42245).
    if dialling.destination == Destination::ExternalIp && dialling.locality != EndpointLocality::None {
        return unless_as_read(Expectation::Certain(any(Rule::CiliumAnyEndpoint)), Rule::CiliumMixesPolicies);
    }
    let has_defect = release.is_none_or(|release| release >= CILIUM_DEFECT);
    if dialling.lacks_local() && has_defect {
        return Expectation::Depends(vec![
            case(Condition::CiliumAsDocumented, any(Rule::CiliumAnyEndpoint)),
            case(Condition::Cilium119, Answer::new(Expected::Lost, Rule::CiliumNoLocalEndpoint)),
        ]);
    }
    any_or_rejected(dialling, Rule::CiliumAnyEndpoint)
}

/// From 1.19 Cilium answers pods at load balancers' addresses even beside kube-proxy. Before, kube-proxy does; and where it
/// takes an endpoint on the client's own node without masquerading, Cilium delivers the reply past the node's connection
/// tracking (kubernetes issue 87263).
fn cilium_beside(network: Option<&PodNetwork>, dialling: Dialling, kube_proxy: impl FnOnce() -> Expectation) -> Option<Expectation> {
    let release = network.and_then(|network| network.release);
    let beside = || Answer::new(Expected::Lost, Rule::CiliumNoLocalEndpoint);
    if dialling.lacks_local() {
        return match release {
            Some(release) if release < CILIUM_DEFECT => None,
            _ => Some(with_case(kube_proxy(), &Condition::CiliumAnswersPods(false), case(Condition::CiliumAnswersPods(true), beside()))),
        };
    }
    if dialling.locality == EndpointLocality::Remote && release.is_some_and(|release| release >= CILIUM_DEFECT) {
        // Under policy Cluster too: cilium issues 46816 and 48178.
        let lost = case(Condition::CiliumAnswersPods(true), Answer::new(Expected::Lost, Rule::CiliumBesideKubeProxy));
        return Some(with_case(kube_proxy(), &Condition::CiliumAnswersPods(false), lost));
    }
    // Its marks and those of ipvs mode may collide (cilium issue 18610).
    if dialling.is_ipvs && dialling.destination == Destination::NodePort && dialling.locality == EndpointLocality::Remote {
        return Some(unless_as_read(kube_proxy(), Rule::CiliumMarksBesideIpvs));
    }
    let keeps_source = |answer: &Answer| matches!(answer.expected, Expected::Reached { source: Source::Client, .. });
    let expected = (dialling.locality == EndpointLocality::Local).then(kube_proxy)?;
    let bypassed = Answer::new(Expected::Dropped, Rule::CiliumReplyBypassesNode);
    let is_cilium_itself = release.is_some_and(|release| release >= CILIUM_DEFECT);
    let replies = network.and_then(|network| network.cilium).map(|config| config.same_node_replies).unwrap_or_default();
    let crosses = release.is_some_and(|release| release >= CILIUM_MASQUERADES_OWN_NODE)
        && match replies {
            SameNodeReplies::Open => false,
            SameNodeReplies::ThroughNode => true,
            SameNodeReplies::Masqueraded => !dialling.is_ipvs,
        };
    let may_be_bypassed = !is_cilium_itself && !crosses && expected.answers().any(keeps_source);
    may_be_bypassed.then(|| with_case(expected, &Condition::ReplyCrossesNode(true), case(Condition::ReplyCrossesNode(false), bypassed)))
}

/// Whether it goes by source ranges that may leave the client out is not known of most of them.
pub(super) fn in_range(expected: Expectation) -> Expectation {
    let dropped = Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
    with_case(expected, &Condition::InSourceRange(true), case(Condition::InSourceRange(false), dropped))
}

/// From which release on each of them honours `ipMode: Proxy` differs: Antrea 2.0, kube-router 2.9, Calico 3.29, Cilium 1.17.
pub(super) fn by_ip_mode(plugin: NetworkPlugin, release: Option<Version>, expected: Expectation) -> Expectation {
    let passed_on = Answer::new(Expected::NotIntercepted, Rule::IpModeProxy);
    let honours = release.filter(|_| plugin == NetworkPlugin::CiliumKubeProxyReplacement).and_then(cilium_honours_ip_mode);
    match honours {
        Some(true) => return Expectation::Certain(passed_on),
        Some(false) => return expected,
        None => {}
    }
    with_case(expected, &Condition::IpModeHonoured(false), case(Condition::IpModeHonoured(true), passed_on))
}

/// Cilium from 1.17 (cilium PR 34780) but for 1.18.0, which does not (cilium issue 40913, PR 40915). Of 1.17.0 reports differ.
fn cilium_honours_ip_mode(release: Version) -> Option<bool> {
    match release {
        release if release < Version::new(17, 0) || release == Version::new(18, 0) => Some(false),
        release if release == Version::new(17, 0) => None,
        _ => Some(true),
    }
}

/// What recent releases of a data path do. Others may lose the connection, by a rule.
pub(super) fn unless_as_read(expected: Expectation, otherwise: Rule) -> Expectation {
    let lost = Answer::new(Expected::Lost, otherwise);
    with_case(expected, &Condition::DataPathAsRead(true), case(Condition::DataPathAsRead(false), lost))
}

/// Envoy answers for Cilium's Ingress and Gateway API on every node, where Cilium has the address.
pub(super) fn cilium_ingress(plugin: NetworkPlugin) -> Expectation {
    let answered = any(Rule::CiliumIngress);
    if plugin == NetworkPlugin::CiliumKubeProxyReplacement {
        return Expectation::Certain(answered);
    }
    let refused = Answer::new(Expected::Refused, Rule::CiliumIngress);
    Expectation::Depends(vec![case(Condition::CiliumServes(true), answered), case(Condition::CiliumServes(false), refused)])
}

/// What is expected where a condition holds, and one case more.
fn with_case(expected: Expectation, holds: &Condition, other: Case) -> Expectation {
    let mut cases = match expected {
        Expectation::Certain(answer) => vec![Case { when: Vec::new(), answer }],
        Expectation::Depends(cases) => cases,
    };
    for case in &mut cases {
        case.when.push(holds.clone());
    }
    cases.push(other);
    Expectation::Depends(cases)
}

/// Its documentation has neither a release nor the outcome; it is built on Cilium.
fn dataplane_v2(dialling: Dialling) -> Expectation {
    if dialling.lacks_local() {
        return Expectation::Depends(vec![
            case(Condition::CiliumAsDocumented, any(Rule::CiliumAnyEndpoint)),
            case(Condition::Cilium119, Answer::new(Expected::Lost, Rule::CiliumNoLocalEndpoint)),
        ]);
    }
    any_or_rejected(dialling, Rule::CiliumAnyEndpoint)
}

fn terway(balances: Option<bool>) -> Expectation {
    let at_endpoint = any(Rule::TerwayAnyEndpoint);
    let passed_on = Answer::new(Expected::NotIntercepted, Rule::TerwayPassesOn);
    match balances {
        Some(true) => Expectation::Certain(at_endpoint),
        Some(false) => Expectation::Certain(passed_on),
        None => Expectation::Depends(vec![
            case(Condition::TerwayInClusterLoadBalance(true), at_endpoint),
            case(Condition::TerwayInClusterLoadBalance(false), passed_on),
        ]),
    }
}

/// Without proxyAll AntreaProxy answers pods at ClusterIPs and load balancers' addresses; all else is kube-proxy's.
fn antrea(release: Option<Version>, config: Option<AntreaConfig>, dialling: Dialling) -> Option<Expectation> {
    let proxy_all = config.is_some_and(|config| config.scope == AntreaScope::All);
    let answers = match (dialling.network, dialling.destination) {
        (Network::Pod, Destination::ClusterIp) => true,
        (Network::Pod, Destination::LoadBalancerIp) => config.is_none_or(|config| config.proxy_load_balancer_ips),
        (Network::Pod, Destination::ExternalIp | Destination::NodePort) => proxy_all,
        _ => false,
    };
    if !answers || config.is_some_and(|config| config.scope == AntreaScope::Nothing) {
        return None;
    }
    let at_cluster_ip = dialling.destination == Destination::ClusterIp;
    let lacks_internal = at_cluster_ip && dialling.internal == TrafficPolicy::Local && dialling.locality == EndpointLocality::Remote;
    if dialling.locality == EndpointLocality::None || lacks_internal {
        return Some(Expectation::Certain(Answer::new(Expected::Refused, Rule::AntreaNoEndpoint)));
    }
    if at_cluster_ip || !dialling.lacks_local() {
        return Some(Expectation::Certain(any(Rule::AntreaAnyEndpoint)));
    }
    let refused = Answer::new(Expected::Refused, Rule::AntreaNoLocalEndpoint);
    Some(match antrea_short_circuits(release, config) {
        Some(true) => Expectation::Certain(any(Rule::AntreaAnyEndpoint)),
        Some(false) => Expectation::Certain(refused),
        None => Expectation::Depends(vec![
            case(Condition::AntreaShortCircuits(true), any(Rule::AntreaAnyEndpoint)),
            case(Condition::AntreaShortCircuits(false), refused),
        ]),
    })
}

/// Whether a pod without local endpoint is sent to any endpoint; nothing where that cannot be told. What releases before
/// 1.11 do is not known.
fn antrea_short_circuits(release: Option<Version>, config: Option<AntreaConfig>) -> Option<bool> {
    let release = release?;
    let AntreaConfig { scope, network_policy_only, .. } = match config {
        Some(config) => config,
        None if release >= ANTREA_SHORT_CIRCUITS_ON_CLOUDS => return Some(true),
        None => return None,
    };
    if release >= ANTREA_SHORT_CIRCUITS_ON_CLOUDS {
        Some(true)
    } else if release >= ANTREA_SHORT_CIRCUITS {
        Some(!network_policy_only)
    } else if release >= ANTREA_IGNORES_POLICY {
        Some(scope != AntreaScope::All)
    } else {
        None
    }
}

/// It treats pods and hosts alike, and has no short-circuit for either: policy Local means local endpoints, and where there
/// are none the node does not hold the address at all.
fn kube_router(release: Option<Version>, dialling: Dialling) -> Option<Expectation> {
    let certain = |answer| Some(Expectation::Certain(answer));
    let local = Answer::reached(Reach::Local, Source::Client, Rule::KubeRouterLocalEndpoint);
    match (dialling.destination, dialling.locality) {
        (Destination::UndeclaredAtLoadBalancer | Destination::UndeclaredAtClusterIp, _) => None,
        (_, EndpointLocality::None) => certain(Answer::new(Expected::Lost, Rule::KubeRouterNoEndpoint)),
        (Destination::ClusterIp, _) => Some(kube_router_cluster_ip(release, dialling)),
        _ if dialling.external == TrafficPolicy::Cluster => certain(any(Rule::KubeRouterAnyEndpoint)),
        (_, EndpointLocality::Local) => certain(local),
        (Destination::NodePort, _) => certain(Answer::new(Expected::Refused, Rule::KubeRouterNoLocalEndpoint)),
        _ => Some(Expectation::Depends(vec![
            case(Condition::NetworkBringsToEndpoint(true), Answer::new(Expected::NotIntercepted, Rule::KubeRouterLeavesAddress)),
            case(Condition::NetworkBringsToEndpoint(false), Answer::new(Expected::Lost, Rule::KubeRouterLeavesAddress)),
        ])),
    }
}

/// Before 2.1 externalTrafficPolicy Local holds at the ClusterIP too, in some releases with a way out.
fn kube_router_cluster_ip(release: Option<Version>, dialling: Dialling) -> Expectation {
    let by_policy = |policy: TrafficPolicy, rule: Rule| match (policy, dialling.locality) {
        (TrafficPolicy::Cluster, _) => any(Rule::KubeRouterAnyEndpoint),
        (TrafficPolicy::Local, EndpointLocality::Local) => Answer::reached(Reach::Local, Source::Client, Rule::KubeRouterLocalEndpoint),
        (TrafficPolicy::Local, _) => Answer::new(Expected::Lost, rule),
    };
    let apart = by_policy(dialling.internal, Rule::KubeRouterNoLocalEndpoint);
    let together = by_policy(dialling.external, Rule::KubeRouterLocalAtEveryAddress);
    if dialling.lacks_local() && release.is_some_and(|release| KUBE_ROUTER_FALLS_BACK.contains(&release)) {
        return Expectation::Certain(any(Rule::KubeRouterAnyEndpoint));
    }
    if apart.expected == together.expected {
        return Expectation::Certain(apart);
    }
    match release {
        Some(release) if release >= KUBE_ROUTER_POLICIES_APART => Expectation::Certain(apart),
        Some(_) => Expectation::Certain(together),
        None => Expectation::Depends(vec![
            case(Condition::KubeRouterPoliciesApart(true), apart),
            case(Condition::KubeRouterPoliciesApart(false), together),
        ]),
    }
}
