//! The HTTP exchange: one request, and a short description of what answered.

use std::error::Error as _;
use std::io;
use std::net::IpAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::header::{self, HOST, HeaderName, HeaderValue, SERVER};
use hyper::{Request, Response, Version};
use hyper_util::rt::{TokioExecutor, TokioIo};
use lbprobe_protocol::record::TEXT_CHARS;
use lbprobe_protocol::{
    AnswerPart, Call, Check, Header, Host, HttpAnswer, HttpFailure, HttpRequest, HttpVersion, Outcome, SourceFrom, SourceSeen,
};
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::errno::errno;
use crate::{health, hexadecimal, proxy, resolve, source, tls};

/// Bytes of a body that are read: a body may be large or endless.
const BODY_BYTES: usize = 64 * 1024;

/// Who asks.
pub(crate) const USER_AGENT: &str = concat!("kubectl-lbprobe/", env!("CARGO_PKG_VERSION"));

/// What a request came to: who answered, and whether that was what was asked for.
pub(crate) type Asked = (Option<HttpAnswer>, Result<(), Outcome>);

/// What is spoken below a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spoken {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2, under the scheme that its requests name.
    Http2 { scheme: &'static str },
}

/// Asks on a connection that stands. `own` is the connection's own source address, where that is known.
pub(crate) async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: &HttpRequest,
    check: &Check,
    spoken: Spoken,
    own: Option<IpAddr>,
) -> Asked {
    let response = async |response: Result<Response<Incoming>, Outcome>| match response {
        Ok(response) => describe(response, request, spoken, own).await,
        Err(failure) => (None, Err(failure)),
    };
    let Some(message) = build(request, check, spoken) else { return (None, Err(Outcome::Http(HttpFailure::InvalidRequest))) };
    let stream = TokioIo::new(stream);
    match spoken {
        Spoken::Http1 => match http1::handshake(stream).await {
            Ok((mut sender, connection)) => {
                let exchange = async { response(sender.send_request(message).await.map_err(|cause| failure(&cause))).await };
                driven(exchange, connection, failure).await
            }
            Err(cause) => (None, Err(failure(&cause))),
        },
        Spoken::Http2 { .. } => match http2::handshake(TokioExecutor::new(), stream).await {
            Ok((mut sender, connection)) => {
                let exchange = async { response(sender.send_request(message).await.map_err(|cause| failure_of_http2(&cause))).await };
                driven(exchange, connection, failure_of_http2).await
            }
            Err(cause) => (None, Err(failure_of_http2(&cause))),
        },
    }
}

/// The connection is driven here and not in a task of its own, so that it ends with the sample.
async fn driven(
    exchange: impl Future<Output = Asked>,
    connection: impl Future<Output = Result<(), hyper::Error>>,
    failure: fn(&hyper::Error) -> Outcome,
) -> Asked {
    tokio::pin!(exchange);
    let ended = {
        // Where it ends before it has taken the request, nobody would answer that: it goes with the connection.
        tokio::pin!(connection);
        tokio::select! {
            biased;
            asked = &mut exchange => return asked,
            ended = &mut connection => ended,
        }
    };
    // A peer that answers and then closes rudely has answered.
    match (exchange.await, ended) {
        ((None, Err(_)), Err(cause)) => (None, Err(failure(&cause))),
        (asked, _) => asked,
    }
}

fn build(request: &HttpRequest, check: &Check, spoken: Spoken) -> Option<Request<Full<Bytes>>> {
    let host = request.host.clone().unwrap_or_else(|| authority(check));
    let (method, path, body) = match &request.call {
        Call::Page { method, path } => (method.as_str(), path.as_str(), Bytes::new()),
        Call::Health { grpc_service } => ("POST", health::PATH, health::question(grpc_service)),
    };
    let message = Request::builder().method(method).header(header::USER_AGENT, USER_AGENT);
    let message = match spoken {
        Spoken::Http1 => message.uri(path).header(HOST, host),
        Spoken::Http2 { scheme } => message.uri(format!("{scheme}://{host}{path}")).version(Version::HTTP_2),
    };
    let mut message = message.body(Full::new(body)).ok()?;
    let headers = message.headers_mut();
    if matches!(request.call, Call::Health { .. }) {
        headers.extend(health::headers());
    }
    for Header { name, value } in &request.headers {
        headers.insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(message)
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
async fn describe(response: Response<Incoming>, request: &HttpRequest, spoken: Spoken, own: Option<IpAddr>) -> Asked {
    let server = response.headers().get(SERVER).map(text);
    let status = response.status().as_u16();
    let version = (spoken != Spoken::Http1).then_some(HttpVersion::Http2);
    let seen = |by_server: Option<IpAddr>| by_server.zip(own).map(|(by_server, by_client)| SourceSeen { by_server, by_client });
    let in_headers = request.source_from.as_ref().and_then(|from| source::in_headers(response.headers(), from));
    let answer = HttpAnswer { status, version, server, body: None, source: seen(in_headers), behind: None };
    match &request.call {
        Call::Page { .. } => {
            let ended = if request.expects(status) { Ok(()) } else { Err(Outcome::Http(HttpFailure::Status(status))) };
            let answer = match &request.source_from {
                Some(from) if from.part == AnswerPart::Body => {
                    HttpAnswer { source: seen(source_in_body(response.into_body(), from).await), ..answer }
                }
                _ if proxy::may_answer(status, answer.server.as_deref()) => {
                    let mut text = Vec::new();
                    read(response.into_body(), |part| text.extend_from_slice(part)).await;
                    HttpAnswer { body: fingerprint_of(&text), behind: proxy::behind(&text), ..answer }
                }
                _ => HttpAnswer { body: fingerprint(response.into_body()).await, ..answer },
            };
            (Some(answer), ended)
        }
        Call::Health { .. } => (Some(answer), health::verdict(response).await.map_err(Outcome::Http)),
    }
}

/// A header as far as a record holds it.
pub(crate) fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).chars().take(TEXT_CHARS).collect()
}

/// The address that the server saw, as it tells it.
async fn source_in_body(body: Incoming, from: &SourceFrom) -> Option<IpAddr> {
    let mut text = Vec::new();
    read(body, |part| text.extend_from_slice(part)).await;
    source::in_body(&text, from)
}

/// What stays the same of a body from one request to the next, as far as it is read.
pub(crate) async fn fingerprint(body: impl Body<Data = Bytes> + Unpin) -> Option<String> {
    let mut hash = Sha256::new();
    let length = read(body, |part| hash.update(part)).await;
    (length > 0).then(|| digits(hash))
}

fn fingerprint_of(body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| digits(Sha256::new().chain_update(body)))
}

fn digits(hash: Sha256) -> String {
    hexadecimal::digits(&hash.finalize()[..4])
}

/// Takes the beginning of a body part by part: how many bytes it has, as far as it is read.
async fn read(mut body: impl Body<Data = Bytes> + Unpin, mut take: impl FnMut(&[u8])) -> usize {
    let mut left = BODY_BYTES;
    while left > 0 && !body.is_end_stream() {
        let Some(Ok(frame)) = body.frame().await else { break };
        if let Some(data) = frame.data_ref() {
            let taken = &data[..data.len().min(left)];
            left -= taken.len();
            take(taken);
        }
    }
    BODY_BYTES - left
}

fn failure(cause: &hyper::Error) -> Outcome {
    if let Some(alert) = of_socket(cause).and_then(tls::alert) {
        return Outcome::Tls(alert);
    }
    Outcome::Http(failure_of_http1(cause))
}

fn failure_of_http1(cause: &hyper::Error) -> HttpFailure {
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

/// HTTP/2 has errors of its own, within hyper's.
fn failure_of_http2(cause: &hyper::Error) -> Outcome {
    let failure = match cause.source().and_then(|source| source.downcast_ref::<h2::Error>()) {
        Some(cause) if let Some(alert) = cause.get_io().and_then(tls::alert) => return Outcome::Tls(alert),
        Some(cause) if cause.is_io() => cause.get_io().and_then(errno).map_or(HttpFailure::Closed, HttpFailure::Errno),
        // What came is no HTTP/2, or the peer says that it wants none.
        Some(cause) if cause.is_library() || cause.reason() == Some(h2::Reason::HTTP_1_1_REQUIRED) => HttpFailure::NoHttp2,
        Some(cause) if cause.is_go_away() && cause.reason() == Some(h2::Reason::PROTOCOL_ERROR) => HttpFailure::NoHttp2,
        Some(_) => HttpFailure::Closed,
        None => return failure(cause),
    };
    Outcome::Http(failure)
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

    async fn asked(stream: DuplexStream) -> Result<HttpAnswer, Outcome> {
        let request = HttpRequest::get("/", None);
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
        let (answer, ended) = ask(stream, &request, &check, Spoken::Http1, None).await;
        ended.map(|()| answer.unwrap())
    }

    #[tokio::test]
    async fn a_peer_that_is_quicker_than_the_request_does_not_speak_http() {
        for greeting in [b"220 mail.example.com ESMTP\r\n".as_slice(), b"SSH-2.0-OpenSSH_9.2\r\n".as_slice()] {
            let (stream, mut peer) = duplex(4096);
            peer.write_all(greeting).await.unwrap();
            assert_eq!(asked(stream).await, Err(Outcome::Http(HttpFailure::NotHttp)), "{greeting:?}");
        }
    }

    #[tokio::test]
    async fn a_peer_that_closes_before_the_request_says_nothing() {
        let (stream, peer) = duplex(4096);
        drop(peer);
        assert_eq!(asked(stream).await, Err(Outcome::Http(HttpFailure::Closed)));
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
