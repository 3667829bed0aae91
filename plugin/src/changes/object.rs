//! One object, of whatever kind, as the API has it.

use k8s_openapi::api::core::v1::Service;
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::core::gvk::ParseGroupVersionError;
use kube::{Api, ResourceExt as _, discovery};
use lbprobe_analysis::patch::ObjectReference;
use serde_json::{Value, json};

use super::merge::set;
use crate::error::{Access, Error, Request};
use crate::kubernetes::Cluster;

/// Who is named as the one that changes fields.
const FIELD_MANAGER: &str = "kubectl-lbprobe";

/// An object as it was read.
pub(crate) struct Object {
    api: Api<DynamicObject>,
    pub(crate) reference: ObjectReference,
    /// All of it, but for what the server keeps of who changed what.
    pub(crate) value: Value,
}

/// Whether a change is made or only tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PatchMode {
    /// The server checks it, admission and rights included, and keeps nothing.
    DryRun,
    /// It is made.
    Applied,
}

/// Reads an object.
pub(crate) async fn read(cluster: &Cluster, reference: &ObjectReference) -> Result<Object, Error> {
    let resource = resource(cluster, reference).await?;
    let api: Api<DynamicObject> = Api::namespaced_with(cluster.client.clone(), &reference.namespace, &resource);
    get(cluster, api, reference).await
}

async fn get(cluster: &Cluster, api: Api<DynamicObject>, reference: &ObjectReference) -> Result<Object, Error> {
    let access = Access { verb: "get", resource: resource_name(reference) };
    let object = cluster.request(Request::Read(reference), access, api.get(&reference.name)).await?;
    Ok(Object { api, reference: reference.clone(), value: value(object)? })
}

impl Object {
    /// The same object as it is now.
    pub(crate) async fn again(&self, cluster: &Cluster) -> Result<Self, Error> {
        get(cluster, self.api.clone(), &self.reference).await
    }

    /// Merges a patch into the object as it was read: one that somebody has changed since is left
    /// alone, and that is an error.
    pub(crate) async fn patch(&self, cluster: &Cluster, merge: &Value, mode: PatchMode) -> Result<Self, Error> {
        let mut merge = merge.clone();
        set(&mut merge, &["metadata", "resourceVersion"], self.value["metadata"]["resourceVersion"].clone());
        let params =
            PatchParams { dry_run: mode == PatchMode::DryRun, field_manager: Some(FIELD_MANAGER.into()), ..PatchParams::default() };
        let access = Access { verb: "patch", resource: resource_name(&self.reference) };
        let patch = Patch::Merge(&merge);
        let changed =
            cluster.request(Request::Change(&self.reference), access, self.api.patch(&self.reference.name, &params, &patch)).await;
        match changed {
            Ok(object) => Ok(Self { api: self.api.clone(), reference: self.reference.clone(), value: value(object)? }),
            Err(Error::Conflict { .. }) => Err(Error::ChangedMeanwhile { object: self.reference.clone() }),
            Err(cause) => Err(cause),
        }
    }

    /// An annotation's value.
    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.value["metadata"]["annotations"][key].as_str()
    }
}

/// What an `auth can-i` is asked about.
fn resource_name(reference: &ObjectReference) -> &'static str {
    match reference.kind.as_str() {
        "Service" => "services",
        "IstioGateway" => "istiogateways.istio.alibabacloud.com",
        _ => "owner",
    }
}

async fn resource(cluster: &Cluster, reference: &ObjectReference) -> Result<ApiResource, Error> {
    if reference.kind == "Service" {
        return Ok(ApiResource::erase::<Service>(&()));
    }
    let what = Request::Discover { kind: &reference.kind };
    let version = reference.api_version.parse();
    let version: kube::core::GroupVersion =
        version.map_err(|cause: ParseGroupVersionError| Error::Api { what: what.to_string(), message: cause.to_string(), code: None })?;
    let kind = GroupVersionKind::gvk(&version.group, &version.version, &reference.kind);
    let access = Access { verb: "get", resource: resource_name(reference) };
    let (resource, _) = cluster.request(what, access, discovery::pinned_kind(&cluster.client, &kind)).await?;
    Ok(resource)
}

fn value(mut object: DynamicObject) -> Result<Value, Error> {
    object.managed_fields_mut().clear();
    let types = object.types.clone();
    let mut value = serde_json::to_value(object).map_err(|cause| Error::Output(cause.to_string()))?;
    if let Some(types) = types {
        set(&mut value, &["apiVersion"], json!(types.api_version));
        set(&mut value, &["kind"], json!(types.kind));
    }
    Ok(value)
}
