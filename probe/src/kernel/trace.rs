//! The rules that packets of chosen connections meet, as the kernel tells them.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

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
const TRACE_MESSAGE: u16 = SUBSYSTEM << 8 | 17;

/// `NFPROTO_INET`: both families.
const BOTH_FAMILIES: u8 = 1;

/// Bytes of the header before a message's attributes.
const HEADER_BYTES: usize = 4;

/// The hooks at which a packet of the probe's comes into the node's rules, `NF_INET_PRE_ROUTING` and `NF_INET_LOCAL_OUT`.
const CHAINS: [(&str, u32); 2] = [("prerouting", 0), ("output", 3)];

/// Before all rules that Kubernetes writes, and those of the table raw.
const PRIORITY: i32 = -350;

/// Which tables iptables-legacy has. Those are not traced through nftables.
const LEGACY_TABLES: [&str; 2] = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"];

/// A table of the probe's own, and what the kernel tells of the packets that its rules mark.
pub(super) struct Tracing {
    socket: NetlinkSocket,
    table: CString,
    told: Receiver<(u8, TraceMessage)>,
    rules: HashMap<(u8, String, String, u64), Rule>,
}

/// A connection that is traced.
pub(super) struct Trace {
    port: u16,
}

impl Tracing {
    /// Makes the table. It needs Linux 5.12: older ones keep a table whose owner is gone, and none is made there.
    pub(super) fn begin(run: &str) -> io::Result<Self> {
        if LEGACY_TABLES.iter().any(|file| fs::read_to_string(file).is_ok_and(|tables| !tables.trim().is_empty())) {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this node's rules are iptables-legacy's, which the kernel does not trace",
            ));
        }
        let mut traces = MulticastSocketRaw::new(NETFILTER)?;
        traces.listen(TRACES)?;
        let (tell, told) = channel();
        thread::spawn(move || {
            // The program's end ends this too.
            while let Ok((kind, bytes)) = traces.recv().map(|(message, bytes)| (message.message_type, bytes)) {
                let read = bytes.first().copied().zip(bytes.get(HEADER_BYTES..).and_then(TraceMessage::read));
                if let Some(message) = read.filter(|_| kind == TRACE_MESSAGE)
                    && tell.send(message).is_err()
                {
                    return;
                }
            }
        });
        let table = CString::new(format!("lbprobe-{run}")).map_err(io::Error::other)?;
        let mut tracing = Self { socket: NetlinkSocket::new(), table, told, rules: HashMap::new() };
        tracing.make_table()?;
        Ok(tracing)
    }

    fn make_table(&mut self) -> io::Result<()> {
        let (mut batch, header) = (self.batch()?, header());
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
        let (mut batch, header) = (self.batch()?, header());
        for (chain, _) in CHAINS {
            let mut request = batch.request().set_create().set_append().op_newrule_do(&header);
            let rule = request.encode().push_table(&self.table).push_chain_bytes(chain.as_bytes());
            mark(rule, protocol, port, destination);
        }
        self.commit(batch)?;
        while self.told.try_recv().is_ok() {}
        Ok(Trace { port })
    }

    /// The way of a connection's first packet.
    pub(super) fn steps(&mut self, trace: &Trace, source: SocketAddr, destination: SocketAddr) -> Vec<Step> {
        let told: Vec<_> = self.told.try_iter().collect();
        let is_first = |message: &TraceMessage| {
            message.ends.is_some_and(|(from, to)| from.port() == trace.port && from.ip() == source.ip() && to == destination)
        };
        let Some(first) = told.iter().find(|(_, message)| is_first(message)).map(|(_, message)| message.id) else { return Vec::new() };
        let own = self.table.to_string_lossy().into_owned();
        let of_packet = told.into_iter().filter(|(_, message)| message.id == first && message.table != own);
        of_packet.take(MOST_STEPS).map(|(family, message)| self.step(family, message)).collect()
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
    fn batch(&mut self) -> io::Result<nftables::Chained<'static>> {
        let mut batch = nftables::Chained::new(self.socket.reserve_seq(16));
        batch.request().op_batch_begin_do(&batch_header());
        Ok(batch)
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
