//! What a run would meet in a cluster, part by part.

use serde::{Deserialize, Serialize};

use crate::plan::{CarriedBytes, SkipReason};

/// What rights are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// Reading Services, endpoints and nodes.
    Read,
    /// Starting probe pods, hearing of them, and removing them.
    Probe,
    /// Sending the probe in ConfigMaps.
    Carry,
    /// Reading what makes an answer surer: kube-proxy's configuration, the pod network, policies, events.
    ReadMore,
    /// Changing a Service.
    Fix,
}

/// The rights of a purpose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rights {
    /// What they are for.
    pub purpose: Purpose,
    /// Those that are missing.
    pub missing: Vec<Right>,
}

/// A right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Right {
    /// "create", for instance.
    pub verb: String,
    /// With the group where it is not the core's: "jobs.batch".
    pub resource: String,
    /// In all namespaces where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// What the server said of an object that it was only asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trial {
    /// Which.
    pub object: TriedObject,
    /// The nodes of the pods that are meant, where the pods of others are answered otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Vec<String>>,
    /// What it said.
    #[serde(flatten)]
    pub admission: Admission,
}

/// Whether the server takes an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "admission", content = "reason", rename_all = "camelCase")]
pub enum Admission {
    /// It does.
    Admitted,
    /// It does not, in its words.
    Refused(String),
    /// A webhook of this name may not be asked without consequences.
    NotAsked(String),
}

/// An object of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TriedObject {
    /// The Job that owns the others.
    Job,
    /// A probe in the pod network.
    Pod,
    /// A probe on the host network.
    HostPod,
    /// What carries the probe.
    ConfigMap,
    /// A Secret for the client certificate.
    Secret,
}

/// Nodes that would be left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// The nodes.
    pub nodes: Vec<String>,
    /// Why.
    pub reason: SkipReason,
}

/// How the probe would come to the nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryPlan {
    /// In its image.
    Image {
        /// Which.
        image: String,
        /// Nodes that are not known to have it.
        without: usize,
    },
    /// In ConfigMaps.
    ConfigMaps(CarriedBytes),
}

/// What it comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Readiness {
    /// Everything would be measured.
    Ready,
    /// Something would be left out, or not be known.
    Partly,
    /// Nothing can be measured.
    NotReady,
}

/// What was found out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Findings {
    /// The rights of each purpose.
    pub rights: Vec<Rights>,
    /// The objects of a run, as the server takes them: asked by a dry run.
    pub objects: Vec<Trial>,
    /// Nodes that would be probed.
    pub nodes: usize,
    /// Those of them whose pods were not tried, nor any like them.
    pub not_tried: usize,
    /// Nodes that would be left out.
    pub left_out: Vec<LeftOut>,
    /// How the probe would come to the nodes; nothing where that cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivery: Option<DeliveryPlan>,
}

impl Findings {
    fn may_not_have_image(&self) -> bool {
        matches!(self.delivery, Some(DeliveryPlan::Image { without: 1.., .. }))
    }

    /// What it comes to for a run: changing a Service is no part of that, and ConfigMaps are where the probe comes in them.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let carries = matches!(self.delivery, Some(DeliveryPlan::ConfigMaps(_)));
        let lacks = |purpose: Purpose| self.rights.iter().any(|rights| rights.purpose == purpose && !rights.missing.is_empty());
        let of = |object: TriedObject| self.objects.iter().filter(move |trial| trial.object == object);
        let is_refused = |trial: &Trial| matches!(trial.admission, Admission::Refused(_));
        let takes_none = |object: TriedObject| of(object).next().is_some() && of(object).all(is_refused);
        let is_needed = |trial: &&Trial| carries || trial.object != TriedObject::ConfigMap;
        let cannot_carry = carries && (lacks(Purpose::Carry) || takes_none(TriedObject::ConfigMap)) || takes_none(TriedObject::Secret);
        // Pods of other kinds may be taken.
        let takes_no_pod = takes_none(TriedObject::Pod) && self.not_tried == 0;
        let cannot_probe = lacks(Purpose::Read) || lacks(Purpose::Probe) || takes_none(TriedObject::Job) || takes_no_pod;
        let all_admitted = self.objects.iter().filter(is_needed).all(|trial| trial.admission == Admission::Admitted);
        if cannot_probe || cannot_carry || self.nodes == 0 || self.delivery.is_none() {
            Readiness::NotReady
        } else if lacks(Purpose::ReadMore) || self.may_not_have_image() || !all_admitted || self.not_tried > 0 || !self.left_out.is_empty()
        {
            Readiness::Partly
        } else {
            Readiness::Ready
        }
    }
}

/// What the server said of an object on some nodes each, as few trials: one for each answer, and without nodes where there
/// is but one.
#[must_use]
pub fn trials_of(object: TriedObject, answers: Vec<(Vec<String>, Admission)>) -> Vec<Trial> {
    let mut trials: Vec<(Vec<String>, Admission)> = Vec::new();
    for (nodes, admission) in answers {
        match trials.iter_mut().find(|(_, known)| *known == admission) {
            Some((named, _)) => named.extend(nodes),
            None => trials.push((nodes, admission)),
        }
    }
    let differ = trials.len() > 1;
    trials.into_iter().map(|(nodes, admission)| Trial { object, nodes: differ.then_some(nodes), admission }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Findings {
        let every = [Purpose::Read, Purpose::Probe, Purpose::Carry, Purpose::ReadMore, Purpose::Fix];
        Findings {
            rights: every.map(|purpose| Rights { purpose, missing: Vec::new() }).into(),
            nodes: 3,
            delivery: Some(DeliveryPlan::Image { image: "probe".into(), without: 0 }),
            ..Findings::default()
        }
    }

    fn lacking(mut findings: Findings, purpose: Purpose) -> Readiness {
        let right = Right { verb: "create".into(), resource: "pods".into(), namespace: None };
        for rights in findings.rights.iter_mut().filter(|rights| rights.purpose == purpose) {
            rights.missing.push(right.clone());
        }
        findings.readiness()
    }

    fn carried() -> Findings {
        Findings { delivery: Some(DeliveryPlan::ConfigMaps(CarriedBytes { nodes: 3, bytes: 6 })), ..ready() }
    }

    fn refused() -> Admission {
        Admission::Refused("no".into())
    }

    #[test]
    fn only_what_a_run_cannot_do_without_ends_it() {
        assert_eq!(ready().readiness(), Readiness::Ready);
        assert_eq!(lacking(ready(), Purpose::Probe), Readiness::NotReady);
        assert_eq!(lacking(ready(), Purpose::ReadMore), Readiness::Partly);
        assert_eq!(lacking(ready(), Purpose::Fix), Readiness::Ready);
        assert_eq!(lacking(ready(), Purpose::Carry), Readiness::Ready, "the probe comes in its image");
        assert_eq!(lacking(carried(), Purpose::Carry), Readiness::NotReady);
        let with = |object, admission| Findings { objects: vec![Trial { object, nodes: None, admission }], ..ready() }.readiness();
        assert_eq!(
            [TriedObject::HostPod, TriedObject::Pod].map(|object| with(object, refused())),
            [Readiness::Partly, Readiness::NotReady]
        );
        assert_eq!(with(TriedObject::Pod, Admission::NotAsked("w".into())), Readiness::Partly, "it may be refused, or not");
        let unlisted = Findings { delivery: Some(DeliveryPlan::Image { image: "probe".into(), without: 1 }), ..ready() };
        assert_eq!(unlisted.readiness(), Readiness::Partly, "whether it can be pulled is not known");
        assert_eq!(Findings { nodes: 0, ..ready() }.readiness(), Readiness::NotReady);
        assert_eq!(Findings { not_tried: 1, ..ready() }.readiness(), Readiness::Partly);
        let some = Trial { object: TriedObject::Pod, nodes: None, admission: refused() };
        assert_eq!(Findings { not_tried: 1, objects: vec![some], ..ready() }.readiness(), Readiness::Partly, "others may be taken");
    }

    #[test]
    fn a_config_map_that_is_not_needed_is_tried_and_changes_nothing() {
        let with = |findings: Findings| {
            let trial = Trial { object: TriedObject::ConfigMap, nodes: None, admission: refused() };
            Findings { objects: vec![trial], ..findings }.readiness()
        };
        assert_eq!([with(ready()), with(carried())], [Readiness::Ready, Readiness::NotReady]);
    }

    #[test]
    fn pods_that_are_answered_otherwise_are_told_by_their_nodes() {
        let answers = |of_b: Admission| {
            let names = |name: &str| vec![name.to_owned()];
            vec![(names("a"), Admission::Admitted), (names("b"), of_b), (names("c"), Admission::Admitted)]
        };
        let same = trials_of(TriedObject::Pod, answers(Admission::Admitted));
        assert_eq!(same, [Trial { object: TriedObject::Pod, nodes: None, admission: Admission::Admitted }]);
        let differing = trials_of(TriedObject::Pod, answers(refused()));
        let named: Vec<_> = differing.iter().map(|trial| (trial.nodes.clone().unwrap().join(" "), trial.admission.clone())).collect();
        assert_eq!(named, [("a c".to_owned(), Admission::Admitted), ("b".to_owned(), refused())]);
        assert_eq!(Findings { objects: differing, ..ready() }.readiness(), Readiness::Partly);
    }
}
