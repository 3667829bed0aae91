//! The codes by which findings are known outside: in reports and, of causes, as the pages of `docs/causes/`.
//!
//! A code never changes its meaning. That of something that is not told apart any more is not given to another.

use crate::acceptance::ShortfallReason;
use crate::causes::CauseKind;
use crate::causes::evidence::Evidence;
use crate::coverage::Uncovered;
use crate::defects::Defect;
use crate::diagnosis::{Note, Proof};
use crate::facts::ServiceChange;
use crate::gaps::{Gap, GapKind};
use crate::kube_proxy::Rule;
use crate::observations::Unmeasured;
use crate::prediction::PossibleReason;
use crate::remedies::{Caveat, Prerequisite, Remedy};
use crate::results::Difference;
use crate::risks::Risk;
use crate::watching::{Changed, WatchGapReason, WatchUnknown};

/// What has a code.
pub(crate) trait Code {
    /// The code.
    fn code(&self) -> &'static str;
}

/// Causes: LBP001 to LBP099.
impl CauseKind {
    /// `LBP001` to `LBP099`: stable, and the name of its page in `docs/causes/`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NoEndpoints => "LBP001",
            Self::LocalPolicyWithoutLocalEndpoint => "LBP002",
            Self::InternalPolicyWithoutLocalEndpoint => "LBP003",
            Self::SourceRanges => "LBP004",
            Self::Loopback => "LBP005",
            Self::ClusterDns => "LBP006",
            Self::UndeclaredPort => "LBP007",
            Self::WrongServer => "LBP008",
            Self::ProxyHeaderMissing => "LBP009",
            Self::TlsEndsAtLoadBalancer => "LBP010",
            Self::NetworkPolicy => "LBP011",
            Self::BetweenNodes => "LBP012",
            Self::StaleRules => "LBP013",
            Self::DrainedServers => "LBP014",
            Self::NodeNameDiffers => "LBP015",
            Self::ExternalIps => "LBP016",
            Self::AddressOfANode => "LBP017",
            Self::CertManagerSelfCheck => "LBP018",
            Self::Unreachable => "LBP019",
            Self::NobodyListens => "LBP036",
            Self::Unrecognised => "LBP020",
            Self::Elsewhere => "LBP037",
            Self::RedirectFails => "LBP021",
            Self::HostPortConflict => "LBP022",
            Self::PortWithoutEndpoint => "LBP023",
            Self::AddressOfOtherFamily => "LBP024",
            Self::ReplyBypassesNode => "LBP025",
            Self::PolicyAtEveryAddress => "LBP026",
            Self::DeadEndpoints => "LBP027",
            Self::NodePortWithoutLocalEndpoint => "LBP028",
            Self::NodePortAddresses => "LBP029",
            Self::NodePortReplyAstray => "LBP030",
            Self::NodePortLost => "LBP031",
            Self::FailsOutside => "LBP032",
            Self::NamedPod => "LBP033",
            Self::PublicName => "LBP034",
            Self::UnexpectedAnswer => "LBP035",
        }
    }
}

/// Rules: the code of the cause that a run would name, or LBP801 to LBP829.
impl Code for Rule {
    fn code(&self) -> &'static str {
        if let Some(cause) = CauseKind::of_rule(*self) {
            return cause.code();
        }
        match self {
            Self::IpvsDoesNotStart => "LBP801",
            Self::BackendHoldsAddress => "LBP802",
            Self::CiliumMixesPolicies => "LBP803",
            Self::CiliumBesideKubeProxy => "LBP804",
            Self::CiliumPartly => "LBP805",
            Self::CiliumAnswersDirectly => "LBP806",
            Self::CiliumIngress => "LBP807",
            Self::CiliumMarksBesideIpvs => "LBP808",
            Self::SctpInDataPath => "LBP809",
            Self::HeadlessNotServed => "LBP810",
            Self::DataPathNotRead => "LBP811",
            Self::NotInStatus => "LBP812",
            // By these hardly anything fails: what does is told by how it ends.
            _ => "LBP800",
        }
    }
}

/// Evidence: LBP101 to LBP199.
impl Code for Evidence {
    fn code(&self) -> &'static str {
        match self {
            Self::Fails(_) => "LBP101",
            Self::FailsBesidePolicy(_) => "LBP102",
            Self::Reaches { .. } => "LBP103",
            Self::SameReachClusterIp { .. } => "LBP104",
            Self::ReachesFromNodeAddress { .. } => "LBP105",
            Self::EndpointsOnlyOn { .. } => "LBP106",
            Self::ReadyEndpointsOn { .. } => "LBP107",
            Self::EmptyVirtualServer { .. } => "LBP108",
            Self::AsPredicted { .. } => "LBP109",
            Self::LooksLike { .. } => "LBP110",
            Self::NoEndpointListed => "LBP111",
            Self::NoEndpointReady { .. } => "LBP112",
            Self::FailsAtEveryAddress => "LBP113",
            Self::TerminatingEndpointsNotUsed { .. } => "LBP114",
            Self::ReadyEndpointsListed { .. } => "LBP115",
            Self::AddressesFailAlike => "LBP116",
            Self::ChangeWaits { .. } => "LBP117",
            Self::KubeProxyUnhealthy { .. } => "LBP118",
            Self::DiffersFromService => "LBP119",
            Self::EndpointsWithoutWeight { .. } => "LBP120",
            Self::VirtualServersRefuse { .. } => "LBP121",
            Self::KubeProxyOlderThan { .. } => "LBP122",
            Self::CountsNoLocalEndpoint { .. } => "LBP123",
            Self::CountMayBeOfAMoment { .. } => "LBP187",
            Self::NodeNotEligible { .. } => "LBP124",
            Self::FailsBesideEndpoints => "LBP125",
            Self::OtherNodesUnreached { .. } => "LBP126",
            Self::AnswersOnEndpointNode => "LBP127",
            Self::NetworkUnavailable { .. } => "LBP128",
            Self::PodsFailAtClusterIp { .. } => "LBP129",
            Self::PodsFailAtEndpoints => "LBP130",
            Self::LimitedByPolicies { .. } => "LBP131",
            Self::PoliciesNotKnown { .. } => "LBP132",
            Self::AddressOfNode { .. } => "LBP133",
            Self::HeldByOtherNodes { .. } => "LBP134",
            Self::SourceRanges { .. } => "LBP135",
            Self::WithinSourceRange { .. } => "LBP136",
            Self::FailsOnceConnected { .. } => "LBP137",
            Self::AnsweredWithProxyHeader => "LBP138",
            Self::AnsweredInPlainHttp => "LBP139",
            Self::PortsNotDeclared { .. } => "LBP140",
            Self::FailsAtUndeclaredPort { .. } => "LBP141",
            Self::AddressOnNode { .. } => "LBP142",
            Self::Answers { .. } => "LBP143",
            Self::EndpointsAnswer { .. } => "LBP144",
            Self::AnsweredPortNotDeclared => "LBP145",
            Self::AnsweredAddressOnNode { .. } => "LBP146",
            Self::NodeListens => "LBP147",
            Self::NobodyListens => "LBP148",
            Self::NoIpvsDevice => "LBP149",
            Self::FailsAtExternalIps { .. } => "LBP150",
            Self::KubeProxyRule { .. } => "LBP151",
            Self::FailsAtClusterIp { .. } => "LBP152",
            Self::NameUnresolved { .. } => "LBP153",
            Self::NameLeadsTo { .. } => "LBP184",
            Self::LoadBalancerAnswersThere => "LBP185",
            Self::RefusalsKeptBack { .. } => "LBP186",
            Self::ClusterIpAnswersThere => "LBP154",
            Self::ChallengesPending { .. } => "LBP155",
            Self::CertManagerSays { .. } => "LBP156",
            Self::CheckFails { .. } => "LBP157",
            Self::MoreChecksFail { .. } => "LBP158",
            Self::NothingReady => "LBP159",
            Self::PolicyLocalNotFollowed { .. } => "LBP160",
            Self::PolicyCluster { .. } => "LBP161",
            Self::RedirectFails { .. } => "LBP162",
            Self::HostPortTaken { .. } => "LBP163",
            Self::EndpointsRefuse { .. } => "LBP188",
            Self::FailsElsewhere { .. } => "LBP189",
            Self::EndsAtRule { .. } => "LBP190",
            Self::ReplyToLoadBalancer { .. } => "LBP191",
            Self::OwnInterface { .. } => "LBP192",
            Self::PortsNotInSlices { .. } => "LBP164",
            Self::FailsAtPorts { .. } => "LBP165",
            Self::ServiceFamilies { .. } => "LBP166",
            Self::FailsAtAddress { .. } => "LBP167",
            Self::FailsNowAndThenAtClusterIp { .. } => "LBP168",
            Self::EndpointsAnswerNobody { .. } => "LBP169",
            Self::EndpointsNotDialled { .. } => "LBP170",
            Self::LeftOverSlice { .. } => "LBP171",
            Self::FailsAtNodePorts { .. } => "LBP172",
            Self::EndpointsReachedDirectly { .. } => "LBP173",
            Self::NodePortAnswersOwnHostAlone { .. } => "LBP193",
            Self::FailsOutside { .. } => "LBP174",
            Self::AnswersInside => "LBP175",
            Self::NoBackend { .. } => "LBP176",
            Self::WritesFailed { .. } => "LBP177",
            Self::NamedPodFails { .. } => "LBP178",
            Self::NamedPodGetsError { .. } => "LBP179",
            Self::PlainPodReaches { .. } => "LBP180",
            Self::Sidecar { .. } => "LBP181",
            Self::HostAlias { .. } => "LBP182",
            Self::ProxyVariables { .. } => "LBP183",
        }
    }
}

/// What rules causes out: LBP201 to LBP219.
impl Code for Proof {
    fn code(&self) -> &'static str {
        match self {
            Self::ReadyEndpoints { .. } => "LBP201",
            Self::OtherNodesReached { .. } => "LBP202",
            Self::PodsReachClusterIp => "LBP203",
            Self::NameAnswers => "LBP204",
            Self::PolicyIsCluster => "LBP205",
            Self::FailsBesideEndpoints { .. } => "LBP206",
            Self::FailsWithoutEndpoint { .. } => "LBP207",
            Self::KubeProxyHealthy { .. } => "LBP208",
            Self::CountsMatch => "LBP209",
        }
    }
}

/// What could explain contradictions: LBP221 to LBP239.
impl Code for PossibleReason {
    fn code(&self) -> &'static str {
        match self {
            Self::StaleRules { .. } => "LBP221",
            Self::DrainedServers { .. } => "LBP222",
            Self::RefusalRateLimited { .. } => "LBP223",
            Self::EndpointsChanged { .. } => "LBP230",
            Self::ModeNotAsked { .. } => "LBP224",
            Self::NetworkPolicy => "LBP225",
            Self::PodNetworkNotKnown { .. } => "LBP226",
            Self::PodNetwork { .. } => "LBP227",
            Self::Other => "LBP228",
            Self::FirewallBetweenNodes => "LBP229",
            Self::NobodyListens { .. } => "LBP231",
        }
    }
}

/// Risks: LBP301 to LBP319, LBP331 to LBP339, and LBP701 to LBP729.
impl Code for Risk {
    fn code(&self) -> &'static str {
        match self {
            Self::NodePortsWithoutEndpoint { .. } => "LBP701",
            Self::HeldWithoutEndpoint { .. } => "LBP702",
            Self::UnevenLoad { .. } => "LBP301",
            Self::LastEndpointOfNode { .. } => "LBP302",
            Self::DetectsStrangers { .. } => "LBP303",
            Self::NoBackendOutside { .. } => "LBP304",
            Self::LeftOverSlices { .. } => "LBP305",
            Self::EndpointsWithoutNode { .. } => "LBP306",
            Self::IpvsEnds { .. } => "LBP307",
            Self::ExternalIpsEnd => "LBP308",
            Self::RangesForHosts { .. } => "LBP309",
            Self::HealthCheckAtRoot { .. } => "LBP310",
            Self::HealthCheckAtPath { .. } => "LBP703",
            Self::HealthCheckFromBoundAddress { .. } => "LBP311",
            Self::IgnoredAnnotations { .. } => "LBP720",
            Self::AddressIsClusterIp { .. } => "LBP721",
            Self::TagsBesideRanges { .. } => "LBP722",
            Self::WeaveMasquerades => "LBP723",
            Self::LocalByAnnotation { .. } => "LBP724",
            Self::AnnouncedApart(_) => "LBP725",
            Self::KnownDefect(known) => known.defect.code(),
            Self::Hairpin { .. } => "LBP312",
            Self::OtherListeners { .. } => "LBP313",
            Self::SteadyUdpSenders { .. } => "LBP314",
            Self::AnnouncedWithoutEndpoint { .. } => "LBP315",
            Self::AnnouncedByCilium { .. } => "LBP316",
            Self::NoHealthMonitor => "LBP317",
            Self::LoopbackNodePorts => "LBP318",
            Self::AnsweredByEveryNode => "LBP319",
            Self::HeaderNotRead { .. } => "LBP331",
            Self::ServiceLbBesideMetalLb => "LBP332",
            Self::KubeVipBesideMetalLb => "LBP710",
            Self::FailedSync(_) => "LBP711",
            Self::ExternalIpsOfNobody { .. } => "LBP712",
            Self::EndsOnNode { .. } => "LBP333",
            Self::HealthCheckOfUdp => "LBP334",
            Self::LoadBalancerByHand => "LBP335",
            Self::AddressOfNode { .. } => "LBP336",
            Self::RepliesPastNode => "LBP337",
            Self::AnnouncedByNobody => "LBP338",
            Self::NotHeardByCloud => "LBP704",
            Self::HealthCheckOfKubeProxy => "LBP705",
            Self::HealthCheckAtFirstPort { .. } => "LBP706",
            Self::PortsNotForwarded { .. } => "LBP707",
            Self::HeaderNotTrusted { .. } => "LBP708",
            Self::HealthCheckOfKubeRouter => "LBP709",
            Self::OtherFamily { .. } => "LBP339",
        }
    }
}

/// Defects of other programs: LBP730 to LBP799.
impl Code for Defect {
    fn code(&self) -> &'static str {
        match self {
            Self::IpvsRefusesHealthChecks => "LBP730",
            Self::IpvsRefusesExternalIps => "LBP731",
            Self::IptablesLosesChanges => "LBP732",
            Self::NftablesInterfaceNames => "LBP733",
            Self::MetalLbNeedsEndpoint => "LBP734",
            Self::MetalLbSharesAddress => "LBP735",
            Self::MetalLbLeavesOutCordoned => "LBP736",
            Self::ServiceLbDropsLocal => "LBP737",
            Self::KubeVipFilters => "LBP738",
            Self::KubeVipSharesAddress => "LBP739",
            Self::CiliumBgpLacksGateways => "LBP740",
            Self::CiliumBgpIgnoresPolicy => "LBP741",
            Self::CiliumHostNetwork => "LBP742",
            Self::CiliumDropsOtherPorts => "LBP743",
            Self::CiliumLacksHealthChecks => "LBP744",
            Self::AntreaLacksHealthChecks => "LBP745",
            Self::AmazonVpcBesideNftables => "LBP746",
            Self::AmazonVpcPodTargets => "LBP747",
            Self::AwsInternalByDefault => "LBP748",
            Self::AzurePrivateLinkHeader => "LBP749",
            Self::VultrHealthCheckPort => "LBP750",
            Self::GceRegionAlone => "LBP751",
            Self::CalicoAnnouncesEverywhere => "LBP752",
            Self::CalicoAnnouncesNowhere => "LBP753",
            Self::CalicoBlackhole => "LBP754",
            Self::CalicoReflectorsKeepRoute => "LBP755",
        }
    }
}

/// Notes: LBP341 to LBP359.
impl Code for Note {
    fn code(&self) -> &'static str {
        match self {
            Self::PlainHttpSpoken { .. } => "LBP341",
            Self::GuessedProtocolNotSpoken { .. } => "LBP342",
            Self::Cordoned { .. } => "LBP343",
            Self::Tainted { .. } => "LBP344",
            Self::OnControlPlane { .. } => "LBP345",
            Self::WaitedForPolicies { .. } => "LBP346",
            Self::MadeAgain { .. } => "LBP347",
            Self::ModesDiffer { .. } => "LBP348",
            Self::ReleasesDiffer { .. } => "LBP349",
            Self::KubeProxyNotHeard { .. } => "LBP350",
            Self::Followed { .. } => "LBP351",
            Self::Carried { .. } => "LBP352",
            Self::NameResolves { .. } => "LBP353",
            Self::ClientCertificate => "LBP354",
            Self::OtherListener(_) => "LBP355",
        }
    }
}

/// Differences between the API and the nodes: LBP361 to LBP370.
impl Code for Difference {
    fn code(&self) -> &'static str {
        match self {
            Self::Mode { .. } => "LBP361",
            Self::ClusterCidr { .. } => "LBP362",
            Self::LocalEndpoints { .. } => "LBP363",
            Self::LeftOverDevice => "LBP364",
        }
    }
}

/// What is open: LBP371 to LBP399, and LBP561 to LBP579.
impl Code for Uncovered {
    fn code(&self) -> &'static str {
        match self {
            Self::OtherOs { .. } => "LBP381",
            Self::NotReady { .. } => "LBP382",
            Self::NotMeasured { .. } => "LBP383",
            Self::Ports { .. } => "LBP384",
            Self::OtherServiceProxy { .. } => "LBP385",
            Self::ProxyHeader { .. } => "LBP386",
            Self::TlsEnds { .. } => "LBP387",
            Self::LeftOverSlices { .. } => "LBP388",
            Self::AddressOfNode { .. } => "LBP389",
            Self::NodePortsOutside { .. } => "LBP390",
            Self::KubeProxyName { .. } => "LBP391",
            Self::ReleaseNotCompared { .. } => "LBP392",
            Self::Hostname { .. } => "LBP393",
            Self::Outside { .. } => "LBP394",
            Self::NetworkPolicies { .. } => "LBP395",
            Self::Virtual { .. } => "LBP396",
            Self::UnknownNodes { .. } => "LBP397",
            Self::Pending { .. } => "LBP398",
            Self::KubeProxyNotReady { .. } => "LBP399",
            Self::MasqueradedTwice { .. } => "LBP371",
            Self::SameAddress { .. } => "LBP372",
            Self::PortsUndeclared { .. } => "LBP373",
            Self::PassedOn { .. } => "LBP565",
            Self::AddressOfApiServer { .. } => "LBP566",
            Self::PortsOfUnprivileged { .. } => "LBP577",
            Self::AddressOfNodeByKubeVip { .. } => "LBP578",
            Self::Cluster { .. } => "LBP579",
            Self::KnownDefect(known) => known.defect.code(),
            Self::NearSelector { .. } => "LBP580",
            Self::PortsWithoutGateway { .. } => "LBP374",
            Self::Unread { .. } => "LBP567",
            Self::PoliciesNotEnforced { .. } => "LBP568",
            Self::SourceNotTold { .. } => "LBP569",
            Self::OtherListeners { .. } => "LBP570",
            Self::StaleEntries { .. } => "LBP571",
            Self::NodeAddressTaken { .. } => "LBP572",
            Self::SidecarsNotUp { .. } => "LBP573",
            Self::LoopbackAddress { .. } => "LBP575",
            Self::Announcement { .. } => "LBP576",
            Self::AddressOfNodeIfIpvs { .. } => "LBP375",
            Self::NoKubeProxy { .. } => "LBP376",
            Self::HostnameNotShown { .. } => "LBP377",
            Self::KubeProxyTooFew(_) => "LBP378",
            Self::HostPorts { .. } => "LBP379",
            Self::OwnAddress { .. } => "LBP380",
            Self::SharedPort { .. } => "LBP561",
            Self::NamedPods { .. } => "LBP562",
            Self::NameElsewhere { .. } => "LBP563",
            Self::StatusNotAsked { .. } => "LBP564",
        }
    }
}

/// Facts that are not known: LBP321 to LBP329, and LBP581 to LBP589.
impl Code for Gap {
    fn code(&self) -> &'static str {
        match self.kind {
            GapKind::KubeProxyConfiguration => "LBP321",
            GapKind::PodNetwork => "LBP322",
            GapKind::KubeProxyRelease => "LBP323",
            GapKind::NearbyServices => "LBP324",
            GapKind::NetworkPolicies => "LBP325",
            GapKind::Challenges => "LBP326",
            GapKind::HostPorts => "LBP327",
            GapKind::KubeProxyAssumed => "LBP328",
            GapKind::Advertisements => "LBP329",
            GapKind::ServicePolicies => "LBP581",
            GapKind::ServicePods => "LBP582",
            GapKind::NginxSettings => "LBP583",
            GapKind::Ingresses => "LBP584",
            GapKind::IstioGateways => "LBP585",
            GapKind::CalicoSettings => "LBP586",
        }
    }
}

/// What can be done: LBP401 to LBP459.
impl Code for Remedy {
    fn code(&self) -> &'static str {
        match self {
            Self::DialDnsName { .. } => "LBP401",
            Self::ExternalPolicyCluster { .. } => "LBP402",
            Self::EniBackends { .. } => "LBP403",
            Self::SecondLoadBalancer => "LBP404",
            Self::HostnameInStatus { .. } => "LBP405",
            Self::InternalPolicyCluster { .. } => "LBP406",
            Self::AddSourceRanges { .. } => "LBP407",
            Self::IpModeProxy => "LBP408",
            Self::EndpointOnEveryNode { .. } => "LBP409",
            Self::ClusterCidr { .. } => "LBP410",
            Self::LeaveIpvs => "LBP411",
            Self::UpgradeKubeProxy { .. } => "LBP412",
            Self::NetworkLoadBalancer => "LBP413",
            Self::SeparateLoadBalancers => "LBP414",
            Self::DeclarePorts { .. } => "LBP415",
            Self::AddressOfNoNode => "LBP416",
            Self::HairpinProxy => "LBP417",
            Self::DialPlainHttp => "LBP418",
            Self::LeaveExternalIps => "LBP419",
            Self::ForwardToPods => "LBP420",
            Self::AllowEgress { .. } => "LBP421",
            Self::CheckDns => "LBP422",
            Self::ResolveInside { .. } => "LBP423",
            Self::ListenAt { .. } => "LBP449",
            Self::CheckPods { .. } => "LBP424",
            Self::StartPods { .. } => "LBP425",
            Self::MatchPods { .. } => "LBP447",
            Self::SelectPods { .. } => "LBP448",
            Self::ReadKubeProxyLog => "LBP426",
            Self::NameKubeProxy => "LBP427",
            Self::RestoreWeight { .. } => "LBP428",
            Self::ReplacePods => "LBP429",
            Self::AroundLoopback { .. } => "LBP430",
            Self::OwnPatch { .. } => "LBP431",
            Self::ReachableRedirect { .. } => "LBP432",
            Self::NameToLoadBalancer { .. } => "LBP445",
            Self::MoveHostPort { .. } => "LBP433",
            Self::NameTargetPort { .. } => "LBP434",
            Self::DualStack { .. } => "LBP435",
            Self::CiliumReplacesKubeProxy => "LBP436",
            Self::UpgradeKubeRouter => "LBP437",
            Self::CompareEndpoints { .. } => "LBP438",
            Self::OpenNodePorts => "LBP439",
            Self::WidenNodePortAddresses { .. } => "LBP440",
            Self::ClusterCidrOfPods { .. } => "LBP441",
            Self::CheckLoadBalancer { .. } => "LBP442",
            Self::RequireNoHeader { .. } => "LBP443",
            Self::PassSidecar { .. } => "LBP444",
            Self::AskServers { .. } => "LBP446",
            Self::LookAtWay { .. } => "LBP450",
            Self::AskServersElsewhere { .. } => "LBP451",
            Self::AllowEgressTo { .. } => "LBP452",
            Self::PlainFromSidecar { .. } => "LBP453",
            Self::CompareRoutes { .. } => "LBP454",
            Self::AllowInterface { .. } => "LBP455",
            Self::CompareCertificates { .. } => "LBP456",
            Self::DualStackCluster => "LBP457",
            Self::TakeOffLocalAnnotation { .. } => "LBP458",
        }
    }
}

/// Why remedies do not help, or only in part: LBP461 to LBP479.
impl Code for Caveat {
    fn code(&self) -> &'static str {
        match self {
            Self::InternalPolicyBreaksName => "LBP461",
            Self::EniNeedsPolicyCluster => "LBP463",
            Self::HelpsHosts => "LBP464",
            Self::HelpsPodsOnly => "LBP465",
            Self::OwnerReverts { .. } => "LBP466",
            Self::SharersTogether { .. } => "LBP467",
        }
    }
}

/// What remedies need: LBP481 to LBP499.
impl Code for Prerequisite {
    fn code(&self) -> &'static str {
        match self {
            Self::TerwayEni => "LBP481",
            Self::AlibabaControllerEni => "LBP482",
            Self::AlibabaControllerHostname => "LBP483",
            Self::KubeProxyIpMode => "LBP484",
            Self::ControllerSetsIpMode => "LBP485",
        }
    }
}

/// Why nothing was measured: LBP501 to LBP559.
impl Code for Unmeasured {
    fn code(&self) -> &'static str {
        match self {
            Self::OutOfMemory => "LBP501",
            Self::NotStarted { .. } => "LBP502",
            Self::Terminated => "LBP503",
            Self::Killed => "LBP504",
            Self::Exited { .. } => "LBP505",
            Self::PodFailed { .. } => "LBP506",
            Self::ImageNotPulled { .. } => "LBP507",
            Self::ContainerNotStarted { .. } => "LBP508",
            Self::NoAnswer => "LBP509",
            Self::OtherRelease { .. } => "LBP510",
            Self::NotAProbe { .. } => "LBP511",
            Self::BadAnswer { .. } => "LBP512",
            Self::ServerSilent { .. } => "LBP513",
            Self::NotStarting { .. } => "LBP514",
            Self::KubeletSilent { .. } => "LBP515",
            Self::StartOverdue { .. } => "LBP516",
            Self::AnswerOverdue { .. } => "LBP517",
            Self::RunEnded => "LBP518",
            Self::PodRemoved => "LBP519",
            Self::NotCreated { .. } => "LBP520",
            Self::ChecksMissing { .. } => "LBP521",
            Self::NobodySpoke { .. } => "LBP522",
            Self::Other { .. } => "LBP523",
            Self::NeverChanged { .. } => "LBP524",
            Self::ImageAbsent { .. } => "LBP525",
            Self::NobodyAnsweredDatagrams { .. } => "LBP526",
            Self::ShellNotStarted { .. } => "LBP527",
        }
    }
}

/// Why expectations are not met, or cannot be judged: LBP601 to LBP639.
impl Code for ShortfallReason {
    fn code(&self) -> &'static str {
        match self {
            Self::Fails { .. } => "LBP601",
            Self::NobodyAnswered => "LBP602",
            Self::Reached => "LBP603",
            Self::NoStatus { .. } => "LBP604",
            Self::OtherStatus { .. } => "LBP605",
            Self::NoCertificate { .. } => "LBP606",
            Self::OtherCertificate { .. } => "LBP607",
            Self::TooSlow { .. } => "LBP608",
            Self::SourceIsNodes => "LBP609",
            Self::SourceIsClients => "LBP610",
            Self::NotMeasured => "LBP611",
            Self::NobodyAnsweredGuess => "LBP612",
            Self::SourceNotKnown => "LBP613",
            Self::TooFewNodes { .. } => "LBP614",
            Self::SelectsNothing => "LBP615",
            Self::NoSuchTarget { .. } => "LBP616",
            Self::Changed { .. } => "LBP617",
            Self::NoReport { .. } => "LBP618",
            Self::RedirectFails { .. } => "LBP619",
        }
    }
}

/// What of a Service is not what it was: LBP641 to LBP669.
impl Code for ServiceChange {
    fn code(&self) -> &'static str {
        match self {
            Self::ExternalTrafficPolicy { .. } => "LBP641",
            Self::InternalTrafficPolicy { .. } => "LBP642",
            Self::ClusterIps { .. } => "LBP643",
            Self::LoadBalancer { .. } => "LBP644",
            Self::ExternalIps { .. } => "LBP645",
            Self::SourceRanges { .. } => "LBP646",
            Self::HealthCheckNodePort => "LBP647",
            Self::ServiceProxy { .. } => "LBP648",
            Self::Ports => "LBP649",
            Self::Annotations => "LBP650",
            Self::Endpoint { .. } => "LBP651",
            Self::EndpointGone { .. } => "LBP652",
            Self::NoLoadBalancer => "LBP653",
            Self::NotReadAgain { .. } => "LBP654",
        }
    }
}

/// Why a watch heard nothing: LBP671 to LBP679.
impl Code for WatchGapReason {
    fn code(&self) -> &'static str {
        match self {
            Self::SamplesMissing => "LBP671",
            Self::NoSample => "LBP672",
            Self::NothingHeard => "LBP673",
            Self::ProbeEnded => "LBP674",
            Self::NotCreated { .. } => "LBP675",
            Self::Unmeasured(why) => why.code(),
        }
    }
}

/// What changed while a watch went on: LBP681 to LBP689.
impl Code for Changed {
    fn code(&self) -> &'static str {
        match self {
            Self::KubeProxyEnded { .. } => "LBP681",
            Self::KubeProxyAnswers { .. } => "LBP682",
            Self::Service(change) => change.code(),
        }
    }
}

/// What a watch does not know: LBP691 to LBP699.
impl Code for WatchUnknown {
    fn code(&self) -> &'static str {
        match self {
            Self::Changes { .. } => "LBP691",
            Self::Clocks { .. } => "LBP692",
            Self::UnansweredPorts { .. } => "LBP693",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn no_code_has_two_meanings() {
        let source = include_str!("codes.rs").split("#[cfg(test)]").next().unwrap();
        let mut known = BTreeSet::new();
        for code in source.split('"').filter(|part| part.starts_with("LBP")) {
            assert!(code.len() == 6 && code[3..].chars().all(|digit| digit.is_ascii_digit()), "{code}");
            assert!(known.insert(code), "{code} is there twice");
        }
        assert!(known.len() > 100, "{}", known.len());
    }

    #[test]
    fn each_defect_is_in_the_page_about_defects() {
        let page = include_str!("../../../docs/defects.md");
        for defect in Defect::ALL {
            assert_eq!(page.matches(&format!("| {} |", defect.code())).count(), 1, "{}", defect.code());
        }
    }

    #[test]
    fn each_risk_has_a_section_in_the_page_about_risks() {
        let (_, risks) = include_str!("codes.rs").split_once("impl Code for Risk {").unwrap();
        let (risks, _) = risks.split_once("\n}\n").unwrap();
        let codes: BTreeSet<_> = risks.split('"').filter(|part| part.starts_with("LBP")).collect();
        let headings = include_str!("../../../docs/risks.md").lines().filter_map(|line| line.strip_prefix("## "));
        let sections: Vec<_> = headings.map(|heading| heading.split(':').next().unwrap()).collect();
        assert!(codes.len() > 30 && sections.is_sorted(), "{sections:?}");
        assert_eq!(sections.iter().copied().collect::<BTreeSet<_>>(), codes);
        assert_eq!(sections.len(), codes.len());
    }

    #[test]
    fn each_cause_has_a_code_and_a_page_of_its_own() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/causes");
        let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let mut codes = BTreeSet::new();
        for kind in CauseKind::ALL {
            assert!(codes.insert(kind.code()), "{} is there twice", kind.code());
            let page = std::fs::read_to_string(folder.join(format!("{}.md", kind.code()))).unwrap();
            let kind_in_json = serde_json::to_string(&kind).unwrap();
            assert!(page.contains(&format!("`kind: {}`", kind_in_json.trim_matches('"'))), "{}", kind.code());
            assert!(index.contains(&format!("[{0}]({0}.md)", kind.code())), "{}", kind.code());
        }
    }
}
