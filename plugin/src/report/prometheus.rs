//! How a watch stands and what an acceptance came to, as Prometheus reads it (OpenMetrics). The names follow blackbox_exporter's.

use std::sync::atomic::AtomicU64;

use lbprobe_analysis::acceptance::CaseResult;
use lbprobe_analysis::documents::AcceptanceReport;
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::text::reports::Metric;
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::watching::{CheckStanding, Watching};
use lbprobe_analysis::words::printable;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::error::Error;

/// Characters of a label's value.
const CHARS: usize = 300;

type Labels = Vec<(&'static str, String)>;
type Gauges<T> = Family<Labels, T>;
type Counters = Family<Labels, Counter>;

/// The families of a watch. Each scrape has a registry of its own: what is not known any more is absent from it, and not 0.
#[derive(Default)]
struct Families {
    success: Gauges<Gauge>,
    duration: Gauges<Gauge<f64, AtomicU64>>,
    samples: Counters,
    failed: Counters,
    outages: Counters,
    up: Gauges<Gauge>,
}

/// The metrics of a watch of a Service, by its namespace and name. `now_ms` is the time in milliseconds since 1970.
pub(crate) fn render(watching: &Watching<'_>, (namespace, name): (&str, &str), now_ms: u64) -> Result<String, Error> {
    let families = Families::default();
    watching.standing(now_ms).for_each(|standing| families.add(&standing));
    for (vantage, is_heard) in watching.vantages_heard(now_ms) {
        families.up.get_or_create(&of_vantage(vantage)).set(is_heard.into());
    }
    let mut registry = Registry::with_prefix_and_labels(
        "lbprobe",
        [("namespace".into(), printable(namespace, CHARS).into()), ("service".into(), printable(name, CHARS).into())].into_iter(),
    );
    let changes: Counter = Counter::default();
    changes.inc_by(watching.changes() as u64);
    families.register(&mut registry);
    registry.register("watch_changes", help(Metric::Changes), changes);
    encoded(&registry)
}

/// The metrics of an acceptance. What could not be measured has no value of its own, and is counted.
pub(crate) fn render_acceptance(result: &AcceptanceReport) -> Result<String, Error> {
    let (passed, cases): (Gauges<Gauge>, Gauges<Gauge>) = Default::default();
    for (service, case) in result.services.iter().flat_map(|service| service.cases.iter().map(move |case| (service, case))) {
        let (namespace, name) = service.service.split_once('/').unwrap_or(("", &service.service));
        let labels = vec![("namespace", printable(namespace, CHARS)), ("service", printable(name, CHARS))];
        let from = case.nodes.map(|nodes| text::node_class(nodes, Language::English).to_owned()).or_else(|| case.pod.clone());
        let is_passed = match &case.result {
            CaseResult::Passed => Some(true),
            CaseResult::Failed(_) => Some(false),
            CaseResult::NotMeasured(_) => None,
        };
        for (kind, is_it) in
            [("passed", is_passed == Some(true)), ("failed", is_passed == Some(false)), ("not-measured", is_passed.is_none())]
        {
            let of_kind = labels.iter().cloned().chain([("result", kind.to_owned())]).collect();
            cases.get_or_create(&of_kind).inc_by(is_it.into());
        }
        if let Some(is_passed) = is_passed {
            let of_case = [("expectation", printable(&case.name, CHARS)), ("from", printable(&from.unwrap_or_default(), CHARS))];
            passed.get_or_create(&labels.into_iter().chain(of_case).collect()).set(is_passed.into());
        }
    }
    let mut registry = Registry::with_prefix("lbprobe_accept");
    registry.register("passed", help(Metric::Passed), passed);
    registry.register("cases", help(Metric::Cases), cases);
    encoded(&registry)
}

fn encoded(registry: &Registry) -> Result<String, Error> {
    let mut text = String::new();
    encode(&mut text, registry).map_err(|cause| Error::Output(cause.to_string()))?;
    Ok(text)
}

impl Families {
    fn add(&self, standing: &CheckStanding<'_>) {
        let mut labels = of_vantage(standing.vantage);
        let target = text::target_above_column(&standing.target.kind, Language::English);
        labels.extend([
            ("target", printable(&target, CHARS)),
            ("port", standing.target.port.to_string()),
            ("protocol", standing.target.protocol.to_string()),
        ]);
        if let Some(last) = standing.last {
            self.success.get_or_create(&labels).set(last.is_answered.into());
            self.duration.get_or_create(&labels).set(f64::from(last.total_ms) / 1000.0);
        }
        self.samples.get_or_create(&labels).inc_by(standing.samples);
        self.failed.get_or_create(&labels).inc_by(standing.failed);
        self.outages.get_or_create(&labels).inc_by(standing.outages);
    }

    fn register(self, registry: &mut Registry) {
        registry.register("probe_success", help(Metric::Success), self.success);
        registry.register("probe_duration_seconds", help(Metric::Duration), self.duration);
        registry.register("samples", help(Metric::Samples), self.samples);
        registry.register("samples_failed", help(Metric::Failed), self.failed);
        registry.register("outages", help(Metric::Outages), self.outages);
        registry.register("vantage_up", help(Metric::Up), self.up);
    }
}

fn help(metric: Metric) -> &'static str {
    // The registry ends each with a full stop.
    text::metric_help(metric, Language::English)
}

fn of_vantage(vantage: &Vantage) -> Labels {
    vec![("node", printable(&vantage.node, CHARS)), ("network", vantage.network.to_string())]
}

#[cfg(test)]
mod tests {
    use lbprobe_analysis::fixture;
    use lbprobe_analysis::plan::{Plan, PlanOptions};
    use lbprobe_protocol::{ConnectFailure, Outcome, ProbeEvent, ProbeEventKind};

    use super::*;

    #[test]
    fn what_was_seen_has_a_value_and_what_was_not_is_absent() {
        let mut facts = fixture::facts();
        facts.nodes[0].name = "n\"1\n".into();
        let plan = Plan::new(&facts, &PlanOptions::default());
        let mut watching = Watching::new(&plan, 1000);
        let what = ProbeEventKind::Sample { check: plan.targets[0].id, outcome: Outcome::Connect(ConnectFailure::TimedOut), total_ms: 900 };
        watching.hear(0, 10_000, ProbeEvent { number: 0, at_ms: 10_000, what });
        let text = render(&watching, ("shop", "web"), 10_500).unwrap();
        let of = |name: &str| text.lines().filter(|line| line.starts_with(name)).collect::<Vec<_>>();
        assert_eq!(of("lbprobe_probe_success{").len(), 1, "{text}");
        assert!(of("lbprobe_probe_success{")[0].ends_with("} 0") && of("lbprobe_probe_duration_seconds{")[0].ends_with("} 0.9"), "{text}");
        assert!(of("lbprobe_probe_success{")[0].contains("namespace=\"shop\",service=\"web\",node=\"n\\\"1\""), "{text}");
        assert_eq!(of("lbprobe_vantage_up{").iter().filter(|line| line.ends_with("} 1")).count(), 1, "{text}");
        assert_eq!(of("lbprobe_samples_failed_total{").len(), plan.vantages.len() * plan.service_targets().count(), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
        let late = render(&watching, ("shop", "web"), 20_000).unwrap();
        assert!(!late.contains("lbprobe_probe_success{") && !late.contains("lbprobe_vantage_up{} 1"), "{late}");
    }
}
