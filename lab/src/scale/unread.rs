//! Requests whose answers nobody needs: they are not made into objects, as the time that takes would count as the API
//! server's.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams, Preconditions, Request};
use kube::client::Body;
use kube::core::request;
use kube::{Client, Resource};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::error::LabError;

/// Creates an object; it needs neither apiVersion nor kind.
pub async fn create<K: Resource<DynamicType = ()>>(client: &Client, namespace: Option<&str>, object: &Value) -> kube::Result<()> {
    let body = serde_json::to_vec(object).map_err(kube::Error::SerdeError)?;
    send(client, collection::<K>(namespace).create(&PostParams::default(), body)).await
}

/// Merges a patch into an object's status. What the patch says of metadata is compared, not changed.
pub async fn patch_status<K: Resource<DynamicType = ()>>(client: &Client, namespace: &str, name: &str, patch: &Value) -> kube::Result<()> {
    let patch = Patch::Merge(patch);
    send(client, collection::<K>(Some(namespace)).patch_subresource("status", name, &PatchParams::default(), &patch)).await
}

/// Removes a pod at once, if it is still the one of this uid: what a kubelet does when the pod has ended.
pub async fn confirm_end(client: &Client, namespace: &str, name: &str, uid: &str) -> kube::Result<()> {
    let preconditions = Preconditions { uid: Some(uid.to_owned()), ..Preconditions::default() };
    let params = DeleteParams { preconditions: Some(preconditions), ..at_once() };
    send(client, collection::<Pod>(Some(namespace)).delete(name, &params)).await
}

/// Removes all pods that a selector leaves, at once. The server answers when it has done so, with all of them; that
/// is not even received.
pub async fn remove_pods(client: &Client, namespace: &str, selector: &str) -> Result<(), LabError> {
    let request = collection::<Pod>(Some(namespace)).delete_collection(&at_once(), &ListParams::default().labels(selector));
    let response = client.send(request.map_err(kube::Error::BuildRequest)?.map(Body::from)).await?;
    if response.status().is_success() { Ok(()) } else { Err(LabError::Other(format!("failed to remove pods: {}", response.status()))) }
}

fn at_once() -> DeleteParams {
    DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() }
}

fn collection<K: Resource<DynamicType = ()>>(namespace: Option<&str>) -> Request {
    Request::new(K::url_path(&(), namespace))
}

async fn send(client: &Client, request: Result<http::Request<Vec<u8>>, request::Error>) -> kube::Result<()> {
    let IgnoredAny = client.request(request.map_err(kube::Error::BuildRequest)?).await?;
    Ok(())
}
