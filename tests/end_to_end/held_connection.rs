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

/// The connection; it ends with this value.
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
