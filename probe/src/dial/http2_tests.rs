//! HTTP/2, gRPC's health check, headers and expected statuses, against hyper's server on loopback.

use std::convert::Infallible;
use std::net::Ipv4Addr;

use http_body_util::StreamBody;
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::HeaderMap;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use lbprobe_protocol::{Header, HttpVersion, StatusRange};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;

use super::tests::{attempt, serve_once};
use super::*;
use crate::test_certificate::acceptor;

/// What the server gives: bytes, then trailers.
fn answer(
    status: u16,
    message: &'static [u8],
    trailer: Option<&'static str>,
) -> Response<impl hyper::body::Body<Data = Bytes, Error = Infallible>> {
    let trailers = trailer.map(|status| Frame::trailers(HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())])));
    let frames = [Frame::data(Bytes::from_static(message))].into_iter().chain(trailers).map(Ok);
    Response::builder().status(status).body(StreamBody::new(futures::stream::iter(frames))).unwrap()
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(async |request: Request<Incoming>| {
        let tenant = request.headers().get("x-tenant").map(|value| value.to_str().unwrap().to_owned());
        Ok::<_, Infallible>(match (request.uri().path(), tenant.as_deref()) {
            ("/grpc.health.v1.Health/Check", Some("down")) => answer(200, &[0, 0, 0, 0, 2, 8, 2], Some("0")),
            ("/grpc.health.v1.Health/Check", Some("unknown")) => answer(200, &[], Some("5")),
            ("/grpc.health.v1.Health/Check", _) => answer(200, &[0, 0, 0, 0, 2, 8, 1], Some("0")),
            (_, Some("blue")) => answer(200, b"blue", None),
            _ => answer(503, b"", None),
        })
    });
    let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn plain() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream));
        }
    });
    port
}

async fn in_tls(protocols: &[&[u8]]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let acceptor = acceptor("pay.example.com", protocols);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if let Ok(stream) = acceptor.accept(stream).await {
                tokio::spawn(serve(stream));
            }
        }
    });
    port
}

fn page(tenant: &str) -> HttpRequest {
    let headers = vec![Header { name: "x-tenant".into(), value: tenant.into() }];
    let expected = vec![StatusRange { first: 200, last: 299 }];
    HttpRequest { headers, expected, protocol: HttpProtocol::Http2, ..HttpRequest::get("/pay", None) }
}

fn health(tenant: &str) -> HttpRequest {
    HttpRequest { call: Call::Health { grpc_service: "pay".into() }, ..page(tenant) }
}

fn https(request: HttpRequest) -> Exchange {
    Exchange::Https { sni: Some("pay.example.com".into()), request }
}

#[tokio::test]
async fn a_page_comes_by_http2_with_the_users_headers() {
    for (port, exchange) in [(plain().await, Exchange::Http(page("blue"))), (in_tls(&[b"h2"]).await, https(page("blue")))] {
        let seen = attempt(port, exchange).await;
        assert_eq!(seen.sample.outcome, Outcome::Answered);
        let http = seen.answer.unwrap().http.unwrap();
        assert_eq!((http.status, http.version, http.body.is_some()), (200, Some(HttpVersion::Http2), true));
    }
}

#[tokio::test]
async fn another_status_than_the_expected_fails_with_its_answer() {
    let seen = attempt(plain().await, Exchange::Http(page("red"))).await;
    assert_eq!(seen.sample.outcome, Outcome::Http(HttpFailure::Status(503)));
    assert_eq!(seen.answer.unwrap().http.unwrap().status, 503);
    let by_http1 = HttpRequest { protocol: HttpProtocol::Http1, ..page("red") };
    let port = serve_once(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    assert_eq!(attempt(port, Exchange::Http(by_http1)).await.sample.outcome, Outcome::Http(HttpFailure::Status(404)));
}

#[tokio::test]
async fn a_peer_without_http2_is_told() {
    let by_choice = in_tls(&[b"http/1.1"]).await;
    let without_alpn = in_tls(&[]).await;
    for port in [by_choice, without_alpn] {
        assert_eq!(attempt(port, https(page("blue"))).await.sample.outcome, Outcome::Http(HttpFailure::NoHttp2));
    }
    let port = serve_once(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let outcome = attempt(port, Exchange::Http(page("blue"))).await.sample.outcome;
    assert_eq!(outcome, Outcome::Http(HttpFailure::NoHttp2));
    assert!(outcome.shows_a_speaker());
    let port = serve_once(Vec::new()).await;
    assert_eq!(attempt(port, Exchange::Http(page("blue"))).await.sample.outcome, Outcome::Http(HttpFailure::Closed));
}

#[tokio::test]
async fn a_grpc_server_says_whether_it_serves() {
    let port = plain().await;
    let outcome = async |tenant| attempt(port, Exchange::Http(health(tenant))).await.sample.outcome;
    assert_eq!(outcome("blue").await, Outcome::Answered);
    assert_eq!(outcome("down").await, Outcome::Http(HttpFailure::NotServing));
    assert_eq!(outcome("unknown").await, Outcome::Http(HttpFailure::GrpcStatus(5)));
    assert_eq!(attempt(in_tls(&[b"h2"]).await, https(health("blue"))).await.sample.outcome, Outcome::Answered);
}

/// What its redirects lead to counts there.
#[tokio::test]
async fn where_redirects_are_followed_the_first_answer_may_have_any_status() {
    let port = serve_once(b"HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n".to_vec()).await;
    let request = HttpRequest { protocol: HttpProtocol::Http1, ..page("blue") };
    let check = Check { follow_ups: vec![FollowUp::Redirects], ..super::tests::check(port, Exchange::Http(request)) };
    assert_eq!(Dialler::new(None).attempt(&check).await.sample.outcome, Outcome::Answered);
}
