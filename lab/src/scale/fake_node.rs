//! A node without a machine: all that the API has of it follows from its number. Pure but for the clock.

use std::net::{IpAddr, Ipv4Addr};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, Time};
use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::options::MOST_FAKE_NODES;

/// The node's hundred: the label by which a smaller cluster is selected.
const HUNDRED_LABEL: &str = "lab.lbprobe/hundred";

/// The address of the first node; those of the others follow it.
const FIRST_ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 18, 16, 1);

/// The first node's range of pods, of 256 addresses; those of the others follow it.
const FIRST_POD_RANGE: Ipv4Addr = Ipv4Addr::new(10, 128, 0, 0);

/// One node in so many has an endpoint of the Service.
const ENDPOINT_EVERY: u16 = 10;

/// Images that a node lists: most of what the API sends of a real one.
const IMAGES: u32 = 30;

/// A node without a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FakeNode(u16);

impl FakeNode {
    /// The first so many.
    pub fn first(nodes: u16) -> impl Iterator<Item = Self> + Clone {
        (0..nodes.min(MOST_FAKE_NODES)).map(Self)
    }

    /// Selects the first so many, a multiple of a hundred.
    #[must_use]
    pub fn selector(nodes: u16) -> String {
        let hundreds: Vec<_> = (0..nodes / 100).map(|hundred| hundred.to_string()).collect();
        format!("{HUNDRED_LABEL} in ({})", hundreds.join(","))
    }

    /// The one of this name; none where it is the name of another node.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.strip_prefix("fake-")?.parse::<u16>().ok().filter(|number| *number < MOST_FAKE_NODES).map(Self)
    }

    /// The one that has this address; none where it is another's.
    #[must_use]
    pub fn at(address: IpAddr) -> Option<Self> {
        let IpAddr::V4(address) = address else { return None };
        let number = u32::from(address).checked_sub(u32::from(FIRST_ADDRESS))?;
        u16::try_from(number).ok().filter(|number| *number < MOST_FAKE_NODES).map(Self)
    }

    /// Its number, counted from 0.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// Its name: names sort as numbers do.
    #[must_use]
    pub fn name(self) -> String {
        format!("fake-{:05}", self.0)
    }

    /// Its address.
    #[must_use]
    pub fn address(self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(FIRST_ADDRESS) + u32::from(self.0))
    }

    /// An address of its range of pods.
    #[must_use]
    pub fn pod_address(self, place: u8) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(FIRST_POD_RANGE) + u32::from(self.0) * 256 + u32::from(place))
    }

    /// Whether an endpoint of the Service runs on it.
    #[must_use]
    pub fn has_endpoint(self) -> bool {
        self.0.is_multiple_of(ENDPOINT_EVERY)
    }

    /// The Node object. Nodes with and without endpoint are in each of three zones and two pools.
    #[must_use]
    pub fn object(self) -> Value {
        let (name, number) = (self.name(), self.0);
        let pods = format!("{}/24", self.pod_address(0));
        let labels = json!({
            HUNDRED_LABEL: (number / 100).to_string(),
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": "ecs.g7.4xlarge",
            "topology.kubernetes.io/region": "region-1",
            "topology.kubernetes.io/zone": format!("zone-{}", number % 3),
            "alibabacloud.com/nodepool-id": format!("pool-{}", number / ENDPOINT_EVERY % 2),
        });
        json!({
            "metadata": { "name": name, "labels": labels },
            "spec": { "podCIDR": pods, "podCIDRs": [pods] },
            "status": self.status(),
        })
    }

    fn status(self) -> Value {
        let now = Time(Timestamp::now());
        let condition = |kind: &str| {
            json!({
                "type": kind,
                "status": if kind == "Ready" { "True" } else { "False" },
                "reason": "Kubelet",
                "message": "kubelet is posting ready status",
                "lastHeartbeatTime": now,
                "lastTransitionTime": now,
            })
        };
        let resources = json!({ "cpu": "16", "memory": "64Gi", "pods": "110" });
        json!({
            "capacity": resources,
            "allocatable": resources,
            "addresses": [{ "type": "InternalIP", "address": self.address() }, { "type": "Hostname", "address": self.name() }],
            "conditions": (["Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"].map(condition)),
            "images": (0..IMAGES).map(image).collect::<Vec<_>>(),
            "nodeInfo": {
                "machineID": "",
                "systemUUID": "",
                "bootID": "",
                "kernelVersion": "5.10",
                "osImage": "Linux",
                "containerRuntimeVersion": "containerd://1.7",
                "kubeletVersion": "v1.34.4",
                "kubeProxyVersion": "",
                "operatingSystem": "linux",
                "architecture": "amd64",
            },
        })
    }

    /// Its kubelet's lease. It is never renewed, and names a time ahead so that it is not old while the lab lives.
    #[must_use]
    pub fn lease(self) -> Value {
        let renewed = MicroTime(Timestamp::now() + SignedDuration::from_hours(10));
        json!({
            "metadata": { "name": self.name() },
            "spec": { "holderIdentity": self.name(), "leaseDurationSeconds": 40, "renewTime": renewed },
        })
    }
}

fn image(number: u32) -> Value {
    let name = format!("registry.example.com/team-{number}/application-{number}");
    json!({ "names": [format!("{name}@sha256:{number:064x}"), format!("{name}:v1.{number}.0")], "sizeBytes": 1_000_000 * (number + 1) })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_node_is_found_by_its_name_and_by_its_address() {
        for node in FakeNode::first(MOST_FAKE_NODES) {
            assert_eq!(FakeNode::named(&node.name()), Some(node));
            assert_eq!(FakeNode::at(node.address().into()), Some(node));
        }
        assert_eq!([FakeNode::named("node1"), FakeNode::named("fake-20000"), FakeNode::named("fake-")], [None; 3]);
        assert_eq!([[198_u8, 18, 0, 11], [198, 18, 16, 0], [198, 18, 200, 1]].map(|address| FakeNode::at(address.into())), [None; 3]);
    }

    #[test]
    fn the_addresses_of_the_last_node_are_nobody_elses() {
        let last = FakeNode(MOST_FAKE_NODES - 1);
        assert!(last.address() < Ipv4Addr::new(198, 18, 128, 0), "{}", last.address());
        assert!(last.pod_address(255) < Ipv4Addr::new(10, 244, 0, 0), "{}", last.pod_address(255));
    }

    #[test]
    fn each_zone_and_pool_of_the_first_hundred_has_nodes_with_and_without_endpoint() {
        let class = |node: FakeNode| {
            let labels = &node.object()["metadata"]["labels"];
            let label = |key: &str| labels[key].as_str().unwrap().to_owned();
            (node.has_endpoint(), label("topology.kubernetes.io/zone"), label("alibabacloud.com/nodepool-id"))
        };
        assert_eq!(FakeNode::first(100).map(class).collect::<BTreeSet<_>>().len(), 12);
        assert_eq!(FakeNode::first(100).filter(|node| node.has_endpoint()).count(), 10);
    }

    #[test]
    fn a_selector_names_the_hundreds() {
        assert_eq!(FakeNode::selector(300), "lab.lbprobe/hundred in (0,1,2)");
        assert_eq!(FakeNode(299).object()["metadata"]["labels"][HUNDRED_LABEL], "2");
    }
}
