//! Alibaba Cloud Service Mesh's part: the operator that owns a gateway's Service. It makes the
//! Service what the IstioGateway says, again and again: an edit of the Service does not last.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use kube::api::{ListParams, Patch, PatchParams};
use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client, ResourceExt as _};
use serde_json::{Value, json};

/// The annotations that it set, so that it can take them away again.
const SET: &str = "lab.lbprobe/set-by-istiogateway";

/// One round over all gateways. Without the resource there is nothing to do.
pub async fn reconcile(client: &Client) -> Result<(), kube::Error> {
    let kind = ApiResource::from_gvk(&GroupVersionKind::gvk("istio.alibabacloud.com", "v1beta1", "IstioGateway"));
    let gateways = match Api::<DynamicObject>::all_with(client.clone(), &kind).list(&ListParams::default()).await {
        Err(kube::Error::Api(status)) if status.code == 404 => return Ok(()),
        gateways => gateways?,
    };
    for gateway in gateways {
        let services: Api<Service> = Api::namespaced(client.clone(), &gateway.namespace().unwrap_or_default());
        let Some(service) = services.get_opt(&format!("istio-{}", gateway.name_any())).await? else { continue };
        if let Some(patch) = correction(&gateway, &service) {
            services.patch(&service.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await?;
        }
    }
    Ok(())
}

/// What makes the Service what the gateway says; nothing where it is that. Pure.
fn correction(gateway: &DynamicObject, service: &Service) -> Option<Value> {
    let spec = &gateway.data["spec"];
    let wanted: BTreeMap<String, String> =
        spec.get("serviceAnnotations").and_then(|map| serde_json::from_value(map.clone()).ok()).unwrap_or_default();
    let policy = spec["externalTrafficPolicy"].as_str().unwrap_or("Cluster");
    let keys: Vec<_> = wanted.keys().map(String::as_str).collect();
    let keys = keys.join(",");
    let present = service.annotations();
    let former = present.get(SET).map(String::as_str).unwrap_or_default();
    let is_owned = service.owner_references().iter().any(|owner| Some(&owner.uid) == gateway.metadata.uid.as_ref());
    let has_policy = service.spec.as_ref().and_then(|spec| spec.external_traffic_policy.as_deref()) == Some(policy);
    if is_owned && has_policy && former == keys && wanted.iter().all(|(key, value)| present.get(key) == Some(value)) {
        return None;
    }
    let mut annotations: BTreeMap<&str, Value> = former.split(',').filter(|key| !key.is_empty()).map(|key| (key, Value::Null)).collect();
    annotations.extend(wanted.iter().map(|(key, value)| (key.as_str(), json!(value))));
    annotations.insert(SET, json!(keys));
    let owner = json!({
        "apiVersion": "istio.alibabacloud.com/v1beta1",
        "kind": "IstioGateway",
        "name": gateway.name_any(),
        "uid": gateway.metadata.uid,
        "controller": true,
    });
    Some(json!({ "metadata": { "annotations": annotations, "ownerReferences": [owner] }, "spec": { "externalTrafficPolicy": policy } }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gateway(spec: &Value) -> DynamicObject {
        let object = json!({ "apiVersion": "istio.alibabacloud.com/v1beta1", "kind": "IstioGateway",
            "metadata": { "name": "ingressgateway", "uid": "1" }, "spec": spec });
        serde_json::from_value(object).unwrap()
    }

    fn service(policy: &str, annotations: &Value) -> Service {
        let owner =
            json!([{ "apiVersion": "istio.alibabacloud.com/v1beta1", "kind": "IstioGateway", "name": "ingressgateway", "uid": "1" }]);
        let metadata = json!({ "name": "istio-ingressgateway", "annotations": annotations, "ownerReferences": owner });
        serde_json::from_value(json!({ "metadata": metadata, "spec": { "externalTrafficPolicy": policy } })).unwrap()
    }

    #[test]
    fn an_edit_of_the_service_is_reverted() {
        let gateway = gateway(&json!({ "externalTrafficPolicy": "Local" }));
        let patch = correction(&gateway, &service("Cluster", &json!({ SET: "" }))).unwrap();
        assert_eq!(patch["spec"]["externalTrafficPolicy"], "Local");
        assert_eq!(correction(&gateway, &service("Local", &json!({ SET: "" }))), None);
    }

    #[test]
    fn annotations_come_and_go_with_the_gateways_own() {
        let with = gateway(&json!({ "externalTrafficPolicy": "Cluster", "serviceAnnotations": { "a": "1" } }));
        let patch = correction(&with, &service("Cluster", &json!({}))).unwrap();
        assert_eq!(patch["metadata"]["annotations"], json!({ "a": "1", SET: "a" }));
        let without = gateway(&json!({ "externalTrafficPolicy": "Cluster" }));
        let patch = correction(&without, &service("Cluster", &json!({ "a": "1", SET: "a", "mine": "x" }))).unwrap();
        assert_eq!(patch["metadata"]["annotations"], json!({ "a": null, SET: "" }));
    }
}
