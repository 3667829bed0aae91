//! A connection whose port is known before it is made, in a network of the caller's choice.

use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::thread;
use std::time::{Duration, Instant};

use lbprobe_protocol::{ConnectFailure, Outcome};
use nix::sched::{CloneFlags, setns};
use socket2::{Domain, Protocol, Socket, Type};

use crate::connect_failure::connect_failure;
use crate::datagram::Said;

/// A datagram may be lost, and is sent again after this time.
const AGAIN: Duration = Duration::from_secs(1);

/// A connection that is about to be made, or an exchange by UDP.
pub(super) struct Dialling {
    socket: Socket,
    said: Option<Said>,
    /// The port that it will come from.
    pub(super) port: u16,
}

/// A connection that was made, or was to be.
pub(super) struct Dialled {
    pub(super) source: SocketAddr,
    pub(super) outcome: Outcome,
    /// It lasts as long as this: what is closed, the kernel soon forgets.
    pub(super) socket: Socket,
}

impl Dialling {
    /// A socket in another network, or in this program's own. A socket stays in the network in which it was made.
    /// What is said is said by UDP; by TCP nothing is.
    pub(super) fn prepare(destination: SocketAddr, said: Option<Said>, network: Option<&File>) -> io::Result<Self> {
        let kind = if said.is_some() { (Type::DGRAM, Protocol::UDP) } else { (Type::STREAM, Protocol::TCP) };
        let socket = match network {
            None => bound(destination, kind)?,
            Some(network) => thread::scope(|scope| {
                let there = scope.spawn(|| {
                    setns(network, CloneFlags::CLONE_NEWNET)?;
                    bound(destination, kind)
                });
                there.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))
            })?,
        };
        let port = local_address(&socket)?.port();
        Ok(Self { socket, said, port })
    }

    /// Connects, and waits for an answer where something is said.
    pub(super) fn dial(self, destination: SocketAddr, timeout: Duration) -> Dialled {
        let Self { socket, said, port } = self;
        let dialled = match said {
            None => socket.connect_timeout(&destination.into(), timeout).map(|()| Outcome::Answered),
            Some(said) => exchange(&socket, destination, &said, timeout),
        };
        let outcome = match dialled {
            Ok(outcome) => outcome,
            Err(cause) => Outcome::Connect(connect_failure(&cause)),
        };
        let unspecified = SocketAddr::new(destination.ip(), port);
        Dialled { source: local_address(&socket).unwrap_or(unspecified), outcome, socket }
    }
}

fn exchange(socket: &Socket, destination: SocketAddr, said: &Said, timeout: Duration) -> io::Result<Outcome> {
    let deadline = Instant::now() + timeout;
    socket.connect(&destination.into())?;
    let socket = UdpSocket::from(socket.try_clone()?);
    let mut bytes = [0; 2048];
    while let Some(left) = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
        match socket.send(&said.bytes) {
            // A rule of this machine took it; where that rule refuses, its ICMP error follows.
            Err(cause) if cause.kind() == io::ErrorKind::PermissionDenied => {}
            sent => drop(sent?),
        }
        socket.set_read_timeout(Some(left.min(AGAIN)))?;
        loop {
            match socket.recv(&mut bytes) {
                Ok(length) if said.is_answered_by(&bytes[..length]) => return Ok(Outcome::Answered),
                Ok(_) => {}
                Err(cause) if cause.kind() == io::ErrorKind::WouldBlock => break,
                Err(cause) => return Err(cause),
            }
        }
    }
    Ok(Outcome::Connect(ConnectFailure::NoAnswer))
}

fn bound(destination: SocketAddr, (kind, protocol): (Type, Protocol)) -> io::Result<Socket> {
    let any: SocketAddr = match destination {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = Socket::new(Domain::for_address(destination), kind, Some(protocol))?;
    socket.bind(&any.into())?;
    Ok(socket)
}

fn local_address(socket: &Socket) -> io::Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| io::Error::other("a socket without an address"))
}
