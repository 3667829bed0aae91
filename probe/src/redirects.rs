//! A whole HTTP exchange as `curl --location` makes it, by reqwest: redirects are followed, and HTTP/2 is spoken where
//! the peer offers it. It is made once a staged sample was answered, which tells at which stage something fails.
//!
//! A hop to the host under test goes to the address under test, whatever DNS says of the name. Any other host is
//! resolved as every other name is, and never dialled at an address of this machine, of its link, or of its cloud.

use std::error::Error;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lbprobe_protocol::record::{MOST_REDIRECTS, URL_CHARS};
use lbprobe_protocol::{
    Answer, Call, Check, ConnectFailure, Exchange, Header, Host, HttpAnswer, HttpFailure, HttpRequest, HttpVersion, Outcome, Redirect,
    ResolveFailure, TlsFailure, may_be_a_load_balancers,
};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::SERVER;
use reqwest::redirect::{self, Policy};
use reqwest::{Client, Method, Response, Url, Version};

use crate::connect_failure::connect_failure;
use crate::errno::errno;
use crate::identity::ClientIdentity;
use crate::resolve::Names;
use crate::{answer, tls};

/// What a chain of redirects led to.
pub(crate) struct Followed {
    pub(crate) outcome: Outcome,
    /// The redirects, and what answered in the end.
    pub(crate) answer: Answer,
}

/// Follows the redirects of a check's exchange from an address.
pub(crate) async fn follow(check: &Check, address: IpAddr, names: Arc<Names>, identity: Option<&ClientIdentity>) -> Followed {
    let chain = Chain::default();
    let ended = exchange((check, identity), address, names, &chain).await;
    let (outcome, http) = match ended {
        Ok((http, outcome)) => (outcome, Some(http)),
        Err(outcome) => (outcome, None),
    };
    Followed { outcome, answer: Answer { certificate: None, http, redirects: chain.taken() } }
}

async fn exchange(
    (check, identity): (&Check, Option<&ClientIdentity>),
    address: IpAddr,
    names: Arc<Names>,
    chain: &Chain,
) -> Result<(HttpAnswer, Outcome), Outcome> {
    const UNWRITABLE: Outcome = Outcome::Http(HttpFailure::InvalidRequest);
    let (scheme, request) = spoken(&check.exchange).ok_or(UNWRITABLE)?;
    let Call::Page { method, path } = &request.call else { return Err(UNWRITABLE) };
    let url: Url = url(scheme, request, path, check).parse().map_err(|_| UNWRITABLE)?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| UNWRITABLE)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let client = client((check, identity), Pinned { host, address, names }, chain).map_err(|_| UNWRITABLE)?;
    let with_headers = request.headers.iter().fold(client.request(method, url), |asked, Header { name, value }| asked.header(name, value));
    let response = with_headers.send().await.map_err(|cause| outcome(&cause))?;
    let answer = describe(response).await;
    let status = answer.status;
    Ok((answer, if request.expects(status) { Outcome::Answered } else { Outcome::Http(HttpFailure::Status(status)) }))
}

/// The scheme and the request of an exchange that is HTTP.
fn spoken(exchange: &Exchange) -> Option<(&'static str, &HttpRequest)> {
    match exchange {
        Exchange::Http(request) => Some(("http", request)),
        Exchange::Https { request, .. } => Some(("https", request)),
        Exchange::Connect | Exchange::Tls { .. } | Exchange::Udp(_) => None,
    }
}

fn url(scheme: &str, request: &HttpRequest, path: &str, check: &Check) -> String {
    let usual = if scheme == "https" { 443 } else { 80 };
    let host = request.host.clone().unwrap_or_else(|| answer::host(check));
    let has_port = check.port == usual || request.host.as_deref().is_some_and(names_a_port);
    let port = if has_port { String::new() } else { format!(":{}", check.port) };
    format!("{scheme}://{host}{port}{path}")
}

/// Whether a Host header has a port of its own. A bare IPv6 address in it stands in brackets.
fn names_a_port(host: &str) -> bool {
    host.rsplit_once(':').is_some_and(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn client((check, identity): (&Check, Option<&ClientIdentity>), pinned: Pinned, chain: &Chain) -> Result<Client, TlsFailure> {
    let tls = tls::client_configuration(&[b"h2", b"http/1.1"], identity)?;
    Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(answer::USER_AGENT)
        .redirect(chain.policy(pinned.host.clone()))
        .dns_resolver(pinned)
        .no_proxy()
        .referer(false)
        .timeout(Duration::from_millis(check.timeout_ms.into()))
        .build()
        .map_err(|_| TlsFailure::Protocol)
}

/// The redirects so far; shared with the policy, which reqwest keeps.
#[derive(Clone, Default)]
struct Chain(Arc<Mutex<Vec<Redirect>>>);

impl Chain {
    fn policy(&self, host: String) -> Policy {
        let chain = self.clone();
        Policy::custom(move |attempt| chain.next(attempt, &host))
    }

    fn next(&self, attempt: redirect::Attempt<'_>, host: &str) -> redirect::Action {
        let to: String = attempt.url().as_str().chars().take(URL_CHARS).collect();
        let status = attempt.status().as_u16();
        let length = self.0.lock().map_or(MOST_REDIRECTS, |mut redirects| {
            redirects.push(Redirect { status, to });
            redirects.len()
        });
        if length >= MOST_REDIRECTS {
            return attempt.error(Stopped(Outcome::Http(HttpFailure::TooManyRedirects)));
        }
        // A host that is an address is not resolved.
        let is_off_limits = |address: &IpAddr| !may_be_a_load_balancers(*address);
        let named = attempt.url().host_str().filter(|named| *named != host);
        match named.and_then(|named| named.trim_matches(['[', ']']).parse().ok()).filter(is_off_limits) {
            Some(_) => attempt.error(Stopped(Outcome::Resolve(ResolveFailure::OffLimits))),
            None => attempt.follow(),
        }
    }

    fn taken(&self) -> Vec<Redirect> {
        self.0.lock().map(|mut redirects| std::mem::take(&mut *redirects)).unwrap_or_default()
    }
}

/// Why a chain is not followed any further: an error that reqwest hands back.
#[derive(Debug)]
struct Stopped(Outcome);

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Stopped {}

/// Resolves the host under test to the address under test, and others by the pod's DNS.
struct Pinned {
    host: String,
    address: IpAddr,
    names: Arc<Names>,
}

impl Resolve for Pinned {
    fn resolve(&self, name: Name) -> Resolving {
        let (pinned, names) = ((name.as_str() == self.host).then_some(self.address), self.names.clone());
        Box::pin(async move {
            let address = match pinned {
                Some(address) => address,
                None => names.address(&Host::Name(name.as_str().to_owned())).await.map_err(|failure| Stopped(Outcome::Resolve(failure)))?,
            };
            // reqwest puts the URL's port there.
            let addresses: Addrs = Box::new(std::iter::once(SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

async fn describe(response: Response) -> HttpAnswer {
    let server = response.headers().get(SERVER).map(answer::text);
    let (status, version) = (response.status().as_u16(), version(response.version()));
    HttpAnswer { status, version, server, body: answer::fingerprint(reqwest::Body::from(response)).await, source: None, behind: None }
}

fn version(of: Version) -> Option<HttpVersion> {
    match of {
        Version::HTTP_10 => Some(HttpVersion::Http10),
        Version::HTTP_11 => Some(HttpVersion::Http11),
        Version::HTTP_2 => Some(HttpVersion::Http2),
        _ => None,
    }
}

/// How an exchange failed, by the innermost error that tells.
fn outcome(cause: &reqwest::Error) -> Outcome {
    if let Some(Stopped(outcome)) = innermost(cause) {
        return *outcome;
    }
    if cause.is_timeout() {
        return if cause.is_connect() { Outcome::Connect(ConnectFailure::TimedOut) } else { Outcome::Http(HttpFailure::TimedOut) };
    }
    let of_socket = innermost::<io::Error>(cause).map(unwrapped);
    match (of_socket, cause.is_connect()) {
        (Some(of_socket), true) if tls::is_of_tls(of_socket) => Outcome::Tls(tls::failure(of_socket)),
        (Some(of_socket), true) => Outcome::Connect(connect_failure(of_socket)),
        (Some(of_socket), false) => Outcome::Http(errno(of_socket).map_or(HttpFailure::Closed, HttpFailure::Errno)),
        (None, _) if innermost::<hyper::Error>(cause).is_some_and(hyper::Error::is_parse) => Outcome::Http(HttpFailure::NotHttp),
        (None, _) => Outcome::Http(HttpFailure::Closed),
    }
}

/// An error that is wrapped in others of its kind, as a TLS connector does: `source` passes over the innermost.
fn unwrapped(cause: &io::Error) -> &io::Error {
    let mut cause = cause;
    while let Some(inner) = cause.get_ref().and_then(|inner| inner.downcast_ref()) {
        cause = inner;
    }
    cause
}

/// The last error of a kind in the chain of causes.
fn innermost<'a, E: Error + 'static>(cause: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let causes = std::iter::successors(Some(cause), |cause: &&'a (dyn Error + 'static)| (*cause).source());
    causes.filter_map(|cause| cause.downcast_ref()).last()
}

#[cfg(test)]
mod tests;
