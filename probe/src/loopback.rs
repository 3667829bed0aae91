//! Listeners on loopback, for tests of what many attempts do together. Each has a thread of its own: it sees the
//! connections in the order in which they are made, however busy the test's runtime is.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener that accepts every connection.
pub(crate) struct Listener {
    pub(crate) port: u16,
    most_open: Arc<AtomicUsize>,
}

impl Listener {
    /// Never says anything.
    pub(crate) fn silent() -> Self {
        Self::silent_at_first(usize::MAX)
    }

    /// Says nothing on so many connections, and answers HTTP on those that come later.
    pub(crate) fn silent_at_first(connections: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let most_open = Arc::new(AtomicUsize::new(0));
        let most = Arc::clone(&most_open);
        std::thread::spawn(move || {
            let mut silent: Vec<TcpStream> = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                let stream = stream.unwrap();
                silent.retain(is_open);
                most.fetch_max(silent.len() + 1, Ordering::Relaxed);
                if number < connections {
                    stream.set_nonblocking(true).unwrap();
                    silent.push(stream);
                } else {
                    answer(stream);
                }
            }
        });
        Self { port, most_open }
    }

    /// The most connections that were open at the same time.
    pub(crate) fn most_open(&self) -> usize {
        self.most_open.load(Ordering::Relaxed)
    }
}

/// Whether the client still holds a connection. What it has sent comes before its end.
fn is_open(mut stream: &TcpStream) -> bool {
    loop {
        match stream.read(&mut [0; 4096]) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(cause) => return cause.kind() == io::ErrorKind::WouldBlock,
        }
    }
}

/// A client may be gone already.
fn answer(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
}
