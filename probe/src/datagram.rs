//! One exchange by UDP: a datagram that is sent again each second until something comes back to it.

use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use lbprobe_protocol::{Datagram, payload_bytes};
use tokio::net::UdpSocket;
use tokio::time::timeout;

/// A datagram may be lost: it is sent again after this time, and then after twice as long each time, as TCP does with a SYN.
/// More often would use up what the kernel allows of ICMP errors.
const AGAIN: Duration = Duration::from_secs(1);

/// More than a datagram that is read here: what is longer is cut, and an answer all the same.
const MOST_BYTES: usize = 2048;

/// The size of a QUIC client's first datagram (RFC 9000, section 14.1): servers leave smaller ones unanswered.
const QUIC_BYTES: usize = 1200;

/// A version that is reserved so that servers answer it with those that they speak (RFC 9000, section 15).
const QUIC_VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];

/// The length of both connection IDs; eight bytes are the least for the destination's (RFC 9000, section 7.2).
const QUIC_ID_BYTES: usize = 8;

/// Record types and the class of the internet (RFC 1035, section 3.2; RFC 3596).
const TYPE_A: u16 = 1;
const TYPE_NS: u16 = 2;
const CLASS_IN: u16 = 1;

/// Why a datagram cannot be written, or what came back to it that is no answer.
#[derive(Debug)]
pub(crate) enum NoExchange {
    /// The plan's bytes or name are none.
    Invalid,
    /// The socket said so: an ICMP error shows as one.
    Socket(io::Error),
}

/// Sends until an answer comes. It has no deadline of its own.
pub(crate) async fn exchange(to: SocketAddr, from: Option<IpAddr>, datagram: &Datagram) -> Result<(), NoExchange> {
    let said = Said::new(datagram, RandomState::new().hash_one(to)).ok_or(NoExchange::Invalid)?;
    let any = if to.is_ipv6() { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((from.unwrap_or(any), 0)).await.map_err(NoExchange::Socket)?;
    socket.connect(to).await.map_err(NoExchange::Socket)?;
    let mut wait = AGAIN;
    loop {
        match socket.send(&said.bytes).await {
            // A rule of this machine took it; where that rule refuses, its ICMP error follows.
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {}
            sent => drop(sent.map_err(NoExchange::Socket)?),
        }
        if let Ok(ended) = timeout(wait, answer(&socket, &said)).await {
            return ended.map_err(NoExchange::Socket);
        }
        wait *= 2;
    }
}

async fn answer(socket: &UdpSocket, said: &Said) -> io::Result<()> {
    let mut bytes = [0; MOST_BYTES];
    loop {
        let length = socket.recv(&mut bytes).await?;
        if said.is_answered_by(&bytes[..length]) {
            return Ok(());
        }
    }
}

/// What is sent, and by what its answer is told.
pub(crate) struct Said {
    pub(crate) bytes: Vec<u8>,
    answer: Answer,
}

/// What an answer has in common with what was said.
enum Answer {
    /// The identifier of a DNS query.
    Dns([u8; 2]),
    /// The connection IDs of a QUIC packet, the destination's first.
    Quic([u8; QUIC_ID_BYTES], [u8; QUIC_ID_BYTES]),
    /// Nothing that is known.
    Any,
}

impl Said {
    /// Nothing where it cannot be written. The seed makes identifiers that differ from one exchange to the next.
    pub(crate) fn new(datagram: &Datagram, seed: u64) -> Option<Self> {
        match datagram {
            Datagram::Dns { name } => dns(name.as_deref(), seed),
            Datagram::Quic => Some(quic(seed)),
            Datagram::Payload { hex } => Some(Self { bytes: payload_bytes(hex)?, answer: Answer::Any }),
        }
    }

    pub(crate) fn is_answered_by(&self, bytes: &[u8]) -> bool {
        match self.answer {
            // The first bit of the flags says that it is a response.
            Answer::Dns(id) => bytes.starts_with(&id) && bytes.get(2).is_some_and(|flags| flags & 0x80 != 0),
            Answer::Quic(destination, source) => is_version_negotiation(bytes, destination, source),
            Answer::Any => true,
        }
    }
}

/// A query (RFC 1035, section 4.1): the address of a name, or the name servers of the root.
fn dns(name: Option<&str>, seed: u64) -> Option<Said> {
    let id = [seed.to_be_bytes()[0], seed.to_be_bytes()[1]];
    // Recursion is desired; there is one question.
    let mut bytes = [id.as_slice(), &[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]].concat();
    let name = name.unwrap_or_default().trim_end_matches('.');
    for label in name.split('.').filter(|_| !name.is_empty()) {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..=63).contains(length))?;
        bytes.push(length);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    let record_type = if name.is_empty() { TYPE_NS } else { TYPE_A };
    bytes.extend(record_type.to_be_bytes().into_iter().chain(CLASS_IN.to_be_bytes()));
    (bytes.len() <= 512).then_some(Said { bytes, answer: Answer::Dns(id) })
}

/// A packet with a long header (RFC 8999, section 5.1), filled up with zeros.
fn quic(seed: u64) -> Said {
    let (destination, source) = (seed.to_be_bytes(), seed.rotate_left(17).to_be_bytes());
    let mut bytes = vec![0xc0];
    bytes.extend(QUIC_VERSION);
    for id in [destination, source] {
        bytes.push(8);
        bytes.extend(id);
    }
    bytes.resize(QUIC_BYTES, 0);
    Said { bytes, answer: Answer::Quic(destination, source) }
}

/// A packet of version 0 with the IDs the other way round (RFC 8999, section 6).
fn is_version_negotiation(bytes: &[u8], destination: [u8; QUIC_ID_BYTES], source: [u8; QUIC_ID_BYTES]) -> bool {
    let expected = [&[0, 0, 0, 0, 8], source.as_slice(), &[8], destination.as_slice()].concat();
    bytes.first().is_some_and(|form| form & 0x80 != 0) && bytes[1..].starts_with(&expected)
}

#[cfg(test)]
mod tests {
    use lbprobe_protocol::outcome::ECONNREFUSED;

    use super::*;
    use crate::errno::errno;

    const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

    async fn asked(datagram: &Datagram, answer: impl Fn(&[u8]) -> Vec<u8>) -> bool {
        let server = UdpSocket::bind(LOOPBACK).await.unwrap();
        let address = server.local_addr().unwrap();
        let serve = async {
            let mut bytes = [0; MOST_BYTES];
            let (length, from) = server.recv_from(&mut bytes).await.unwrap();
            server.send_to(&answer(&bytes[..length]), from).await.unwrap();
            std::future::pending::<()>().await;
        };
        let asking = timeout(Duration::from_millis(500), exchange(address, None, datagram));
        tokio::select! {
            asked = asking => asked.is_ok_and(|asked| asked.is_ok()),
            () = serve => false,
        }
    }

    #[tokio::test]
    async fn an_answer_is_of_the_same_protocol() {
        let dns = Datagram::Dns { name: Some("shop.example.com".into()) };
        let response = |query: &[u8]| [&query[..2], &[0x81, 0x83], &query[4..]].concat();
        assert!(asked(&dns, response).await);
        assert!(!asked(&dns, <[u8]>::to_vec).await, "an echo is no response");
        assert!(!asked(&dns, |query| [&[!query[0], query[1], 0x80], &query[3..]].concat()).await, "another's");
        let versions = |initial: &[u8]| [&[0x80, 0, 0, 0, 0, 8], &initial[15..23], &[8], &initial[6..14], &[0, 0, 0, 1]].concat();
        assert!(asked(&Datagram::Quic, versions).await);
        assert!(!asked(&Datagram::Quic, <[u8]>::to_vec).await);
        assert!(asked(&Datagram::Payload { hex: "68690a".into() }, <[u8]>::to_vec).await);
    }

    #[test]
    fn queries_are_as_the_rfc_has_them() {
        let said = Said::new(&Datagram::Dns { name: Some("a.example.".into()) }, 0x0102_0000_0000_0000).unwrap();
        assert_eq!(said.bytes, b"\x01\x02\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x07example\x00\x00\x01\x00\x01");
        let root = Said::new(&Datagram::Dns { name: None }, 0).unwrap();
        assert_eq!(root.bytes[12..], [0, 0, 2, 0, 1]);
        for name in ["a..b", &"x".repeat(64)] {
            assert!(Said::new(&Datagram::Dns { name: Some(name.into()) }, 0).is_none(), "{name}");
        }
        assert_eq!(Said::new(&Datagram::Quic, 1).unwrap().bytes.len(), QUIC_BYTES);
        assert!(Said::new(&Datagram::Payload { hex: "6".into() }, 0).is_none());
    }

    #[tokio::test]
    async fn an_icmp_error_ends_it_and_silence_does_not() {
        let closed = UdpSocket::bind(LOOPBACK).await.unwrap().local_addr().unwrap();
        let ended = exchange(closed, None, &Datagram::Quic).await;
        assert!(matches!(ended, Err(NoExchange::Socket(cause)) if errno(&cause) == Some(ECONNREFUSED)));
        let silent = UdpSocket::bind(LOOPBACK).await.unwrap();
        let asking = exchange(silent.local_addr().unwrap(), None, &Datagram::Quic);
        assert!(timeout(Duration::from_millis(3500), asking).await.is_err());
        let mut sent = 0;
        while silent.try_recv(&mut [0; MOST_BYTES]).is_ok() {
            sent += 1;
        }
        assert_eq!(sent, 3, "a datagram may be lost");
    }
}
