//! How the probe's program comes to the nodes: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lbprobe_analysis::facts::Node;
use lbprobe_analysis::plan::{CarriedBytes, Vantage};

use super::build::new_run_id;
use super::carried::{CarriedProbe, carried_probe, is_any_carried, probe_for};
use crate::error::{Error, NotCarried};
use crate::settings;

/// Images of a node that are tried one after the other.
const MOST_IMAGES: usize = 3;

/// How the probe's program comes to the nodes of a run.
#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    /// In its image.
    Image(ImageDelivery),
    /// In ConfigMaps, beside an image that the node has.
    Carried(Carried),
}

/// How the probe's image is waited for.
#[derive(Clone, Debug)]
pub(crate) struct ImageDelivery {
    /// Whether the run goes on by ConfigMaps where the image cannot be pulled.
    pub(super) may_fall_back: bool,
    /// The nodes that are not known to have the image, and are given only a short time to pull it.
    pub(super) without_image: BTreeSet<String>,
}

/// What the nodes of a run have that matters where the probe is carried.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    /// Part of the names of the ConfigMaps, which nobody can know from the Job and so be quicker with one of their own.
    pub(super) id: String,
    nodes: HashMap<String, CarriedNode>,
}

#[derive(Clone, Debug)]
struct CarriedNode {
    architecture: Option<String>,
    /// Images that are there, the most suitable first.
    images: Vec<String>,
}

impl ImageDelivery {
    /// Whether a node is not known to have the image.
    pub(super) fn is_missing_on(&self, node: &str) -> bool {
        self.without_image.contains(node)
    }
}

impl Delivery {
    /// How a run begins. An image that the user named is waited for as long as a pod may take to start. The default of a
    /// build without a release is pulled from nowhere: who owns its name in a registry is not known.
    pub(crate) fn first(
        wanted: settings::Delivery,
        image: &settings::ProbeImage,
        listed: &[Node],
        vantages: &[Vantage],
    ) -> Result<Self, Error> {
        let most_nodes = match wanted {
            settings::Delivery::ConfigMap if !is_any_carried() => return Err(Error::NotCarried { why: NotCarried::Nothing }),
            settings::Delivery::ConfigMap => return Ok(Self::carried(listed, vantages)),
            settings::Delivery::Image => return Ok(Self::Image(ImageDelivery { may_fall_back: false, without_image: BTreeSet::new() })),
            settings::Delivery::Auto { most_nodes } => most_nodes,
        };
        let nodes = probed(listed, vantages);
        let without = nodes.iter().filter(|node| !image.is_named_by_user && !has_image(node, &image.reference));
        let without_image: BTreeSet<_> = without.map(|node| node.name.clone()).collect();
        let may_carry = nodes.len() <= most_nodes && nodes.iter().all(|node| CarriedNode::of(node).at(0).is_ok());
        if may_carry && !without_image.is_empty() && !image.reference.contains("@sha256:") {
            return Ok(Self::carried(listed, vantages));
        }
        Ok(Self::Image(ImageDelivery { may_fall_back: may_carry, without_image }))
    }

    /// By ConfigMaps.
    pub(crate) fn carried(listed: &[Node], vantages: &[Vantage]) -> Self {
        let nodes = probed(listed, vantages).into_iter().map(|node| (node.name.clone(), CarriedNode::of(node)));
        Self::Carried(Carried { nodes: nodes.collect(), id: new_run_id() })
    }

    /// How many pods one vantage may have, one after the other.
    pub(super) fn attempts(&self) -> usize {
        match self {
            Self::Image(_) => 1,
            Self::Carried(_) => MOST_IMAGES,
        }
    }

    pub(super) fn as_carried(&self) -> Option<&Carried> {
        match self {
            Self::Image(_) => None,
            Self::Carried(carried) => Some(carried),
        }
    }

    /// Whether the probe is carried, or may come to be.
    pub(crate) fn may_carry(&self) -> bool {
        match self {
            Self::Image(image) => image.may_fall_back,
            Self::Carried(_) => true,
        }
    }

    /// What it costs, where the probe is carried.
    pub(crate) fn bytes(&self) -> Option<CarriedBytes> {
        let probes: Vec<_> = self.as_carried()?.sent().collect();
        Some(CarriedBytes { nodes: probes.len(), bytes: probes.iter().map(|probe| probe.bytes()).sum() })
    }
}

/// Whether a node lists an image.
pub(crate) fn has_image(node: &Node, image: &str) -> bool {
    node.images.iter().any(|listed| is_the_same(listed, image))
}

/// How many nodes of these vantages do not list an image. They may have it all the same: kubelet lists some alone.
pub(crate) fn nodes_without(image: &str, listed: &[Node], vantages: &[Vantage]) -> usize {
    let lists = |node: &&&Node| has_image(node, image);
    let nodes = probed(listed, vantages);
    nodes.len() - nodes.iter().filter(lists).count()
}

/// The nodes of these vantages, once each.
fn probed<'a>(listed: &'a [Node], vantages: &[Vantage]) -> Vec<&'a Node> {
    let probed: BTreeSet<_> = vantages.iter().map(|vantage| vantage.node.as_str()).collect();
    listed.iter().filter(|node| probed.contains(node.name.as_str())).collect()
}

/// Whether a node's name of an image is a reference: one without a registry's host is Docker Hub's.
fn is_the_same(listed: &str, reference: &str) -> bool {
    listed == reference || listed.strip_prefix("docker.io/").is_some_and(|rest| rest == reference)
}

impl Carried {
    /// The probe for a node, and the image that it starts in at an attempt.
    pub(super) fn to_node(&self, node: &str, attempt: usize) -> Result<(&'static CarriedProbe, &str), NotCarried> {
        self.nodes.get(node).ok_or(NotCarried::NoImage)?.at(attempt)
    }

    /// Whether there is another image to try on a node.
    pub(super) fn has_image(&self, node: &str, attempt: usize) -> bool {
        self.to_node(node, attempt).is_ok()
    }

    /// The probes that are needed, one for each architecture.
    pub(super) fn probes(&self) -> impl Iterator<Item = &'static CarriedProbe> {
        let by_architecture: BTreeMap<_, _> = self.sent().map(|probe| (probe.architecture(), probe)).collect();
        by_architecture.into_values()
    }

    /// The probe of each node that one is carried for.
    fn sent(&self) -> impl Iterator<Item = &'static CarriedProbe> {
        self.nodes.values().filter_map(|node| carried_probe(node.architecture.as_deref()?))
    }
}

impl CarriedNode {
    fn of(node: &Node) -> Self {
        Self { architecture: node.architecture.clone(), images: node.images.clone() }
    }

    /// The probe for the node, and the image that it starts in at an attempt.
    fn at(&self, attempt: usize) -> Result<(&'static CarriedProbe, &str), NotCarried> {
        let probe = probe_for(self.architecture.as_deref())?;
        let image = self.images.iter().take(MOST_IMAGES).nth(attempt).ok_or(NotCarried::NoImage)?;
        Ok((probe, image))
    }
}

#[cfg(test)]
mod tests {
    use std::slice;

    use lbprobe_analysis::plan::Network;

    use super::*;
    use crate::settings::ProbeImage;

    const AUTO: settings::Delivery = settings::Delivery::Auto { most_nodes: 2 };

    fn node(name: &str, images: &[&str]) -> Node {
        let images = images.iter().map(|image| (*image).to_owned()).collect();
        Node { architecture: Some("amd64".into()), images, ..Node::named(name) }
    }

    fn vantages(nodes: &[Node]) -> Vec<Vantage> {
        nodes.iter().map(|node| Vantage { node: node.name.clone(), network: Network::Pod }).collect()
    }

    fn image(reference: &str, is_named_by_user: bool) -> ProbeImage {
        ProbeImage { reference: reference.into(), is_named_by_user }
    }

    fn missing_on(image: &ProbeImage, nodes: &[Node]) -> Vec<String> {
        let Ok(Delivery::Image(delivery)) = Delivery::first(AUTO, image, nodes, &vantages(nodes)) else {
            panic!("auto begins with the image")
        };
        delivery.without_image.into_iter().collect()
    }

    #[test]
    fn only_a_default_image_with_a_digest_is_given_a_short_time_and_only_where_it_is_missing() {
        let reference = "registry.example.com/lbprobe/probe@sha256:00";
        let nodes = [node("a", &["docker.io/lbprobe/probe:v1"]), node("b", &[reference])];
        assert_eq!(missing_on(&image(reference, false), &nodes), ["a"]);
        assert!(missing_on(&image(reference, true), &nodes).is_empty());
        // Of nodes that are not probed nothing is wanted.
        let probed = vantages(&nodes[1..]);
        let Ok(Delivery::Image(delivery)) = Delivery::first(AUTO, &image(reference, false), &nodes, &probed) else { panic!() };
        assert!(delivery.without_image.is_empty());
    }

    /// Whoever owns such a name in a registry would run a program on every node.
    #[test]
    fn a_default_image_without_a_digest_is_used_where_it_is_and_pulled_nowhere() {
        let nodes = [node("a", &["docker.io/lbprobe/probe:v1"]), node("b", &["pause"])];
        let first = |nodes: &[Node]| Delivery::first(AUTO, &image("lbprobe/probe:v1", false), nodes, &vantages(nodes)).unwrap();
        assert!(matches!(first(&nodes[..1]), Delivery::Image(_)));
        assert_eq!(first(&nodes).as_carried().is_some(), is_any_carried());
    }

    #[test]
    fn a_run_goes_on_by_config_maps_only_where_each_node_can_be_sent_them() {
        let nodes = [node("a", &["pause"]), node("b", &["pause"]), node("c", &["pause"])];
        let may_fall_back = |nodes: &[Node]| match Delivery::first(AUTO, &image("probe", true), nodes, &vantages(nodes)) {
            Ok(Delivery::Image(delivery)) => delivery.may_fall_back,
            _ => panic!("auto begins with the image"),
        };
        assert!(!may_fall_back(&nodes), "more than the bound");
        assert_eq!(may_fall_back(&nodes[..2]), is_any_carried());
        assert!(!may_fall_back(&[nodes[0].clone(), node("bare", &[])]));
        assert!(!may_fall_back(&[nodes[0].clone(), Node { architecture: Some("s390x".into()), ..nodes[1].clone() }]));
    }

    #[test]
    fn a_node_without_image_or_architecture_is_told_and_three_images_are_tried() {
        let bare = Node { architecture: None, ..node("bare", &["pause"]) };
        let nodes = [node("empty", &[]), bare, Node { architecture: Some("s390x".into()), ..node("other", &["pause"]) }];
        let Delivery::Carried(carried) = Delivery::carried(&nodes, &vantages(&nodes)) else { panic!("carried") };
        assert_eq!(carried.to_node("bare", 0).unwrap_err(), NotCarried::UnknownArchitecture);
        assert_eq!(carried.to_node("other", 0).unwrap_err(), NotCarried::Architecture("s390x".into()));
        if is_any_carried() {
            assert_eq!(carried.to_node("empty", 0).unwrap_err(), NotCarried::NoImage);
            let four = node("four", &["pause", "kube-proxy", "coredns", "app"]);
            let Delivery::Carried(carried) = Delivery::carried(slice::from_ref(&four), &vantages(slice::from_ref(&four))) else { panic!() };
            let images: Vec<_> = (0..5).map_while(|attempt| carried.to_node("four", attempt).ok()).map(|(_, image)| image).collect();
            assert_eq!(images, ["pause", "kube-proxy", "coredns"]);
        }
    }
}
