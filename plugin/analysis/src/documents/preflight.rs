//! What can be done in a cluster, asked before anything is created.

use serde::{Deserialize, Serialize};

use super::{DocumentKind, Envelope};
use crate::preflight::{DeliveryPlan, LeftOut, Purpose, Readiness, Rights, Trial, TriedObject};

/// What a run would meet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Preflight {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// Where probe pods would start.
    pub probe_namespace: String,
    /// The rights of each purpose.
    pub rights: Vec<Rights>,
    /// The objects of a run, as the server takes them: asked by a dry run.
    pub objects: Vec<Trial>,
    /// Nodes that would be probed.
    pub nodes: usize,
    /// Those that would be left out.
    pub left_out: Vec<LeftOut>,
    /// How the probe would come to the nodes; nothing where that cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryPlan>,
}

impl Preflight {
    /// One of which nothing was asked yet.
    #[must_use]
    pub fn new(probe_namespace: String) -> Self {
        Self {
            envelope: Envelope::of(DocumentKind::Preflight),
            probe_namespace,
            rights: Vec::new(),
            objects: Vec::new(),
            nodes: 0,
            left_out: Vec::new(),
            delivery: None,
        }
    }

    fn may_not_have_image(&self) -> bool {
        matches!(self.delivery, Some(DeliveryPlan::Image { without: 1.., .. }))
    }

    /// What it comes to for a run: changing a Service is no part of that, and ConfigMaps are where the probe comes in them.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let carries = matches!(self.delivery, Some(DeliveryPlan::ConfigMaps(_)));
        let lacks = |purpose: Purpose| self.rights.iter().any(|rights| rights.purpose == purpose && !rights.missing.is_empty());
        let refused = |object: TriedObject| self.objects.iter().any(|trial| trial.object == object && trial.refused.is_some());
        let cannot_carry = carries && (lacks(Purpose::Carry) || refused(TriedObject::ConfigMap));
        let cannot_probe = lacks(Purpose::Read) || lacks(Purpose::Probe) || refused(TriedObject::Job) || refused(TriedObject::Pod);
        if cannot_probe || cannot_carry || self.nodes == 0 || self.delivery.is_none() {
            Readiness::NotReady
        } else if lacks(Purpose::ReadMore) || self.may_not_have_image() || refused(TriedObject::HostPod) || !self.left_out.is_empty() {
            Readiness::Partly
        } else {
            Readiness::Ready
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::CarriedBytes;
    use crate::preflight::Right;

    fn ready() -> Preflight {
        let every = [Purpose::Read, Purpose::Probe, Purpose::Carry, Purpose::ReadMore, Purpose::Fix];
        Preflight {
            rights: every.map(|purpose| Rights { purpose, missing: Vec::new() }).into(),
            nodes: 3,
            delivery: Some(DeliveryPlan::Image { image: "probe".into(), without: 0 }),
            ..Preflight::new("default".into())
        }
    }

    fn lacking(mut preflight: Preflight, purpose: Purpose) -> Readiness {
        let right = Right { verb: "create".into(), resource: "pods".into(), namespace: None };
        for rights in preflight.rights.iter_mut().filter(|rights| rights.purpose == purpose) {
            rights.missing.push(right.clone());
        }
        preflight.readiness()
    }

    #[test]
    fn only_what_a_run_cannot_do_without_ends_it() {
        assert_eq!(ready().readiness(), Readiness::Ready);
        assert_eq!(lacking(ready(), Purpose::Probe), Readiness::NotReady);
        assert_eq!(lacking(ready(), Purpose::ReadMore), Readiness::Partly);
        assert_eq!(lacking(ready(), Purpose::Fix), Readiness::Ready);
        assert_eq!(lacking(ready(), Purpose::Carry), Readiness::Ready, "the probe comes in its image");
        let carried = Preflight { delivery: Some(DeliveryPlan::ConfigMaps(CarriedBytes { nodes: 3, bytes: 6 })), ..ready() };
        assert_eq!(lacking(carried, Purpose::Carry), Readiness::NotReady);
        let refused = |object| Preflight { objects: vec![Trial { object, refused: Some("no".into()) }], ..ready() }.readiness();
        assert_eq!([TriedObject::HostPod, TriedObject::Pod].map(refused), [Readiness::Partly, Readiness::NotReady]);
        let unlisted = Preflight { delivery: Some(DeliveryPlan::Image { image: "probe".into(), without: 1 }), ..ready() };
        assert_eq!(unlisted.readiness(), Readiness::Partly, "whether it can be pulled is not known");
        assert_eq!(Preflight { nodes: 0, ..ready() }.readiness(), Readiness::NotReady);
    }
}
