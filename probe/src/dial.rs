//! One attempt at one target: resolve, connect, TLS, HTTP, on one connection, within one deadline.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lbprobe_protocol::{
    Answer, Call, Check, ConnectFailure, Datagram, Exchange, FollowUp, Host, HttpFailure, HttpProtocol, HttpRequest, Outcome,
    ResolveFailure, Sample, Stage, TlsFailure,
};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::answer::{self, Spoken};
use crate::connect_failure::connect_failure;
use crate::datagram::{self, NoExchange};
use crate::identity::ClientIdentity;
use crate::redirects::{self, Followed};
use crate::resolve::{self, Names};
use crate::tls;

/// Dials targets; holds what all attempts share.
pub(crate) struct Dialler {
    names: Arc<Names>,
    /// Shown to servers that ask who the client is.
    identity: Option<ClientIdentity>,
}

/// What one attempt gave.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// The address that the name gave.
    pub(crate) resolved: Option<IpAddr>,
    /// Outcome and times; its `answer` is filled by the report.
    pub(crate) sample: Sample,
    /// Who answered.
    pub(crate) answer: Option<Answer>,
}

/// How far an attempt has come: what stays known when its deadline passes.
#[derive(Default)]
struct Progress {
    stage: Option<Stage>,
    resolved: Option<IpAddr>,
    connect_ms: Option<u32>,
    /// The connection's own source address.
    own: Option<IpAddr>,
    answer: Answer,
}

/// How a connection is made.
#[derive(Clone, Copy, Debug, Default)]
struct DialOptions {
    /// The address from which; the kernel's choice where missing.
    from: Option<IpAddr>,
    /// Whether a PROXY header goes before everything else.
    proxy_header: bool,
}

impl Dialler {
    pub(crate) fn new(identity: Option<ClientIdentity>) -> Self {
        Self { names: Arc::new(Names::from_system()), identity }
    }

    /// Makes one attempt. A failure is data: this never fails itself. Where redirects are followed, a status is expected of
    /// what they lead to.
    pub(crate) async fn attempt(&self, check: &Check) -> Attempt {
        if !check.follow_ups.contains(&FollowUp::Redirects) {
            return self.attempt_as(check, DialOptions::default()).await;
        }
        let exchange = with_any_status(&check.exchange);
        self.attempt_as(&Check { exchange, ..check.clone() }, DialOptions::default()).await
    }

    /// Makes a follow-up, with a deadline of its own.
    pub(crate) async fn follow_up(&self, check: &Check, follow_up: FollowUp) -> Attempt {
        let exchange = match follow_up {
            FollowUp::Redirects => return self.follow_redirects(check).await,
            FollowUp::FromNodeAddress if is_by_udp(&check.exchange) => check.exchange.clone(),
            FollowUp::FromNodeAddress => Exchange::Connect,
            FollowUp::ProxyHeader => check.exchange.clone(),
            FollowUp::PlainHttp => Exchange::Http(plain_request(&check.exchange)),
        };
        let options = match follow_up {
            FollowUp::FromNodeAddress => DialOptions { from: resolve::node_address(), ..DialOptions::default() },
            FollowUp::ProxyHeader => DialOptions { proxy_header: true, ..DialOptions::default() },
            FollowUp::PlainHttp | FollowUp::Redirects => DialOptions::default(),
        };
        self.attempt_as(&Check { exchange, ..check.clone() }, options).await
    }

    /// The whole exchange from its first redirect to its last, within the deadline of one sample.
    async fn follow_redirects(&self, check: &Check) -> Attempt {
        let start = Instant::now();
        let address = match &check.host {
            Host::Address(address) => Ok(*address),
            named => self.names.address(named).await,
        };
        let followed = match address {
            Ok(address) => redirects::follow(check, address, self.names.clone(), self.identity.as_ref()).await,
            Err(failure) => Followed { outcome: Outcome::Resolve(failure), answer: Answer::default() },
        };
        Attempt {
            resolved: address.ok(),
            sample: Sample { outcome: followed.outcome, connect_ms: None, total_ms: milliseconds(start), answer: None },
            answer: (followed.answer != Answer::default()).then_some(followed.answer),
        }
    }

    async fn attempt_as(&self, check: &Check, options: DialOptions) -> Attempt {
        let start = Instant::now();
        let mut progress = Progress::default();
        let deadline = Duration::from_millis(check.timeout_ms.into());
        let ended = timeout(deadline, self.stages(check, options, &mut progress)).await;
        let outcome = match ended {
            Ok(Ok(())) => Outcome::Answered,
            Ok(Err(outcome)) => outcome,
            Err(_) if is_by_udp(&check.exchange) && progress.stage == Some(Stage::Connect) => Outcome::Connect(ConnectFailure::NoAnswer),
            Err(_) => timed_out_at(progress.stage),
        };
        let answer = (progress.answer != Answer::default()).then_some(progress.answer);
        Attempt {
            resolved: progress.resolved,
            sample: Sample { outcome, connect_ms: progress.connect_ms, total_ms: milliseconds(start), answer: None },
            answer,
        }
    }

    async fn stages(&self, check: &Check, options: DialOptions, progress: &mut Progress) -> Result<(), Outcome> {
        let address = match &check.host {
            Host::Address(address) => *address,
            named => {
                progress.stage = Some(Stage::Resolve);
                let address = self.names.address(named).await.map_err(Outcome::Resolve)?;
                *progress.resolved.insert(address)
            }
        };
        progress.stage = Some(Stage::Connect);
        if let Exchange::Udp(datagram) = &check.exchange {
            return by_udp(SocketAddr::new(address, check.port), options, datagram).await;
        }
        let stream = connect(address, check.port, options, progress).await?;
        match &check.exchange {
            Exchange::Connect | Exchange::Udp(_) => Ok(()),
            Exchange::Http(request) => {
                let spoken = if is_http2(request) { Spoken::Http2 { scheme: "http" } } else { Spoken::Http1 };
                ask(stream, request, check, spoken, progress).await
            }
            Exchange::Tls { sni } => {
                self.handshake(stream, sni.as_deref(), address, &[], progress).await?;
                Ok(())
            }
            Exchange::Https { sni, request } => {
                let stream = self.handshake(stream, sni.as_deref(), address, offered(request), progress).await?;
                let spoken = match stream.get_ref().1.alpn_protocol() {
                    Some(HTTP2) => Spoken::Http2 { scheme: "https" },
                    _ if is_http2(request) => return Err(Outcome::Http(HttpFailure::NoHttp2)),
                    _ => Spoken::Http1,
                };
                ask(stream, request, check, spoken, progress).await
            }
        }
    }

    async fn handshake(
        &self,
        stream: TcpStream,
        sni: Option<&str>,
        address: IpAddr,
        protocols: &[&[u8]],
        progress: &mut Progress,
    ) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Outcome> {
        progress.stage = Some(Stage::Tls);
        let shaken = tls::handshake(stream, sni, address, protocols, self.identity.as_ref()).await;
        let (stream, certificate) = shaken.map_err(Outcome::Tls)?;
        progress.answer.certificate = certificate;
        Ok(stream)
    }
}

const fn is_by_udp(exchange: &Exchange) -> bool {
    matches!(exchange, Exchange::Udp(_))
}

async fn by_udp(to: SocketAddr, options: DialOptions, said: &Datagram) -> Result<(), Outcome> {
    datagram::exchange(to, options.from, said).await.map_err(|cause| match cause {
        NoExchange::Invalid => Outcome::Http(HttpFailure::InvalidRequest),
        NoExchange::Socket(cause) => Outcome::Connect(connect_failure(&cause)),
    })
}

/// HTTP/2's name in ALPN (RFC 9113, section 3.2), and HTTP/1.1's.
const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// gRPC is spoken by nothing else.
fn is_http2(request: &HttpRequest) -> bool {
    request.protocol == HttpProtocol::Http2 || matches!(request.call, Call::Health { .. })
}

/// What ALPN offers; a request by HTTP/1.1 goes without. HTTP/1.1 is offered beside HTTP/2 so that a peer without it says so by
/// its choice, and not by an alert.
fn offered(request: &HttpRequest) -> &'static [&'static [u8]] {
    if is_http2(request) { &[HTTP2, HTTP1] } else { &[] }
}

async fn ask(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: &HttpRequest,
    check: &Check,
    spoken: Spoken,
    progress: &mut Progress,
) -> Result<(), Outcome> {
    progress.stage = Some(Stage::Http);
    let (answer, ended) = answer::ask(stream, request, check, spoken, progress.own).await;
    progress.answer.http = answer;
    ended
}

async fn connect(address: IpAddr, port: u16, options: DialOptions, progress: &mut Progress) -> Result<TcpStream, Outcome> {
    let start = Instant::now();
    let failed = |cause: io::Error| Outcome::Connect(connect_failure(&cause));
    let socket = if address.is_ipv6() { TcpSocket::new_v6() } else { TcpSocket::new_v4() }.map_err(failed)?;
    if let Some(from) = options.from {
        socket.bind(SocketAddr::new(from, 0)).map_err(failed)?;
    }
    let mut stream = socket.connect(SocketAddr::new(address, port)).await.map_err(failed)?;
    progress.connect_ms = Some(milliseconds(start));
    progress.own = stream.local_addr().ok().map(|own| own.ip());
    if options.proxy_header {
        // What the peer makes of it shows in the exchange that follows.
        let _ = stream.write_all(proxy_header(&stream).as_bytes()).await;
    }
    Ok(stream)
}

/// The header of the PROXY protocol, version 1, with the connection's own addresses.
fn proxy_header(stream: &TcpStream) -> String {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(from), Ok(to)) => {
            let family = if from.is_ipv4() { "TCP4" } else { "TCP6" };
            format!("PROXY {family} {} {} {} {}\r\n", from.ip(), to.ip(), from.port(), to.port())
        }
        _ => "PROXY UNKNOWN\r\n".into(),
    }
}

fn with_any_status(exchange: &Exchange) -> Exchange {
    let any = |request: &HttpRequest| HttpRequest { expected: Vec::new(), ..request.clone() };
    match exchange {
        Exchange::Http(request) => Exchange::Http(any(request)),
        Exchange::Https { sni, request } => Exchange::Https { sni: sni.clone(), request: any(request) },
        Exchange::Connect | Exchange::Tls { .. } | Exchange::Udp(_) => exchange.clone(),
    }
}

/// The request that is made without TLS instead.
fn plain_request(exchange: &Exchange) -> HttpRequest {
    match exchange {
        Exchange::Http(request) | Exchange::Https { request, .. } => request.clone(),
        Exchange::Connect | Exchange::Tls { .. } | Exchange::Udp(_) => HttpRequest::get("/", None),
    }
}

fn timed_out_at(stage: Option<Stage>) -> Outcome {
    match stage {
        Some(Stage::Resolve) => Outcome::Resolve(ResolveFailure::TimedOut),
        Some(Stage::Connect) | None => Outcome::Connect(ConnectFailure::TimedOut),
        Some(Stage::Tls) => Outcome::Tls(TlsFailure::TimedOut),
        Some(Stage::Http) => Outcome::Http(HttpFailure::TimedOut),
    }
}

fn milliseconds(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod http2_tests;
#[cfg(test)]
mod identity_tests;
#[cfg(test)]
mod tests;
