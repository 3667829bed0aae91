//! The pods that the user named, as a plan has them: found, fit to take the probe, and agreed to.

use lbprobe_analysis::facts::{Facts, NamedPod, Node};
use lbprobe_analysis::plan::{Plan, Sampled, Skip, SkipReason, SkipSubject};
use lbprobe_analysis::text::messages::{Message, Question};

use super::confirm::agreed;
use crate::error::Error;
use crate::facts::from_api::{self, FoundPods, unfit_by_node};
use crate::kubernetes::Cluster;
use crate::probes::has_image;
use crate::settings::{Confirmation, NamedPods, ProbeImage};
use crate::terminal::say;

/// The plan with the named pods in it. The user is told what stays in them, and asked once.
pub(super) async fn add(cluster: &Cluster, wanted: &NamedPods, image: &ProbeImage, facts: &Facts, mut plan: Plan) -> Result<Plan, Error> {
    let FoundPods { pods, left_out } = from_api::named_pods(cluster, &wanted.names, &facts.service.namespace).await?;
    plan.skipped.extend(left_out);
    for pod in pods {
        match unfit_by_node(&pod, &facts.nodes).or_else(|| without_image(&pod.vantage.node, image, &facts.nodes)) {
            Some(reason) => plan.skipped.push(Skip { subject: SkipSubject::Pod(pod.to_string()), reason }),
            None => plan.named_pods.push(pod),
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
    image: &ProbeImage,
    subjects: &mut [(Facts, Plan)],
) -> Result<(), Error> {
    let Some(((facts, first), others)) = subjects.split_first_mut() else { return Ok(()) };
    *first = add(cluster, wanted, image, facts, first.clone()).await?;
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
    image: &ProbeImage,
    (facts, baseline): (&Facts, &Plan),
    plan: Plan,
) -> Result<Plan, Error> {
    let mut plan = add(cluster, wanted, image, facts, plan).await?;
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

/// A default image without a digest is pulled from nowhere: who owns its name in a registry is not known.
fn without_image(node: &str, image: &ProbeImage, nodes: &[Node]) -> Option<SkipReason> {
    let may_be_pulled = image.is_named_by_user || image.reference.contains("@sha256:");
    let is_there = nodes.iter().any(|listed| listed.name == node && has_image(listed, &image.reference));
    (!may_be_pulled && !is_there).then(|| SkipReason::NoImage(image.reference.clone()))
}

async fn agree(plan: &Plan, confirmation: Confirmation) -> Result<(), Error> {
    let pods: Vec<_> = plan.named_pods.iter().map(ToString::to_string).collect();
    if pods.is_empty() {
        return Ok(());
    }
    say(Message::EphemeralContainers { pods: &pods });
    agreed(confirmation, Question::AddContainers { pods: pods.len() }, Error::NamedPodsUnconfirmed).await
}
