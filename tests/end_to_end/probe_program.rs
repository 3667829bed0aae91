//! The probe as a program: its image, its record on SIGTERM, a plan that is none.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use lbprobe_lab::artifacts::Artifacts;
use lbprobe_lab::patience::stretched;
use lbprobe_protocol::{
    APPENDED_MARK, CARRIED_FOLDER, CARRIED_PART, Check, Exchange, Host, OTHER_VERSION_EXIT, Outcome, PLAN_VARIABLE, Plan, Record,
    SPARE_FOLDER, VERSION, When,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn plan(timeout_ms: u32) -> Plan {
    // A listener that never answers makes the check last to its deadline.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::mem::forget(listener);
    let check = |id, exchange, samples| Check {
        id,
        host: Host::Address([127, 0, 0, 1].into()),
        port,
        exchange,
        samples,
        timeout_ms,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    };
    Plan {
        version: VERSION,
        wait_ms: 0,
        linger_ms: 0,
        checks: vec![check(0, Exchange::Connect, 2), check(1, Exchange::Tls { sni: None }, 2)],
        questions: Vec::new(),
        watch: None,
        kernel: None,
    }
}

fn probe(plan: &Plan) -> Command {
    let mut command = Command::new(Artifacts::locate().unwrap().probe);
    command.env(PLAN_VARIABLE, serde_json::to_string(plan).unwrap()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn sigterm_yields_what_is_known_so_far() {
    let plan = plan(60_000);
    let child = probe(&plan).spawn().unwrap();
    std::thread::sleep(stretched(Duration::from_millis(500)));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    let record = Record::from_text(&String::from_utf8(output.stdout).unwrap(), &plan).unwrap();
    assert!(record.interrupted);
    assert!(record.observations[0].samples.iter().all(|sample| sample.outcome == Outcome::Answered));
    assert!(record.observations[1].samples.iter().all(|sample| sample.outcome == Outcome::Interrupted));
}

#[test]
fn a_plan_of_another_version_is_refused() {
    let output = probe(&Plan { version: VERSION + 1, ..plan(100) }).output().unwrap();
    assert_eq!(output.status.code(), Some(i32::from(OTHER_VERSION_EXIT)));
    assert!(String::from_utf8_lossy(&output.stderr).contains(&format!("the plan is of version {}", VERSION + 1)));
    let output = Command::new(Artifacts::locate().unwrap().probe).env_remove(PLAN_VARIABLE).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_probe_is_static_and_at_most_3_and_a_half_mb() {
    let file = std::fs::read(Artifacts::locate().unwrap().probe).unwrap();
    assert!(file.len() <= 3_500_000, "{} bytes", file.len());
    let interpreter = b"ld-linux";
    assert!(!file.windows(interpreter.len()).any(|window| window == interpreter), "a scratch image has no dynamic linker");
}

/// A machine that a loader runs on.
struct Machine {
    architecture: &'static str,
    /// Those that `unshare` makes.
    namespaces: &'static [&'static str],
    /// As whom, by an option of `chroot`.
    user: &'static str,
}

const AMD64: Machine = Machine { architecture: "amd64", namespaces: &["--mount", "--pid", "--fork"], user: "--userspec=65532:65532" };

/// With [`RUNS_ARM64`]; its user namespace has one user.
const ARM64: Machine = Machine { architecture: "arm64", namespaces: OF_ONE_USER, user: "" };
const OF_ONE_USER: &[&str] = &["--user", "--map-root-user", "--mount", "--pid", "--fork"];

/// A root with nothing but what a pod has whose image is not the probe's, in namespaces of its own. Where `memfd` is refused
/// files in memory cannot be run; the setting holds for the processes of one such namespace.
fn loaded(root: &Path, machine: &Machine, before: &str, argument: &str) -> Output {
    let [folder, memory, proc] = [CARRIED_FOLDER, SPARE_FOLDER, "/proc"].map(|name| root.join(&name[1..]));
    for folder in [&folder, &memory, &proc] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let carried = Artifacts::locate().unwrap().carried.join(machine.architecture);
    std::fs::copy(carried.join("loader"), folder.join("loader")).unwrap();
    let packed = std::fs::read(carried.join("probe.zst")).unwrap();
    for (number, part) in packed.chunks(700_000).enumerate() {
        std::fs::write(folder.join(format!("{CARRIED_PART}{number}")), part).unwrap();
    }
    let script = format!(
        "mount -t proc proc {proc} && mount -t tmpfs tmpfs {memory} && {before} && \
         exec chroot {user} {root} {CARRIED_FOLDER}/loader {argument}",
        user = machine.user,
        proc = proc.display(),
        memory = memory.display(),
        root = root.display()
    );
    Command::new("unshare").args(machine.namespaces).args(["sh", "-c", &script]).env_remove(PLAN_VARIABLE).output().unwrap()
}

fn open_root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::set_permissions(root.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    root
}

/// Has the kernel run programs of arm64 in QEMU, for the processes of one user namespace: so from Linux 6.7 on.
const RUNS_ARM64: &str = r"mount -t proc proc /proc && mount -t binfmt_misc binfmt /proc/sys/fs/binfmt_misc &&
printf '%s' ':arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' \
    >/proc/sys/fs/binfmt_misc/register";

const MEMFD_REFUSED: &str = "echo 2 >/proc/sys/vm/memfd_noexec";

#[test]
fn the_loader_becomes_the_probe_from_memory_or_from_a_folder() {
    for before in ["true", &format!("mount -t proc proc /proc && {MEMFD_REFUSED}")] {
        let root = open_root();
        // What the probe says where its plan is none.
        let output = loaded(root.path(), &AMD64, before, "nonsense");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("lbprobe-probe: ") && output.status.code() == Some(2), "{before}: {said} {:?}", output.status);
    }
}

/// Sent to a shell, in a folder that is its own; the file goes as soon as the probe runs.
#[test]
fn a_loader_with_the_probe_behind_it_becomes_the_probe_and_removes_its_file() {
    let root = open_root();
    let carried = Artifacts::locate().unwrap().carried.join("amd64");
    let [loader, packed] = ["loader", "probe.zst"].map(|name| std::fs::read(carried.join(name)).unwrap());
    let sent = [&loader[..], &packed, &(packed.len() as u64).to_le_bytes(), &APPENDED_MARK].concat();
    let [folder, proc] = ["tmp", "proc"].map(|name| root.path().join(name));
    for folder in [&folder, &proc] {
        std::fs::create_dir(folder).unwrap();
    }
    let file = folder.join("sent");
    std::fs::write(&file, sent).unwrap();
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for path in [&folder, &file] {
        std::os::unix::fs::chown(path, Some(65532), Some(65532)).unwrap();
    }
    let script =
        format!("mount -t proc proc {} && exec chroot {} {} /tmp/sent nonsense", proc.display(), AMD64.user, root.path().display());
    let output = Command::new("unshare").args(AMD64.namespaces).args(["sh", "-c", &script]).env_remove(PLAN_VARIABLE).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("lbprobe-probe: ") && output.status.code() == Some(2), "{said} {:?}", output.status);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "the folder is empty again");
}

#[test]
fn a_loader_that_cannot_start_the_probe_says_why() {
    let root = open_root();
    let remount = format!("mount -o remount,noexec {}", root.path().join(&SPARE_FOLDER[1..]).display());
    let output = loaded(root.path(), &AMD64, &format!("mount -t proc proc /proc && {MEMFD_REFUSED} && {remount}"), "nonsense");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("lbprobe-loader: failed to start the probe") && said.contains("from a file in memory"), "{said}");
}

/// Of an emulated processor there is no cluster in the lab: this is the program alone.
#[test]
fn the_probe_for_arm64_dials_and_its_loader_becomes_it() {
    let plan = plan(1_000);
    let probe = Artifacts::locate().unwrap().probe_for_arm64;
    let script = format!("{RUNS_ARM64} && exec {}", probe.display());
    let mut command = Command::new("unshare");
    command.args(OF_ONE_USER).args(["sh", "-c", &script]);
    let output = command.env(PLAN_VARIABLE, serde_json::to_string(&plan).unwrap()).output().unwrap();
    let record =
        Record::from_text(&String::from_utf8(output.stdout.clone()).unwrap(), &plan).unwrap_or_else(|cause| panic!("{cause}: {output:?}"));
    assert!(record.observations[0].samples.iter().all(|sample| sample.outcome == Outcome::Answered), "{record:?}");

    // QEMU cannot open what the kernel starts from memory alone: the loader takes its other way.
    let root = open_root();
    let output = loaded(root.path(), &ARM64, &format!("{RUNS_ARM64} && {MEMFD_REFUSED}"), "nonsense");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("lbprobe-probe: ") && output.status.code() == Some(2), "{said} {:?}", output.status);
}
