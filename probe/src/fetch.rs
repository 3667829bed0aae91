//! A page of the node's own services: small, quick, and nothing where nobody answers.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper_util::rt::TokioIo;
use lbprobe_protocol::pace::PAGE_TIMEOUT;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Bytes of an answer: the metrics of a large cluster's node fit.
const MOST_BYTES: usize = 4 << 20;

/// The text of a page whose status is a success.
pub(crate) async fn get(address: SocketAddr, path: &str) -> Option<String> {
    let (status, text) = page(address, path).await?;
    (200..300).contains(&status).then_some(text)
}

/// The status of a page.
pub(crate) async fn status(address: SocketAddr, path: &str) -> Option<u16> {
    page(address, path).await.map(|(status, _)| status)
}

/// The status and text of a page, whatever the status.
pub(crate) async fn page(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    timeout(PAGE_TIMEOUT, exchange(address, path)).await.ok().flatten()
}

async fn exchange(address: SocketAddr, path: &str) -> Option<(u16, String)> {
    let stream = TcpStream::connect(address).await.ok()?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let request = Request::get(path).header(HOST, "localhost").body(Empty::<Bytes>::new()).ok()?;
    let answer = async {
        let response = sender.send_request(request).await.ok()?;
        Some((response.status().as_u16(), text(response.into_body()).await?))
    };
    tokio::pin!(answer);
    {
        // A request that it has not taken goes with it.
        tokio::pin!(connection);
        tokio::select! {
            biased;
            page = &mut answer => return page,
            _ = &mut connection => {}
        }
    }
    answer.await
}

async fn text(body: Incoming) -> Option<String> {
    let bytes = Limited::new(body, MOST_BYTES).collect().await.ok()?.to_bytes();
    String::from_utf8(bytes.to_vec()).ok()
}
