//! Reports, as `run -o json` and `-o yaml` write them.

use std::path::Path;

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::observations::Observations;
use lbprobe_analysis::plan::Plan;
use lbprobe_protocol::{Call, Datagram, Exchange, Header, HttpRequest, StatusRange};
use serde::Deserialize;

use super::{Document, check_version, documents, shown, text};
use crate::error::{Error, FileProblem, WrongWord};
use crate::settings::syntax;

/// Checks of a report: those of 10,000 vantages with some thousand targets each.
const MOST_CHECKS: usize = 20_000_000;

/// The report in a file.
pub(crate) fn report(file: &Path) -> Result<Report, Error> {
    let error = |cause| Error::NoReport { file: shown(file), cause };
    report_in(&text(file).map_err(error)?).map_err(error)
}

/// The same of a text, or why it holds none. The diagnosis is made anew: what the text itself says of it plays no part.
pub(crate) fn report_in(text: &str) -> Result<Report, FileProblem> {
    /// A report without what follows from the rest.
    #[derive(Deserialize)]
    struct Parts {
        facts: Facts,
        plan: Plan,
        observations: Observations,
    }
    let documents = documents(text)?;
    let is_report = |document: &&Document<'_>| document.kind().as_deref() == Some("Report");
    let document = documents.iter().find(is_report).ok_or(FileProblem::NoReport)?;
    check_version(&document.head())?;
    let Parts { facts, plan, observations } = document.typed().map_err(FileProblem::NotUnderstood)?;
    let checks = plan.vantages.len().saturating_add(plan.named_pods.len()).saturating_mul(plan.targets.len());
    if checks > MOST_CHECKS {
        return Err(FileProblem::TooManyChecks(checks));
    }
    plan.targets.iter().try_for_each(|target| check_exchange(&target.exchange))?;
    if observations.probes.iter().map(|probe| &probe.vantage).ne(&plan.vantages) {
        return Err(FileProblem::OtherVantages);
    }
    if observations.named_pods.len() != plan.named_pods.len() {
        return Err(FileProblem::OtherVantages);
    }
    Ok(Report::new(facts, plan, observations))
}

/// What a report says to a server is said again by `verify`, and goes by the rules of the flags too.
fn check_exchange(exchange: &Exchange) -> Result<(), FileProblem> {
    let of = |field: &'static str, cause: WrongWord| FileProblem::WrongInPlan { field, cause };
    let (request, sni) = match exchange {
        Exchange::Udp(datagram) => return check_datagram(datagram),
        Exchange::Connect => (None, None),
        Exchange::Http(request) => (Some(request), None),
        Exchange::Tls { sni } => (None, sni.as_deref()),
        Exchange::Https { sni, request } => (Some(request), sni.as_deref()),
    };
    for host in sni.into_iter().chain(request.and_then(|request| request.host.as_deref())) {
        syntax::host(host).map_err(|cause| of("host", cause))?;
    }
    request.map_or(Ok(()), check_request)
}

fn check_datagram(datagram: &Datagram) -> Result<(), FileProblem> {
    let of = |field: &'static str, cause: WrongWord| FileProblem::WrongInPlan { field, cause };
    match datagram {
        Datagram::Dns { name: Some(name) } => drop(syntax::dns_query(name).map_err(|cause| of("name", cause))?),
        Datagram::Payload { hex } => drop(syntax::payload(hex).map_err(|cause| of("hex", cause))?),
        Datagram::Dns { name: None } | Datagram::Quic => {}
    }
    Ok(())
}

/// Those that change nothing on a server.
const METHODS: [&str; 2] = ["GET", "HEAD"];

fn check_request(request: &HttpRequest) -> Result<(), FileProblem> {
    let of = |field: &'static str, cause: WrongWord| FileProblem::WrongInPlan { field, cause };
    match &request.call {
        Call::Page { method, .. } if !METHODS.contains(&method.as_str()) => return Err(of("method", WrongWord::Method)),
        Call::Page { path, .. } => drop(syntax::path(path).map_err(|cause| of("path", cause))?),
        Call::Health { grpc_service } => drop(syntax::grpc_service(grpc_service).map_err(|cause| of("grpcService", cause))?),
    }
    for Header { name, value } in &request.headers {
        syntax::header(&format!("{name}: {value}")).map_err(|cause| of("headers", cause))?;
    }
    request.source_from.as_ref().map_or(Ok(()), syntax::check_source_from).map_err(|cause| of("sourceFrom", cause))?;
    let are_statuses = |range: &StatusRange| syntax::is_status(range.first) && syntax::is_status(range.last) && range.first <= range.last;
    if request.expected.iter().all(are_statuses) { Ok(()) } else { Err(of("expected", WrongWord::Status)) }
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::{AnswerPart, HttpProtocol, SourceFrom};

    use super::*;

    #[test]
    fn what_a_report_says_to_a_server_goes_by_the_rules_of_the_flags() {
        let get = || HttpRequest::get("/pay", Some("shop.example.com".into()));
        let refused = |request: HttpRequest| match check_exchange(&Exchange::Http(request)) {
            Err(FileProblem::WrongInPlan { field, .. }) => field,
            _ => "",
        };
        let header = |name: &str, value: &str| vec![Header { name: name.into(), value: value.into() }];
        assert_eq!(refused(HttpRequest { headers: header("X-Tenant", "blue"), protocol: HttpProtocol::Http2, ..get() }), "");
        assert_eq!(refused(HttpRequest { call: Call::Page { method: "DELETE".into(), path: "/pay".into() }, ..get() }), "method");
        assert_eq!(refused(HttpRequest { call: Call::Page { method: "GET".into(), path: "pay".into() }, ..get() }), "path");
        assert_eq!(refused(HttpRequest { call: Call::Health { grpc_service: "a\nb".into() }, ..get() }), "grpcService");
        assert_eq!(refused(HttpRequest { headers: header("X-Tenant", "blue\r\nHost: other"), ..get() }), "headers");
        assert_eq!(refused(HttpRequest { headers: header("Content-Length", "5"), ..get() }), "headers");
        assert_eq!(refused(HttpRequest { expected: vec![StatusRange { first: 299, last: 200 }], ..get() }), "expected");
        let source_from = |pattern: &str| Some(SourceFrom { part: AnswerPart::Body, pattern: Some(pattern.into()) });
        assert_eq!(refused(HttpRequest { source_from: source_from("(.*)"), ..get() }), "");
        assert_eq!(refused(HttpRequest { source_from: source_from("(.*"), ..get() }), "sourceFrom");
        assert_eq!(refused(HttpRequest { host: Some("a b".into()), ..get() }), "host");
    }
}
