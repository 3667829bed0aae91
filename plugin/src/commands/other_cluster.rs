//! The load balancer seen from a pod of another cluster, which a context of the user's kubeconfig names.

use std::net::IpAddr;

use lbprobe_analysis::facts::{Facts, Known, Node};
use lbprobe_analysis::observations::ProbeResult;
use lbprobe_analysis::plan::{Network, Vantage, unfit};
use lbprobe_analysis::text;
use lbprobe_protocol::{Check, Host, Plan, Record};

use super::probe::{LINGER_MS, limits, run_spec, say_carried, with_pods};
use crate::error::{Error, OtherClusterProblem};
use crate::facts::from_api;
use crate::kubernetes::{self, Cluster};
use crate::probes::{Delivery, ResultChannel, RunSpec, Runner};
use crate::report::ProgressLine;
use crate::settings::{self, Connection, Pods};
use crate::signals::Attention;
use crate::terminal::language;

/// Another cluster, and how a probe is to be put there.
pub(super) struct OtherCluster<'a> {
    pub(super) context: &'a str,
    /// The cluster of the Service.
    pub(super) own: &'a Cluster,
    /// The way there. The other one is reached as its own context says: nobody is impersonated in it.
    pub(super) connection: &'a Connection,
    pub(super) pods: &'a Pods,
}

impl OtherCluster<'_> {
    /// What one pod there sees, in the namespace of the context. `facts` are of this cluster.
    pub(super) async fn observe(&self, plan: &Plan, facts: &Facts, attention: &mut Attention) -> Result<Record, Error> {
        let seen = Box::pin(self.seen(plan, facts, attention)).await;
        seen.map_err(|cause| match cause {
            Problem::Ended(interrupted) => interrupted,
            Problem::Other(cause) => Error::OtherCluster { context: self.context.to_owned(), cause },
        })
    }

    async fn seen(&self, plan: &Plan, facts: &Facts, attention: &mut Attention) -> Result<Record, Problem> {
        let connection = Connection { context: Some(self.context.to_owned()), impersonation: None, ..self.connection.clone() };
        let cluster = attention.or(Box::pin(kubernetes::connect(&connection))).await?;
        let read = async { tokio::try_join!(from_api::listed_nodes(&cluster), async { Ok(from_api::policies_on_probes(&cluster).await) }) };
        let (nodes, policies) = attention.or(Box::pin(read)).await?;
        let ids = async { tokio::try_join!(from_api::id_of_first_node(self.own), from_api::id_of_first_node(&cluster)) };
        let (own, other) = attention.or(Box::pin(ids)).await?;
        if own == other {
            return Err(OtherClusterProblem::Same.into());
        }
        match policies {
            Known::Value(policies) => {
                if let Some(policy) = policies.into_iter().find(|policy| policy.limits_egress) {
                    return Err(OtherClusterProblem::HeldBack { namespace: policy.namespace, policy: policy.name }.into());
                }
            }
            Known::Unknown(cause) => return Err(OtherClusterProblem::PoliciesUnread { cause, namespace: cluster.namespace }.into()),
        }
        let plan = without_nodes(plan, &nodes);
        if plan.checks.is_empty() {
            return Err(OtherClusterProblem::NodesThere.into());
        }
        // kube-proxy there would answer in the place of this cluster's load balancer.
        let services = attention.or(Box::pin(from_api::addresses_of_services(&cluster))).await?;
        let is_dialled = |address: &IpAddr| plan.checks.iter().any(|check| check.host == Host::Address(*address));
        if let Some((address, service)) = services.into_iter().find(|(address, _)| is_dialled(address)) {
            return Err(OtherClusterProblem::OwnAddress { address, service }.into());
        }
        let node = chosen(&nodes).ok_or(OtherClusterProblem::NoNode)?;
        let vantage = Vantage { node: node.name.clone(), network: Network::Pod };
        // No other pod is looked for where this one does not start: a run is to be repeatable.
        let facts = Facts { nodes: nodes.clone(), ..Facts::of(facts.service.clone()) };
        let there = There { cluster: &cluster, facts: &facts, vantage, plan };
        let first = Box::pin(there.probe(self.pods, self.pods.delivery, attention)).await;
        match first {
            Err(Problem::Other(OtherClusterProblem::Request(cause))) if matches!(*cause, Error::ImageNotThere { .. }) => {
                say_carried(&cause, &Delivery::carried(&nodes, std::slice::from_ref(&there.vantage)));
                Box::pin(there.probe(self.pods, settings::Delivery::ConfigMap, attention)).await
            }
            seen => seen,
        }
    }
}

/// The pod that is to look, and what it is told.
struct There<'a> {
    cluster: &'a Cluster,
    facts: &'a Facts,
    vantage: Vantage,
    plan: Plan,
}

impl There<'_> {
    async fn probe(&self, pods: &Pods, delivery: settings::Delivery, attention: &mut Attention) -> Result<Record, Problem> {
        let vantages = std::slice::from_ref(&self.vantage);
        let delivery = Delivery::first(delivery, &pods.image, &self.facts.nodes, vantages)?;
        let plan = Plan { linger_ms: LINGER_MS, ..self.plan.clone() };
        let made = run_spec(self.cluster, pods, (limits(pods, None, 1), delivery), |_| plan.clone())?;
        let run_spec = RunSpec { namespace: self.cluster.namespace.clone(), ..made };
        let runner = Runner { cluster: self.cluster, run_spec: &run_spec, facts: self.facts, vantages, channel: ResultChannel::Logs };
        let seen = with_pods(&runner, attention, async |attention, live, job| {
            let line = ProgressLine::start(&self.facts.service.name);
            attention.or(runner.run(job, live, |progress| line.show(progress))).await
        });
        let (observations, signal) = Box::pin(seen).await?;
        if let Some(exit) = signal {
            return Err(Problem::Ended(Error::Interrupted(exit)));
        }
        match observations.probes.into_iter().next().map(|probe| probe.seen) {
            Some(ProbeResult::Record(record)) => Ok(record),
            Some(ProbeResult::Nothing(why)) => Err(OtherClusterProblem::Unmeasured(text::unmeasured(&why, language())).into()),
            None => Err(Problem::from(Error::NothingProbed)),
        }
    }
}

/// Why nothing was seen: an end that the user asked for is none of the other cluster's.
enum Problem {
    Ended(Error),
    Other(OtherClusterProblem),
}

impl From<Error> for Problem {
    fn from(cause: Error) -> Self {
        match cause {
            Error::Interrupted(_) => Self::Ended(cause),
            cause => Self::Other(OtherClusterProblem::Request(Box::new(cause))),
        }
    }
}

impl From<OtherClusterProblem> for Problem {
    fn from(cause: OtherClusterProblem) -> Self {
        Self::Other(cause)
    }
}

/// The checks that do not lead to nodes of the other cluster: private addresses may be given out in both.
fn without_nodes(plan: &Plan, nodes: &[Node]) -> Plan {
    let is_there = |address: &IpAddr| nodes.iter().any(|node| node.internal_ips.contains(address) || node.external_ips.contains(address));
    let leads_away = |check: &&Check| !matches!(&check.host, Host::Address(address) if is_there(address));
    Plan { checks: plan.checks.iter().filter(leads_away).cloned().collect(), ..plan.clone() }
}

/// A node that takes pods, one without taints where there is any: the same each time.
fn chosen(nodes: &[Node]) -> Option<&Node> {
    nodes.iter().filter(|node| unfit(node).is_none()).min_by_key(|node| (!node.taints.is_empty(), &node.name))
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::facts::{Node, Taint};

    use super::*;

    fn node(name: &str, address: &str) -> Node {
        Node { os: Some("linux".into()), internal_ips: vec![address.parse().unwrap()], ..Node::named(name) }
    }

    #[test]
    fn a_node_that_takes_any_pod_comes_first_and_one_that_takes_none_never() {
        let tainted =
            Node { taints: vec![Taint { key: "dedicated".into(), value: None, effect: "NoSchedule".into() }], ..node("a", "10.0.0.1") };
        let windows = Node { os: Some("windows".into()), ..node("b", "10.0.0.2") };
        let nodes = [tainted, windows, node("d", "10.0.0.4"), node("c", "10.0.0.3")];
        assert_eq!(chosen(&nodes).map(|node| node.name.as_str()), Some("c"));
        assert_eq!(chosen(&nodes[..2]).map(|node| node.name.as_str()), Some("a"));
        assert_eq!(chosen(&nodes[1..2]), None);
    }
}
