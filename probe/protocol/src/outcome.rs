//! How one sample of a check ended: at which stage, and why.
//!
//! Each outcome has a short code for the compact record. The distinctions are those that tell
//! causes apart: a REJECT rule answers otherwise than a route, a DROP otherwise than a reset.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a sample came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// Name to address.
    Resolve,
    /// TCP's three-way handshake.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The HTTP exchange.
    Http,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resolve => "DNS",
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Http => "HTTP",
        })
    }
}

/// How one sample ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// Every stage that was asked for was answered.
    Answered,
    /// The name gave no address.
    Resolve(ResolveFailure),
    /// No connection came to be.
    Connect(ConnectFailure),
    /// Connected, but the TLS handshake failed.
    Tls(TlsFailure),
    /// Connected, but no HTTP answer came.
    Http(HttpFailure),
    /// The probe was told to end (SIGTERM) before the sample did.
    Interrupted,
}

/// Why a name gave no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ResolveFailure {
    /// NXDOMAIN.
    NoSuchName,
    /// The name exists, without an address.
    NoAddress,
    /// The server answered with another response code (RFC 1035, RFC 6895).
    ResponseCode(u16),
    /// No answer before the deadline.
    TimedOut,
    /// The pod has no usable resolv.conf.
    NoConfiguration,
    /// The plan's name is not a DNS name.
    InvalidName,
    /// No name server could be spoken to.
    NoServer,
    /// The resolver of the system that dials found no address, and does not tell why. Only the plugin uses one, where
    /// it does not run on Linux.
    Unresolved,
    /// The name leads to an address that is no load balancer's: this machine's own, its link's, or one at which a cloud
    /// serves credentials. It was not dialled.
    OffLimits,
}

/// Why no connection came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ConnectFailure {
    /// Nothing came back before the deadline: a DROP rule, or a lost packet.
    TimedOut,
    /// connect() gave this errno; see [`errno_name`]. Of a datagram, what an ICMP error that came back means.
    Errno(i32),
    /// Nothing came back to a datagram before the deadline: it was dropped, or lost, or a server has nothing to say to it.
    NoAnswer,
}

/// Why a TLS handshake failed on a connection that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TlsFailure {
    /// No answer before the deadline.
    TimedOut,
    /// The peer closed the connection.
    Closed,
    /// The socket gave this errno.
    Errno(i32),
    /// The peer does not speak TLS: plain text on a TLS port, for instance.
    NotTls,
    /// The peer sent this alert (RFC 8446, section 6).
    Alert(u8),
    /// Any other violation of the protocol.
    Protocol,
    /// The plan's server name is none that TLS can carry: nothing was said.
    InvalidName,
}

/// Why no HTTP answer came on a connection that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HttpFailure {
    /// No answer before the deadline.
    TimedOut,
    /// The peer closed the connection without an answer.
    Closed,
    /// The socket gave this errno.
    Errno(i32),
    /// What came is not HTTP.
    NotHttp,
    /// The request of the plan cannot be written.
    InvalidRequest,
    /// The peers redirect again and again.
    TooManyRedirects,
    /// It was answered with this status, and another one is expected.
    Status(u16),
    /// The peer does not speak HTTP/2, which the exchange needs.
    NoHttp2,
    /// A gRPC server says that it does not serve.
    NotServing,
    /// A gRPC server ends the call with this status (gRPC, "Status codes and their use in gRPC"): 12 has no health service.
    GrpcStatus(u16),
}

/// `EPIPE` of Linux: written to a connection that the peer has ended.
const EPIPE: i32 = 32;
/// `ECONNREFUSED` of Linux, where every probe runs.
pub const ECONNREFUSED: i32 = 111;
/// `ECONNRESET` of Linux.
pub const ECONNRESET: i32 = 104;
/// `EHOSTUNREACH` of Linux.
pub const EHOSTUNREACH: i32 = 113;

impl Outcome {
    /// Whether a connection stood and was ended by the peer before it said anything: as servers do
    /// that wait for a PROXY header.
    #[must_use]
    pub fn is_hung_up(self) -> bool {
        matches!(self, Self::Tls(TlsFailure::Closed | TlsFailure::Errno(_)) | Self::Http(HttpFailure::Closed | HttpFailure::Errno(_)))
    }

    /// Whether a connection stood on which nothing shows that the peer speaks TLS. One that makes a mistake in it does.
    #[must_use]
    pub fn is_no_tls(self) -> bool {
        matches!(self, Self::Tls(TlsFailure::NotTls | TlsFailure::Closed | TlsFailure::Errno(_)))
    }

    /// Whether the peer answered in the protocol that was spoken, with something else than what is expected of it.
    #[must_use]
    pub fn speaks_the_protocol(self) -> bool {
        matches!(self, Self::Http(HttpFailure::Status(_) | HttpFailure::NotServing | HttpFailure::GrpcStatus(_)))
    }

    /// Whether a server answered, and did not say what was expected of it.
    #[must_use]
    pub fn is_unexpected_answer(self) -> bool {
        self.speaks_the_protocol() || self == Self::Http(HttpFailure::NoHttp2)
    }

    /// Whether the deadline came before an answer, at whatever stage.
    #[must_use]
    pub fn is_time_out(self) -> bool {
        let is_silence =
            matches!(self, Self::Resolve(ResolveFailure::TimedOut) | Self::Connect(ConnectFailure::TimedOut | ConnectFailure::NoAnswer));
        is_silence || self.is_silence_after_connect()
    }

    /// Whether a connection stood and nothing more came until the deadline: something accepts connections, and nobody
    /// has answered. That is no evidence against the protocol that was spoken. Of an HTTPS exchange the handshake may
    /// have succeeded; the sample has the peer's certificate then.
    #[must_use]
    pub fn is_silence_after_connect(self) -> bool {
        matches!(self, Self::Tls(TlsFailure::TimedOut) | Self::Http(HttpFailure::TimedOut))
    }

    /// Whether the exchange failed by what the peer did: it sent something else, or closed or reset the connection.
    /// That is evidence of a process that does not speak the protocol that was guessed, or refuses it
    /// ([`TlsFailure::Alert`]). An answer is no such failure, nor is an error of the network between.
    #[must_use]
    pub fn shows_a_speaker(self) -> bool {
        match self {
            answer if answer.speaks_the_protocol() => false,
            Self::Tls(TlsFailure::Errno(errno)) | Self::Http(HttpFailure::Errno(errno)) => matches!(errno, ECONNRESET | EPIPE),
            Self::Tls(failure) => !matches!(failure, TlsFailure::TimedOut | TlsFailure::InvalidName),
            Self::Http(failure) => !matches!(failure, HttpFailure::TimedOut | HttpFailure::InvalidRequest),
            Self::Answered | Self::Interrupted | Self::Resolve(_) | Self::Connect(_) => false,
        }
    }

    /// The code in the compact record.
    #[must_use]
    pub fn code(self) -> String {
        match self {
            Self::Answered => "ok".into(),
            Self::Interrupted => "int".into(),
            Self::Resolve(failure) => match failure {
                ResolveFailure::NoSuchName => "rn".into(),
                ResolveFailure::NoAddress => "ra".into(),
                ResolveFailure::ResponseCode(code) => format!("rc{code}"),
                ResolveFailure::TimedOut => "rt".into(),
                ResolveFailure::NoConfiguration => "rf".into(),
                ResolveFailure::InvalidName => "ri".into(),
                ResolveFailure::NoServer => "rs".into(),
                ResolveFailure::Unresolved => "ru".into(),
                ResolveFailure::OffLimits => "rl".into(),
            },
            Self::Connect(ConnectFailure::TimedOut) => "ct".into(),
            Self::Connect(ConnectFailure::NoAnswer) => "cn".into(),
            Self::Connect(ConnectFailure::Errno(errno)) => format!("ce{errno}"),
            Self::Tls(failure) => match failure {
                TlsFailure::TimedOut => "tt".into(),
                TlsFailure::Closed => "tc".into(),
                TlsFailure::Errno(errno) => format!("te{errno}"),
                TlsFailure::NotTls => "tn".into(),
                TlsFailure::Alert(alert) => format!("ta{alert}"),
                TlsFailure::Protocol => "tp".into(),
                TlsFailure::InvalidName => "ti".into(),
            },
            Self::Http(failure) => match failure {
                HttpFailure::TimedOut => "ht".into(),
                HttpFailure::Closed => "hc".into(),
                HttpFailure::Errno(errno) => format!("he{errno}"),
                HttpFailure::NotHttp => "hn".into(),
                HttpFailure::InvalidRequest => "hi".into(),
                HttpFailure::TooManyRedirects => "hr".into(),
                HttpFailure::Status(status) => format!("hs{status}"),
                HttpFailure::NoHttp2 => "h2".into(),
                HttpFailure::NotServing => "hv".into(),
                HttpFailure::GrpcStatus(status) => format!("hg{status}"),
            },
        }
    }

    /// The outcome of a code; none where no outcome has it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        if code == "int" {
            return Some(Self::Interrupted);
        }
        let (kind, number) = code.split_at_checked(2)?;
        let outcome = match (kind, number) {
            ("rc", n) => Self::Resolve(ResolveFailure::ResponseCode(n.parse().ok()?)),
            ("ce", n) => Self::Connect(ConnectFailure::Errno(n.parse().ok()?)),
            ("te", n) => Self::Tls(TlsFailure::Errno(n.parse().ok()?)),
            ("ta", n) => Self::Tls(TlsFailure::Alert(n.parse().ok()?)),
            ("he", n) => Self::Http(HttpFailure::Errno(n.parse().ok()?)),
            ("hs", n) => Self::Http(HttpFailure::Status(n.parse().ok()?)),
            ("hg", n) => Self::Http(HttpFailure::GrpcStatus(n.parse().ok()?)),
            (kind, "") => Self::from_plain_code(kind)?,
            _ => return None,
        };
        Some(outcome)
    }

    fn from_plain_code(code: &str) -> Option<Self> {
        Some(match code {
            "ok" => Self::Answered,
            "rn" => Self::Resolve(ResolveFailure::NoSuchName),
            "ra" => Self::Resolve(ResolveFailure::NoAddress),
            "rt" => Self::Resolve(ResolveFailure::TimedOut),
            "rf" => Self::Resolve(ResolveFailure::NoConfiguration),
            "ri" => Self::Resolve(ResolveFailure::InvalidName),
            "rs" => Self::Resolve(ResolveFailure::NoServer),
            "ru" => Self::Resolve(ResolveFailure::Unresolved),
            "rl" => Self::Resolve(ResolveFailure::OffLimits),
            "ct" => Self::Connect(ConnectFailure::TimedOut),
            "cn" => Self::Connect(ConnectFailure::NoAnswer),
            "tt" => Self::Tls(TlsFailure::TimedOut),
            "tc" => Self::Tls(TlsFailure::Closed),
            "tn" => Self::Tls(TlsFailure::NotTls),
            "tp" => Self::Tls(TlsFailure::Protocol),
            "ti" => Self::Tls(TlsFailure::InvalidName),
            "ht" => Self::Http(HttpFailure::TimedOut),
            "hc" => Self::Http(HttpFailure::Closed),
            "hn" => Self::Http(HttpFailure::NotHttp),
            "hi" => Self::Http(HttpFailure::InvalidRequest),
            "hr" => Self::Http(HttpFailure::TooManyRedirects),
            "h2" => Self::Http(HttpFailure::NoHttp2),
            "hv" => Self::Http(HttpFailure::NotServing),
            _ => return None,
        })
    }
}

/// Words of the report, as short as a table's cell: "timed out", "refused", "TLS: closed".
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered => f.write_str("ok"),
            Self::Interrupted => f.write_str("interrupted"),
            Self::Resolve(failure) => write!(f, "DNS: {failure}"),
            Self::Connect(failure) => write!(f, "{failure}"),
            Self::Tls(failure) => write!(f, "TLS: {failure}"),
            Self::Http(HttpFailure::Status(status)) => write!(f, "HTTP {status}"),
            Self::Http(failure @ (HttpFailure::NotServing | HttpFailure::GrpcStatus(_))) => write!(f, "gRPC: {failure}"),
            Self::Http(failure) => write!(f, "HTTP: {failure}"),
        }
    }
}

impl fmt::Display for ResolveFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchName => f.write_str("no such name"),
            Self::NoAddress => f.write_str("no address"),
            Self::ResponseCode(2) => f.write_str("server failure"),
            Self::ResponseCode(5) => f.write_str("query refused"),
            Self::ResponseCode(code) => write!(f, "response code {code}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::NoConfiguration => f.write_str("no resolv.conf"),
            Self::InvalidName => f.write_str("invalid name"),
            Self::NoServer => f.write_str("no server"),
            Self::Unresolved => f.write_str("not resolved"),
            Self::OffLimits => f.write_str("leads to a local address"),
        }
    }
}

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::Errno(errno) => f.write_str(&errno_words(*errno)),
            Self::NoAnswer => f.write_str("no answer"),
        }
    }
}

/// What an alert means (RFC 8446, section 6.2), of those that tell a user what to look at.
const fn alert_name(alert: u8) -> Option<&'static str> {
    Some(match alert {
        40 => "handshake failure",
        42 => "bad certificate",
        46 => "certificate unknown",
        48 => "unknown CA",
        49 => "access denied",
        70 => "protocol version",
        112 => "unrecognized name",
        116 => "certificate required",
        120 => "no application protocol",
        _ => return None,
    })
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::Closed => f.write_str("closed"),
            Self::Errno(errno) => f.write_str(&errno_words(*errno)),
            Self::NotTls => f.write_str("not TLS"),
            Self::Alert(alert) => match alert_name(*alert) {
                Some(name) => write!(f, "alert {alert}, {name}"),
                None => write!(f, "alert {alert}"),
            },
            Self::Protocol => f.write_str("protocol error"),
            Self::InvalidName => f.write_str("invalid server name"),
        }
    }
}

impl fmt::Display for HttpFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => f.write_str("timed out"),
            Self::Closed => f.write_str("closed"),
            Self::Errno(errno) => f.write_str(&errno_words(*errno)),
            Self::NotHttp => f.write_str("not HTTP"),
            Self::InvalidRequest => f.write_str("invalid request"),
            Self::TooManyRedirects => f.write_str("too many redirects"),
            Self::NoHttp2 => f.write_str("no HTTP/2"),
            Self::NotServing => f.write_str("not serving"),
            Self::GrpcStatus(12) => f.write_str("no health service"),
            Self::GrpcStatus(5) => f.write_str("no such service"),
            Self::Status(status) | Self::GrpcStatus(status) => write!(f, "status {status}"),
        }
    }
}

fn errno_words(errno: i32) -> String {
    match errno {
        ECONNREFUSED => "refused".into(),
        ECONNRESET => "reset".into(),
        EHOSTUNREACH => "no route".into(),
        other => errno_name(other).map_or_else(|| format!("errno {other}"), Into::into),
    }
}

/// The symbol of a Linux errno that connect() gives for a network's reason: a firewall's
/// reject-with, an ICMP error or a route of its own kind.
#[must_use]
pub fn errno_name(errno: i32) -> Option<&'static str> {
    Some(match errno {
        1 => "EPERM",
        13 => "EACCES",
        22 => "EINVAL",
        EPIPE => "EPIPE",
        92 => "ENOPROTOOPT",
        97 => "EAFNOSUPPORT",
        99 => "EADDRNOTAVAIL",
        100 => "ENETDOWN",
        101 => "ENETUNREACH",
        103 => "ECONNABORTED",
        ECONNRESET => "ECONNRESET",
        110 => "ETIMEDOUT",
        ECONNREFUSED => "ECONNREFUSED",
        112 => "EHOSTDOWN",
        EHOSTUNREACH => "EHOSTUNREACH",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_reads_back() {
        let outcomes = [
            Outcome::Answered,
            Outcome::Interrupted,
            Outcome::Resolve(ResolveFailure::NoSuchName),
            Outcome::Resolve(ResolveFailure::NoAddress),
            Outcome::Resolve(ResolveFailure::ResponseCode(2)),
            Outcome::Resolve(ResolveFailure::TimedOut),
            Outcome::Resolve(ResolveFailure::NoConfiguration),
            Outcome::Resolve(ResolveFailure::InvalidName),
            Outcome::Resolve(ResolveFailure::NoServer),
            Outcome::Resolve(ResolveFailure::Unresolved),
            Outcome::Connect(ConnectFailure::TimedOut),
            Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)),
            Outcome::Tls(TlsFailure::TimedOut),
            Outcome::Tls(TlsFailure::Closed),
            Outcome::Tls(TlsFailure::Errno(ECONNRESET)),
            Outcome::Tls(TlsFailure::NotTls),
            Outcome::Tls(TlsFailure::Alert(40)),
            Outcome::Tls(TlsFailure::Protocol),
            Outcome::Tls(TlsFailure::InvalidName),
            Outcome::Http(HttpFailure::TimedOut),
            Outcome::Http(HttpFailure::Closed),
            Outcome::Http(HttpFailure::Errno(ECONNRESET)),
            Outcome::Http(HttpFailure::NotHttp),
            Outcome::Http(HttpFailure::InvalidRequest),
            Outcome::Http(HttpFailure::TooManyRedirects),
            Outcome::Http(HttpFailure::Status(503)),
            Outcome::Http(HttpFailure::NoHttp2),
            Outcome::Http(HttpFailure::NotServing),
            Outcome::Http(HttpFailure::GrpcStatus(12)),
        ];
        for outcome in outcomes {
            assert_eq!(Outcome::from_code(&outcome.code()), Some(outcome), "{outcome:?}");
        }
    }

    #[test]
    fn silence_is_told_from_a_peer_that_speaks_otherwise() {
        let silent = [Outcome::Tls(TlsFailure::TimedOut), Outcome::Http(HttpFailure::TimedOut)];
        let speaking = [
            Outcome::Tls(TlsFailure::Closed),
            Outcome::Tls(TlsFailure::NotTls),
            Outcome::Tls(TlsFailure::Alert(40)),
            Outcome::Tls(TlsFailure::Protocol),
            Outcome::Tls(TlsFailure::Errno(ECONNRESET)),
            Outcome::Http(HttpFailure::Closed),
            Outcome::Http(HttpFailure::NotHttp),
            Outcome::Http(HttpFailure::NoHttp2),
            Outcome::Http(HttpFailure::Errno(ECONNRESET)),
            Outcome::Http(HttpFailure::Errno(EPIPE)),
        ];
        let neither = [
            Outcome::Answered,
            Outcome::Interrupted,
            Outcome::Resolve(ResolveFailure::TimedOut),
            Outcome::Connect(ConnectFailure::TimedOut),
            Outcome::Connect(ConnectFailure::Errno(ECONNREFUSED)),
            Outcome::Connect(ConnectFailure::Errno(ECONNRESET)),
            Outcome::Tls(TlsFailure::Errno(EHOSTUNREACH)),
            Outcome::Http(HttpFailure::Errno(EHOSTUNREACH)),
            Outcome::Tls(TlsFailure::InvalidName),
            Outcome::Http(HttpFailure::InvalidRequest),
            Outcome::Http(HttpFailure::Status(503)),
            Outcome::Http(HttpFailure::NotServing),
            Outcome::Http(HttpFailure::GrpcStatus(12)),
        ];
        let said = |outcome: Outcome| (outcome.is_silence_after_connect(), outcome.shows_a_speaker());
        for (outcomes, expected) in
            [(silent.as_slice(), (true, false)), (speaking.as_slice(), (false, true)), (neither.as_slice(), (false, false))]
        {
            for outcome in outcomes {
                assert_eq!(said(*outcome), expected, "{outcome:?}");
            }
        }
    }

    #[test]
    fn a_time_out_is_one_at_every_stage() {
        let lost = ["rt", "ct", "tt", "ht"].map(|code| Outcome::from_code(code).unwrap());
        assert!(lost.into_iter().all(Outcome::is_time_out));
        let others = ["ok", "int", "rn", "ce111", "tc", "tn", "hc", "he104"].map(|code| Outcome::from_code(code).unwrap());
        assert!(!others.into_iter().any(Outcome::is_time_out));
    }

    #[test]
    fn a_foreign_code_is_no_outcome() {
        for code in ["", "o", "okay", "ce", "cex", "zz", "ct1", "ta999", "é1", "\u{1b}[2J"] {
            assert_eq!(Outcome::from_code(code), None, "{code:?}");
        }
    }
}
