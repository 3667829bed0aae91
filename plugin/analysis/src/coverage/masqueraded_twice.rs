//! kube-proxy from 1.16 on until it was mended masquerades packets twice on their way into a VXLAN tunnel, and fully at random:
//! with some kernels the outer checksum is wrong then, and a SYN is lost until its sixth repeat, for 63 seconds.
//! kubernetes issue 88986; mended by kubernetes PR 92035, also in 1.16.13, 1.17.9 and 1.18.6.

use super::Uncovered;
use crate::facts::{Facts, NetworkPlugin, Node, Version};

/// Of each minor release the first that is mended.
const MENDED: [Version; 3] =
    [Version { major: 1, minor: 16, patch: 13 }, Version { major: 1, minor: 17, patch: 9 }, Version { major: 1, minor: 18, patch: 6 }];

pub(super) fn open(facts: &Facts) -> Option<Uncovered> {
    // Flannel's default is VXLAN; Calico has it as one of three.
    let refuses = facts.pod_network.value().is_some_and(|network| network.refuses_vxlan);
    let may_have_tunnels =
        |node: &Node| !refuses && matches!(facts.network_plugin(Some(node)), Some(NetworkPlugin::Flannel | NetworkPlugin::Calico));
    let affected = |node: &&Node| facts.kube_proxy_release(node).is_some_and(is_affected) && may_have_tunnels(node);
    let release = facts.nodes.iter().find(affected).and_then(|node| facts.kube_proxy_release(node))?;
    let nodes: Vec<_> = facts.nodes.iter().filter(affected).map(|node| node.name.clone()).collect();
    (facts.nodes.len() > 1).then_some(Uncovered::MasqueradedTwice { release, nodes })
}

fn is_affected(release: Version) -> bool {
    MENDED.iter().any(|mended| release.major == mended.major && release.minor == mended.minor && release < *mended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_minor_release_has_its_own_end() {
        for (minor, patch, affected) in
            [(15, 12, false), (16, 0, true), (16, 13, false), (17, 3, true), (17, 9, false), (18, 5, true), (18, 6, false), (19, 0, false)]
        {
            assert_eq!(is_affected(Version { major: 1, minor, patch }), affected, "1.{minor}.{patch}");
        }
    }
}
