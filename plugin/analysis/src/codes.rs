//! The codes by which causes are known outside: in reports, and as the pages of `docs/causes/`.
//!
//! A code never changes its meaning. That of a cause that is not told apart any more is not given to another.

use crate::diagnosis::CauseKind;

impl CauseKind {
    /// The code.
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
            Self::Unrecognised => "LBP020",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    /// Every cause; a new one is refused by the match below until it is here.
    const ALL: [CauseKind; 20] = [
        CauseKind::NoEndpoints,
        CauseKind::LocalPolicyWithoutLocalEndpoint,
        CauseKind::InternalPolicyWithoutLocalEndpoint,
        CauseKind::SourceRanges,
        CauseKind::Loopback,
        CauseKind::ClusterDns,
        CauseKind::UndeclaredPort,
        CauseKind::WrongServer,
        CauseKind::ProxyHeaderMissing,
        CauseKind::TlsEndsAtLoadBalancer,
        CauseKind::NetworkPolicy,
        CauseKind::BetweenNodes,
        CauseKind::StaleRules,
        CauseKind::DrainedServers,
        CauseKind::NodeNameDiffers,
        CauseKind::ExternalIps,
        CauseKind::AddressOfANode,
        CauseKind::CertManagerSelfCheck,
        CauseKind::Unreachable,
        CauseKind::Unrecognised,
    ];

    fn place(kind: CauseKind) -> usize {
        match kind {
            CauseKind::NoEndpoints => 0,
            CauseKind::LocalPolicyWithoutLocalEndpoint => 1,
            CauseKind::InternalPolicyWithoutLocalEndpoint => 2,
            CauseKind::SourceRanges => 3,
            CauseKind::Loopback => 4,
            CauseKind::ClusterDns => 5,
            CauseKind::UndeclaredPort => 6,
            CauseKind::WrongServer => 7,
            CauseKind::ProxyHeaderMissing => 8,
            CauseKind::TlsEndsAtLoadBalancer => 9,
            CauseKind::NetworkPolicy => 10,
            CauseKind::BetweenNodes => 11,
            CauseKind::StaleRules => 12,
            CauseKind::DrainedServers => 13,
            CauseKind::NodeNameDiffers => 14,
            CauseKind::ExternalIps => 15,
            CauseKind::AddressOfANode => 16,
            CauseKind::CertManagerSelfCheck => 17,
            CauseKind::Unreachable => 18,
            CauseKind::Unrecognised => 19,
        }
    }

    #[test]
    fn each_cause_has_a_code_and_a_page_of_its_own() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/causes");
        let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
        let mut codes = BTreeSet::new();
        for (number, kind) in ALL.into_iter().enumerate() {
            assert_eq!(place(kind), number);
            assert!(codes.insert(kind.code()), "{} is there twice", kind.code());
            let page = std::fs::read_to_string(folder.join(format!("{}.md", kind.code()))).unwrap();
            let kind_in_json = serde_json::to_string(&kind).unwrap();
            assert!(page.contains(&format!("`kind: {}`", kind_in_json.trim_matches('"'))), "{}", kind.code());
            assert!(index.contains(&format!("[{0}]({0}.md)", kind.code())), "{}", kind.code());
        }
    }
}
