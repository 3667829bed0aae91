//! `__complete`: words → names of the cluster → offers. Silent where anything fails: somebody is typing.

use std::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use lbprobe_analysis::facts::{Ingress, Service, ServiceType};
use serde::de::DeserializeOwned;

use crate::completion::{self, Name, NameKind, Wanted};
use crate::error::Error;
use crate::exit::Exit;
use crate::facts::from_api;
use crate::kubernetes::{self, Cluster, contexts, names, names_in};
use crate::settings::{Complete, Connection, Trace};
use crate::terminal::{Form, print};

/// A shell waits meanwhile.
const LIMIT: Duration = Duration::from_secs(2);

/// Names that are read: nobody chooses from more.
const MOST_NAMES: u32 = 500;

/// Prints what may follow.
pub(crate) async fn complete(settings: &Complete) -> Result<Exit, Error> {
    let names = match completion::wanted(&settings.program, &settings.words) {
        None => Vec::new(),
        Some(wanted) => tokio::time::timeout(LIMIT, known(&wanted)).await.ok().and_then(Result::ok).unwrap_or_default(),
    };
    print(&completion::offers(&settings.program, &settings.words, &names), Form::Lines)?;
    Ok(Exit::Healthy)
}

async fn known(wanted: &Wanted) -> Result<Vec<Name>, Error> {
    let connection = Connection {
        context: wanted.context.clone(),
        kubeconfig: wanted.kubeconfig.clone(),
        impersonation: None,
        request_timeout: LIMIT,
        trace: Trace::Off,
    };
    match wanted.kind {
        NameKind::Context => {
            let contexts = contexts(wanted.kubeconfig.as_deref())?;
            Ok(contexts.into_iter().map(|name| Name { name, about: None }).collect())
        }
        NameKind::Service => services(&kubernetes::connect(&connection).await?, wanted.namespace.as_deref()).await,
        NameKind::Namespace => names_of::<Namespace>(&kubernetes::connect(&connection).await?, "namespaces").await,
        NameKind::Pod => pods(&kubernetes::connect(&connection).await?, wanted.namespace.as_deref()).await,
        NameKind::Node => names_of::<Node>(&kubernetes::connect(&connection).await?, "nodes").await,
    }
}

/// The Services that can be probed, those of type LoadBalancer first.
async fn services(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<Name>, Error> {
    let mut services = from_api::services_for_outside(cluster, namespace.unwrap_or(&cluster.namespace), MOST_NAMES).await?;
    services.sort_by_key(|service| service.service_type != ServiceType::LoadBalancer);
    Ok(services.into_iter().map(|service| Name { about: address(&service), name: service.name }).collect())
}

/// Deployments, which are named more easily, and then pods. `-n` is the namespace of the Service, and of names without one.
async fn pods(cluster: &Cluster, namespace: Option<&str>) -> Result<Vec<Name>, Error> {
    let namespace = namespace.unwrap_or(&cluster.namespace);
    let (deployments, pods) = tokio::join!(
        names_in::<Deployment>(cluster, "deployments", namespace, MOST_NAMES),
        names_in::<Pod>(cluster, "pods", namespace, MOST_NAMES),
    );
    let of_kind = |kind: &'static str, names: Result<Vec<String>, Error>| {
        names.unwrap_or_default().into_iter().map(move |name| Name { name: [kind, &name].join("/"), about: None })
    };
    Ok(of_kind("deploy", deployments).chain(of_kind("pod", pods)).collect())
}

/// What clients outside dial, as a sign which Service it is.
fn address(service: &Service) -> Option<String> {
    let of_load_balancer = service.ingress.first().map(|ingress| match ingress {
        Ingress::Address { ip, .. } => ip.to_string(),
        Ingress::Hostname(name) => name.clone(),
    });
    of_load_balancer.or_else(|| service.external_ips.first().map(ToString::to_string))
}

async fn names_of<K>(cluster: &Cluster, resource: &'static str) -> Result<Vec<Name>, Error>
where
    K: kube::Resource<DynamicType = ()> + Clone + DeserializeOwned + std::fmt::Debug,
{
    let names = names::<K>(cluster, resource, MOST_NAMES).await?;
    Ok(names.into_iter().map(|name| Name { name, about: None }).collect())
}
