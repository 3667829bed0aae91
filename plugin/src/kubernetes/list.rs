//! Lists of objects, whatever their number.

use k8s_openapi::NamespaceResourceScope;
use kube::api::ListParams;
use kube::{Api, Resource};
use serde::de::DeserializeOwned;

use super::Cluster;
use crate::error::{Access, Error, Request};

/// Objects in one page of a list: bounds what is held of the API's own form at a time.
const PAGE: u32 = 500;

/// Pages of a list: of five million objects.
const MOST_PAGES: usize = 10_000;

/// Lists page by page; each object is reduced to what is kept of it as its page comes.
pub(crate) async fn list<K, T>(
    cluster: &Cluster,
    api: Api<K>,
    params: ListParams,
    resource: &'static str,
    keep: impl Fn(K) -> Vec<T>,
) -> Result<Vec<T>, Error>
where
    K: Resource + Clone + DeserializeOwned + std::fmt::Debug,
{
    let access = Access { verb: "list", resource };
    let mut params = params.limit(PAGE);
    let mut kept = Vec::new();
    for _ in 0..MOST_PAGES {
        let page = cluster.request(Request::List(resource), access, api.list(&params)).await?;
        kept.extend(page.items.into_iter().flat_map(&keep));
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(token) => params = params.continue_token(&token),
            None => return Ok(kept),
        }
    }
    Err(Error::EndlessList { resource, pages: MOST_PAGES })
}

/// The names of objects that are in no namespace, `most` of them at most.
pub(crate) async fn names<K>(cluster: &Cluster, resource: &'static str, most: u32) -> Result<Vec<String>, Error>
where
    K: Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    names_by(cluster, Api::<K>::all(cluster.client.clone()), resource, most).await
}

/// The same of those in a namespace.
pub(crate) async fn names_in<K>(cluster: &Cluster, resource: &'static str, namespace: &str, most: u32) -> Result<Vec<String>, Error>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
{
    names_by(cluster, Api::<K>::namespaced(cluster.client.clone(), namespace), resource, most).await
}

async fn names_by<K>(cluster: &Cluster, api: Api<K>, resource: &'static str, most: u32) -> Result<Vec<String>, Error>
where
    K: Clone + DeserializeOwned + std::fmt::Debug,
{
    let params = ListParams::default().limit(most);
    let listed = cluster.request(Request::List(resource), Access { verb: "list", resource }, api.list_metadata(&params)).await?;
    Ok(listed.items.into_iter().filter_map(|object| object.metadata.name).collect())
}
