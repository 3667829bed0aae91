//! HTTP/2 without TLS, gRPC's health check, headers and expected statuses, against nginx and a server of grpc-go.

use std::time::Duration;

use lbprobe_lab::addresses::POD_RANGE;
use lbprobe_lab::outside::lab::Vantage;
use lbprobe_lab::{Lab, ProxyMode};

use crate::harness::{OTHER_CIDR, apply, eventually, kubectl, lbprobe, load_balancer_address, nothing_left, settle, slot, start};

const RUN: [&str; 2] = ["run", "protocols"];

fn with_servers(name: &str, mode: ProxyMode, cluster_cidr: &str) -> Lab {
    let lab = start(name, mode, cluster_cidr);
    apply(&lab, include_str!("../manifests/protocols.yaml"));
    kubectl(&lab, &["rollout", "status", "deployment/protocols", "--timeout=60s"]);
    eventually("the load balancer has an address", Duration::from_secs(30), || {
        !load_balancer_address(&lab, "protocols", "default").is_empty()
    });
    settle(&lab);
    lab
}

/// By port: gRPC's health by name, a page by HTTP/2 as appProtocol says, and one by HTTP/1.1.
fn each_protocol_is_spoken(lab: &Lab, code: i32, said: &[&str]) {
    let grpc = [&RUN[..], &["--port", "5000", "--grpc-service", "shop.v1.Pay"]].concat();
    lbprobe(lab, &grpc).expect(code, said);
    lbprobe(lab, &[&RUN[..], &["--port", "81,82", "--expect-status", "200"]].concat()).expect(code, said);
}

#[test]
fn grpc_and_http2_are_answered_and_fail_by_what_the_servers_say() {
    let _slot = slot();
    let lab = with_servers("protocols", ProxyMode::Iptables, POD_RANGE);
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
    let lab = with_servers("protocols-nft", ProxyMode::Nftables, OTHER_CIDR);
    let cause = "FAULT: externalTrafficPolicy is Local, and the failing nodes have no endpoint of their own";
    each_protocol_is_spoken(&lab, 3, &["node2 and node3 no pod timed out ok ok host ok ok ok", cause, "(confirmed)"]);
    nothing_left(&lab);
}
