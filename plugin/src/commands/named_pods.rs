//! The pods that the user named, as a plan has them: found, fit to take the probe, and agreed to.

use lbprobe_analysis::facts::{Facts, Node};
use lbprobe_analysis::plan::{Plan, Skip, SkipReason, SkipSubject};
use lbprobe_analysis::text::messages::{Message, Question};

use super::confirm::confirm;
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
    Ok(plan)
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
    for (_, plan) in others {
        plan.named_pods.clone_from(&first.named_pods);
        plan.skipped.extend(first.skipped.iter().filter(|skip| matches!(skip.subject, SkipSubject::Pod(_))).cloned());
    }
    Ok(())
}

/// The same for a plan that has the pods of a report: pods are replaced, so that those that the user names now count in
/// their place. Without any, those of the report are looked for again.
pub(super) async fn add_again(
    cluster: &Cluster,
    wanted: &NamedPods,
    image: &ProbeImage,
    facts: &Facts,
    mut plan: Plan,
) -> Result<Plan, Error> {
    let earlier = std::mem::take(&mut plan.named_pods);
    plan.skipped.retain(|skip| !matches!(skip.subject, SkipSubject::Pod(_)));
    if !wanted.names.is_empty() || earlier.is_empty() {
        return add(cluster, wanted, image, facts, plan).await;
    }
    for pod in earlier {
        plan.skipped.push(Skip { subject: SkipSubject::Pod(pod.to_string()), reason: SkipReason::NotNamed });
    }
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
    if confirmation == Confirmation::Given {
        return Ok(());
    }
    match confirm(Question::AddContainers).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::NothingProbed),
        Err(Error::Unconfirmed) => Err(Error::NamedPodsUnconfirmed),
        Err(cause) => Err(cause),
    }
}
