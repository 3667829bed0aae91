//! Notices when the node's kube-proxy ends and when one answers again, without asking it anything: a connection
//! to it is held, and ends with the process.

use std::time::Duration;

use lbprobe_protocol::ProbeEventKind;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use crate::kube_proxy::{HEALTH, METRICS};

/// Between two attempts while nobody listens.
const PAUSE: Duration = Duration::from_millis(200);

/// A kube-proxy as far as its ports tell.
pub(crate) struct Presence {
    state: State,
    /// When the next attempt is due, while no connection is held.
    due: Instant,
}

enum State {
    /// Nobody has listened so far: it may be bound elsewhere, and that is no turn.
    NeverSeen,
    Held(TcpStream),
    /// The connection has ended. A server that only closes one on which nobody speaks takes the next.
    Lost,
    Gone,
}

impl Presence {
    pub(crate) fn new() -> Self {
        Self { state: State::NeverSeen, due: Instant::now() }
    }

    /// Returns when it turns. May be dropped and called again at any moment.
    pub(crate) async fn turn(&mut self) -> ProbeEventKind {
        loop {
            if let State::Held(stream) = &mut self.state {
                // Nothing is asked, so nothing comes: whatever ends the wait ends the connection.
                let _ = stream.read(&mut [0]).await;
                self.state = State::Lost;
                self.due = Instant::now();
            }
            sleep_until(self.due).await;
            let stream = connect().await;
            self.due = Instant::now() + PAUSE;
            match (std::mem::replace(&mut self.state, State::Gone), stream) {
                (State::Gone, Some(stream)) => {
                    self.state = State::Held(stream);
                    return ProbeEventKind::KubeProxyBack;
                }
                (_, Some(stream)) => self.state = State::Held(stream),
                (State::NeverSeen, None) => self.state = State::NeverSeen,
                (State::Gone, None) => {}
                (State::Held(_) | State::Lost, None) => return ProbeEventKind::KubeProxyGone,
            }
        }
    }
}

async fn connect() -> Option<TcpStream> {
    match TcpStream::connect(METRICS).await {
        Ok(stream) => Some(stream),
        Err(_) => TcpStream::connect(HEALTH).await.ok(),
    }
}
