//! The record: what one probe pod saw, and its compact text.
//!
//! The text goes by two roads, the pod's log and its termination message. It is made of lines so
//! that it can be read by eye in `kubectl logs`:
//!
//! ```text
//! lbprobe/10 2 done full
//! r 4
//! c 0 @10.96.7.1 ok/1/4/0 ok/1/3/0
//! c 1 ct/-/3500/- b:ok/1/1/-
//! i rst=0 icmp=0
//! p - mode=iptables release=v1.34.1
//! n - local=1
//! a 0 h=200 s=nginx b=1a2b3c4d
//! end 8
//! ```
//!
//! - header: version, planned checks, `done` or `part` (interrupted), `full` or `cut` (lines were
//!   left out to keep to a budget; the log has them);
//! - `r`: how many samples were tried again, where any were;
//! - `c`: a check's id, the address that its name gave, then one word a sample: outcome,
//!   milliseconds to the connection, milliseconds in all, index of the answer. A word that begins
//!   with `b:`, `p:` or `h:` is a follow-up: from the node's address, after a PROXY header, by plain
//!   HTTP;
//! - `a`: an answer, each different one once;
//! - `i`: refusals by TCP reset and by ICMP, counted for the whole pod;
//! - `p`: what was learnt of the node's kube-proxy, where it was asked for;
//! - `n`: what was learnt of the node itself, where it was asked for;
//! - `k`: a connection of which the kernel was asked, or what it did not tell, as JSON;
//! - `end`: the number of lines before it, so that a text cut short is never taken for whole.
//!
//! Whatever a probe sends is untrusted: reading is bounded by the plan, see [`Record::most_bytes`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::kernel::{FLOW_BYTES, KernelRecord, MOST_FLOWS};
pub use crate::percent::TEXT_CHARS;
use crate::plan::CheckId;
use crate::{FollowUp, KubeProxyEvidence, NodeEvidence, Outcome, Plan, VERSION, percent};

/// The most bytes of one probe's text that a reader looks at, beside [those of each attempt](Record::most_bytes).
pub const MOST_BYTES: usize = 256 * 1024;

/// The most bytes that an attempt adds: its word, and an answer of its own.
const ATTEMPT_BYTES: usize = 400;

/// The most names of a certificate that a record carries.
pub const CERTIFICATE_NAMES: usize = 3;

/// The most redirects that a chain is followed through, and a record carries: curl gives up after 50, browsers after 20,
/// and no healthy service needs more than a few.
pub const MOST_REDIRECTS: usize = 10;

/// Characters of a URL that a record carries.
pub const URL_CHARS: usize = 200;

/// The most bytes that following redirects adds to an attempt: each URL, every character of it escaped.
const CHAIN_BYTES: usize = MOST_REDIRECTS * (3 * URL_CHARS + 8);

/// What one probe pod saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Checks of the plan.
    pub planned: usize,
    /// Whether the probe was ended before all samples were made.
    pub interrupted: bool,
    /// Whether lines were left out of this text.
    pub cut: bool,
    /// How many samples were lost while the probe was busy and made again, a few at a time: the second outcome counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retried: u32,
    /// One per check, in the order of their ids.
    pub observations: Vec<Observation>,
    /// The different answers that samples refer to.
    pub answers: Vec<Answer>,
    /// How connections were refused; none where the pod's counters cannot be read.
    pub refusals: Option<RefusalCounts>,
    /// What was learnt of the node's kube-proxy; none where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kube_proxy: Option<KubeProxyEvidence>,
    /// What was learnt of the node itself; none where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeEvidence>,
    /// What a look into the node's kernel gave; none where it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kernel: Option<KernelRecord>,
}

/// What was seen of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observation {
    /// The check's id in the plan.
    pub check: CheckId,
    /// The address that the target's name gave, where it has a name and was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<IpAddr>,
    /// One per attempt.
    pub samples: Vec<Sample>,
    /// What was tried besides, each kind once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_ups: Vec<FollowedUp>,
}

/// A follow-up that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FollowedUp {
    /// Which one.
    pub follow_up: FollowUp,
    /// How it ended.
    pub sample: Sample,
}

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// How it ended.
    pub outcome: Outcome,
    /// Milliseconds of TCP's handshake alone; none where no connection came to be. About 1000 or
    /// 3000 means that a SYN was lost and sent again (Linux waits 1 s, then 2 s more).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect_ms: Option<u32>,
    /// Milliseconds from the attempt's first step to its last.
    pub total_ms: u32,
    /// Index into [`Record::answers`]; none where nobody answered, or the answer was cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<u16>,
}

/// Who answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The peer's certificate, where TLS was spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Certificate>,
    /// The HTTP answer, where HTTP was spoken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HttpAnswer>,
    /// The redirects that led to it, in their order; of an attempt that failed, those that led to where it did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redirects: Vec<Redirect>,
}

/// One redirect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// The status code.
    pub status: u16,
    /// The URL to which it leads, the first [`URL_CHARS`] characters of it.
    pub to: String,
}

/// The certificate that a peer showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Certificate {
    /// The first 8 bytes of the SHA-256 of its DER form, in hexadecimal.
    pub fingerprint: String,
    /// The end of its validity in seconds since 1970; none where it cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<i64>,
    /// The first of its subject alternative names, [`CERTIFICATE_NAMES`] at most.
    pub names: Vec<String>,
    /// Whether a client with the public roots would believe it.
    pub trust: Trust,
}

/// Whether a client with the public roots would believe a certificate. A finding, never a
/// failure: clusters have authorities of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trust {
    /// It would.
    Trusted,
    /// Its issuer is not a public one.
    UnknownIssuer,
    /// Its validity has ended.
    Expired,
    /// Its validity has not begun.
    NotYetValid,
    /// It is for another name than the one in the handshake.
    WrongName,
    /// Anything else.
    Untrusted,
}

/// The HTTP answer of a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpAnswer {
    /// The status code.
    pub status: u16,
    /// The version that was spoken; none in a staged sample, which speaks HTTP/1.1 only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<HttpVersion>,
    /// The Server header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The first 4 bytes of the SHA-256 of the body's beginning, in hexadecimal; none where the body was looked through for
    /// the source: an echo is another one each time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The source of the connection, where it was asked for and the server tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceSeen>,
    /// What a proxy that answered in the server's place says of its own connection to the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<BehindProxy>,
}

/// How the connection of a proxy to its server failed, by the text of the error that it answers (Envoy's local replies).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BehindProxy {
    /// In TLS that the proxy began with a server that does not speak it.
    PlainServer,
    /// In TLS otherwise: a certificate, most often.
    Tls,
    /// Nobody took it, or nobody answered.
    Unreached,
    /// It failed, and that is all that the proxy says: for Envoy from release 1.40 on at the latest any of these.
    Connection,
}

impl BehindProxy {
    const ALL: [Self; 4] = [Self::PlainServer, Self::Tls, Self::Unreached, Self::Connection];

    const fn word(self) -> &'static str {
        match self {
            Self::PlainServer => "plain",
            Self::Tls => "tls",
            Self::Unreached => "unreached",
            Self::Connection => "connection",
        }
    }
}

/// The source address of a connection at both of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceSeen {
    /// As the server tells it.
    pub by_server: IpAddr,
    /// As the client's own socket has it.
    pub by_client: IpAddr,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum HttpVersion {
    /// HTTP/1.0.
    #[serde(rename = "HTTP/1.0")]
    Http10,
    /// HTTP/1.1.
    #[serde(rename = "HTTP/1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "HTTP/2")]
    Http2,
}

impl std::fmt::Display for HttpVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http10 => "HTTP/1.0",
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        })
    }
}

impl HttpVersion {
    /// All of them.
    const ALL: [Self; 3] = [Self::Http10, Self::Http11, Self::Http2];
}

/// How the pod's connections were refused, from the counters of its network namespace
/// (`/proc/net/snmp`): a TCP reset and an ICMP error both give ECONNREFUSED.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusalCounts {
    /// Rise of Tcp AttemptFails: connections refused by a reset.
    pub resets: u32,
    /// Rise of Icmp InDestUnreachs: "destination unreachable" messages that came in.
    pub unreachables: u32,
    /// Rise of Icmp OutRateLimitHost and OutRateLimitGlobal: errors that this network did not send, since
    /// it may send few a second to one address; none where the kernel does not count them.
    #[serde(default, rename = "withheld", skip_serializing_if = "Option::is_none")]
    pub rate_limited: Option<u32>,
}

/// Why a text is no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// No header line: another program's output, or none.
    #[error("no probe record in {0} bytes of text")]
    Missing(usize),
    /// The probe is of another release.
    #[error("the probe speaks version {0} of the protocol, the plugin version {VERSION}")]
    Version(String),
    /// The text ends before its `end` line.
    #[error("the probe's record is not whole")]
    Truncated,
    /// A line that the format does not have.
    #[error("the probe's record has an unreadable line {0}")]
    Malformed(usize),
}

impl Record {
    /// The whole record as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.to_text_within(usize::MAX)
    }

    /// The record as text of `budget` bytes at most. Outcomes come first: answers are left out
    /// before them, and the header says that something is missing.
    #[must_use]
    pub fn to_text_within(&self, budget: usize) -> String {
        let retried = (self.retried > 0).then(|| format!("r {}\n", self.retried));
        let checks: Vec<String> = self.observations.iter().map(check_line).collect();
        let answers: Vec<String> = self.answers.iter().enumerate().map(|(index, answer)| answer_line(index, answer)).collect();
        // The header and the last line at their longest, so that a kept line is never one too many.
        let mut left = budget.saturating_sub(self.header(true).len() + "end 65535\n".len());
        let mut kept = Vec::new();
        let refusals = self.refusals.map(RefusalCounts::line);
        let mut cut = false;
        let kernel = self.kernel.iter().flat_map(KernelRecord::lines);
        let evidence = [self.kube_proxy.as_ref().map(KubeProxyEvidence::line), self.node.as_ref().map(NodeEvidence::line)];
        for line in retried.into_iter().chain(checks).chain(refusals).chain(evidence.into_iter().flatten()).chain(kernel).chain(answers) {
            if line.len() > left {
                cut = true;
                continue;
            }
            left -= line.len();
            kept.push(line);
        }
        let mut text = self.header(cut || self.cut);
        text.extend(kept.iter().map(String::as_str));
        let _ = writeln!(text, "end {}", kept.len() + 1);
        text
    }

    fn header(&self, cut: bool) -> String {
        format!(
            "lbprobe/{VERSION} {} {} {}\n",
            self.planned,
            if self.interrupted { "part" } else { "done" },
            if cut { "cut" } else { "full" }
        )
    }

    /// Who answered the samples of an observation, in their order.
    pub fn answers_of<'a>(&'a self, observation: &'a Observation) -> impl Iterator<Item = &'a Answer> + use<'a> {
        observation.samples.iter().filter_map(|sample| self.answer(sample))
    }

    /// Who answered one sample; nothing where nobody did, or the answer was cut.
    #[must_use]
    pub fn answer(&self, sample: &Sample) -> Option<&Answer> {
        self.answers.get(usize::from(sample.answer?))
    }

    /// Whether the text holds a whole record, so that a follower of the log may stop reading.
    #[must_use]
    pub fn is_whole(text: &str) -> bool {
        // "end 1" may be the beginning of "end 12": only lines that have ended count.
        let Some((lines, _)) = text.rsplit_once('\n') else { return false };
        lines.lines().skip_while(|line| !line.starts_with("lbprobe/")).any(|line| line.starts_with("end "))
    }

    /// The most bytes of the text of a probe with this plan that a reader looks at.
    #[must_use]
    pub fn most_bytes(plan: &Plan) -> usize {
        let chains = plan.checks.iter().filter(|check| check.follow_ups.contains(&FollowUp::Redirects)).count();
        let attempts = plan.attempts().saturating_mul(ATTEMPT_BYTES);
        let flows = if plan.kernel.is_some() { MOST_FLOWS.saturating_mul(FLOW_BYTES) } else { 0 };
        MOST_BYTES.saturating_add(flows).saturating_add(attempts).saturating_add(chains.saturating_mul(CHAIN_BYTES))
    }

    /// Reads the record of `plan` from text. Lines before the header are passed over, as a log
    /// may hold what others wrote. Checks that the plan lacks are dropped.
    pub fn from_text(text: &str, plan: &Plan) -> Result<Self, RecordError> {
        let text = &text[..text.floor_char_boundary(Self::most_bytes(plan))];
        let mut lines = text.lines().enumerate().skip_while(|(_, line)| !line.starts_with("lbprobe/"));
        let (_, header) = lines.next().ok_or(RecordError::Missing(text.len()))?;
        let mut record = read_header(header)?;
        let known: BTreeMap<CheckId, usize> = plan.checks.iter().map(|check| (check.id, usize::from(check.samples))).collect();
        let mut answers = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (count, (number, line)) in (1..).zip(lines) {
            let malformed = || RecordError::Malformed(number + 1);
            let (kind, rest) = line.split_once(' ').ok_or_else(malformed)?;
            match kind {
                "end" => {
                    let whole = rest.parse() == Ok(count);
                    record.keep_answers(answers);
                    return if whole { Ok(record) } else { Err(RecordError::Truncated) };
                }
                "c" => {
                    let mut observation = read_check(rest).ok_or_else(malformed)?;
                    if let Some(most) = known.get(&observation.check).filter(|_| seen.insert(observation.check)) {
                        observation.samples.truncate(*most);
                        record.observations.push(observation);
                    }
                }
                "a" => {
                    let (index, answer) = read_answer(rest).ok_or_else(malformed)?;
                    answers.insert(index, answer);
                }
                "p" => record.kube_proxy = Some(KubeProxyEvidence::read(rest).ok_or_else(malformed)?),
                "n" => record.node = Some(NodeEvidence::read(rest).ok_or_else(malformed)?),
                "k" => record.kernel.get_or_insert_default().read(rest).ok_or_else(malformed)?,
                "r" => record.retried = rest.parse().map_err(|_| malformed())?,
                "i" => record.refusals = Some(RefusalCounts::read(rest).ok_or_else(malformed)?),
                _ => return Err(malformed()),
            }
        }
        Err(RecordError::Truncated)
    }

    /// Keeps the answers that came, and lets samples refer to those only.
    fn keep_answers(&mut self, answers: BTreeMap<u16, Answer>) {
        let places: BTreeMap<u16, u16> =
            answers.keys().enumerate().filter_map(|(place, index)| Some((*index, u16::try_from(place).ok()?))).collect();
        self.answers = answers.into_values().collect();
        for observation in &mut self.observations {
            let followed_up = observation.follow_ups.iter_mut().map(|followed_up| &mut followed_up.sample);
            for sample in observation.samples.iter_mut().chain(followed_up) {
                sample.answer = sample.answer.and_then(|index| places.get(&index).copied());
            }
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn check_line(observation: &Observation) -> String {
    let mut line = format!("c {}", observation.check);
    if let Some(address) = observation.resolved {
        let _ = write!(line, " @{address}");
    }
    for sample in &observation.samples {
        let _ = write!(line, " {}", sample_word(sample));
    }
    for FollowedUp { follow_up, sample } in &observation.follow_ups {
        let _ = write!(line, " {}:{}", follow_up_code(*follow_up), sample_word(sample));
    }
    line.push('\n');
    line
}

fn sample_word(sample: &Sample) -> String {
    let (connected, answer) = (number_or_dash(sample.connect_ms), number_or_dash(sample.answer));
    format!("{}/{connected}/{}/{answer}", sample.outcome.code(), sample.total_ms)
}

fn follow_up_code(follow_up: FollowUp) -> &'static str {
    match follow_up {
        FollowUp::FromNodeAddress => "b",
        FollowUp::ProxyHeader => "p",
        FollowUp::PlainHttp => "h",
        FollowUp::Redirects => "r",
    }
}

fn number_or_dash(number: Option<impl ToString>) -> String {
    number.map_or_else(|| "-".into(), |number| number.to_string())
}

fn answer_line(index: usize, answer: &Answer) -> String {
    let mut line = format!("a {index}");
    if let Some(http) = &answer.http {
        let _ = write!(line, " h={}", http.status);
        if let Some(version) = http.version {
            let _ = write!(line, " p={version}");
        }
        if let Some(server) = &http.server {
            let _ = write!(line, " s={}", percent::encode(server));
        }
        if let Some(body) = &http.body {
            let _ = write!(line, " b={body}");
        }
        if let Some(SourceSeen { by_server, by_client }) = http.source {
            let _ = write!(line, " c={by_server}/{by_client}");
        }
        if let Some(behind) = http.behind {
            let _ = write!(line, " u={}", behind.word());
        }
    }
    if let Some(certificate) = &answer.certificate {
        let _ = write!(line, " t={} v={}", certificate.fingerprint, trust_code(certificate.trust));
        if let Some(expires) = certificate.expires {
            let _ = write!(line, " x={expires}");
        }
        for name in certificate.names.iter().take(CERTIFICATE_NAMES) {
            let _ = write!(line, " n={}", percent::encode(name));
        }
    }
    for Redirect { status, to } in answer.redirects.iter().take(MOST_REDIRECTS) {
        let _ = write!(line, " r={status}:{}", percent::encode_within(URL_CHARS, to));
    }
    line.push('\n');
    line
}

fn trust_code(trust: Trust) -> &'static str {
    match trust {
        Trust::Trusted => "ok",
        Trust::UnknownIssuer => "issuer",
        Trust::Expired => "expired",
        Trust::NotYetValid => "early",
        Trust::WrongName => "name",
        Trust::Untrusted => "no",
    }
}

fn read_trust(code: &str) -> Option<Trust> {
    [Trust::Trusted, Trust::UnknownIssuer, Trust::Expired, Trust::NotYetValid, Trust::WrongName, Trust::Untrusted]
        .into_iter()
        .find(|trust| trust_code(*trust) == code)
}

fn read_header(line: &str) -> Result<Record, RecordError> {
    let mut words = line.trim_start_matches("lbprobe/").split(' ');
    let version = words.next().unwrap_or_default();
    if version.parse() != Ok(VERSION) {
        return Err(RecordError::Version(percent::decode(version).unwrap_or_default()));
    }
    let planned = words.next().and_then(|word| word.parse().ok());
    let interrupted = words.next().and_then(|word| one_of(word, "part", "done"));
    let cut = words.next().and_then(|word| one_of(word, "cut", "full"));
    match (planned, interrupted, cut, words.next()) {
        (Some(planned), Some(interrupted), Some(cut), None) => Ok(Record { planned, interrupted, cut, ..Record::default() }),
        _ => Err(RecordError::Malformed(1)),
    }
}

/// Which of two words this is: true for the first, false for the second, else none.
fn one_of(word: &str, first: &str, second: &str) -> Option<bool> {
    (word == first || word == second).then_some(word == first)
}

fn read_check(rest: &str) -> Option<Observation> {
    let mut words = rest.split(' ').peekable();
    let check = words.next()?.parse().ok()?;
    let resolved = match words.next_if(|word| word.starts_with('@')) {
        Some(word) => Some(word.strip_prefix('@')?.parse().ok()?),
        None => None,
    };
    let mut observation = Observation { check, resolved, samples: Vec::new(), follow_ups: Vec::new() };
    for word in words {
        match word.split_once(':') {
            None => observation.samples.push(read_sample(word)?),
            Some((code, sample)) => {
                let follow_up = FollowUp::ALL.into_iter().find(|follow_up| follow_up_code(*follow_up) == code)?;
                if observation.follow_up(follow_up).is_none() {
                    observation.follow_ups.push(FollowedUp { follow_up, sample: read_sample(sample)? });
                }
            }
        }
    }
    Some(observation)
}

impl Observation {
    /// How a follow-up ended, where it was made.
    #[must_use]
    pub fn follow_up(&self, which: FollowUp) -> Option<&Sample> {
        self.follow_ups.iter().find(|followed_up| followed_up.follow_up == which).map(|followed_up| &followed_up.sample)
    }
}

fn read_sample(word: &str) -> Option<Sample> {
    let mut parts = word.split('/');
    let sample = Sample {
        outcome: Outcome::from_code(parts.next()?)?,
        connect_ms: read_number_or_dash(parts.next()?).ok()?,
        total_ms: parts.next()?.parse().ok()?,
        answer: read_number_or_dash(parts.next()?).ok()?,
    };
    parts.next().is_none().then_some(sample)
}

fn read_number_or_dash<N: std::str::FromStr>(word: &str) -> Result<Option<N>, N::Err> {
    if word == "-" { Ok(None) } else { word.parse().map(Some) }
}

fn read_answer(rest: &str) -> Option<(u16, Answer)> {
    let mut words = rest.split(' ');
    let index = words.next()?.parse().ok()?;
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for word in words {
        let (key, value) = word.split_once('=')?;
        fields.entry(key).or_default().push(value);
    }
    let first = |key: &str| fields.get(key).and_then(|values| values.first().copied());
    let http = match first("h") {
        Some(status) => Some(HttpAnswer {
            status: status.parse().ok()?,
            version: first("p").and_then(|word| HttpVersion::ALL.into_iter().find(|version| version.to_string() == word)),
            server: first("s").map(percent::decode).map_or(Some(None), |server| server.map(Some))?,
            body: first("b").map(hexadecimal).map_or(Some(None), |body| body.map(Some))?,
            source: first("c").map(read_source).map_or(Some(None), |source| source.map(Some))?,
            behind: first("u").and_then(|word| BehindProxy::ALL.into_iter().find(|behind| behind.word() == word)),
        }),
        None => None,
    };
    let certificate = match first("t") {
        Some(fingerprint) => Some(Certificate {
            fingerprint: hexadecimal(fingerprint)?,
            trust: read_trust(first("v")?)?,
            expires: first("x").map(str::parse).transpose().ok()?,
            names: fields
                .get("n")
                .into_iter()
                .flatten()
                .take(CERTIFICATE_NAMES)
                .map(|name| percent::decode(name))
                .collect::<Option<_>>()?,
        }),
        None => None,
    };
    let redirects = fields.get("r").into_iter().flatten().take(MOST_REDIRECTS).map(|word| read_redirect(word)).collect::<Option<_>>()?;
    Some((index, Answer { certificate, http, redirects }))
}

fn read_source(word: &str) -> Option<SourceSeen> {
    let (by_server, by_client) = word.split_once('/')?;
    Some(SourceSeen { by_server: by_server.parse().ok()?, by_client: by_client.parse().ok()? })
}

fn read_redirect(word: &str) -> Option<Redirect> {
    let (status, to) = word.split_once(':')?;
    Some(Redirect { status: status.parse().ok()?, to: percent::decode_within(URL_CHARS, to)? })
}

fn hexadecimal(word: &str) -> Option<String> {
    (word.len() <= 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| word.to_owned())
}

impl RefusalCounts {
    fn line(self) -> String {
        let rate_limited = self.rate_limited.map(|number| format!(" held={number}")).unwrap_or_default();
        format!("i rst={} icmp={}{rate_limited}\n", self.resets, self.unreachables)
    }

    fn read(rest: &str) -> Option<Self> {
        let (rest, rate_limited) = match rest.split_once(" held=") {
            Some((rest, number)) => (rest, Some(number.parse().ok()?)),
            None => (rest, None),
        };
        let (resets, unreachables) = rest.strip_prefix("rst=")?.split_once(" icmp=")?;
        Some(Self { resets: resets.parse().ok()?, unreachables: unreachables.parse().ok()?, rate_limited })
    }
}

#[cfg(test)]
mod tests;
