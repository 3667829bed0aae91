//! Against real servers on loopback, by name and by address.

use std::net::Ipv4Addr;

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use lbprobe_protocol::When;
use lbprobe_protocol::outcome::ECONNREFUSED;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::test_certificate::acceptor;

/// No DNS knows it: only the address under test leads there.
const SHOP: &str = "shop.example.com";

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Answers every request by a text that is made of its path.
fn serve(listener: TcpListener, answer: impl Fn(&str) -> String + Send + 'static) {
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&request[..length]);
            let path = text.split(' ').nth(1).unwrap_or_default();
            let _ = stream.write_all(answer(path).as_bytes()).await;
        }
    });
}

const FINE: &str = "HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";

fn redirect(status: u16, to: &str) -> String {
    format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// A server of HTTP/2 behind TLS: as ingress controllers are.
async fn serve_http2() -> u16 {
    let (listener, port) = listen().await;
    let acceptor = acceptor(SHOP, &[b"h2"]);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let answer = service_fn(async |request: hyper::Request<hyper::body::Incoming>| {
                let status = if request.uri().host() == Some(SHOP) { 200 } else { 421 };
                Ok::<_, std::convert::Infallible>(hyper::Response::builder().status(status).body(Empty::<Bytes>::new()).unwrap())
            });
            let connection = hyper::server::conn::http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), answer);
            tokio::spawn(connection);
        }
    });
    port
}

fn check(port: u16, host: Option<&str>) -> Check {
    let request = HttpRequest::get("/start", host.map(str::to_owned));
    Check {
        id: 0,
        host: Host::Address(Ipv4Addr::LOCALHOST.into()),
        port,
        exchange: Exchange::Http(request),
        samples: 1,
        timeout_ms: 800,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    }
}

async fn followed(port: u16, host: Option<&str>) -> Followed {
    follow(&check(port, host), Ipv4Addr::LOCALHOST.into(), Arc::new(Names::from_system()), None).await
}

/// How a chain ends whose first server redirects to this URL.
async fn redirected_to(to: &str) -> Followed {
    let (listener, port) = listen().await;
    let to = to.to_owned();
    serve(listener, move |_| redirect(302, &to));
    followed(port, None).await
}

#[tokio::test]
async fn an_answer_without_redirect_is_the_end() {
    let (listener, port) = listen().await;
    serve(listener, |_| FINE.into());
    let Followed { outcome, answer } = followed(port, None).await;
    assert_eq!(outcome, Outcome::Answered);
    assert!(answer.redirects.is_empty());
    let http = answer.http.unwrap();
    assert_eq!((http.status, http.version, http.server.as_deref()), (200, Some(HttpVersion::Http11), Some("nginx")));
    assert_eq!(http.body.as_deref(), Some("2cf24dba"), "the same fingerprint as a staged sample's");
}

#[tokio::test]
async fn a_chain_to_https_stays_at_the_address_under_test_and_speaks_http_2() {
    let secure = serve_http2().await;
    let (listener, port) = listen().await;
    let to = format!("https://{SHOP}:{secure}/pay");
    let first = to.clone();
    serve(listener, move |path| if path == "/start" { redirect(301, "/second") } else { redirect(308, &to) });
    let Followed { outcome, answer } = followed(port, Some(SHOP)).await;
    assert_eq!(outcome, Outcome::Answered);
    let second = format!("http://{SHOP}:{port}/second");
    assert_eq!(answer.redirects, [Redirect { status: 301, to: second }, Redirect { status: 308, to: first }]);
    let http = answer.http.unwrap();
    assert_eq!((http.status, http.version), (200, Some(HttpVersion::Http2)));
}

#[tokio::test]
async fn a_chain_that_breaks_tells_where_and_how() {
    let (closed, port) = listen().await;
    drop(closed);
    let refused = redirected_to(&format!("http://127.0.0.1:{port}/")).await;
    assert_eq!(refused.outcome, Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)));
    assert_eq!(refused.answer.redirects, [Redirect { status: 302, to: format!("http://127.0.0.1:{port}/") }]);
    assert_eq!(refused.answer.http, None);

    let (silent, port) = listen().await;
    assert_eq!(redirected_to(&format!("http://127.0.0.1:{port}/")).await.outcome, Outcome::Http(HttpFailure::TimedOut));
    drop(silent);

    let (plain, port) = listen().await;
    serve(plain, |_| "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n".into());
    assert_eq!(redirected_to(&format!("https://127.0.0.1:{port}/")).await.outcome, Outcome::Tls(TlsFailure::NotTls));

    let (banner, port) = listen().await;
    serve(banner, |_| "SSH-2.0-OpenSSH_9.2\r\n".into());
    assert_eq!(redirected_to(&format!("http://127.0.0.1:{port}/")).await.outcome, Outcome::Http(HttpFailure::NotHttp));

    let unresolved = redirected_to("http://nobody.invalid/").await;
    assert!(matches!(unresolved.outcome, Outcome::Resolve(_)), "{:?}", unresolved.outcome);
}

#[tokio::test]
async fn a_redirect_leads_to_no_address_that_others_must_not_reach() {
    for to in ["http://169.254.169.254/latest/meta-data/", "http://100.100.100.200/", "http://[::1]:80/", "http://127.0.0.2/"] {
        let stopped = redirected_to(to).await;
        assert_eq!(stopped.outcome, Outcome::Resolve(ResolveFailure::OffLimits), "{to}");
        assert_eq!(stopped.answer.redirects.len(), 1, "{to}");
    }
}

#[tokio::test]
async fn a_circle_ends() {
    let (listener, port) = listen().await;
    serve(listener, |_| redirect(302, "/start"));
    let circle = followed(port, None).await;
    assert_eq!(circle.outcome, Outcome::Http(HttpFailure::TooManyRedirects));
    assert_eq!(circle.answer.redirects.len(), MOST_REDIRECTS);
}
