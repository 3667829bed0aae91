//! Entries of connection tracking: that of one connection, asked for by its tuple, and those of others by UDP.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};

use lbprobe_protocol::{Tracked, Tuple};
use netlink_bindings::conntrack::{IterableTupleAttrs, Nfgenmsg, Request};
use netlink_bindings::utils::ErrorContext;
use netlink_socket2::NetlinkSocket;

/// `IPPROTO_TCP` and `IPPROTO_UDP`.
pub(super) const TCP: u8 = 6;
pub(super) const UDP: u8 = 17;

/// The most entries that are looked through: a busy node has a few hundred thousand.
const MOST_ENTRIES: usize = 1_000_000;

/// `IPS_SEEN_REPLY`.
const SEEN_REPLY: u32 = 1 << 1;

pub(super) struct Conntrack(NetlinkSocket);

impl Conntrack {
    pub(super) fn open() -> Self {
        Self(NetlinkSocket::new())
    }

    /// The entry; none where there is none.
    pub(super) fn entry(&mut self, protocol: u8, source: SocketAddr, destination: SocketAddr) -> io::Result<Option<Tracked>> {
        let header = Nfgenmsg { nfgen_family: family(destination), ..Nfgenmsg::default() };
        let mut request = Request::new().op_get_do(&header);
        let tuple = request.encode().nested_tuple_orig();
        let tuple = match (source.ip(), destination.ip()) {
            (IpAddr::V4(from), IpAddr::V4(to)) => tuple.nested_tuple_ip().push_ip_v4_src(from).push_ip_v4_dst(to).end_nested(),
            (IpAddr::V6(from), IpAddr::V6(to)) => tuple.nested_tuple_ip().push_ip_v6_src(from).push_ip_v6_dst(to).end_nested(),
            _ => return Ok(None),
        };
        drop(
            tuple.nested_tuple_proto().push_proto_num(protocol).push_proto_src_port(source.port()).push_proto_dst_port(destination.port()),
        );
        let mut reply = self.0.request(&request)?;
        let reply = match reply.recv_one() {
            Ok((_, entry)) => entry,
            Err(cause) if cause.as_io_error().kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(cause.into()),
        };
        let unreadable = |cause: ErrorContext| io::Error::new(io::ErrorKind::InvalidData, cause.to_string());
        let entry = || {
            Ok::<_, ErrorContext>(Tracked {
                original: tuple_of(reply.get_tuple_orig()?)?,
                reply: tuple_of(reply.get_tuple_reply()?)?,
                replied: reply.get_status()? & SEEN_REPLY != 0,
            })
        };
        entry().map(Some).map_err(unreadable)
    }
}

/// The entries of UDP that are wanted, with the seconds that each has left. All entries of a family are read once.
pub(super) fn others(family: u8, is_wanted: impl Fn(&Other) -> bool) -> io::Result<Others> {
    let mut found = Others::new();
    each(family, |protocol, Tracked { original, reply, .. }, seconds| {
        let other = Other { source: original.source, destination: original.destination, to: reply.source };
        if protocol == UDP && is_wanted(&other) {
            found.insert(other, seconds);
        }
        found.len() <= MOST_KEPT
    })?;
    Ok(found)
}

/// The entries of TCP and UDP that are wanted, by their protocol. All entries of a family are read once.
pub(super) fn wanted(family: u8, is_wanted: impl Fn(u8, &Tuple) -> bool) -> io::Result<Vec<(u8, Tracked)>> {
    let mut found = Vec::new();
    each(family, |protocol, entry, _| {
        if is_wanted(protocol, &entry.original) {
            found.push((protocol, entry));
        }
        found.len() <= MOST_KEPT
    })?;
    Ok(found)
}

/// Hands on each entry of TCP and UDP with the seconds that it has left, until `go_on` says that these are too many.
fn each(family: u8, mut go_on: impl FnMut(u8, Tracked, u32) -> bool) -> io::Result<()> {
    let header = Nfgenmsg { nfgen_family: family, ..Nfgenmsg::default() };
    let request = Request::new().op_get_dump(&header);
    // What is left of a list that is not read to its end goes with its socket.
    let mut socket = NetlinkSocket::new();
    let mut entries = socket.request(&request)?;
    for _ in 0..MOST_ENTRIES {
        let Some(entry) = entries.recv() else { return Ok(()) };
        let (_, entry) = entry?;
        let protocol = entry.get_tuple_orig().and_then(|tuple| tuple.get_tuple_proto()?.get_proto_num());
        // Other protocols have no ports.
        let Some(protocol) = protocol.ok().filter(|protocol| [TCP, UDP].contains(protocol)) else { continue };
        let read = || {
            let (original, reply) = (tuple_of(entry.get_tuple_orig()?)?, tuple_of(entry.get_tuple_reply()?)?);
            let replied = entry.get_status()? & SEEN_REPLY != 0;
            Ok::<_, ErrorContext>((Tracked { original, reply, replied }, entry.get_timeout().unwrap_or_default()))
        };
        if let Ok((entry, seconds)) = read()
            && !go_on(protocol, entry, seconds)
        {
            break;
        }
    }
    Err(io::Error::other("there are too many entries to look through"))
}

/// The most entries that are kept: a probe has little memory.
const MOST_KEPT: usize = 100_000;

/// From where to where, and where it really goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Other {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) to: SocketAddr,
}

/// Entries, and the seconds after which each is forgotten unless a datagram comes.
pub(super) type Others = HashMap<Other, u32>;

/// `AF_INET` or `AF_INET6`.
pub(super) fn family(address: SocketAddr) -> u8 {
    if address.is_ipv4() { 2 } else { 10 }
}

fn tuple_of(tuple: IterableTupleAttrs<'_>) -> Result<Tuple, ErrorContext> {
    let (ip, ports) = (tuple.get_tuple_ip()?, tuple.get_tuple_proto()?);
    let source: IpAddr = ip.get_ip_v4_src().map(IpAddr::from).or_else(|_| ip.get_ip_v6_src().map(IpAddr::from))?;
    let destination: IpAddr = ip.get_ip_v4_dst().map(IpAddr::from).or_else(|_| ip.get_ip_v6_dst().map(IpAddr::from))?;
    Ok(Tuple {
        source: SocketAddr::new(source, ports.get_proto_src_port()?),
        destination: SocketAddr::new(destination, ports.get_proto_dst_port()?),
    })
}
