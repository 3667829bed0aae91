//! The rules that packets of chosen connections meet, as the kernel tells them.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use lbprobe_protocol::{MOST_STEPS, Step};
use netlink_bindings::nftables::{self, CmpOps, MetaKeys, Nfgenmsg, PayloadBase, PushExprListAttrs, PushRuleAttrs, Registers, TableFlags};
use netlink_bindings::traits::Pusher;
use netlink_socket2::{MulticastSocketRaw, NetlinkSocket};

use super::rules::{self, Rule};
use super::trace_message::TraceMessage;

/// `NETLINK_NETFILTER`, and its group for traces, `NFNLGRP_NFTRACE`.
const NETFILTER: u16 = 12;
const TRACES: u32 = 9;

/// `NFNL_SUBSYS_NFTABLES`, to which a batch of changes belongs.
const SUBSYSTEM: u16 = 10;

/// `NFT_MSG_TRACE` of that subsystem.
const TRACE_MESSAGE: u16 = SUBSYSTEM << 8 | 0x11;

/// `ENOBUFS`.
const NO_BUFFER_SPACE: i32 = 105;

/// `NFPROTO_INET`: both families.
const BOTH_FAMILIES: u8 = 1;

/// Bytes of the header before a message's attributes.
const HEADER_BYTES: usize = 4;

/// The hooks at which a packet of the probe's comes into the node's rules, `NF_INET_PRE_ROUTING` and `NF_INET_LOCAL_OUT`.
const CHAINS: [(&str, u32); 2] = [("prerouting", 0), ("output", 3)];

/// Before all rules that Kubernetes writes, and those of the table raw.
const PRIORITY: i32 = -350;

/// Which tables iptables-legacy has. Their rules are not traced through nftables.
const LEGACY_TABLES: [&str; 2] = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"];

/// Messages that wait to be read. Others on the node may trace too.
const MOST_WAITING: usize = 16 * 1024;

/// How long the first message about a packet may take, and what follows it.
const FIRST: Duration = Duration::from_millis(500);
const OTHERS: Duration = Duration::from_millis(100);

/// A table of the probe's own, and what the kernel tells of the packets that its rules mark.
pub(super) struct Tracing {
    socket: NetlinkSocket,
    table: CString,
    told: Receiver<(u8, TraceMessage)>,
    /// Whether messages were lost since somebody asked.
    lost: Arc<AtomicBool>,
    rules: HashMap<(u8, String, String, u64), Rule>,
}

/// A connection that is traced.
pub(super) struct Trace {
    port: u16,
}

impl Tracing {
    /// Makes the table. It needs Linux 5.12: older ones keep a table whose owner is gone, and none is made there.
    pub(super) fn begin(run: &str) -> io::Result<Self> {
        let mut traces = MulticastSocketRaw::new(NETFILTER)?;
        traces.listen(TRACES)?;
        let (tell, told) = sync_channel(MOST_WAITING);
        let lost = Arc::new(AtomicBool::new(false));
        let losing = Arc::clone(&lost);
        // The program's end ends this too.
        thread::spawn(move || {
            loop {
                let read = match traces.recv() {
                    Ok((message, bytes)) if message.message_type == TRACE_MESSAGE => {
                        bytes.first().copied().zip(bytes.get(HEADER_BYTES..).and_then(TraceMessage::read))
                    }
                    Ok(_) => None,
                    Err(cause) if cause.as_io_error().kind() == io::ErrorKind::Interrupted => None,
                    Err(cause) => {
                        losing.store(true, Ordering::SeqCst);
                        // More came than there was room for; what comes next can be read again.
                        if cause.as_io_error().raw_os_error() == Some(NO_BUFFER_SPACE) { None } else { return }
                    }
                };
                if let Some(message) = read
                    && tell.try_send(message).is_err()
                {
                    losing.store(true, Ordering::SeqCst);
                }
            }
        });
        let table = CString::new(format!("lbprobe-{run}")).map_err(io::Error::other)?;
        let mut tracing = Self { socket: NetlinkSocket::new(), table, told, lost, rules: HashMap::new() };
        tracing
            .make_table()
            .map_err(|cause| io::Error::new(cause.kind(), format!("{cause} (a table that goes with its owner needs Linux 5.12)")))?;
        Ok(tracing)
    }

    /// Whether rules may be there that are not traced.
    pub(super) fn is_blind_to_some() -> bool {
        LEGACY_TABLES.iter().any(|file| fs::read_to_string(file).is_ok_and(|tables| !tables.trim().is_empty()))
    }

    fn make_table(&mut self) -> io::Result<()> {
        let (mut batch, header) = (self.batch(), header());
        batch.request().set_create().op_newtable_do(&header).encode().push_name(&self.table).push_flags(TableFlags::Owner as u32);
        for (name, hook) in CHAINS {
            let mut request = batch.request().set_create().op_newchain_do(&header);
            let chain = request.encode().push_table(&self.table).push_name_bytes(name.as_bytes());
            chain.nested_hook().push_num(hook).push_priority(PRIORITY).end_nested().push_type(c"filter");
        }
        self.commit(batch)
    }

    /// Marks the packets of a connection from this port. What was told of earlier ones is passed over.
    pub(super) fn follow(&mut self, protocol: u8, port: u16, destination: SocketAddr) -> io::Result<Trace> {
        let (mut batch, header) = (self.batch(), header());
        for (chain, _) in CHAINS {
            let mut request = batch.request().set_create().set_append().op_newrule_do(&header);
            let rule = request.encode().push_table(&self.table).push_chain_bytes(chain.as_bytes());
            mark(rule, protocol, port, destination);
        }
        self.commit(batch)?;
        while self.told.try_recv().is_ok() {}
        Ok(Trace { port })
    }

    /// The way of a connection's first packet. An error where nobody told it, or not all of it.
    pub(super) fn steps(&mut self, trace: &Trace, source: SocketAddr, destination: SocketAddr) -> io::Result<Vec<Step>> {
        let is_first = |(_, message): &(u8, TraceMessage)| {
            message.ends.is_some_and(|(from, to)| from.port() == trace.port && from.ip() == source.ip() && to == destination)
        };
        let (mut told, deadline) = (Vec::new(), Instant::now() + FIRST);
        while !told.iter().any(is_first) && Instant::now() < deadline {
            told.extend(self.told.recv_timeout(OTHERS).ok());
        }
        thread::sleep(OTHERS);
        told.extend(self.told.try_iter());
        if self.lost.swap(false, Ordering::SeqCst) {
            return Err(io::Error::other("messages were lost: too many packets are traced on this node"));
        }
        // The probe's own table tells of each packet that it marks.
        let first = told.iter().find(|message| is_first(message)).ok_or_else(|| io::Error::other("no message came about the packet"))?;
        let (packet, own) = (first.1.id, self.table.to_string_lossy().into_owned());
        let of_packet = told.into_iter().filter(|(_, message)| message.id == packet && message.table != own);
        Ok(of_packet.take(MOST_STEPS).map(|(family, message)| self.step(family, message)).collect())
    }

    fn step(&mut self, family: u8, message: TraceMessage) -> Step {
        let TraceMessage { table, chain, rule, verdict, .. } = message;
        let Rule { comment, by } = rule.map(|handle| self.rule(family, &table, &chain, handle)).unwrap_or_default();
        Step { table: format!("{} {table}", family_name(family)), chain, comment, by, verdict }
    }

    fn rule(&mut self, family: u8, table: &str, chain: &str, handle: u64) -> Rule {
        let key = (family, table.to_owned(), chain.to_owned(), handle);
        if let Some(known) = self.rules.get(&key) {
            return known.clone();
        }
        // A rule that is gone by now is told without its words.
        let rule = rules::read(&mut self.socket, family, table, chain, handle).unwrap_or_default();
        self.rules.insert(key, rule.clone());
        rule
    }

    /// The beginning of a change; the kernel takes all of it or nothing.
    fn batch(&mut self) -> nftables::Chained<'static> {
        let mut batch = nftables::Chained::new(self.socket.reserve_seq(16));
        batch.request().op_batch_begin_do(&batch_header());
        batch
    }

    fn commit(&mut self, mut batch: nftables::Chained<'static>) -> io::Result<()> {
        batch.request().op_batch_end_do(&batch_header());
        Ok(self.socket.request_chained(&batch.finalize())?.recv_all()?)
    }
}

fn header() -> Nfgenmsg {
    Nfgenmsg { nfgen_family: BOTH_FAMILIES, ..Nfgenmsg::default() }
}

fn batch_header() -> Nfgenmsg {
    let mut header = Nfgenmsg::new();
    header.set_res_id(SUBSYSTEM);
    header
}

/// As nftables calls a family.
fn family_name(family: u8) -> &'static str {
    match family {
        BOTH_FAMILIES => "inet",
        2 => "ip",
        10 => "ip6",
        3 => "arp",
        5 => "netdev",
        7 => "bridge",
        _ => "?",
    }
}

/// Lets a rule mark packets of a protocol from this port to this destination.
fn mark<P: Pusher>(rule: PushRuleAttrs<P>, protocol: u8, port: u16, destination: SocketAddr) {
    let (family, offset, address) = match destination.ip() {
        IpAddr::V4(address) => (2, 16, address.octets().to_vec()),
        IpAddr::V6(address) => (10, 24, address.octets().to_vec()),
    };
    let expressions = rule.nested_expressions();
    let expressions = where_meta(expressions, MetaKeys::Nfproto, family);
    let expressions = where_meta(expressions, MetaKeys::L4Proto, protocol);
    let expressions = where_bytes(expressions, (PayloadBase::NetworkHeader, offset), &address);
    let expressions = where_bytes(expressions, (PayloadBase::TransportHeader, 0), &port.to_be_bytes());
    let expressions = where_bytes(expressions, (PayloadBase::TransportHeader, 2), &destination.port().to_be_bytes());
    let one = expressions.nested_elem().nested_data_immediate().push_dreg(Registers::Reg1 as u32);
    let expressions = one.nested_data().push_value(&[1]).end_nested().end_nested().end_nested();
    let trace = expressions.nested_elem().nested_data_meta();
    drop(trace.push_key(MetaKeys::Nftrace as u32).push_sreg(Registers::Reg1 as u32));
}

fn where_meta<P: Pusher>(expressions: PushExprListAttrs<P>, key: MetaKeys, value: u8) -> PushExprListAttrs<P> {
    let meta = expressions.nested_elem().nested_data_meta().push_key(key as u32).push_dreg(Registers::Reg1 as u32);
    where_equal(meta.end_nested().end_nested(), &[value])
}

fn where_bytes<P: Pusher>(expressions: PushExprListAttrs<P>, (base, offset): (PayloadBase, u32), value: &[u8]) -> PushExprListAttrs<P> {
    let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let payload = expressions.nested_elem().nested_data_payload().push_dreg(Registers::Reg1 as u32);
    let payload = payload.push_base(base as u32).push_offset(offset).push_len(length);
    where_equal(payload.end_nested().end_nested(), value)
}

fn where_equal<P: Pusher>(expressions: PushExprListAttrs<P>, value: &[u8]) -> PushExprListAttrs<P> {
    let equal = expressions.nested_elem().nested_data_cmp().push_sreg(Registers::Reg1 as u32).push_op(CmpOps::Eq as u32);
    equal.nested_data().push_value(value).end_nested().end_nested().end_nested()
}
