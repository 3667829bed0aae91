//! Asks the kube-proxy of the node for its mode and release, on the node's loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use lbprobe_protocol::KubeProxyEvidence;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// kube-proxy's `metricsBindAddress` by default.
const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 10249);

/// Less than any check's deadline in use, so that it never makes a probe slower.
const LIMIT: Duration = Duration::from_secs(1);

/// Bytes of an answer: the metrics of a large cluster's node fit.
const MOST_BYTES: usize = 4 << 20;

/// What it says; nothing where nobody answers in time.
pub(crate) async fn ask() -> KubeProxyEvidence {
    let (mode, metrics) = futures::join!(get("/proxyMode"), get("/metrics"));
    KubeProxyEvidence { mode: mode.map(|mode| mode.trim().to_owned()), release: metrics.as_deref().and_then(release) }
}

async fn get(path: &str) -> Option<String> {
    timeout(LIMIT, exchange(path)).await.ok().flatten()
}

async fn exchange(path: &str) -> Option<String> {
    let stream = TcpStream::connect(ADDRESS).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get(path).header(HOST, "localhost").body(Empty::<Bytes>::new()).ok()?;
    let answer = async {
        let response = sender.send_request(request).await.ok().filter(|response| response.status().is_success())?;
        let body = Limited::new(response.into_body(), MOST_BYTES).collect().await.ok()?.to_bytes();
        String::from_utf8(body.to_vec()).ok()
    };
    tokio::pin!(connection, answer);
    tokio::select! {
        biased;
        text = &mut answer => text,
        _ = &mut connection => answer.await,
    }
}

/// The label `git_version` of the one line of `kubernetes_build_info`.
fn release(metrics: &str) -> Option<String> {
    let line = metrics.lines().find(|line| line.starts_with("kubernetes_build_info{"))?;
    let (_, rest) = line.split_once("git_version=\"")?;
    rest.split('"').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_found_among_the_metrics() {
        let metrics =
            "# TYPE kubernetes_build_info gauge\nkubernetes_build_info{build_date=\"x\",git_version=\"v1.34.1\",major=\"1\"} 1\nother 2\n";
        assert_eq!(release(metrics).as_deref(), Some("v1.34.1"));
        assert_eq!(release("other 2\n"), None);
    }
}
