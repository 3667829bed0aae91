//! The HTTP exchange: one request, and a short description of what answered.

use std::fmt::Write as _;
use std::io;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue, SERVER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lbprobe_protocol::{Check, Host, HttpAnswer, HttpFailure, HttpRequest};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::resolve;

/// Bytes of a body that are read for its fingerprint: a body may be large or endless.
const BODY_BYTES: usize = 64 * 1024;

/// Asks on a connection that stands.
pub(crate) async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: &HttpRequest,
    check: &Check,
) -> Result<HttpAnswer, HttpFailure> {
    let request = build(request, check).ok_or(HttpFailure::InvalidRequest)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(|cause| failure(&cause))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|cause| failure(&cause))?;
        Ok(describe(response).await)
    };
    // The connection is driven here and not in a task of its own, so that it ends with the sample.
    // A peer that answers and then closes rudely has answered.
    tokio::pin!(connection, exchange);
    tokio::select! {
        biased;
        answer = &mut exchange => answer,
        ended = &mut connection => exchange.await.map_err(|of_exchange| ended.map_or_else(|cause| failure(&cause), |()| of_exchange)),
    }
}

fn build(request: &HttpRequest, check: &Check) -> Option<Request<Empty<Bytes>>> {
    let host = request.host.clone().unwrap_or_else(|| authority(check));
    Request::builder()
        .method(request.method.as_str())
        .uri(request.path.as_str())
        .header(HOST, host)
        .header(USER_AGENT, concat!("kubectl-lbprobe/", env!("CARGO_PKG_VERSION")))
        .body(Empty::new())
        .ok()
}

fn authority(check: &Check) -> String {
    let host = match &check.host {
        Host::Address(std::net::IpAddr::V6(address)) => format!("[{address}]"),
        Host::Address(address) => address.to_string(),
        Host::Node => resolve::node_address().map_or_else(|| "localhost".into(), |address| address.to_string()),
        Host::Name(name) => name.trim_end_matches('.').to_owned(),
        Host::Service { namespace, name } => format!("{name}.{namespace}"),
    };
    if matches!(check.port, 80 | 443) { host } else { format!("{host}:{}", check.port) }
}

/// A body that breaks off takes nothing from the answer: status and headers are there.
async fn describe(response: Response<Incoming>) -> HttpAnswer {
    let server = response.headers().get(SERVER).map(|value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let status = response.status().as_u16();
    HttpAnswer { status, server, body: fingerprint(response.into_body()).await }
}

async fn fingerprint(mut body: Incoming) -> Option<String> {
    let mut hash = Sha256::new();
    let mut left = BODY_BYTES;
    while left > 0 && !body.is_end_stream() {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Some(data) = frame.data_ref() {
            let taken = &data[..data.len().min(left)];
            left -= taken.len();
            hash.update(taken);
        }
    }
    (left < BODY_BYTES).then(|| hexadecimal(&hash.finalize()[..4]))
}

/// Bytes as lower-case hexadecimal digits.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn failure(cause: &hyper::Error) -> HttpFailure {
    if let Some(errno) = errno(cause) {
        return HttpFailure::Errno(errno);
    }
    if cause.is_parse() {
        HttpFailure::NotHttp
    } else if cause.is_timeout() {
        HttpFailure::TimedOut
    } else {
        HttpFailure::Closed
    }
}

fn errno(cause: &hyper::Error) -> Option<i32> {
    std::error::Error::source(cause)?.downcast_ref::<io::Error>()?.raw_os_error()
}
