//! Against real sockets on loopback: a listener for each way in which a peer can behave.

use std::net::Ipv4Addr;

use lbprobe_protocol::outcome::{ECONNREFUSED, ECONNRESET};
use lbprobe_protocol::{HttpRequest, Trust, When};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::test_certificate::acceptor;

fn request() -> HttpRequest {
    HttpRequest::get("/", None)
}

pub(super) fn check(port: u16, exchange: Exchange) -> Check {
    Check {
        id: 0,
        host: Host::Address(Ipv4Addr::LOCALHOST.into()),
        port,
        exchange,
        samples: 1,
        timeout_ms: 500,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    }
}

pub(super) async fn attempt(port: u16, exchange: Exchange) -> Attempt {
    Dialler::new(None).attempt(&check(port, exchange)).await
}

/// Serves one connection with the given bytes after reading once, then closes it.
pub(super) async fn serve_once(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    });
    port
}

#[tokio::test]
async fn a_closed_port_is_refused() {
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap().port();
    let seen = attempt(port, Exchange::Connect).await;
    assert_eq!(seen.sample.outcome, Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)));
    assert_eq!(seen.sample.connect_ms, None);
}

#[tokio::test]
async fn a_listener_that_says_nothing_is_connected_and_times_out_in_http() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    assert_eq!(attempt(port, Exchange::Connect).await.sample.outcome, Outcome::Answered);
    let seen = attempt(port, Exchange::Http(request())).await;
    assert_eq!(seen.sample.outcome, Outcome::Http(HttpFailure::TimedOut));
    assert!(seen.sample.connect_ms.is_some() && seen.sample.total_ms >= 500);
    assert!(seen.sample.outcome.is_silence_after_connect());
    assert_eq!(attempt(port, Exchange::Tls { sni: None }).await.sample.outcome, Outcome::Tls(TlsFailure::TimedOut));
}

#[tokio::test]
async fn an_http_answer_is_described() {
    let port = serve_once(b"HTTP/1.1 404 Not Found\r\nServer: ng\x1b[31minx\xff\r\nContent-Length: 5\r\n\r\nhello".to_vec()).await;
    let port_of_text = serve_once(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 5\r\n\r\nhello".to_vec()).await;
    let seen = attempt(port_of_text, Exchange::Http(request())).await;
    assert_eq!(seen.sample.outcome, Outcome::Answered);
    let http = seen.answer.unwrap().http.unwrap();
    assert_eq!((http.status, http.server.as_deref(), http.body.as_deref()), (404, Some("nginx"), Some("2cf24dba")));
    // hyper itself refuses control characters in a header.
    assert_eq!(attempt(port, Exchange::Http(request())).await.sample.outcome, Outcome::Http(HttpFailure::NotHttp));
}

#[tokio::test]
async fn a_large_body_is_read_no_further_than_needed() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n".to_vec();
    answer.resize(answer.len() + 1024 * 1024, 0xff);
    let port = serve_once(answer).await;
    let seen = attempt(port, Exchange::Http(request())).await;
    assert_eq!(seen.sample.outcome, Outcome::Answered);
    assert_eq!(seen.answer.unwrap().http.unwrap().body.map(|body| body.len()), Some(8));
}

#[tokio::test]
async fn peers_that_speak_otherwise_are_told_apart() {
    let banner = serve_once(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()).await;
    assert_eq!(attempt(banner, Exchange::Http(request())).await.sample.outcome, Outcome::Http(HttpFailure::NotHttp));
    let silent_close = serve_once(Vec::new()).await;
    assert_eq!(attempt(silent_close, Exchange::Http(request())).await.sample.outcome, Outcome::Http(HttpFailure::Closed));
    let plain = serve_once(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    assert_eq!(attempt(plain, Exchange::Tls { sni: None }).await.sample.outcome, Outcome::Tls(TlsFailure::NotTls));
    let close_in_handshake = serve_once(Vec::new()).await;
    assert_eq!(attempt(close_in_handshake, Exchange::Tls { sni: None }).await.sample.outcome, Outcome::Tls(TlsFailure::Closed));
    let alert = serve_once(vec![21, 3, 3, 0, 2, 2, 40]).await;
    assert_eq!(attempt(alert, Exchange::Tls { sni: None }).await.sample.outcome, Outcome::Tls(TlsFailure::Alert(40)));
}

/// Speaks at once on every connection, and leaves it open.
async fn greet(greeting: &'static [u8]) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(greeting).await;
            open.push(stream);
        }
    });
    port
}

#[tokio::test]
async fn a_peer_that_speaks_first_and_stays_is_no_silence() {
    for greeting in [b"220 mail.example.com ESMTP\r\n".as_slice(), b"\x4a\0\0\0\x0a8.0.36\0".as_slice()] {
        let port = greet(greeting).await;
        let http = attempt(port, Exchange::Http(request())).await.sample.outcome;
        assert_eq!(http, Outcome::Http(HttpFailure::NotHttp), "{greeting:?}");
        let tls = attempt(port, Exchange::Tls { sni: None }).await.sample.outcome;
        assert_eq!(tls, Outcome::Tls(TlsFailure::NotTls), "{greeting:?}");
        assert!(http.shows_a_speaker() && tls.shows_a_speaker());
    }
}

#[tokio::test]
async fn a_name_that_tls_cannot_carry_is_not_the_peers_doing() {
    let port = greet(b"").await;
    let outcome = attempt(port, Exchange::Tls { sni: Some("no name".into()) }).await.sample.outcome;
    assert_eq!(outcome, Outcome::Tls(TlsFailure::InvalidName));
    assert!(!outcome.shows_a_speaker() && !outcome.is_no_tls());
}

#[tokio::test]
async fn a_reset_after_accept_is_no_answer() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        // Closing with unread bytes makes the kernel send a reset.
        stream.readable().await.unwrap();
        drop(stream);
    });
    assert_eq!(attempt(port, Exchange::Http(request())).await.sample.outcome, Outcome::Http(HttpFailure::Errno(ECONNRESET)));
}

#[tokio::test]
async fn a_certificate_of_an_unknown_issuer_is_a_finding() {
    let acceptor = acceptor("gateway.example.com", &[]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
    });
    let seen = attempt(port, Exchange::Https { sni: Some("gateway.example.com".into()), request: request() }).await;
    assert_eq!(seen.sample.outcome, Outcome::Answered);
    let answer = seen.answer.unwrap();
    let certificate = answer.certificate.unwrap();
    assert_eq!(certificate.names, ["gateway.example.com"]);
    assert_eq!(certificate.trust, Trust::UnknownIssuer);
    assert_eq!(certificate.fingerprint.len(), 16);
    assert_eq!(answer.http.unwrap().status, 200);
}

#[tokio::test]
async fn a_server_that_wants_a_proxy_header_answers_to_one() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or_default();
            if request[..length].starts_with(b"PROXY TCP4 127.0.0.1 127.0.0.1 ") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            }
        }
    });
    let plain = attempt(port, Exchange::Http(request())).await.sample.outcome;
    assert!(plain.is_hung_up(), "{plain:?}");
    let seen = Dialler::new(None).follow_up(&check(port, Exchange::Http(request())), FollowUp::ProxyHeader).await;
    assert_eq!(seen.sample.outcome, Outcome::Answered);
}

#[tokio::test]
async fn plain_text_on_a_tls_port_answers_to_plain_http() {
    let exchange = || Exchange::Https { sni: None, request: request() };
    let answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let outcome = attempt(serve_once(answer.to_vec()).await, exchange()).await.sample.outcome;
    assert!(outcome.is_no_tls(), "{outcome:?}");
    let port = serve_once(answer.to_vec()).await;
    let seen = Dialler::new(None).follow_up(&check(port, exchange()), FollowUp::PlainHttp).await;
    assert_eq!((seen.sample.outcome, seen.answer.unwrap().http.unwrap().status), (Outcome::Answered, 400));
}

#[tokio::test]
async fn an_address_that_is_not_the_nodes_cannot_be_dialled_from() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let check = check(listener.local_addr().unwrap().port(), Exchange::Connect);
    let dialler = Dialler::new(None);
    let from = |from: [u8; 4]| DialOptions { from: Some(from.into()), ..DialOptions::default() };
    assert_eq!(dialler.attempt_as(&check, from([127, 0, 0, 9])).await.sample.outcome, Outcome::Answered);
    let wrong = dialler.attempt_as(&check, from([198, 51, 100, 77])).await.sample.outcome;
    assert_eq!(wrong, Outcome::Connect(ConnectFailure::Errno(99)), "EADDRNOTAVAIL");
}
