//! The connection to the API server: whose, as whom, and how long a request may take.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use http::Uri;
use kube::client::UpgradeConnectionError;
use kube::config::KubeConfigOptions;
use kube::{Client, Config};
use lbprobe_analysis::text::messages::Message;

use super::kubeconfig::{self, Source};
use super::login;
use crate::error::{Access, Error, KubeconfigProblem, NotReached, Request, Server};
use crate::settings::{Connection, Impersonation, Trace};
use crate::terminal::say;

/// A way to the API server.
#[derive(Clone)]
pub(crate) struct Cluster {
    pub(crate) client: Client,
    /// The context that the user named; the kubeconfig's current one where missing.
    pub(crate) context: Option<String>,
    /// The kubeconfig that the user named; kubectl's own where missing.
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Namespace of the kubeconfig's context.
    pub(crate) namespace: String,
    /// The server as messages name it, with the proxy before it.
    server: Server,
    /// The login command's name.
    login: Option<String>,
    pub(crate) request_timeout: Duration,
    trace: Trace,
}

/// Reads the kubeconfig as kubectl does, and logs in where it says how. No request is made yet.
pub(crate) async fn connect(connection: &Connection) -> Result<Cluster, Error> {
    let mut config = config(connection).await?;
    config.connect_timeout = Some(connect_timeout(connection.request_timeout));
    if let Some(Impersonation { user, groups }) = &connection.impersonation {
        config.auth_info.impersonate = Some(user.clone());
        config.auth_info.impersonate_groups = Some(groups.clone()).filter(|groups| !groups.is_empty());
    }
    let namespace = config.default_namespace.clone();
    let server = server(&config);
    let login = login::command(&config);
    let client = login::client(config, connection.request_timeout).await?;
    let (context, kubeconfig) = (connection.context.clone(), connection.kubeconfig.clone());
    Ok(Cluster {
        client,
        context,
        kubeconfig,
        namespace,
        server,
        login,
        request_timeout: connection.request_timeout,
        trace: connection.trace,
    })
}

/// How long a connection may take, TLS included.
fn connect_timeout(request_timeout: Duration) -> Duration {
    request_timeout.min(Duration::from_secs(5))
}

async fn config(connection: &Connection) -> Result<Config, Error> {
    let options = KubeConfigOptions { context: connection.context.clone(), ..KubeConfigOptions::default() };
    match kubeconfig::find(connection.kubeconfig.as_deref())? {
        Source::File(kubeconfig) => {
            let read = Config::from_custom_kubeconfig(*kubeconfig, &options).await;
            read.map_err(|cause| Error::Kubeconfig(KubeconfigProblem::Other(cause.to_string())))
        }
        Source::None if connection.context.is_some() => {
            Err(Error::Kubeconfig(KubeconfigProblem::NoneWithContext { context: options.context.unwrap_or_default() }))
        }
        // A pod in the cluster has no kubeconfig, but an account of its own.
        Source::None => Config::incluster().map_err(|_| Error::Kubeconfig(KubeconfigProblem::None)),
    }
}

/// The server's URL, and by which proxy it is reached: without a password that stands in the proxy's.
fn server(config: &Config) -> Server {
    let url = config.cluster_url.to_string();
    Server { url: url.trim_end_matches('/').to_owned(), proxy: config.proxy_url.as_ref().map(without_user) }
}

fn without_user(url: &Uri) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{}{port}", url.scheme_str().unwrap_or("http"), url.host().unwrap_or_default())
}

impl Cluster {
    /// Makes one request within the limit; its failure in the words of the user.
    pub(crate) async fn request<T>(
        &self,
        what: Request<'_>,
        access: Access,
        request: impl Future<Output = kube::Result<T>>,
    ) -> Result<T, Error> {
        let start = Instant::now();
        let ended = tokio::time::timeout(self.request_timeout, request).await;
        if self.trace == Trace::Requests {
            let what = what.to_string();
            say(Message::Requested {
                what: &what,
                access: (access.verb, access.resource),
                took: start.elapsed(),
                failed: !matches!(ended, Ok(Ok(_))),
            });
        }
        match ended {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(cause)) => Err(self.explain(what, access, cause)),
            Err(_) => Err(Error::Overdue { what: what.to_string(), seconds: self.request_timeout.as_secs_f32() }),
        }
    }

    fn unreachable(&self, cause: &(dyn std::error::Error + 'static)) -> NotReached {
        if has_timed_out(cause) {
            NotReached::Overdue { seconds: connect_timeout(self.request_timeout).as_secs_f32() }
        } else {
            NotReached::Other(innermost(cause))
        }
    }

    fn explain(&self, what: Request<'_>, access: Access, cause: kube::Error) -> Error {
        if let Some(login) = login::failure(&cause, self.login.as_deref()) {
            return login;
        }
        let what = what.to_string();
        match cause {
            kube::Error::Api(status) => match status.code {
                401 => Error::Unauthorized { what, message: status.message },
                403 => Error::Forbidden { what, message: status.message, can: Some(access) },
                409 => Error::Conflict { what, message: status.message },
                code => Error::Api { what, message: status.message, code: Some(code) },
            },
            // Of the server's answer there is only this.
            kube::Error::UpgradeConnection(UpgradeConnectionError::ProtocolSwitch(status)) => match status.as_u16() {
                403 => Error::Forbidden { what, message: status.to_string(), can: Some(access) },
                code => Error::Api { what, message: status.to_string(), code: Some(code) },
            },
            kube::Error::Service(cause) => Error::Unreachable { server: self.server.clone(), cause: self.unreachable(cause.as_ref()) },
            kube::Error::HyperError(cause) => Error::Unreachable { server: self.server.clone(), cause: self.unreachable(&cause) },
            other => Error::Api { what, message: innermost(&other), code: None },
        }
    }
}

/// Whether a library gave up waiting: its own words are of deadlines.
fn has_timed_out(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_late = |error: &(dyn std::error::Error + 'static)| {
        error.is::<tokio::time::error::Elapsed>()
            || error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
    };
    std::iter::successors(Some(error), |error| error.source()).any(is_late)
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

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;

    use k8s_openapi::api::core::v1::Pod;
    use kube::api::ListParams;
    use kube::{Api, ResourceExt as _};

    use super::*;
    use crate::kubernetes::list;

    /// Answers one request a connection with the next of these, by HTTP. A real API server cannot be made to have no time
    /// for exactly one list.
    fn answering(answers: &'static [(&'static str, &'static str)]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for ((status, body), stream) in answers.iter().zip(listener.incoming()) {
                let mut stream = stream.unwrap();
                let request = BufReader::new(stream.try_clone().unwrap());
                let _ = request.lines().map_while(Result::ok).find(String::is_empty);
                let head = "content-type: application/json\r\nconnection: close";
                write!(stream, "HTTP/1.1 {status}\r\n{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).unwrap();
            }
        });
        url
    }

    #[tokio::test]
    async fn a_list_that_the_server_has_no_time_for_is_asked_again() {
        const BUSY: &str = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"TooManyRequests","code":429}"#;
        const PODS: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"}}]}"#;
        let url = answering(&[("429 Too Many Requests", BUSY), ("429 Too Many Requests", BUSY), ("200 OK", PODS)]);
        let config = Config::new(url.parse().unwrap());
        let (server, request_timeout) = (server(&config), Duration::from_secs(30));
        let client = login::client(config, request_timeout).await.unwrap();
        let cluster = Cluster {
            client: client.clone(),
            context: None,
            kubeconfig: None,
            namespace: "default".into(),
            server,
            login: None,
            request_timeout,
            trace: Trace::Off,
        };
        let names = list(&cluster, Api::<Pod>::all(client), ListParams::default(), "pods", |pod| vec![pod.name_any()]).await;
        assert_eq!(names.unwrap(), ["a"]);
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let proxy: Uri = "http://user:secret@proxy.example.com:3128/".parse().unwrap();
        assert_eq!(without_user(&proxy), "http://proxy.example.com:3128");
    }
}
