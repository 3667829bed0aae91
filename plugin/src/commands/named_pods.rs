//! The pods that the user named, as a plan has them: found, fit to take the probe, and agreed to.

use std::collections::BTreeSet;

use lbprobe_analysis::facts::{Facts, NamedPod, Node, PodDelivery, ShellImage};
use lbprobe_analysis::plan::{Plan, Sampled, Skip, SkipReason, SkipSubject};
use lbprobe_analysis::text::messages::{Message, Question};

use super::confirm::agreed;
use crate::error::Error;
use crate::facts::from_api::{self, FoundPod, FoundPods, unfit_by_node};
use crate::kubernetes::Cluster;
use crate::probes::{has_image, most_carried_bytes, sendable};
use crate::settings::{Confirmation, Delivery, NamedPods, Pods};
use crate::terminal::say;

/// The plan with the named pods in it. The user is told what stays in them, and asked once.
pub(super) async fn add(cluster: &Cluster, wanted: &NamedPods, settings: &Pods, facts: &Facts, mut plan: Plan) -> Result<Plan, Error> {
    let FoundPods { pods, left_out } = from_api::named_pods(cluster, &wanted.names, &facts.service.namespace).await?;
    plan.skipped.extend(left_out);
    for found in pods {
        let unfit = unfit_by_node(&found.pod, &facts.nodes).map_or(Ok(()), Err);
        match unfit.and_then(|()| delivery(&found, wanted, settings, &facts.nodes)) {
            Err(reason) => plan.skipped.push(Skip { subject: SkipSubject::Pod(found.pod.to_string()), reason }),
            Ok(delivery) => plan.named_pods.push(NamedPod { delivery, ..found.pod }),
        }
    }
    agree(&plan, wanted.confirmation).await?;
    Ok(beside_plain_pods(plan, facts))
}

/// The plan with a plain pod beside each named one, also on nodes that were not asked for: alone, a pod that fails tells little.
fn beside_plain_pods(mut plan: Plan, facts: &Facts) -> Plan {
    let pods: Vec<_> = plan.named_pods.iter().map(|pod| pod.vantage.clone()).collect();
    for vantage in pods {
        if !plan.vantages.contains(&vantage) && facts.nodes.iter().any(|node| node.name == vantage.node) {
            plan.vantages.push(vantage);
        }
    }
    plan.sampled = plan.sampled.map(|sampled| Sampled::of(facts, sampled.per_class, &plan.vantages));
    plan
}

/// The same for the plans of several Services, which share the pods. Names without a namespace are of the first one's.
pub(super) async fn add_to_all(
    cluster: &Cluster,
    wanted: &NamedPods,
    settings: &Pods,
    subjects: &mut [(Facts, Plan)],
) -> Result<(), Error> {
    let Some(((facts, first), others)) = subjects.split_first_mut() else { return Ok(()) };
    *first = add(cluster, wanted, settings, facts, first.clone()).await?;
    for (facts, plan) in others {
        plan.named_pods.clone_from(&first.named_pods);
        plan.skipped.extend(first.skipped.iter().filter(|skip| matches!(skip.subject, SkipSubject::Pod(_))).cloned());
        *plan = beside_plain_pods(plan.clone(), facts);
    }
    Ok(())
}

/// The same for a plan that repeats a baseline. Pods are replaced: one of the same namespace, node and network counts in the place of
/// an earlier one. Earlier ones without any are left out with that reason.
pub(super) async fn add_again(
    cluster: &Cluster,
    wanted: &NamedPods,
    settings: &Pods,
    (facts, baseline): (&Facts, &Plan),
    plan: Plan,
) -> Result<Plan, Error> {
    let mut plan = add(cluster, wanted, settings, facts, plan).await?;
    let is_known = |pod: &str| plan.skipped.iter().any(|skip| matches!(&skip.subject, SkipSubject::Pod(known) if known == pod));
    let has_counterpart =
        |earlier: &NamedPod| plan.named_pods.iter().any(|pod| pod.namespace == earlier.namespace && pod.vantage == earlier.vantage);
    let not_named = baseline.named_pods.iter().filter(|pod| !has_counterpart(pod)).map(ToString::to_string);
    let left_out_before = baseline.skipped.iter().filter_map(|skip| match &skip.subject {
        SkipSubject::Pod(pod) if plan.named_pods.iter().all(|now| now.to_string() != *pod) => Some(pod.clone()),
        _ => None,
    });
    let missing: Vec<_> = not_named.chain(left_out_before).filter(|pod| !is_known(pod)).collect();
    let skip = |pod| Skip { subject: SkipSubject::Pod(pod), reason: SkipReason::NotNamed };
    plan.skipped.extend(missing.into_iter().map(skip));
    Ok(plan)
}

/// How the probe comes into a pod; why it cannot. A default image without a digest is pulled from nowhere: who owns its name in a
/// registry is not known.
fn delivery(found: &FoundPod, wanted: &NamedPods, settings: &Pods, nodes: &[Node]) -> Result<PodDelivery, SkipReason> {
    let image = &settings.image;
    let node = nodes.iter().find(|listed| listed.name == found.pod.vantage.node);
    let is_there = node.is_some_and(|node| has_image(node, &image.reference));
    let may_be_pulled = image.is_named_by_user || image.reference.contains("@sha256:");
    let shell = || {
        let architecture = sendable(node).map_err(|why| SkipReason::Said(why.to_string()))?;
        // An image that is merely on the node may be anybody's, whatever its name.
        let image = wanted.debug_image.as_ref().or(found.images.first());
        Ok(ShellImage { image: image.ok_or(SkipReason::NoShell)?.clone(), architecture })
    };
    let is_sent = wanted.debug_image.is_some();
    match settings.delivery {
        Delivery::Image if is_there || may_be_pulled => Ok(PodDelivery::Image),
        Delivery::Image => Err(SkipReason::NoImage(image.reference.clone())),
        Delivery::Auto { .. } if is_there && !is_sent => Ok(PodDelivery::Image),
        Delivery::Auto { .. } if may_be_pulled && !is_sent => Ok(shell().map_or(PodDelivery::Image, PodDelivery::ImageOrSent)),
        Delivery::ConfigMap | Delivery::Auto { .. } => Ok(PodDelivery::Sent(shell()?)),
    }
}

async fn agree(plan: &Plan, confirmation: Confirmation) -> Result<(), Error> {
    let pods: Vec<_> = plan.named_pods.iter().map(ToString::to_string).collect();
    if pods.is_empty() {
        return Ok(());
    }
    say(Message::EphemeralContainers { pods: &pods });
    for may_be_pulled in [false, true] {
        let images: BTreeSet<_> = plan.named_pods.iter().filter_map(|pod| sent_into(&pod.delivery, may_be_pulled)).collect();
        let images: Vec<_> = images.into_iter().map(str::to_owned).collect();
        if !images.is_empty() {
            say(Message::SentInto { images: &images, may_be_pulled, bytes: most_carried_bytes() });
        }
    }
    agreed(confirmation, Question::AddContainers { pods: pods.len() }, Error::NamedPodsUnconfirmed).await
}

/// The image whose shell gets the program: at once, or where the probe's own cannot be pulled.
fn sent_into(delivery: &PodDelivery, may_be_pulled: bool) -> Option<&str> {
    match delivery {
        PodDelivery::Sent(shell) if !may_be_pulled => Some(&shell.image),
        PodDelivery::ImageOrSent(shell) if may_be_pulled => Some(&shell.image),
        PodDelivery::Image | PodDelivery::Sent(_) | PodDelivery::ImageOrSent(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture::named_pod;

    use super::*;
    use crate::probes::carried_sizes;
    use crate::settings::{ProbeImage, Tolerations};

    fn settings(delivery: Delivery, image: &str, is_named_by_user: bool) -> Pods {
        Pods {
            namespace: None,
            image: ProbeImage { reference: image.into(), is_named_by_user },
            delivery,
            signer: None,
            pull_secrets: Vec::new(),
            tolerations: Tolerations::Node,
            client_certificate: None,
            start_timeout: None,
            deadline: None,
        }
    }

    fn found(images: &[&str]) -> FoundPod {
        FoundPod { pod: named_pod("node2"), images: images.iter().map(|image| (*image).to_owned()).collect() }
    }

    fn node(images: &[&str], architecture: &str) -> Node {
        let images = images.iter().map(|image| (*image).to_owned()).collect();
        Node { architecture: Some(architecture.into()), images, ..Node::named("node2") }
    }

    const AUTO: Delivery = Delivery::Auto { most_nodes: 2 };
    const PROBE: &str = "lbprobe/probe:v1";
    const PINNED: &str = "lbprobe/probe@sha256:00";

    fn chosen(settings: &Pods, debug_image: Option<&str>, node: Node, own: &[&str]) -> Result<PodDelivery, SkipReason> {
        let wanted = NamedPods { names: Vec::new(), debug_image: debug_image.map(str::to_owned), confirmation: Confirmation::Given };
        delivery(&found(own), &wanted, settings, &[node])
    }

    #[test]
    fn an_image_that_is_there_or_alone_allowed_is_used() {
        let there = || node(&[PROBE], "amd64");
        assert_eq!(chosen(&settings(AUTO, PROBE, false), None, there(), &["cart:7"]), Ok(PodDelivery::Image));
        assert_eq!(chosen(&settings(Delivery::Image, PINNED, false), None, node(&[], "amd64"), &["cart:7"]), Ok(PodDelivery::Image));
        let refused = chosen(&settings(Delivery::Image, PROBE, false), None, node(&[], "amd64"), &["cart:7"]);
        assert_eq!(refused, Err(SkipReason::NoImage(PROBE.into())));
    }

    /// Without `make` the program carries no probe, and can send none.
    #[test]
    fn the_program_is_sent_to_the_shell_that_is_most_certain_to_be_there() {
        if carried_sizes().is_empty() {
            let nothing = chosen(&settings(AUTO, PROBE, false), None, node(&[], "amd64"), &["cart:7"]);
            assert!(matches!(nothing, Err(SkipReason::Said(_))), "{nothing:?}");
            return;
        }
        let shell = |image: &str| ShellImage { image: image.into(), architecture: "amd64".into() };
        let auto = settings(AUTO, PROBE, false);
        let with_busybox = || node(&["pause:3", "elsewhere.example.com/busybox:1"], "amd64");
        assert_eq!(chosen(&auto, None, with_busybox(), &["cart:7"]), Ok(PodDelivery::Sent(shell("cart:7"))));
        assert_eq!(chosen(&auto, Some("mine:1"), with_busybox(), &["cart:7"]), Ok(PodDelivery::Sent(shell("mine:1"))));
        let pulled = chosen(&settings(AUTO, PINNED, false), None, node(&[], "amd64"), &["cart:7"]);
        assert_eq!(pulled, Ok(PodDelivery::ImageOrSent(shell("cart:7"))));
        let carried = settings(Delivery::ConfigMap, PROBE, false);
        assert_eq!(chosen(&carried, None, node(&[PROBE], "amd64"), &["cart:7"]), Ok(PodDelivery::Sent(shell("cart:7"))));
        assert_eq!(chosen(&auto, None, node(&[], "amd64"), &[]), Err(SkipReason::NoShell));
        let foreign = chosen(&auto, None, node(&[], "s390x"), &["cart:7"]);
        assert!(matches!(&foreign, Err(SkipReason::Said(why)) if why.contains("s390x")), "{foreign:?}");
    }
}
