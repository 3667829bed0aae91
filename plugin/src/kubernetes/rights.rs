//! What the user may do: asked of the server, right by right.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::Api;
use kube::api::PostParams;

use super::Cluster;
use crate::error::{Access, Error, Request};

/// Questions at a time.
const IN_FLIGHT: usize = 10;

/// A right to ask about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AskedRight<'a> {
    pub(crate) verb: &'static str,
    /// The API group; empty for the core's.
    pub(crate) group: &'static str,
    pub(crate) resource: &'static str,
    /// A part of the object, `log` of pods.
    pub(crate) subresource: Option<&'static str>,
    /// In all namespaces where missing.
    pub(crate) namespace: Option<&'a str>,
    /// Of the object of this name alone.
    pub(crate) name: Option<&'static str>,
}

impl AskedRight<'_> {
    /// As kubectl names it: `jobs.batch`, `pods/log`.
    pub(crate) fn resource(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let part = self.subresource.map(|part| format!("/{part}")).unwrap_or_default();
        format!("{}{group}{part}", self.resource)
    }
}

/// Those that the user does not have.
pub(crate) async fn missing<'a>(cluster: &Cluster, rights: &[AskedRight<'a>]) -> Result<Vec<AskedRight<'a>>, Error> {
    let answers = stream::iter(rights).map(|right| async move { Ok((*right, is_allowed(cluster, right).await?)) });
    let answers: Vec<_> = answers.buffered(IN_FLIGHT).try_collect().await?;
    Ok(answers.into_iter().filter(|(_, allowed)| !allowed).map(|(right, _)| right).collect())
}

async fn is_allowed(cluster: &Cluster, right: &AskedRight<'_>) -> Result<bool, Error> {
    let attributes = ResourceAttributes {
        group: Some(right.group.to_owned()),
        resource: Some(right.resource.to_owned()),
        subresource: right.subresource.map(str::to_owned),
        verb: Some(right.verb.to_owned()),
        namespace: right.namespace.map(str::to_owned),
        name: right.name.map(str::to_owned),
        ..ResourceAttributes::default()
    };
    let spec = SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), ..SelfSubjectAccessReviewSpec::default() };
    let review = SelfSubjectAccessReview { spec, ..SelfSubjectAccessReview::default() };
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client.clone());
    let access = Access { verb: "create", resource: "selfsubjectaccessreviews.authorization.k8s.io" };
    let answer = cluster.request(Request::AskRight, access, api.create(&PostParams::default(), &review)).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}
