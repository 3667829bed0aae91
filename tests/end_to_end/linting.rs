//! The hook and the action that lint manifests with the released program: on files, without a cluster.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::harness::root;

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  type: LoadBalancer\n  selector: {app: web}\n  ports: [{port: 80, targetPort: http}]\n";

fn deployment(port_name: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: \
         {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: web, image: web, ports: [{{name: {port_name}, containerPort: 8080}}]}}]}}\n"
    )
}

/// A folder of manifests: one that is well, one whose port has another name, and one that is none.
fn manifests(folder: &Path) {
    fs::create_dir_all(folder.join("deep/er")).unwrap();
    fs::write(folder.join("well.yaml"), format!("{SERVICE}{}", deployment("http"))).unwrap();
    fs::write(folder.join("deep/er/misnamed.yaml"), format!("{SERVICE}{}", deployment("web"))).unwrap();
    fs::write(folder.join("values.yaml"), "replicas: 2\nservice: {type: LoadBalancer}\n").unwrap();
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[track_caller]
fn expect(command: &mut Command, code: i32, texts: &[&str], never: &[&str]) {
    let output = command.output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(texts.iter().all(|text| said.contains(text)), "{texts:?}: {said}");
    assert!(never.iter().all(|text| !said.contains(text)), "{never:?}: {said}");
}

#[test]
fn the_hook_explains_the_files_that_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    manifests(folder.path());
    let programs = root().join("target/debug").canonicalize().unwrap();
    let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap());
    let hook = |files: &[&str]| {
        let mut command = Command::new(root().join("packaging/lint").canonicalize().unwrap());
        command.env("PATH", &path).current_dir(folder.path()).args(files);
        command
    };
    expect(&mut hook(&["well.yaml", "values.yaml"]), 0, &["web"], &["without a kind"]);
    expect(&mut hook(&["well.yaml", "deep/er/misnamed.yaml"]), 3, &["will fail", "no endpoint has a port of this name"], &[]);
    fs::write(folder.path().join("broken.yaml"), "kind: Service\nspec: [\n").unwrap();
    expect(&mut hook(&["broken.yaml"]), 1, &["broken.yaml"], &[]);
    expect(&mut hook(&["missing.yaml"]), 1, &["missing.yaml"], &[]);
    // Flags of explain go with them.
    let local = fs::read_to_string(folder.path().join("well.yaml"))
        .unwrap()
        .replace("LoadBalancer", "LoadBalancer\n  externalTrafficPolicy: Local");
    fs::write(folder.path().join("local.yaml"), &local).unwrap();
    expect(&mut hook(&["local.yaml"]), 0, &["depends"], &[]);
    expect(&mut hook(&["--fail-on=risk", "local.yaml"]), 3, &["depends"], &[]);
    expect(&mut hook(&["--if=mode=ipvs", "--if=kube-proxy=1.33", "--if=clusterCIDR=10.244.0.0/16", "local.yaml"]), 3, &["will fail"], &[]);
    expect(&mut hook(&["--fail-on", "risk", "local.yaml"]), 2, &["--NAME=VALUE"], &[]);
    // However the kind is written.
    let listed = "apiVersion: v1\nkind: List\nitems:\n- kind: \"Service\" # the gateway\n  apiVersion: v1\n  metadata: {name: web}\n  spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}\n";
    fs::write(folder.path().join("listed.yaml"), listed).unwrap();
    expect(&mut hook(&["listed.yaml"]), 0, &["web"], &[]);
}

/// With an archive as it is released, at an address that is a folder here.
#[test]
fn the_action_brings_the_released_program() {
    let folder = tempfile::tempdir().unwrap();
    manifests(folder.path());
    let all = folder.path().join("releases");
    let releases = all.join(concat!("v", env!("CARGO_PKG_VERSION")));
    fs::create_dir_all(&releases).unwrap();
    let archive = "kubectl-lbprobe-linux-amd64.tar.gz";
    fs::copy(root().join("target/lab/dist").join(archive), releases.join(archive)).expect("make test-archive has made the archive");
    let sums = Command::new("sha256sum").arg(archive).current_dir(&releases).output().unwrap();
    fs::write(releases.join("checksums.txt"), &sums.stdout).unwrap();
    let action = |envs: &[(&str, &str)]| {
        let mut command = Command::new(root().join("packaging/action").canonicalize().unwrap());
        command.current_dir(folder.path()).env("RELEASES", format!("file://{}", all.display()));
        command
            .envs([("FILES", "**/*.yaml"), ("FAIL_ON", "fault"), ("RENDER", ""), ("IF", ""), ("VERSION", "")])
            .envs(envs.iter().copied());
        command
    };
    let at_its_line = "::error file=deep/er/misnamed.yaml,line=3,col=18,title=default/web LBP023::";
    expect(&mut action(&[]), 3, &[at_its_line], &[]);
    expect(&mut action(&[("FILES", "well.yaml")]), 0, &[], &["::error"]);
    expect(&mut action(&[("FILES", "nothing/*.yaml")]), 1, &["::error::no file matches: nothing/*.yaml"], &[]);
    expect(&mut action(&[("RENDER", "cat deep/er/misnamed.yaml")]), 3, &["title=default/web LBP023"], &[]);
    expect(&mut action(&[("RENDER", "false")]), 1, &["::error::this failed: false"], &["LBP023"]);
    expect(&mut action(&[("RENDER", "true")]), 1, &["::error::this prints nothing: true"], &[]);
    expect(&mut action(&[("FILES", "servce.yaml")]), 1, &["::error::no file matches: servce.yaml"], &[]);
    fs::create_dir(folder.path().join("two words")).unwrap();
    fs::copy(folder.path().join("deep/er/misnamed.yaml"), folder.path().join("two words/it.yaml")).unwrap();
    expect(&mut action(&[("FILES", "well.yaml\ntwo words/*.yaml")]), 3, &["file=two words/it.yaml"], &[]);
    expect(&mut action(&[("VERSION", "v9.9.9")]), 1, &["::error::release v9.9.9 has no"], &[]);
    // What was changed on its way is not run.
    let other = "0000000000000000000000000000000000000000000000000000000000000000";
    fs::write(releases.join("checksums.txt"), format!("{other}  {archive}\n")).unwrap();
    expect(&mut action(&[]), 1, &["::error::the checksum of"], &["::error file"]);
    // What the action hands on is what the script reads.
    let steps = fs::read_to_string(root().join("action.yml")).unwrap();
    for name in ["FILES", "RENDER", "FAIL_ON", "IF", "VERSION", "RELEASES"] {
        assert!(steps.contains(&format!("      {name}: ")), "{name}");
    }
}
