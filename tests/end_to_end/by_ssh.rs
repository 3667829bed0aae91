//! The load balancer seen from another machine, by ssh: dropbear on the client's machine, OpenSSH beside the plugin.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;

use crate::harness::{Ran, eventually_in, fresh_faulty_lab, in_lab, nothing_left, patient};

const MACHINE: &str = "ssh://root@203.0.113.9:2222";

const RUN: [&str; 4] = ["run", "istio-ingressgateway", "-n", "istio-system"];

/// Keys for both sides, and `ssh` as a user has configured it: the plugin takes the one that PATH has.
const KEYS: &str = r#"
set -e
ssh-keygen -q -t ed25519 -N '' -f key
dropbearkey -t ed25519 -f hostkey >/dev/null 2>&1
printf 'Host *\n IdentityFile %s/key\n IdentitiesOnly yes\n UserKnownHostsFile %s/known\n StrictHostKeyChecking accept-new\n' "$PWD" "$PWD" >config
mkdir bin
printf '#!/bin/sh\nexec /usr/bin/ssh -F %s/config "$@"\n' "$PWD" >bin/ssh
"#;

/// A machine with a home and a /tmp of its own.
const SERVE: &str = r"
set -e
mount -t tmpfs -o mode=700 tmpfs /root
mkdir -m 700 /root/.ssh
cp key.pub /root/.ssh/authorized_keys
cp hostkey /root/.ssh/hostkey
chmod 600 /root/.ssh/*
mount -t tmpfs tmpfs /tmp
exec dropbear -F -E -s -p 203.0.113.9:2222 -P '' -r /root/.ssh/hostkey
";

struct Machine<'a> {
    lab: &'a Lab,
    folder: tempfile::TempDir,
    server: Child,
}

impl<'a> Machine<'a> {
    fn start(lab: &'a Lab) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = std::process::Command::new("sh").args(["-c", KEYS]).current_dir(folder.path()).output().unwrap();
        assert!(keys.status.success(), "{keys:?}");
        fs::set_permissions(folder.path().join("bin/ssh"), fs::Permissions::from_mode(0o755)).unwrap();
        let mut server = lab.command(Vantage::Client, "unshare");
        server.args(["--mount", "sh", "-c", &format!("cd {}; {SERVE}", folder.path().display())]);
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let machine = Self { lab, folder, server };
        eventually_in(lab, "ssh answers", Duration::from_secs(20), || machine.run(&["ssh", MACHINE, "true"]).code == Some(0));
        machine
    }

    /// With the configured `ssh` first in PATH.
    fn run(&self, words: &[&str]) -> Ran {
        let bin = self.folder.path().join("bin");
        let script = format!("PATH={}:$PATH; exec \"$@\"", bin.display());
        in_lab(self.lab, &[&["sh", "-c", &script, "sh"], words].concat())
    }

    fn lbprobe(&self, words: &[&str]) -> Ran {
        self.run(&[&["kubectl", "lbprobe"], words, &["--outside-from", MACHINE], patient(words)].concat())
    }

    /// What lies in its /tmp.
    fn left(&self) -> String {
        self.run(&["ssh", MACHINE, "ls -A /tmp"]).stdout
    }
}

impl Drop for Machine<'_> {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

#[test]
fn another_machine_outside_is_a_vantage_and_keeps_nothing() {
    let lab = fresh_faulty_lab();
    let machine = Machine::start(&lab);
    let seen = ["From ssh://root@203.0.113.9:2222, outside the cluster - 198.51.100.1, port 80: ok - 198.51.100.1, port 443: ok"];
    let by_rule = "timed out, as predicted: externalTrafficPolicy Local, and the node has no endpoint";
    machine.lbprobe(&RUN).expect(3, &[seen[0], by_rule, "FAULT: externalTrafficPolicy is Local"]);
    assert_eq!(machine.left(), "");
    // What was seen is a part of the report, and of what follows from it.
    let folder = tempfile::tempdir().unwrap();
    let report = saved(&machine, folder.path());
    machine.run(&["kubectl", "lbprobe", "diagnose", "-f", &report]).expect(3, &seen);
    let verify = ["verify", "istio-ingressgateway", "-n", "istio-system", "--baseline", &report];
    machine.lbprobe(&verify).expect(3, &["FAULT"]);
    let save = folder.path().display().to_string();
    let fix = ["fix", "istio-ingressgateway", "-n", "istio-system", "--strategy", "cluster", "--apply", "--yes", "--save", &save];
    machine.lbprobe(&fix).expect(0, &["seen from outside: answered before and after"]);
    machine.lbprobe(&verify).expect(0, &["fixed"]);
    assert_eq!(machine.left(), "");
    // Without a way there, nothing is begun.
    let stranger = [&["kubectl", "lbprobe"], &RUN[..], &["--outside-from", "ssh://nobody@203.0.113.9:2222"]].concat();
    machine.run(&stranger).expect(1, &["could not probe from ssh://nobody@203.0.113.9:2222: ", "Permission denied", "uname -sm"]);
    let nobody = [&["kubectl", "lbprobe"], &RUN[..], &["--outside-from", "ssh://203.0.113.9:2223"]].concat();
    machine.run(&nobody).expect(1, &["Connection refused"]);
    // Its client's end is no end of the other machine's cleaning up.
    let killed = [&["timeout", "--signal", "KILL", "1", "kubectl", "lbprobe"], &RUN[..], &["--outside-from", MACHINE]].concat();
    machine.run(&killed);
    eventually_in(&lab, "nothing is left", Duration::from_mins(1), || machine.left().is_empty());
    machine.run(&["kubectl", "lbprobe", "cleanup", "-A"]);
    nothing_left(&lab);
}

fn saved(machine: &Machine<'_>, folder: &Path) -> String {
    let file = folder.join("report.json");
    fs::write(&file, machine.lbprobe(&[&RUN[..], &["-o", "json"]].concat()).stdout).unwrap();
    file.display().to_string()
}
