//! A message of nftables about one rule that a traced packet met. The kernel's own description of nftables' messages does
//! not have this one, so it is read here (`nft_trace_attributes` in linux/netfilter/nf_tables.h).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use lbprobe_protocol::StepVerdict;

const TABLE: u16 = 1;
const CHAIN: u16 = 2;
const RULE_HANDLE: u16 = 3;
const KIND: u16 = 4;
const VERDICT: u16 = 5;
const ID: u16 = 6;
const NETWORK_HEADER: u16 = 8;
const TRANSPORT_HEADER: u16 = 9;
const POLICY: u16 = 16;

const VERDICT_CODE: u16 = 1;
const VERDICT_CHAIN: u16 = 2;

/// `NFT_TRACETYPE_POLICY`.
const KIND_POLICY: u32 = 1;

/// The two highest bits of an attribute's type are flags.
const TYPE_BITS: u16 = 0x3fff;

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TraceMessage {
    /// The packet: all messages about it have the same.
    pub(super) id: u32,
    pub(super) table: String,
    pub(super) chain: String,
    /// None for a chain's policy.
    pub(super) rule: Option<u64>,
    pub(super) verdict: StepVerdict,
    /// Where the packet comes from and goes to: the first message of a hook has it.
    pub(super) ends: Option<(SocketAddr, SocketAddr)>,
}

impl TraceMessage {
    /// Reads the attributes of a message; nothing where they are no such message.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let of = |kind: u16| attributes(bytes).find(|(other, _)| *other == kind).map(|(_, value)| value);
        let is_policy = of(KIND).and_then(number) == Some(KIND_POLICY);
        let verdict = match of(VERDICT) {
            Some(nested) => verdict(nested)?,
            None if is_policy => of_code(of(POLICY).and_then(number)?.cast_signed(), None),
            None => StepVerdict::Continue,
        };
        Some(Self {
            id: number(of(ID)?)?,
            table: text(of(TABLE)?),
            chain: text(of(CHAIN)?),
            rule: of(RULE_HANDLE).and_then(|value| Some(u64::from_be_bytes(value.try_into().ok()?))),
            verdict,
            ends: of(NETWORK_HEADER).zip(of(TRANSPORT_HEADER)).and_then(|(network, transport)| ends(network, transport)),
        })
    }
}

/// An attribute is its length with these four bytes, its type, and its value, up to a multiple of four bytes.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (length, kind) = (u16::from_ne_bytes(bytes.get(..2)?.try_into().ok()?), u16::from_ne_bytes(bytes.get(2..4)?.try_into().ok()?));
        let length = usize::from(length);
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind & TYPE_BITS, value))
    })
}

fn number(value: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(value.try_into().ok()?))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.split(|byte| *byte == 0).next().unwrap_or_default()).into_owned()
}

fn verdict(nested: &[u8]) -> Option<StepVerdict> {
    let of = |kind: u16| attributes(nested).find(|(other, _)| *other == kind).map(|(_, value)| value);
    Some(of_code(number(of(VERDICT_CODE)?)?.cast_signed(), of(VERDICT_CHAIN).map(text)))
}

/// By the numbers of `nft_verdicts` and of netfilter itself.
fn of_code(code: i32, chain: Option<String>) -> StepVerdict {
    match (code, chain) {
        (0, _) => StepVerdict::Drop,
        (1, _) => StepVerdict::Accept,
        (-1 | -2, _) => StepVerdict::Continue,
        (-3 | -4, Some(chain)) => StepVerdict::To(chain),
        (-5, _) => StepVerdict::Return,
        (code, _) => StepVerdict::Other(code),
    }
}

fn ends(network: &[u8], transport: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
    let (source, destination): (IpAddr, IpAddr) = match network.first()? >> 4 {
        4 => (Ipv4Addr::from(array::<4>(network, 12)?).into(), Ipv4Addr::from(array::<4>(network, 16)?).into()),
        6 => (Ipv6Addr::from(array::<16>(network, 8)?).into(), Ipv6Addr::from(array::<16>(network, 24)?).into()),
        _ => return None,
    };
    let port = |at| Some(u16::from_be_bytes(array::<2>(transport, at)?));
    Some((SocketAddr::new(source, port(0)?), SocketAddr::new(destination, port(2)?)))
}

fn array<const SIZE: usize>(bytes: &[u8], at: usize) -> Option<[u8; SIZE]> {
    bytes.get(at..at + SIZE)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message(verdict: &[u8]) -> Vec<u8> {
        let mut header = [0; 20];
        header[0] = 0x45;
        header[12..16].copy_from_slice(&[10, 0, 2, 5]);
        header[16..20].copy_from_slice(&[198, 51, 100, 1]);
        let transport = [&40000_u16.to_be_bytes()[..], &80_u16.to_be_bytes()].concat();
        [
            attribute(ID, &7_u32.to_be_bytes()),
            attribute(TABLE, b"filter\0"),
            attribute(CHAIN, b"KUBE-EXTERNAL-SERVICES\0"),
            attribute(RULE_HANDLE, &42_u64.to_be_bytes()),
            attribute(KIND, &3_u32.to_be_bytes()),
            attribute(VERDICT | 0x8000, verdict),
            attribute(NETWORK_HEADER, &header),
            attribute(TRANSPORT_HEADER, &transport),
        ]
        .concat()
    }

    #[test]
    fn a_rule_that_drops_is_read_with_the_packet_it_dropped() {
        let read = TraceMessage::read(&message(&attribute(VERDICT_CODE, &0_u32.to_be_bytes()))).unwrap();
        assert_eq!((read.id, read.rule, read.verdict), (7, Some(42), StepVerdict::Drop));
        assert_eq!((read.table.as_str(), read.chain.as_str()), ("filter", "KUBE-EXTERNAL-SERVICES"));
        assert_eq!(read.ends, Some(("10.0.2.5:40000".parse().unwrap(), "198.51.100.1:80".parse().unwrap())));
    }

    #[test]
    fn a_jump_names_the_chain_it_leads_to_and_a_policy_has_no_rule() {
        let jump = [attribute(VERDICT_CODE, &(-3_i32).to_be_bytes()), attribute(VERDICT_CHAIN, b"KUBE-SVC-A\0")].concat();
        assert_eq!(TraceMessage::read(&message(&jump)).unwrap().verdict, StepVerdict::To("KUBE-SVC-A".into()));
        let policy = [
            attribute(ID, &7_u32.to_be_bytes()),
            attribute(TABLE, b"nat\0"),
            attribute(CHAIN, b"PREROUTING\0"),
            attribute(KIND, &KIND_POLICY.to_be_bytes()),
            attribute(POLICY, &1_u32.to_be_bytes()),
        ];
        let read = TraceMessage::read(&policy.concat()).unwrap();
        assert_eq!((read.rule, read.verdict, read.ends), (None, StepVerdict::Accept, None));
    }

    #[test]
    fn what_is_cut_short_is_no_message() {
        let whole = message(&attribute(VERDICT_CODE, &0_u32.to_be_bytes()));
        for length in 0..16 {
            assert_eq!(TraceMessage::read(&whole[..length]), None, "{length}");
        }
    }
}
