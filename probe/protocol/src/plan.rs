//! The plan: what one probe pod is asked to dial.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{KernelPart, Question};

/// Names a check within one plan, and its observation in the record.
pub type CheckId = u16;

/// Everything one probe pod does: all checks at the [pace](crate::pace) of one probe, each attempt with a deadline of
/// its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// [`crate::VERSION`] of the plugin that wrote the plan.
    pub version: u32,
    /// Milliseconds before the first check: what enforces `NetworkPolicy` objects on the node has to hear of a new
    /// pod first, and until then its connections pass.
    #[serde(default)]
    pub wait_ms: u32,
    /// Milliseconds for which the probe stays alive after its answer, so that kubelet's
    /// once-a-second look sees the container running and the log can be read.
    pub linger_ms: u32,
    /// The checks, each with an id of its own.
    pub checks: Vec<Check>,
    /// What is to be found out besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Goes on dialling, a line for each sample, where it is there; else a record is written once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Watch>,
    /// The probe's part in a look into the kernel; none where it dials as others do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<KernelPart>,
}

/// How a probe keeps watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Watch {
    /// Milliseconds between two samples of a check, more or less a tenth, so that probes do not dial in step.
    pub interval_ms: u32,
    /// Milliseconds after which it ends.
    pub for_ms: u64,
    /// Milliseconds without a heartbeat of the node's kubelet after which it ends: without a kubelet nothing else can
    /// end it. They count from the first heartbeat; where there is none, it goes on to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kubelet_silence_ms: Option<u32>,
}

/// One target to dial, from the vantage on which the pod runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Names the check in the record.
    pub id: CheckId,
    /// Who is dialled.
    pub host: Host,
    /// The port that is dialled.
    pub port: u16,
    /// What is said after the connection stands.
    pub exchange: Exchange,
    /// How often the check is made, each time from a new source port.
    pub samples: u8,
    /// Deadline of each sample in milliseconds, from its first step to its last. Waiting for its turn is not counted.
    pub timeout_ms: u32,
    /// When it is made.
    #[serde(default)]
    pub when: When,
    /// What is tried besides, in the same pod, so that one round trip is enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowUp>,
}

/// When a check is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// From the beginning.
    #[default]
    AtOnce,
    /// From the beginning, and nobody asked for it: its failure is no symptom.
    Unasked,
    /// As soon as one of the others has failed, or is not answered within
    /// [`SYMPTOM_MS`](crate::SYMPTOM_MS); else never.
    OnSymptom,
}

/// Another attempt at a check's target, made once: it tells one cause from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FollowUp {
    /// Connect alone, from the node's own address. Made at once: under ipvs a host that lets the
    /// kernel choose dials a load balancer from the load balancer's own address.
    FromNodeAddress,
    /// The same exchange after a PROXY header (version 1), where a connection stood and was closed
    /// or reset without an answer.
    ProxyHeader,
    /// Plain HTTP, where the peer does not speak TLS.
    PlainHttp,
    /// The whole exchange as `curl --location` makes it, where a sample was answered: redirects are followed, and HTTP/2
    /// is spoken where the peer offers it.
    Redirects,
}

impl FollowUp {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::FromNodeAddress, Self::ProxyHeader, Self::PlainHttp, Self::Redirects];
}

/// Who is dialled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Host {
    /// An address; nothing is resolved.
    Address(IpAddr),
    /// The node on which the probe runs, by the address in [`crate::NODE_ADDRESS_VARIABLE`].
    Node,
    /// A fully qualified name; a trailing dot is added where it lacks one.
    Name(String),
    /// The DNS name of a Service. Only the pod's resolv.conf knows the cluster's domain, so the
    /// probe completes the name.
    Service {
        /// The Service's namespace.
        namespace: String,
        /// The Service's name.
        name: String,
    },
}

/// What is said after the connection stands. "Connected" is not "reached": a transparent proxy or
/// a stray listener accepts everything, so an answer is asked for wherever a protocol is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Exchange {
    /// TCP connect alone.
    Connect,
    /// A plain HTTP request.
    Http(HttpRequest),
    /// A TLS handshake alone.
    Tls {
        /// Server name in the handshake; none is sent where it is missing.
        sni: Option<String>,
    },
    /// A TLS handshake, then an HTTP request inside it.
    Https {
        /// Server name in the handshake; none is sent where it is missing.
        sni: Option<String>,
        /// The request.
        request: HttpRequest,
    },
    /// A datagram by UDP. Anything that comes back to it is an answer, where it is of the same protocol.
    Udp(Datagram),
}

/// What a datagram says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Datagram {
    /// A DNS query for the address of a name. Every response is an answer, whatever it says of the name.
    Dns {
        /// The name; the name servers of the root are asked for where it is missing.
        name: Option<String>,
    },
    /// The first packet of a QUIC connection, in a version that nobody speaks: a server names those that it does
    /// (RFC 9000, section 6.1).
    Quic,
    /// Bytes of the user's, in hexadecimal digits. Any datagram is an answer.
    Payload {
        /// The digits, two a byte.
        hex: String,
    },
}

/// The most bytes of a [`Datagram::Payload`]: no network cuts a packet of this size into pieces.
pub const MOST_PAYLOAD_BYTES: usize = 1200;

/// The bytes that hexadecimal digits mean; nothing where they are none, or more than [`MOST_PAYLOAD_BYTES`].
#[must_use]
pub fn payload_bytes(hex: &str) -> Option<Vec<u8>> {
    let is_payload = !hex.is_empty() && hex.len().is_multiple_of(2) && hex.len() <= 2 * MOST_PAYLOAD_BYTES;
    if !is_payload || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

/// The one HTTP request of a sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRequest {
    /// What is asked for.
    #[serde(flatten)]
    pub call: Call,
    /// The Host header; the dialled host where it is missing.
    pub host: Option<String>,
    /// Headers beside those that each request has, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Which version of HTTP is spoken.
    #[serde(default, skip_serializing_if = "HttpProtocol::is_http1")]
    pub protocol: HttpProtocol,
    /// The statuses that count as an answer; every one where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expected: Vec<StatusRange>,
    /// Where the answer tells the address that the server saw; nothing where that is not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_from: Option<SourceFrom>,
}

/// Where an answer tells the address from which its server saw the request come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFrom {
    /// In which part of the answer.
    pub part: AnswerPart,
    /// A regular expression that finds it there: its first group, or all of it. The first address of the part where missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

/// The most bytes of a [`SourceFrom::pattern`] once it is compiled: it goes through each answer.
pub const MOST_PATTERN_SIZE: usize = 64 * 1024;

/// A part of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnswerPart {
    /// The header of this name.
    Header(String),
    /// The beginning of the body.
    Body,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Call {
    /// Whether a gRPC server serves, as `grpc.health.v1.Health/Check` says (gRPC, "Health Checking Protocol"). It is spoken
    /// by HTTP/2.
    Health {
        /// The service of the server's that is asked for; the whole server where empty.
        grpc_service: String,
    },
    /// A page.
    Page {
        /// The method, GET or HEAD for instance.
        method: String,
        /// The path with its query.
        path: String,
    },
}

/// A header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Which version of HTTP is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HttpProtocol {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2: without TLS by prior knowledge (RFC 9113, section 3.3), inside TLS by ALPN. A peer that does not speak it fails.
    Http2,
}

impl HttpProtocol {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_http1(&self) -> bool {
        *self == Self::Http1
    }
}

/// Status codes from the first to the last, both among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRange {
    /// The first.
    pub first: u16,
    /// The last.
    pub last: u16,
}

impl StatusRange {
    /// Whether a status is among them.
    #[must_use]
    pub fn has(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl HttpRequest {
    /// The page at a path, by HTTP/1.1, with whatever status.
    #[must_use]
    pub fn get(path: &str, host: Option<String>) -> Self {
        let call = Call::Page { method: "GET".into(), path: path.into() };
        Self { call, host, headers: Vec::new(), protocol: HttpProtocol::Http1, expected: Vec::new(), source_from: None }
    }

    /// Whether an answer with a status is what was asked for.
    #[must_use]
    pub fn expects(&self, status: u16) -> bool {
        self.expected.is_empty() || self.expected.iter().any(|range| range.has(status))
    }
}
