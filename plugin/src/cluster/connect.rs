//! The connection to the API server: whose, as whom, and how long a request may take.

use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig, KubeconfigError};
use kube::{Client, Config};

use crate::cli::KubernetesArguments;
use crate::error::{Access, Error};

/// A way to the API server.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// Namespace of the kubeconfig's context.
    pub(crate) namespace: String,
    server: String,
    request_timeout: Duration,
}

/// Reads the kubeconfig as kubectl does. No request is made yet.
pub(crate) async fn connect(arguments: &KubernetesArguments) -> Result<Cluster, Error> {
    let options = KubeConfigOptions { context: arguments.context.clone(), ..KubeConfigOptions::default() };
    let read = match &arguments.kubeconfig {
        Some(path) => {
            let kubeconfig = Kubeconfig::read_from(path).map_err(|cause| Error::Kubeconfig(format!("{}: {cause}", path.display())))?;
            Config::from_custom_kubeconfig(kubeconfig, &options).await
        }
        None => Config::from_kubeconfig(&options).await,
    };
    let mut config = match read {
        Ok(config) => config,
        // A pod in the cluster has no kubeconfig, but an account of its own.
        Err(KubeconfigError::ReadConfig(..)) if arguments.context.is_none() && arguments.kubeconfig.is_none() => {
            Config::incluster().map_err(|_| Error::Kubeconfig("there is none, and this is no pod of a cluster".into()))?
        }
        Err(cause) => return Err(Error::Kubeconfig(cause.to_string())),
    };
    config.connect_timeout = Some(arguments.request_timeout.min(Duration::from_secs(5)));
    if arguments.impersonate.is_some() {
        config.auth_info.impersonate.clone_from(&arguments.impersonate);
        config.auth_info.impersonate_groups = Some(arguments.impersonate_groups.clone()).filter(|groups| !groups.is_empty());
    }
    let namespace = config.default_namespace.clone();
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let client = Client::try_from(config).map_err(|cause| Error::Kubeconfig(cause.to_string()))?;
    Ok(Cluster { client, namespace, server, request_timeout: arguments.request_timeout })
}

impl Cluster {
    /// Makes one request within the limit; its failure in the words of the user.
    pub(crate) async fn request<T>(&self, what: &str, access: Access, request: impl Future<Output = kube::Result<T>>) -> Result<T, Error> {
        match tokio::time::timeout(self.request_timeout, request).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(cause)) => Err(self.explain(what, access, cause)),
            Err(_) => Err(Error::Overdue { what: what.into(), seconds: self.request_timeout.as_secs() }),
        }
    }

    fn explain(&self, what: &str, access: Access, cause: kube::Error) -> Error {
        let what = what.to_owned();
        match cause {
            kube::Error::Api(status) => match status.code {
                401 => Error::Unauthorized { what, message: status.message },
                403 => Error::Forbidden { what, message: status.message, can: Some(access) },
                409 => Error::Conflict { what, message: status.message },
                _ => Error::Api { what, message: status.message },
            },
            kube::Error::Service(cause) => Error::Unreachable { server: self.server.clone(), cause: innermost(cause.as_ref()) },
            kube::Error::HyperError(cause) => Error::Unreachable { server: self.server.clone(), cause: innermost(&cause) },
            other => Error::Api { what, message: innermost(&other) },
        }
    }
}

/// What is not there is nothing: an object that is gone already, a kind that is not installed.
pub(crate) fn or_nothing<T: Default>(answer: kube::Result<T>) -> kube::Result<T> {
    match answer {
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(T::default()),
        other => other,
    }
}

/// Libraries wrap "connection refused" in layers that say nothing.
fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut current = error;
    while let Some(source) = current.source() {
        current = source;
    }
    current.to_string()
}
