//! The probe in a container whose image has a shell and no probe: the program comes by standard input, by `pods/attach`.
//!
//! A pod that runs takes no volume, so no ConfigMap either, and what stands in a container's spec stays there: 2 MB are too much for it.

use std::time::Duration;

use k8s_openapi::api::core::v1::{EphemeralContainer, Pod};
use kube::Api;
use kube::api::{AttachParams, AttachedProcess};
use lbprobe_analysis::facts::NamedPod;
use lbprobe_protocol::NOT_UNPACKED_EXIT;
use tokio::io::AsyncWriteExt as _;

use crate::error::{Access, Error, Request};
use crate::kubernetes::Cluster;

/// The right to send. By WebSocket servers ask for `get`, and from 1.35 on for `create` as well (kubernetes PR 134577).
pub(super) const ACCESS: Access = Access { verb: "create", resource: "pods/attach" };

/// How long the program may take to come there, beside what its checks take.
pub(super) const SENDING: Duration = Duration::from_secs(20);

/// Before the second try.
const BETWEEN_TRIES: Duration = Duration::from_secs(2);

/// Bytes that are on their way at a time.
const BUFFER: usize = 64 * 1024;

/// What the shell does.
const RECEIVE: &str = include_str!("receive.sh");

/// How it names itself in what it says.
const RECEIVE_NAME: &str = "lbprobe";

/// Where it may put the program.
const FOLDERS: [&str; 2] = ["/tmp", "/var/tmp"];

/// How long it waits for the program: then nobody is there who would send it, and the container ends by itself.
const RECEIVING: Duration = Duration::from_mins(1);

/// The container, with a shell that takes in so many bytes and becomes them.
pub(super) fn receiving(container: EphemeralContainer, file: &str, bytes: usize) -> EphemeralContainer {
    let security_context = container.security_context.map(|context| k8s_openapi::api::core::v1::SecurityContext {
        // The program is a file before it is a process.
        read_only_root_filesystem: Some(false),
        ..context
    });
    EphemeralContainer {
        command: Some(
            ["sh", "-c", RECEIVE].map(str::to_owned).into_iter().chain(arguments(file, bytes, &FOLDERS.join(" "), RECEIVING)).collect(),
        ),
        stdin: Some(true),
        // Its end is the end of the program.
        stdin_once: Some(true),
        // What the shell says where it cannot go on.
        termination_message_policy: Some("FallbackToLogsOnError".into()),
        security_context,
        ..container
    }
}

/// What [`RECEIVE`] is told, behind the name that it goes by.
fn arguments(file: &str, bytes: usize, folders: &str, receiving: Duration) -> [String; 6] {
    let [bytes, exit, seconds] = [bytes.to_string(), NOT_UNPACKED_EXIT.to_string(), receiving.as_secs().to_string()];
    [RECEIVE_NAME.into(), file.into(), bytes, exit, folders.into(), seconds]
}

/// Sends the program to a container that runs. What breaks off later the container itself tells.
pub(super) async fn send(cluster: &Cluster, pod: &NamedPod, container: &str, program: &[u8]) -> Result<(), Error> {
    let mut attached = match attach(cluster, pod, container).await {
        // A server that was busy just then may not be at the next try.
        Err(cause) if !matches!(cause, Error::Forbidden { .. }) => {
            tokio::time::sleep(BETWEEN_TRIES).await;
            attach(cluster, pod, container).await?
        }
        tried => tried?,
    };
    if let Some(mut input) = attached.stdin() {
        let _ = input.write_all(program).await;
        let _ = input.shutdown().await;
    }
    let _ = attached.join().await;
    Ok(())
}

async fn attach(cluster: &Cluster, pod: &NamedPod, container: &str) -> Result<AttachedProcess, Error> {
    let NamedPod { namespace, name, .. } = pod;
    let api: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let params = AttachParams {
        container: Some(container.to_owned()),
        stdin: true,
        stdout: false,
        stderr: false,
        tty: false,
        max_stdin_buf_size: Some(BUFFER),
        ..AttachParams::default()
    };
    cluster.request(Request::SendProbe { namespace, name }, ACCESS, api.attach(name, &params)).await
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::Path;
    use std::process::{Child, Command, Output, Stdio};

    use super::*;

    /// A shell that receives, with standard input open.
    fn receiving(shell: &[&str], folders: &str, expected: usize, patience: Duration) -> Child {
        Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", RECEIVE])
            .args(arguments("lbprobe-test", expected, folders, patience))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What a shell makes of the script, where these bytes come.
    fn received(shell: &[&str], folders: &str, expected: usize, sent: &[u8]) -> Output {
        let mut child = receiving(shell, folders, expected, RECEIVING);
        // One that cannot write ends before it has read.
        let _ = child.stdin.take().unwrap().write_all(sent);
        child.wait_with_output().unwrap()
    }

    const SHELLS: [&[&str]; 3] = [&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

    fn files(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    /// A program is anything that can be started: here a script of its own.
    #[test]
    fn what_came_whole_is_started_and_what_did_not_is_told() {
        let program = b"#!/bin/sh\necho started\nexit 5\n";
        let folder = tempfile::tempdir().unwrap();
        let folders = format!("/proc/nowhere {}", folder.path().display());
        for shell in SHELLS {
            let whole = received(shell, &folders, program.len(), program);
            assert_eq!((whole.status.code(), whole.stdout.as_slice()), (Some(5), &b"started\n"[..]), "{shell:?}: {whole:?}");
            for cut in [&program[..5], b""] {
                let cut = received(shell, &folders, program.len(), cut);
                assert_eq!(cut.status.code(), Some(NOT_UNPACKED_EXIT.into()), "{shell:?}: {cut:?}");
                assert!(String::from_utf8_lossy(&cut.stderr).contains("of 30 bytes arrived"), "{cut:?}");
                assert_eq!(files(folder.path()), 0, "nothing is left of what was cut");
            }
        }
    }

    #[test]
    fn a_shell_that_may_write_nowhere_or_start_nothing_says_so() {
        for shell in SHELLS {
            let ended = received(shell, "/proc/nowhere", 1, b"x");
            assert_eq!(ended.status.code(), Some(NOT_UNPACKED_EXIT.into()), "{ended:?}");
            assert!(String::from_utf8_lossy(&ended.stderr).contains("/proc/nowhere/lbprobe-test"), "{ended:?}");
            // A program that nobody may start, as on a file system that lets none.
            let folder = tempfile::tempdir().unwrap();
            let program = b"#!/proc/nowhere\n";
            let refused = received(shell, &folder.path().display().to_string(), program.len(), program);
            assert!(!refused.status.success() && !refused.stderr.is_empty(), "{refused:?}");
        }
    }

    /// Whoever was to send it is gone: the container does not stay in somebody's pod.
    #[test]
    fn a_shell_that_is_sent_nothing_gives_up() {
        let folder = tempfile::tempdir().unwrap();
        for shell in SHELLS {
            let mut child = receiving(shell, &folder.path().display().to_string(), 10, Duration::from_secs(1));
            let open = child.stdin.take();
            let ended = child.wait_with_output().unwrap();
            assert_eq!(ended.status.code(), Some(NOT_UNPACKED_EXIT.into()), "{shell:?}: {ended:?}");
            assert_eq!(files(folder.path()), 0);
            drop(open);
        }
    }
}
