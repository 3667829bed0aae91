//! One attempt at one target: resolve, connect, TLS, HTTP, on one connection, within one deadline.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use lbprobe_protocol::{Answer, Check, ConnectFailure, Exchange, Host, HttpFailure, Outcome, ResolveFailure, Sample, Stage, TlsFailure};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::answer;
use crate::resolve::Names;
use crate::tls;

/// Dials targets; holds what all attempts share.
pub(crate) struct Dialler {
    names: Names,
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
    answer: Answer,
}

impl Dialler {
    pub(crate) fn new() -> Self {
        Self { names: Names::from_system() }
    }

    /// Makes one attempt. A failure is data: this never fails itself.
    pub(crate) async fn attempt(&self, check: &Check) -> Attempt {
        let start = Instant::now();
        let mut progress = Progress::default();
        let deadline = Duration::from_millis(check.timeout_ms.into());
        let ended = timeout(deadline, self.stages(check, &mut progress)).await;
        let outcome = match ended {
            Ok(Ok(())) => Outcome::Answered,
            Ok(Err(outcome)) => outcome,
            Err(_) => timed_out_at(progress.stage),
        };
        let answer = (progress.answer != Answer::default()).then_some(progress.answer);
        Attempt {
            resolved: progress.resolved,
            sample: Sample { outcome, connect_ms: progress.connect_ms, total_ms: milliseconds(start), answer: None },
            answer,
        }
    }

    async fn stages(&self, check: &Check, progress: &mut Progress) -> Result<(), Outcome> {
        let address = match &check.host {
            Host::Address(address) => *address,
            named => {
                progress.stage = Some(Stage::Resolve);
                let address = self.names.address(named).await.map_err(Outcome::Resolve)?;
                *progress.resolved.insert(address)
            }
        };
        progress.stage = Some(Stage::Connect);
        let stream = connect(address, check.port, progress).await?;
        match &check.exchange {
            Exchange::Connect => Ok(()),
            Exchange::Http(request) => {
                progress.stage = Some(Stage::Http);
                progress.answer.http = Some(answer::ask(stream, request, check).await.map_err(Outcome::Http)?);
                Ok(())
            }
            Exchange::Tls { sni } => {
                handshake(stream, sni.as_deref(), address, progress).await?;
                Ok(())
            }
            Exchange::Https { sni, request } => {
                let stream = handshake(stream, sni.as_deref(), address, progress).await?;
                progress.stage = Some(Stage::Http);
                progress.answer.http = Some(answer::ask(stream, request, check).await.map_err(Outcome::Http)?);
                Ok(())
            }
        }
    }
}

async fn connect(address: IpAddr, port: u16, progress: &mut Progress) -> Result<TcpStream, Outcome> {
    let start = Instant::now();
    let stream = TcpStream::connect(SocketAddr::new(address, port)).await.map_err(|cause| Outcome::Connect(connect_failure(&cause)))?;
    progress.connect_ms = Some(milliseconds(start));
    Ok(stream)
}

async fn handshake(
    stream: TcpStream,
    sni: Option<&str>,
    address: IpAddr,
    progress: &mut Progress,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, Outcome> {
    progress.stage = Some(Stage::Tls);
    let (stream, certificate) = tls::handshake(stream, sni, address).await.map_err(Outcome::Tls)?;
    progress.answer.certificate = certificate;
    Ok(stream)
}

/// The kernel's own ETIMEDOUT comes after minutes of retries; a deadline of that length must
/// not give another outcome than a short one.
fn connect_failure(cause: &io::Error) -> ConnectFailure {
    match cause.raw_os_error() {
        Some(errno) if cause.kind() != io::ErrorKind::TimedOut => ConnectFailure::Errno(errno),
        _ => ConnectFailure::TimedOut,
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
mod tests;
