//! HTTP/2 without TLS, gRPC's health check, headers, expected statuses and client certificates, against nginx and a server of grpc-go.

use std::path::Path;
use std::time::Duration;

use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, ProxyMode};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::harness::{OTHER_CIDR, apply, eventually, kubectl, lbprobe, load_balancer_address, nothing_left, root, settle, slot, start};

const RUN: [&str; 2] = ["run", "protocols"];

/// An authority, a server that takes its clients alone, and such a client.
fn certificates() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    // Of the same name as its authority a certificate would pass for self-signed.
    let named = |name: &str| {
        let mut params = CertificateParams::new(vec![format!("{name}.example.com")]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params
    };
    let mut params = named("authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&key).unwrap();
    let issuer = Issuer::new(params, key);
    write("authority.pem", authority.pem());
    for name in ["server", "client"] {
        let key = KeyPair::generate().unwrap();
        let certificate = named(name).signed_by(&key, &issuer).unwrap();
        write(&format!("{name}.pem"), certificate.pem());
        write(&format!("{name}-key.pem"), key.serialize_pem());
    }
    folder
}

fn with_servers(name: &str, mode: ProxyMode, cluster_cidr: &str) -> (Lab, tempfile::TempDir) {
    let lab = start(name, mode, cluster_cidr);
    let certificates = apply_servers(&lab);
    settle(&lab);
    (lab, certificates)
}

/// Servers of each protocol on node1, behind Service `protocols` in namespace default.
pub(crate) fn apply_servers(lab: &Lab) -> tempfile::TempDir {
    let certificates = certificates();
    let from =
        ["server.pem", "server-key.pem", "authority.pem"].map(|file| format!("--from-file={}", certificates.path().join(file).display()));
    let secret = ["create", "secret", "generic", "protocols-tls"];
    kubectl(lab, &[&secret[..], &from.each_ref().map(String::as_str)[..]].concat());
    apply(lab, include_str!("../manifests/protocols.yaml"));
    kubectl(lab, &["rollout", "status", "deployment/protocols", "--timeout=60s"]);
    eventually("the load balancer has an address", Duration::from_secs(30), || {
        !load_balancer_address(lab, "protocols", "default").is_empty()
    });
    certificates
}

/// By port: gRPC's health by name, a page by HTTP/2 as appProtocol says, and one by HTTP/1.1.
fn each_protocol_is_spoken(lab: &Lab, code: i32, said: &[&str]) {
    let grpc = [&RUN[..], &["--port", "5000", "--grpc-service", "shop.v1.Pay"]].concat();
    lbprobe(lab, &grpc).expect(code, said);
    lbprobe(lab, &[&RUN[..], &["--port", "81,82", "--expect-status", "200"]].concat()).expect(code, said);
}

/// nginx answers 400 to clients that show none.
fn a_client_certificate_is_shown(lab: &Lab, folder: &Path) {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key, other_key) = (file("client.pem"), file("client-key.pem"), file("server-key.pem"));
    let asked = [&RUN[..], &["--port", "83", "--expect-status", "200"]].concat();
    lbprobe(lab, &asked).expect(3, &["the answer is not the expected one: HTTP 400"]);
    let shown = [&asked[..], &["--cert", &certificate, "--key", &key]].concat();
    let healthy = lbprobe(lab, &[&shown[..], &["--outside", "-o", "json"]].concat());
    healthy.expect(0, &["clientCertificate", "withClientCertificate"]);
    assert!(!healthy.stdout.contains("PRIVATE KEY") && !healthy.stdout.contains("BEGIN"), "{}", healthy.stdout);
    lbprobe(lab, &shown).expect(0, &["HEALTHY", "were shown the one of --cert"]);
    lbprobe(lab, &["check", "--cert", &certificate, "--key", &key]).expect(0, &["a Secret for the client certificate"]);
    let baseline = folder.join("before.json");
    std::fs::write(&baseline, &healthy.stdout).unwrap();
    let verify = ["verify", "protocols", "--outside", "--baseline", &baseline.display().to_string()].map(str::to_owned);
    let verify: Vec<_> = verify.iter().map(String::as_str).collect();
    lbprobe(lab, &verify).expect(1, &["was measured with a client certificate", "hint: name it again with --cert FILE --key FILE"]);
    lbprobe(lab, &[&asked[..], &["--cert", &certificate, "--key", &other_key]].concat())
        .expect(1, &["server-key.pem: the key does not belong to the first certificate"]);
    // One right less.
    kubectl(lab, &["apply", "-f", &root().join("manifests/rbac.yaml").display().to_string()]);
    kubectl(lab, &["create", "clusterrolebinding", "shows", "--clusterrole=lbprobe", "--user=shows"]);
    for role in ["lbprobe-pods", "lbprobe-carry"] {
        kubectl(lab, &["create", "rolebinding", role, "--clusterrole", role, "--user=shows"]);
    }
    let by_user = [&shown[..], &["--as", "shows"]].concat();
    lbprobe(lab, &by_user).expect(1, &["the Secret for the client certificate could not be created", "secrets"]);
    nothing_left(lab);
    kubectl(lab, &["create", "rolebinding", "secrets", "--clusterrole=lbprobe-client-certificate", "--user=shows"]);
    lbprobe(lab, &by_user).expect(0, &["HEALTHY"]);
    eventually("no Secret of a run is left", Duration::from_secs(30), || {
        kubectl(lab, &["get", "secrets", "-l", "app.kubernetes.io/name=lbprobe", "-o", "name"]).is_empty()
    });
}

#[test]
fn grpc_and_http2_are_answered_and_fail_by_what_the_servers_say() {
    let _slot = slot();
    let (lab, certificates) = with_servers("protocols", ProxyMode::Iptables, POD_RANGE);
    let run = |words: &[&str]| lbprobe(&lab, &[&RUN[..], words].concat());
    each_protocol_is_spoken(&lab, 0, &["HEALTHY"]);
    let address = load_balancer_address(&lab, "protocols", "default");
    lbprobe(&lab, &["run", &format!("grpc://{address}:5000"), "--grpc-service", "shop.v1.Pay"]).expect(0, &["HEALTHY"]);
    // Everywhere the servers say the same: neither kube-proxy nor a network is at fault.
    let answered = |port: u16, by: &str| {
        format!("FAULT: connections to port {port} succeed everywhere, but the answer is not the expected one: {by} (confirmed)")
    };
    run(&["--port", "5000", "--scheme", "grpc"]).expect(3, &[&answered(5000, "gRPC: no such service")]);
    run(&["--port", "81", "--path", "/broken", "--expect-status", "2xx"]).expect(3, &[&answered(81, "HTTP 503"), "--expect-status"]);
    run(&["--port", "82", "--scheme", "h2c"]).expect(3, &[&answered(82, "HTTP: no HTTP/2")]);
    // Where nobody asks for a status none is promised.
    run(&["--port", "5000,82", "--expect-status", "200"])
        .expect(4, &["INCONCLUSIVE", "the HTTP answer at port 5000: no HTTP is spoken there"]);
    // Any answer is one where nothing is expected of it.
    run(&["--port", "81", "--path", "/broken"]).expect(0, &["HEALTHY"]);
    // What a tenant alone may see, also behind a redirect.
    let tenant = ["--port", "82", "--path", "/tenant", "--expect-status", "200"];
    run(&tenant).expect(3, &[&answered(82, "HTTP 403")]);
    run(&[&tenant[..], &["--header", "X-Tenant: blue"]].concat()).expect(0, &["HEALTHY"]);
    let login = ["--port", "82", "--path", "/login", "--expect-status", "200", "--header", "X-Tenant: blue"];
    run(&login).expect(3, &[&answered(82, "HTTP 302")]);
    run(&[&login[..], &["--follow"]].concat()).expect(0, &["HEALTHY"]);
    // The server itself says that it does not serve.
    let switch = format!("http://{address}:5001/make-not-serving");
    assert!(lab.run_at(Vantage::Client, &["curl", "-sS", "--max-time", "5", &switch]).unwrap().status.success());
    run(&["--port", "5000", "--grpc-service", "shop.v1.Pay"]).expect(3, &[&answered(5000, "gRPC: not serving")]);
    a_client_certificate_is_shown(&lab, certificates.path());
    // A baseline's questions are asked again.
    let before = run(&["--port", "5000", "--grpc-service", "shop.v1.Pay", "-o", "json"]);
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("before.json");
    std::fs::write(&baseline, &before.stdout).unwrap();
    let serve = format!("http://{address}:5001/make-serving");
    assert!(lab.run_at(Vantage::Client, &["curl", "-sS", "--max-time", "5", &serve]).unwrap().status.success());
    lbprobe(&lab, &["verify", "protocols", "--baseline", &baseline.display().to_string()]).expect(0, &["fixed"]);
    nothing_left(&lab);
}

/// Policy Local with pods that kube-proxy takes for strangers: it is the cause, whatever is spoken.
#[test]
fn the_policy_is_found_behind_every_protocol() {
    let _slot = slot();
    let (lab, _certificates) = with_servers("protocols-nft", ProxyMode::Nftables, OTHER_CIDR);
    let cause = "FAULT: externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own";
    each_protocol_is_spoken(&lab, 3, &["node2 and node3 no pod timed out ok ok host ok ok ok", cause, "(confirmed)"]);
    nothing_left(&lab);
}
