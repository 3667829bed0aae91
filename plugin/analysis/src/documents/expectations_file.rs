//! A file of expectations from today's state, with comments for the one who will edit it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{API_VERSION, Report};
use crate::acceptance::{NodeClass, TargetName};
use crate::facts::{Service, ServiceType, TransportPort};
use crate::observations::{Cell, CheckState, Matrix};
use crate::plan::{Network, Target};
use crate::text::{self, Language};

/// The comments are in English, as all documents are.
const LANGUAGE: Language = Language::English;

/// A comment of YAML, of several lines, so far in.
fn comment(text: &str, indent: &str) -> String {
    text.lines().fold(String::new(), |comment, line| comment + indent + "# " + line + "\n")
}

/// The file's text. It passes today: what fails is written as unreachable, with a comment.
#[must_use]
pub fn expectations_of(report: &Report) -> String {
    let service = &report.facts.service;
    let matrix = Matrix::new(&report.plan, &report.observations);
    let measured: BTreeSet<_> = report.plan.vantages.iter().map(|vantage| &vantage.node).collect();
    let fixed = text::fixed(LANGUAGE);
    let mut text = comment(fixed.expectations, "");
    let _ = writeln!(text, "apiVersion: {API_VERSION}");
    text.push_str("kind: Acceptance\n");
    text.push_str("services:\n");
    let _ = writeln!(text, "- service: {}", scalar(&service.name));
    let _ = writeln!(text, "  namespace: {}", scalar(&service.namespace));
    text.push_str(&comment(fixed.minimum_nodes, "  "));
    let _ = writeln!(text, "  minimumNodes: {}", measured.len());
    text.push_str("  expect:\n");
    let ports: BTreeSet<_> = report.plan.service_targets().map(Target::transport).collect();
    for port in ports {
        for to in addresses(service) {
            let cells: Vec<_> = matrix.cells().filter(|cell| to.is(&cell.target.kind) && cell.target.transport() == port).collect();
            text.push_str(&expectations(report, to, port, &cells));
        }
    }
    text
}

/// What is written down: how clients come.
fn addresses(service: &Service) -> Vec<TargetName> {
    let own = match service.service_type {
        ServiceType::LoadBalancer => Some(TargetName::LoadBalancer),
        ServiceType::NodePort => Some(TargetName::OwnNodePort),
        ServiceType::ClusterIp | ServiceType::Elsewhere => None,
    };
    let external =
        (service.service_type != ServiceType::LoadBalancer && !service.external_ips.is_empty()).then_some(TargetName::ExternalIp);
    own.into_iter().chain(external).chain([TargetName::DnsName]).collect()
}

/// One expectation where all vantages agree, else one for each network and class of nodes.
fn expectations(report: &Report, to: TargetName, port: TransportPort, cells: &[Cell<'_>]) -> String {
    let serving = report.facts.serving_nodes();
    let class =
        |cell: &Cell<'_>| if serving.contains(cell.vantage.node.as_str()) { NodeClass::WithEndpoint } else { NodeClass::WithoutEndpoint };
    if cells.iter().all(|cell| cell.state == CheckState::Reached) {
        return one("", to, port, cells);
    }
    let mut text = String::new();
    for network in Network::ALL {
        for (which, word) in [(NodeClass::WithEndpoint, "withEndpoint"), (NodeClass::WithoutEndpoint, "withoutEndpoint")] {
            let of_class: Vec<_> = cells.iter().filter(|cell| cell.vantage.network == network && class(cell) == which).copied().collect();
            let from = ["    from: {network: ", &network.to_string(), ", nodes: ", word, "}\n"].concat();
            text.push_str(&one(&from, to, port, &of_class));
        }
    }
    text
}

fn one(from: &str, to: TargetName, port: TransportPort, cells: &[Cell<'_>]) -> String {
    let measured = || cells.iter().filter(|cell| cell.state.is_known());
    if measured().next().is_none() {
        return String::new();
    }
    let to = match to {
        TargetName::LoadBalancer => "loadBalancer",
        TargetName::DnsName => "dnsName",
        TargetName::ClusterIp => "clusterIp",
        TargetName::ExternalIp => "externalIp",
        TargetName::OwnNodePort => "ownNodePort",
        TargetName::NodePort => "nodePort",
    };
    let mut text = [format!("  - to: {to}\n"), port_of(port), from.to_owned()].concat();
    if let Some(failing) = measured().find(|cell| cell.state.is_failure()) {
        text.push_str(&comment(&text::fails_today(&failing.state.to_string(), LANGUAGE), "    "));
        text.push_str("    reachable: false\n");
        return text;
    }
    let statuses: BTreeSet<_> = measured().flat_map(Cell::answers).filter_map(|answer| Some(answer.http.as_ref()?.status)).collect();
    if let (1, Some(status)) = (statuses.len(), statuses.first()) {
        let _ = writeln!(text, "    status: {status}");
    }
    let names: BTreeSet<_> = measured().flat_map(Cell::answers).filter_map(|answer| answer.certificate.as_ref()?.names.first()).collect();
    if let (1, Some(name)) = (names.len(), names.first()) {
        // Any host that the star stands for.
        let _ = writeln!(text, "    certificate: {}", quoted(&name.replacen("*.", "any.", 1)));
    }
    text
}

/// TCP needs no word.
fn port_of(TransportPort { port, protocol }: TransportPort) -> String {
    let protocol = if protocol.is_tcp() { String::new() } else { format!("    protocol: {protocol}\n") };
    format!("    port: {port}\n{protocol}")
}

/// A word of YAML: as it is where it can be nothing but a name.
fn scalar(word: &str) -> String {
    let is_name = word.starts_with(|c: char| c.is_ascii_lowercase())
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
        && !["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"].contains(&word);
    if is_name { word.to_owned() } else { quoted(word) }
}

/// A string of YAML in double quotes, of printable ASCII only.
fn quoted(word: &str) -> String {
    let mut text = String::from('"');
    for c in word.chars() {
        let _ = match c {
            '"' | '\\' => write!(text, "\\{c}"),
            ' '..='~' => write!(text, "{c}"),
            _ if u32::from(c) > 0xffff => write!(text, "\\U{:08x}", u32::from(c)),
            _ => write!(text, "\\u{:04x}", u32::from(c)),
        };
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_names_and_everything_else_is_quoted() {
        assert_eq!(scalar("istio-ingressgateway"), "istio-ingressgateway");
        assert_eq!(scalar("true"), r#""true""#);
        assert_eq!(quoted("a\"\n  reachable: true"), r#""a\"\u000a  reachable: true""#);
        assert_eq!(quoted("\u{202e}\u{1f600}"), r#""\u202e\U0001f600""#);
    }
}
