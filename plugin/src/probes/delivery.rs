//! How the probe's program comes to the nodes: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lbprobe_analysis::facts::Node;
use lbprobe_analysis::plan::{CarriedBytes, Vantage};

use super::carried::{CarriedProbe, carried_probe, is_any_carried};
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
    /// How a run begins. An image that the user named is waited for as long as a pod may take to start.
    pub(crate) fn first(
        wanted: settings::Delivery,
        image: &settings::ProbeImage,
        listed: &[Node],
        vantages: &[Vantage],
    ) -> Result<Self, Error> {
        let nodes: BTreeSet<_> = vantages.iter().map(|vantage| vantage.node.as_str()).collect();
        Ok(match wanted {
            settings::Delivery::ConfigMap if !is_any_carried() => return Err(Error::NotCarried { why: NotCarried::Nothing }),
            settings::Delivery::ConfigMap => Self::carried(listed, vantages),
            settings::Delivery::Image => Self::Image(ImageDelivery { may_fall_back: false, without_image: BTreeSet::new() }),
            settings::Delivery::Auto { most_nodes } => {
                let probed = listed.iter().filter(|node| nodes.contains(node.name.as_str()));
                let without = probed
                    .filter(|node| !image.is_named_by_user && !node.images.iter().any(|listed| is_the_same(listed, &image.reference)));
                Self::Image(ImageDelivery {
                    may_fall_back: is_any_carried() && nodes.len() <= most_nodes,
                    without_image: without.map(|node| node.name.clone()).collect(),
                })
            }
        })
    }

    /// By ConfigMaps.
    pub(crate) fn carried(listed: &[Node], vantages: &[Vantage]) -> Self {
        let probed: BTreeSet<_> = vantages.iter().map(|vantage| vantage.node.as_str()).collect();
        let nodes = listed.iter().filter(|node| probed.contains(node.name.as_str()));
        let node = |node: &Node| (node.name.clone(), CarriedNode { architecture: node.architecture.clone(), images: node.images.clone() });
        Self::Carried(Carried { nodes: nodes.map(node).collect() })
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

    /// What it costs, where the probe is carried.
    pub(crate) fn bytes(&self) -> Option<CarriedBytes> {
        let probes: Vec<_> = self.as_carried()?.nodes.values().filter_map(|node| carried_probe(node.architecture.as_deref()?)).collect();
        Some(CarriedBytes { nodes: probes.len(), bytes: probes.iter().map(|probe| probe.bytes()).sum() })
    }
}

/// Whether a node's name of an image is a reference: one without a registry's host is Docker Hub's.
fn is_the_same(listed: &str, reference: &str) -> bool {
    listed == reference || listed.strip_prefix("docker.io/").is_some_and(|rest| rest == reference)
}

impl Carried {
    /// The probe for a node, and the image that it starts in at an attempt.
    pub(super) fn to_node(&self, node: &str, attempt: usize) -> Result<(&'static CarriedProbe, &str), NotCarried> {
        let node = self.nodes.get(node).ok_or(NotCarried::NoImage)?;
        let architecture = node.architecture.as_deref().ok_or(NotCarried::UnknownArchitecture)?;
        let probe = carried_probe(architecture).ok_or_else(|| NotCarried::Architecture(architecture.to_owned()))?;
        let image = node.images.iter().take(MOST_IMAGES).nth(attempt).ok_or(NotCarried::NoImage)?;
        Ok((probe, image))
    }

    /// Whether there is another image to try on a node.
    pub(super) fn has_image(&self, node: &str, attempt: usize) -> bool {
        self.to_node(node, attempt).is_ok()
    }

    /// The probes that are needed, one for each architecture.
    pub(super) fn probes(&self) -> impl Iterator<Item = &'static CarriedProbe> {
        let probes = self.nodes.values().filter_map(|node| carried_probe(node.architecture.as_deref()?));
        let by_architecture: BTreeMap<_, _> = probes.map(|probe| (probe.architecture(), probe)).collect();
        by_architecture.into_values()
    }
}
