//! The load balancer's address and the node ports, on nodes with and without endpoint, from inside and
//! outside, under ipvs before and from 1.24, Local and Cluster: what is answered, and with which source
//! address.

use std::fmt::Write as _;

use lbprobe_analysis::plan::Network;
use lbprobe_lab::Lab;
use lbprobe_lab::addresses::CLIENT;
use lbprobe_lab::gateway::{GatewayKind, Owner};
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Dialled, Subject, answer_limit, client, deploy_clients, dial};
use crate::harness::{deploy_gateway, ipvs_lab, kubectl, say_repeated, settle};

/// node2 runs 1.23, node3 1.34, both ipvs; node1 runs iptables and takes pods for strangers.
/// Rows: from where; columns: the load balancer, node2's port, node3's port. An address is the source
/// that the gateway saw: `own` the caller's, `lb` the load balancer's, `node2` and so on a node's.
const LOCAL_ON_NODE2: &str = "
outside      own        own        timed out
node2 pod    own        own        timed out
node2 host   lb         own        timed out
node3 pod    own        own        own
node3 host   timed out  own        own
";
const LOCAL_ON_NODE3: &str = "
outside      own        refused    own
node2 pod    refused    refused    own
node2 host   refused    refused    own
node3 pod    own        refused    own
node3 host   lb         refused    own
";
/// The node that is dialled masquerades; towards a pod of its own it has the address of that link.
const CLUSTER_ON_NODE3: &str = "
outside      a node     node2      node3
node2 pod    node2      node2      node3
node2 host   own        own        node3
node3 pod    node3      node2      node3
node3 host   node3      node2      node3
";

/// A node, by its address in the cloud or by that of its link to a pod.
fn node(address: &str) -> Option<String> {
    let by_link = || address.strip_prefix("10.244.")?.strip_suffix(".1");
    address.strip_prefix("198.18.0.1").or_else(by_link).map(|number| format!("node{number}"))
}

/// Where a row's connections start.
enum From {
    Outside,
    Inside(&'static str, Network),
}

const ROWS: [From; 5] = [
    From::Outside,
    From::Inside("node2", Network::Pod),
    From::Inside("node2", Network::Host),
    From::Inside("node3", Network::Pod),
    From::Inside("node3", Network::Host),
];

impl From {
    fn name(&self) -> String {
        match self {
            Self::Outside => "outside".into(),
            Self::Inside(node, Network::Pod) => format!("{node} pod"),
            Self::Inside(node, Network::Host) => format!("{node} host"),
        }
    }

    /// The caller's own address.
    fn address(&self, lab: &Lab) -> String {
        match self {
            Self::Outside => CLIENT.to_string(),
            Self::Inside(node, network) => client(lab, node, *network).trim_start_matches("http://").split(':').next().unwrap().to_owned(),
        }
    }

    fn dial(&self, lab: &Lab, host: &str, port: u16) -> Dialled {
        match self {
            Self::Outside => outside(lab, &format!("http://{host}:{port}/")),
            Self::Inside(node, network) => dial(lab, node, *network, host, port),
        }
    }
}

fn outside(lab: &Lab, url: &str) -> Dialled {
    let output = lab.run_at(Vantage::Client, &["curl", "--silent", "--max-time", &answer_limit(), url]).unwrap();
    match output.status.code() {
        Some(0) => Dialled::Answered(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        // curl's "failed to connect".
        Some(7) => Dialled::Refused,
        _ => Dialled::TimedOut,
    }
}

/// One connection's end, in the words of the tables.
fn in_words(dialled: &Dialled, own: &str, load_balancer: &str) -> String {
    match dialled {
        Dialled::Refused => "refused".into(),
        Dialled::TimedOut => "timed out".into(),
        Dialled::Answered(answer) => match answer.split_whitespace().last().unwrap_or_default() {
            source if source == own => "own".into(),
            source if source == load_balancer => "lb".into(),
            source => node(source).unwrap_or_else(|| source.to_owned()),
        },
    }
}

/// The whole table, all rows at a time: most of it is waiting.
fn table(lab: &Lab) -> String {
    let address = Subject::gateway(lab).address();
    let path = "jsonpath={.spec.ports[0].nodePort}";
    let node_port: u16 = kubectl(lab, &["get", "service", "istio-ingressgateway", "-n", "istio-system", "-o", path]).parse().unwrap();
    let targets = [(address.as_str(), 80), ("198.18.0.12", node_port), ("198.18.0.13", node_port)];
    let row = |from: &From| {
        let own = from.address(lab);
        let cells = targets.map(|(host, port)| in_words(&from.dial(lab, host, port), &own, &address));
        format!("{:<12} {:<10} {:<10} {}", from.name(), cells[0], cells[1], cells[2])
    };
    let lines: Vec<String> = std::thread::scope(|scope| {
        let rows: Vec<_> = ROWS.iter().map(|from| scope.spawn(move || row(from))).collect();
        rows.into_iter().map(|row| row.join().expect("every row is dialled")).collect()
    });
    let mut text = String::from("\n");
    for line in lines {
        let _ = writeln!(text, "{line}");
    }
    text
}

#[track_caller]
fn check(lab: &Lab, on: &str, policy: &str, expected: &str) {
    deploy_gateway(lab, GatewayKind::Istio, &[on], policy, Owner::Nobody);
    let look = || {
        let mut seen = table(lab);
        if expected.contains("a node") {
            // Which one is the load balancer's turn.
            for node in ["node1 ", "node2 ", "node3 "] {
                seen = seen.replacen(&format!("outside      {node}    "), "outside      a node     ", 1);
            }
        }
        seen
    };
    let cells = |table: &str| table.replace(' ', "").lines().map(str::to_owned).collect::<Vec<_>>();
    let mut seen = look();
    // A busy guest may miss a deadline: what is seen otherwise than expected has to be seen twice.
    if cells(&seen) != cells(expected) {
        say_repeated(1, &format!("{policy} on {on}: {seen}"));
        settle(lab);
        seen = look();
    }
    assert_eq!(cells(&seen), cells(expected), "{policy} on {on}: {seen}");
}

#[test]
fn what_is_answered_and_with_which_source_address() {
    let lab = ipvs_lab();
    deploy_clients(&lab);
    check(&lab, "node2", "Local", LOCAL_ON_NODE2);
    check(&lab, "node3", "Local", LOCAL_ON_NODE3);
    check(&lab, "node3", "Cluster", CLUSTER_ON_NODE3);
}
