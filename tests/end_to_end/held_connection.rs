//! A connection of a pod that is held open while something changes.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::kubectl;

/// Asks once, and again for each line that it is given, on one connection to port 80. `$1` is the pod's
/// address, `$2` that of the server.
const SCRIPT: &str = r#"
for net in /run/netns/cni-*; do
  nsenter --net=$net ip -4 -o addr show | grep -qF " $1/" && exec nsenter --net=$net bash -c '
    exec 3<>/dev/tcp/$0/80 || exit
    while
      printf "GET / HTTP/1.1\r\nHost: held\r\n\r\n" >&3
      IFS= read -r -t 3 line <&3 && echo "${line%$(printf "\r")}" || echo silent
      while read -r -t 0.2 rest <&3; do :; done
      read -r
    do :; done' "$2"
done
"#;

/// The address of the client pod of a node.
pub(crate) fn pod_of(lab: &Lab, node: &str) -> String {
    let of_node = format!("--field-selector=spec.nodeName={node}");
    kubectl(lab, &["get", "pods", "--selector=app=clients-pod", &of_node, "-o", "jsonpath={.items[0].status.podIP}"])
}

/// Opens a connection to port 80 of `$0`, says so, and holds it; killed, it lets go.
const HOLD: &str = "exec 3<>/dev/tcp/$0/80 || exit; echo open; exec sleep 3600";

/// The connection of a pod; it ends with this value.
pub(crate) struct HeldConnection {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl HeldConnection {
    /// Opens it from the client pod of a node, and is answered once.
    #[track_caller]
    pub(crate) fn open(lab: &Lab, node: &str, server: &str) -> Self {
        let pod = pod_of(lab, node);
        let mut child = lab
            .command(Vantage::Node(node), "bash")
            .args(["-c", SCRIPT, "held", &pod, server])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut held = Self { child, input, output };
        assert_eq!(held.line(), "HTTP/1.1 200 OK");
        held
    }

    /// What the server says to one request more.
    pub(crate) fn ask(&mut self) -> String {
        self.input.write_all(b"\n").unwrap();
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for HeldConnection {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An open connection of a node's own; it ends with this value. Also for guests, whose commands get no input.
pub(crate) struct OpenConnection(Child);

impl OpenConnection {
    /// Opens it, from the host network.
    #[track_caller]
    pub(crate) fn of_host(lab: &Lab, node: &str, server: &str) -> Self {
        let mut child = lab.command(Vantage::Node(node), "bash").args(["-c", HOLD, server]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let open = Self(child);
        assert_eq!(line, "open\n", "no connection from {node} to {server}");
        open
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
