//! Which nodes a load balancer sends to: under policy Local those whose healthCheckNodePort
//! answers 200, else all that are Ready.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::Service;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A node that has not answered by then is unhealthy.
const PATIENCE: Duration = Duration::from_millis(500);

/// The nodes that take new connections of a Service.
pub async fn backends(service: &Service, nodes: &[Ipv4Addr]) -> Vec<Ipv4Addr> {
    let Some(port) = health_check_port(service) else { return nodes.to_vec() };
    let answers = join_all(nodes.iter().map(|node| is_healthy(*node, port))).await;
    nodes.iter().zip(answers).filter(|(_, healthy)| *healthy).map(|(node, _)| *node).collect()
}

/// The API server gives one to Services of type LoadBalancer with policy Local only.
fn health_check_port(service: &Service) -> Option<u16> {
    let spec = service.spec.as_ref()?;
    u16::try_from(spec.health_check_node_port?).ok().filter(|port| *port > 0)
}

async fn is_healthy(node: Ipv4Addr, port: u16) -> bool {
    timeout(crate::patience::stretched(PATIENCE), status_line(node, port))
        .await
        .is_ok_and(|line| line.is_ok_and(|line| line.ends_with(" 200")))
}

/// `HTTP/1.1 200`, the first twelve bytes of an answer.
async fn status_line(node: Ipv4Addr, port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((node, port)).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n").await?;
    let mut line = [0; 12];
    stream.read_exact(&mut line).await?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}
