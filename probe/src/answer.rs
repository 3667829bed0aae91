//! The HTTP exchange: one request, and a short description of what answered.

use std::error::Error as _;
use std::fmt::Write as _;
use std::io;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{self, HOST, HeaderValue, SERVER};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lbprobe_protocol::record::TEXT_CHARS;
use lbprobe_protocol::{Check, Host, HttpAnswer, HttpFailure, HttpRequest};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::errno::errno;
use crate::resolve;

/// Bytes of a body that are read for its fingerprint: a body may be large or endless.
const BODY_BYTES: usize = 64 * 1024;

/// Who asks.
pub(crate) const USER_AGENT: &str = concat!("kubectl-lbprobe/", env!("CARGO_PKG_VERSION"));

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
    tokio::pin!(exchange);
    // The connection is driven here and not in a task of its own, so that it ends with the sample.
    let ended = {
        // Where it ends before it has taken the request, nobody would answer that: it goes with the connection.
        tokio::pin!(connection);
        tokio::select! {
            biased;
            answer = &mut exchange => return answer,
            ended = &mut connection => ended,
        }
    };
    // A peer that answers and then closes rudely has answered.
    exchange.await.map_err(|of_exchange| ended.map_or_else(|cause| failure(&cause), |()| of_exchange))
}

fn build(request: &HttpRequest, check: &Check) -> Option<Request<Empty<Bytes>>> {
    let host = request.host.clone().unwrap_or_else(|| authority(check));
    Request::builder()
        .method(request.method.as_str())
        .uri(request.path.as_str())
        .header(HOST, host)
        .header(header::USER_AGENT, USER_AGENT)
        .body(Empty::new())
        .ok()
}

fn authority(check: &Check) -> String {
    let host = host(check);
    if matches!(check.port, 80 | 443) { host } else { format!("{host}:{}", check.port) }
}

/// Who is dialled, as a URL has it.
pub(crate) fn host(check: &Check) -> String {
    match &check.host {
        Host::Address(std::net::IpAddr::V6(address)) => format!("[{address}]"),
        Host::Address(address) => address.to_string(),
        Host::Node => resolve::node_address().map_or_else(|| "localhost".into(), |address| address.to_string()),
        Host::Name(name) => name.trim_end_matches('.').to_owned(),
        Host::Service { namespace, name } => format!("{name}.{namespace}"),
    }
}

/// A body that breaks off takes nothing from the answer: status and headers are there.
async fn describe(response: Response<Incoming>) -> HttpAnswer {
    let server = response.headers().get(SERVER).map(text);
    let status = response.status().as_u16();
    HttpAnswer { status, version: None, server, body: fingerprint(response.into_body()).await }
}

/// A header as far as a record holds it.
pub(crate) fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).chars().take(TEXT_CHARS).collect()
}

/// What stays the same of a body from one request to the next, as far as it is read.
pub(crate) async fn fingerprint(mut body: impl Body<Data = Bytes> + Unpin) -> Option<String> {
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
    // What ends a connection before the request is sent cancels the request, and is the reason given for that.
    let reason = cause.source().and_then(|source| source.downcast_ref::<hyper::Error>()).filter(|_| cause.is_canceled());
    let was_quicker = reason.is_some_and(is_unasked);
    let cause = reason.unwrap_or(cause);
    if let Some(errno) = of_socket(cause).and_then(errno) {
        return HttpFailure::Errno(errno);
    }
    if cause.is_parse() || was_quicker {
        HttpFailure::NotHttp
    } else if cause.is_timeout() {
        HttpFailure::TimedOut
    } else {
        HttpFailure::Closed
    }
}

/// Whether bytes came before the request was sent, as those of SSH or MySQL do. hyper has no name for it: of what can
/// end an idle connection it is what remains beside an error of the socket and the connection's end.
fn is_unasked(reason: &hyper::Error) -> bool {
    reason.source().is_none() && !reason.is_incomplete_message() && !reason.is_closed()
}

fn of_socket(cause: &hyper::Error) -> Option<&io::Error> {
    cause.source()?.downcast_ref()
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::{Exchange, When};
    use tokio::io::{AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    async fn asked(stream: DuplexStream) -> Result<HttpAnswer, HttpFailure> {
        let request = HttpRequest { method: "GET".into(), path: "/".into(), host: None };
        let check = Check {
            id: 0,
            host: Host::Name("shop.example.com".into()),
            port: 80,
            exchange: Exchange::Http(request.clone()),
            samples: 1,
            timeout_ms: 500,
            when: When::AtOnce,
            follow_ups: Vec::new(),
        };
        ask(stream, &request, &check).await
    }

    #[tokio::test]
    async fn a_peer_that_is_quicker_than_the_request_does_not_speak_http() {
        for greeting in [b"220 mail.example.com ESMTP\r\n".as_slice(), b"SSH-2.0-OpenSSH_9.2\r\n".as_slice()] {
            let (stream, mut peer) = duplex(4096);
            peer.write_all(greeting).await.unwrap();
            assert_eq!(asked(stream).await, Err(HttpFailure::NotHttp), "{greeting:?}");
        }
    }

    #[tokio::test]
    async fn a_peer_that_closes_before_the_request_says_nothing() {
        let (stream, peer) = duplex(4096);
        drop(peer);
        assert_eq!(asked(stream).await, Err(HttpFailure::Closed));
    }

    #[tokio::test]
    async fn a_long_server_header_is_cut() {
        let (stream, mut peer) = duplex(4096);
        let answer = async {
            let mut request = [0; 1024];
            tokio::io::AsyncReadExt::read(&mut peer, &mut request).await.unwrap();
            let text = format!("HTTP/1.1 200 OK\r\nServer: {}\r\nContent-Length: 0\r\n\r\n", "\u{e9}".repeat(200));
            peer.write_all(text.as_bytes()).await.unwrap();
        };
        let (answer, ()) = tokio::join!(asked(stream), answer);
        assert_eq!(answer.unwrap().server.map(|server| server.chars().count()), Some(TEXT_CHARS));
    }
}
