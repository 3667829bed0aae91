//! Listeners that end connections, for haproxy: where TLS ends, and where a PROXY header goes first.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::cloud::listeners::{Handling, Listener, Tls};
use crate::cloud::specs::Header;
use crate::error::{Context as _, LabError};
use crate::inside::{STATE_FOLDER, pki};

/// haproxy, started anew whenever its listeners change; ends with this value.
#[derive(Debug, Default)]
pub struct Relay {
    config: String,
    running: Option<Child>,
}

impl Relay {
    /// Brings haproxy up to date; without listeners none runs.
    pub fn update(&mut self, listeners: &[Listener]) -> Result<(), LabError> {
        let config = config(listeners, &certificate_file().display().to_string());
        if config == self.config {
            return Ok(());
        }
        self.stop();
        self.config.clone_from(&config);
        if config.is_empty() {
            return Ok(());
        }
        let (certificate, key) = pki::issue_server_certificate(&["gateway.example.com".into(), "*.example.com".into()])?;
        fs::write(certificate_file(), certificate + &key).to("write the load balancer's certificate")?;
        let file = PathBuf::from(STATE_FOLDER).join("haproxy.cfg");
        fs::write(&file, config).to("write haproxy's configuration")?;
        let child = Command::new("haproxy").arg("-db").arg("-f").arg(file).stdin(Stdio::null()).spawn();
        self.running = Some(child.to("start haproxy (Debian's package haproxy)")?);
        Ok(())
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.stop();
    }
}

fn certificate_file() -> PathBuf {
    PathBuf::from(STATE_FOLDER).join("listener.pem")
}

/// Nothing where no connection is ended. Pure.
fn config(listeners: &[Listener], certificate: &str) -> String {
    let mut text = String::new();
    for (number, listener) in listeners.iter().enumerate().filter(|(_, listener)| !listener.backends.is_empty()) {
        let Handling::Ended { tls, header } = listener.handling else { continue };
        if text.is_empty() {
            text.push_str("defaults\n mode tcp\n timeout connect 2s\n timeout client 30s\n timeout server 30s\n");
        }
        let tls = if tls == Tls::Ends { format!(" ssl crt {certificate}") } else { String::new() };
        let header = if header == Header::Proxy { " send-proxy" } else { "" };
        let _ = writeln!(text, "listen listener{number}\n bind {}:{}{tls}\n balance roundrobin", listener.address, listener.port);
        for (place, (address, port)) in listener.backends.iter().enumerate() {
            let _ = writeln!(text, " server backend{place} {address}:{port}{header}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::cloud::specs::{Families, Loopback, Reach};

    #[test]
    fn tls_ends_and_the_header_goes_first_only_where_asked_for() {
        let listener = |port, handling| Listener {
            address: Ipv4Addr::new(198, 51, 100, 1),
            protocol: "tcp".into(),
            port,
            backends: vec![(Ipv4Addr::new(198, 18, 0, 11), 30080)],
            handling,
            loopback: Loopback::Works,
            reach: Reach::Internet,
            families: Families::Single,
        };
        assert_eq!(config(&[listener(80, Handling::Passed)], "c.pem"), "");
        let text = config(
            &[
                listener(443, Handling::Ended { tls: Tls::Ends, header: Header::None }),
                listener(80, Handling::Ended { tls: Tls::Passes, header: Header::Proxy }),
            ],
            "c.pem",
        );
        assert!(text.contains(" bind 198.51.100.1:443 ssl crt c.pem\n balance roundrobin\n server backend0 198.18.0.11:30080\n"));
        assert!(text.contains(" bind 198.51.100.1:80\n balance roundrobin\n server backend0 198.18.0.11:30080 send-proxy\n"));
    }
}
