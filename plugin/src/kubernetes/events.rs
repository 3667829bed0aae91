//! Writes results as Events on Services, where those who look after these will see them.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Event, EventSource, ObjectReference};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::Api;
use kube::api::PostParams;
use lbprobe_analysis::acceptance::CaseResult;
use lbprobe_analysis::documents::{AcceptanceReport, ServiceResult};
use lbprobe_analysis::text::messages::Message;
use lbprobe_analysis::text::{self, Language};
use lbprobe_analysis::words::printable;

use crate::error::{Access, Request};
use crate::kubernetes::Cluster;
use crate::terminal::say;

/// The API server takes no longer messages (`core/validation`).
const MESSAGE_CHARS: usize = 1000;

/// One Event for each Service: what was accepted, or what was not. One that cannot be written is a warning, and takes
/// neither the others nor the verdict with it.
pub(crate) async fn write_events(cluster: &Cluster, report: &AcceptanceReport) {
    for service in &report.services {
        let Some((namespace, name)) = service.service.split_once('/') else { continue };
        let api: Api<Event> = Api::namespaced(cluster.client.clone(), namespace);
        let access = Access { verb: "create", resource: "events" };
        let event = event(service, namespace, name);
        if let Err(cause) =
            cluster.request(Request::WriteEvent { namespace, service: name }, access, api.create(&PostParams::default(), &event)).await
        {
            say(Message::Warning { cause: &cause.to_string() });
            if let Some(hint) = cause.hint() {
                say(Message::Hint { hint: &hint });
            }
        }
    }
}

fn event(service: &ServiceResult, namespace: &str, name: &str) -> Event {
    let failing: Vec<_> = service.cases.iter().filter(|case| case.result != CaseResult::Passed).map(|case| case.name.as_str()).collect();
    let (kind, reason, message) = if failing.is_empty() {
        ("Normal", "Accepted", Message::Accepted { expectations: service.cases.len() })
    } else {
        ("Warning", "NotAccepted", Message::NotAccepted { expectations: service.cases.len(), failing: &failing })
    };
    let now = Timestamp::now();
    Event {
        metadata: ObjectMeta {
            generate_name: Some(format!("{name}-lbprobe-")),
            namespace: Some(namespace.into()),
            ..ObjectMeta::default()
        },
        involved_object: ObjectReference {
            api_version: Some("v1".into()),
            kind: Some("Service".into()),
            namespace: Some(namespace.into()),
            name: Some(name.into()),
            ..ObjectReference::default()
        },
        type_: Some(kind.into()),
        reason: Some(reason.into()),
        message: Some(printable(&text::message(message, Language::English), MESSAGE_CHARS)),
        source: Some(EventSource { component: Some("kubectl-lbprobe".into()), host: None }),
        first_timestamp: Some(Time(now)),
        last_timestamp: Some(Time(now)),
        count: Some(1),
        ..Event::default()
    }
}
