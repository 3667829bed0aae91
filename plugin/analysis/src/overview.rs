//! All Services of a cluster at a glance: which of them will fail from some node, most affected
//! first.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::facts::{Facts, TrafficPolicy};
use crate::plan::{Network, Plan};
use crate::prediction::{Outlook, Prediction, will_fail};
use crate::report::API_VERSION;

/// A line for each Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// [`API_VERSION`].
    pub api_version: String,
    /// Always `Overview`.
    pub kind: String,
    /// The Services of type LoadBalancer that have an address.
    pub services: Vec<Glance>,
}

impl Default for Overview {
    fn default() -> Self {
        Self { api_version: API_VERSION.into(), kind: "Overview".into(), services: Vec::new() }
    }
}

/// What is to be expected of one Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Glance {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// `externalTrafficPolicy`.
    pub external_traffic_policy: TrafficPolicy,
    /// How many endpoints are ready.
    pub ready_endpoints: usize,
    /// Nodes that were asked about.
    pub nodes: usize,
    /// Nodes from whose pods some check will fail.
    pub failing_from_pods: usize,
    /// Nodes from whose host network some check will fail.
    pub failing_from_hosts: usize,
    /// What it comes to.
    pub outlook: Outlook,
    /// The rule behind the first check that fails, or may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
}

impl Overview {
    /// Adds a Service.
    pub fn add(&mut self, facts: &Facts, plan: &Plan) {
        self.services.push(Glance::new(facts, plan));
    }

    /// Most affected first; those that are equally affected by name.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        let key = |glance: &Glance| {
            let affected = glance.failing_from_pods + glance.failing_from_hosts;
            (std::cmp::Reverse(affected), glance.outlook == Outlook::Fine, glance.namespace.clone(), glance.name.clone())
        };
        self.services.sort_by_cached_key(key);
        self
    }

    /// What it comes to for all of them.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        let any = |outlook| self.services.iter().any(|glance| glance.outlook == outlook);
        match (any(Outlook::Fails), any(Outlook::Depends)) {
            (true, _) => Outlook::Fails,
            (false, true) => Outlook::Depends,
            (false, false) => Outlook::Fine,
        }
    }
}

impl Glance {
    fn new(facts: &Facts, plan: &Plan) -> Self {
        let prediction = Prediction::new(facts, plan);
        let failing = |network| {
            let checks =
                prediction.service_checks(plan).filter(|(vantage, _, expectation)| vantage.network == network && will_fail(expectation));
            checks.map(|(vantage, _, _)| &vantage.node).collect::<BTreeSet<_>>().len()
        };
        Self {
            namespace: facts.service.namespace.clone(),
            name: facts.service.name.clone(),
            external_traffic_policy: facts.service.external_traffic_policy,
            ready_endpoints: facts.ready_endpoints(),
            nodes: plan.vantages.iter().map(|vantage| &vantage.node).collect::<BTreeSet<_>>().len(),
            failing_from_pods: failing(Network::Pod),
            failing_from_hosts: failing(Network::Host),
            outlook: prediction.outlook(plan),
            because: prediction.first_failure(plan).map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample_facts;
    use crate::plan::PlanOptions;

    #[test]
    fn the_most_affected_comes_first() {
        let mut overview = Overview::default();
        let mut add = |name: &str, change: &dyn Fn(&mut Facts)| {
            let mut facts = sample_facts();
            facts.service.name = name.into();
            change(&mut facts);
            overview.add(&facts, &Plan::new(&facts, &PlanOptions::default()));
        };
        add("fine", &|facts| facts.service.external_traffic_policy = TrafficPolicy::Cluster);
        add("one", &|_| {});
        add("none", &|facts| facts.endpoints.clear());
        let overview = overview.sorted();
        let lines: Vec<_> =
            overview.services.iter().map(|glance| (glance.name.as_str(), glance.failing_from_pods, glance.failing_from_hosts)).collect();
        assert_eq!(lines, [("none", 2, 2), ("one", 1, 0), ("fine", 0, 0)]);
        assert_eq!(overview.outlook(), Outlook::Fails);
        assert_eq!(Overview::default().outlook(), Outlook::Fine);
        assert!(overview.services[1].because.as_ref().unwrap().contains("clusterCIDR"));
        assert_eq!(overview.services[2].because, None);
    }
}
