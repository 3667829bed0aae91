//! All Services of a cluster at a summary: which of them will fail from some node, most affected
//! first.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::explanation::reasons;
use super::node_classes::NodeClasses;
use super::{DocumentKind, Envelope};
use crate::change::Change;
use crate::codes::Code as _;
use crate::coverage::{self, Uncovered};
use crate::facts::{Facts, PendingService, TrafficPolicy};
use crate::ignoring::{self, Ignored, IgnoredState};
use crate::kube_proxy::Rule;
use crate::lint::{self, Found};
use crate::plan::{Network, Plan, PlanOptions};
use crate::prediction::{Outlook, Prediction, will_fail};
use crate::risks::{self, Risk};
use crate::text::{self, Language};

/// A line for each Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// What it says of itself.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// The Services that clients outside have an address for, or are to have one.
    pub services: Vec<ServiceSummary>,
    /// Those of them whose load balancer has no address yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingService>,
    /// The changes that it is thought through with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The file that it is made from; none where the cluster was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Default for Overview {
    fn default() -> Self {
        Self { envelope: Envelope::of(DocumentKind::Overview), services: Vec::new(), pending: Vec::new(), changes: Vec::new(), file: None }
    }
}

/// What is to be expected of one Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceSummary {
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
    /// Whether it comes to that for clients outside alone: those inside are answered, or may be.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside_at_risk: bool,
    /// The first of what is worst for clients outside; nothing where those inside fail already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outside: Option<Risk>,
    /// What fails, or is open, of the Service itself beyond the connection: where a rule tells, only that its load balancer has no
    /// address yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beyond: Option<Uncovered>,
    /// The first open question, where nothing else here says on what it depends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Uncovered>,
    /// The rule behind the first check that fails, or may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The same in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The codes that are to be ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
}

impl Overview {
    /// What it comes to for all of them. Where there is none nothing was looked at.
    #[must_use]
    pub fn outlook(&self) -> Outlook {
        if self.services.is_empty() {
            return Outlook::Depends;
        }
        let any = |outlook| self.services.iter().any(|summary| summary.outlook == outlook);
        match (any(Outlook::Fails), any(Outlook::Depends)) {
            (true, _) => Outlook::Fails,
            (false, true) => Outlook::Depends,
            (false, false) => Outlook::Fine,
        }
    }
}

/// Puts an overview together, Service by Service.
///
/// All of them are of one cluster: nodes and kube-proxies are taken from the first Service, or the first with
/// the same `loadBalancerSourceRanges`, and sorted into classes once. A Service then costs what its endpoints and the
/// classes cost, not what thousands of nodes do.
#[derive(Debug)]
pub struct OverviewBuilder {
    options: PlanOptions,
    /// What is to be ignored of every Service, beside what its own annotation says.
    ignored: Vec<Ignored>,
    /// By the source ranges, which tell nodes apart too.
    classes: HashMap<Vec<IpNet>, NodeClasses>,
    /// What is open of the nodes, by the kind of what the few nodes showed: it is the same for all Services, and costs what thousands of
    /// nodes do.
    of_nodes: HashMap<Option<Discriminant<Uncovered>>, Option<Uncovered>>,
    services: Vec<ServiceSummary>,
    pending: Vec<PendingService>,
}

impl OverviewBuilder {
    /// Checks of all Services are laid out by the same options. Every node counts: no sample is taken.
    #[must_use]
    pub fn new(options: PlanOptions) -> Self {
        Self {
            options: PlanOptions { sample: None, ..options },
            ignored: Vec::new(),
            classes: HashMap::new(),
            of_nodes: HashMap::new(),
            services: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// The same, where these do not count.
    #[must_use]
    pub fn ignoring(self, ignored: Vec<Ignored>) -> Self {
        Self { ignored, ..self }
    }

    /// Adds a Service.
    pub fn add(&mut self, facts: &Facts) {
        if facts.service.is_pending() {
            let (namespace, name) = (facts.service.namespace.clone(), facts.service.name.clone());
            self.pending.push(PendingService { namespace, name });
        }
        let ranges = &facts.service.load_balancer_source_ranges;
        let classes = self.classes.entry(ranges.clone()).or_insert_with(|| NodeClasses::new(&[facts], &self.options));
        let few = classes.few(facts);
        let plan = Plan::new(&few.facts, &self.options);
        let mut summary = ServiceSummary::new(&few.facts, &plan, |node| few.number(node));
        // The few are all nodes that can be asked about.
        if classes.leaves_out && summary.outlook == Outlook::Fine {
            summary.outlook = Outlook::Depends;
        }
        let ignored: Vec<_> = ignoring::of_annotation(&facts.service).into_iter().chain(self.ignored.iter().cloned()).collect();
        if !ignored.is_empty() {
            summary.ignore(ignored, &few.facts, &plan);
        }
        // Risks go by every node.
        let mut summary = summary.with_outside(facts);
        if summary.says_nothing_of_it() {
            // Nodes that cannot be asked come before all else, and are not among the few.
            let of_few = summary.open.take().filter(|_| !classes.leaves_out);
            summary.open = self.open(facts, of_few);
        }
        self.services.push(summary);
    }

    /// The first open question of all nodes. `of_few` is that of the few.
    fn open(&mut self, facts: &Facts, of_few: Option<Uncovered>) -> Option<Uncovered> {
        let of_all = || {
            let plan = Plan::new(facts, &self.options);
            uncovered(facts, &plan, &Prediction::new(facts, &plan)).into_iter().next()
        };
        match of_few {
            Some(what) if !what.is_of_nodes() => Some(what),
            of_few => self.of_nodes.entry(of_few.as_ref().map(discriminant)).or_insert_with(of_all).clone(),
        }
    }

    /// The overview: most affected first, those that are equally affected by name.
    #[must_use]
    pub fn build(mut self) -> Overview {
        let key = |summary: &ServiceSummary| {
            let affected = summary.failing_from_pods + summary.failing_from_hosts;
            let is_fine = summary.outlook == Outlook::Fine;
            let may_fail_outside = summary.outside_at_risk && summary.outlook == Outlook::Depends;
            (std::cmp::Reverse(affected), is_fine, may_fail_outside, summary.namespace.clone(), summary.name.clone())
        };
        self.services.sort_by_cached_key(key);
        self.pending.sort();
        Overview { services: self.services, pending: self.pending, ..Overview::default() }
    }
}

impl ServiceSummary {
    /// With what becomes of clients outside, who are not asked about where those inside fail already.
    fn with_outside(self, facts: &Facts) -> Self {
        let mut this = self;
        let mut risks = if this.outlook == Outlook::Fails { Vec::new() } else { risks::list(facts) };
        // What would not count outside anyway need not be ignored.
        risks.retain(|risk| risk.outside().is_none() || !note_ignored(&mut this.ignored, risk.code()));
        let outside = risks::outside(&risks);
        if outside == Outlook::Fine {
            return this;
        }
        Self {
            outside_at_risk: this.outlook == Outlook::Fine || outside == Outlook::Fails,
            outlook: this.outlook.worse(outside),
            outside: risks::worst_outside(&risks).cloned(),
            open: None,
            ..this
        }
    }

    /// Takes out of the outlook of clients inside what is to be ignored. Which checks fail stays.
    fn ignore(&mut self, ignored: Vec<Ignored>, facts: &Facts, plan: &Plan) {
        let prediction = Prediction::new(facts, plan);
        let (reasons, uncovered) = (reasons(&prediction, plan), uncovered(facts, plan, &prediction));
        self.ignored = ignored;
        let found = Found { reasons: &reasons, uncovered: &uncovered, risks: &[], foreseen: self.outlook, ignored: &self.ignored };
        let (outlook, codes) = (lint::outlook_but_for_ignored(found), lint::codes(found));
        self.outlook = outlook;
        for code in codes {
            note_ignored(&mut self.ignored, code);
        }
    }

    /// Whether nothing is left of what was found, as all of it is ignored.
    #[must_use]
    pub fn is_fine_but_for_ignored(&self) -> bool {
        self.outlook == Outlook::Fine && self.ignored.iter().any(|ignored| ignored.state == IgnoredState::Ignored)
    }

    /// `number` says for how many nodes one of the plan stands.
    fn new(facts: &Facts, plan: &Plan, number: impl Fn(&str) -> usize) -> Self {
        let prediction = Prediction::new(facts, plan);
        let rule = prediction.first_failure(plan);
        let uncovered = uncovered(facts, plan, &prediction);
        // The few nodes are no list of all that are struck.
        let of_service = || uncovered.iter().filter(|what| what.is_of_service());
        let pending = of_service().find(|what| matches!(what, Uncovered::Pending { .. }));
        let certain = of_service().find(|what| what.is_certain()).filter(|_| rule.is_none());
        let beyond = certain.or(pending).or_else(|| of_service().next().filter(|_| rule.is_none())).cloned();
        // The connection stands, and comes to nothing for everybody.
        let everywhere =
            matches!(&beyond, Some(what @ (Uncovered::ProxyHeader { .. } | Uncovered::LoopbackAddress { .. })) if what.is_certain());
        let in_all = |nodes: BTreeSet<&str>| -> usize { nodes.into_iter().map(&number).sum() };
        let failing = |network| {
            let checks = prediction
                .service_checks(plan)
                .filter(|(vantage, _, expectation)| vantage.network == network && (everywhere || will_fail(expectation)));
            in_all(checks.map(|(vantage, _, _)| vantage.node.as_str()).collect())
        };
        let outlook = coverage::outlook(prediction.outlook(plan), &uncovered);
        let summary = Self {
            namespace: facts.service.namespace.clone(),
            name: facts.service.name.clone(),
            external_traffic_policy: facts.service.external_traffic_policy,
            ready_endpoints: facts.ready_endpoints(),
            nodes: in_all(plan.vantages.iter().map(|vantage| vantage.node.as_str()).collect()),
            failing_from_pods: failing(Network::Pod),
            failing_from_hosts: failing(Network::Host),
            outlook,
            outside_at_risk: false,
            outside: None,
            beyond,
            open: None,
            rule,
            because: rule.map(|rule| text::rule(rule, Language::English).to_owned()),
            ignored: Vec::new(),
        };
        let open = uncovered.into_iter().next().filter(|_| summary.says_nothing_of_it());
        Self { open, ..summary }
    }

    /// Whether it depends, and on what is not said.
    const fn says_nothing_of_it(&self) -> bool {
        matches!(self.outlook, Outlook::Depends) && self.outside.is_none() && self.beyond.is_none() && self.rule.is_none()
    }
}

/// Whether what has a code is to be ignored, which is noted.
fn note_ignored(ignored: &mut [Ignored], code: &str) -> bool {
    let found = ignored.iter_mut().find(|ignored| ignored.covers(code));
    found.map(|ignored| ignored.state = IgnoredState::Ignored).is_some()
}

fn uncovered(facts: &Facts, plan: &Plan, prediction: &Prediction) -> Vec<Uncovered> {
    let mut uncovered = coverage::list(facts, plan);
    uncovered.extend(coverage::beyond_connecting(facts, plan, prediction));
    uncovered
}
