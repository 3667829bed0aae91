//! Changes that were never verified, wherever they are.

use k8s_openapi::api::core::v1::Service;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, ResourceExt as _};
use lbprobe_analysis::patch::ObjectReference;

use super::record::{ANNOTATION, Record};
use crate::error::{Access, Error, NoRecord, Request};
use crate::kubernetes::{Cluster, or_nothing};

/// The objects of a namespace, or of all, that bear a record; one that cannot be read is among them with the reason,
/// and hides no other.
pub(crate) async fn pending(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<(ObjectReference, Result<Record, NoRecord>)>, Error> {
    let gateway = GroupVersionKind::gvk("istio.alibabacloud.com", "v1beta1", "IstioGateway");
    let kinds = [ApiResource::erase::<Service>(&()), ApiResource::from_gvk_with_plural(&gateway, "istiogateways")];
    let mut pending = Vec::new();
    for kind in kinds {
        let api: Api<DynamicObject> = match namespace {
            Some(name) => Api::namespaced_with(cluster.client.clone(), name, &kind),
            None => Api::all_with(cluster.client.clone(), &kind),
        };
        let request = async { or_nothing(api.list_metadata(&ListParams::default()).await.map(|found| found.items)) };
        let resource = if kind.kind == "Service" { "services" } else { "istiogateways.istio.alibabacloud.com" };
        for object in cluster.request(Request::List(&kind.plural), Access { verb: "list", resource }, request).await? {
            let reference = ObjectReference {
                api_version: kind.api_version.clone(),
                kind: kind.kind.clone(),
                namespace: object.namespace().unwrap_or_default(),
                name: object.name_any(),
            };
            if let Some(text) = object.annotations().get(ANNOTATION) {
                pending.push((reference, Record::read(text)));
            }
        }
    }
    Ok(pending)
}
