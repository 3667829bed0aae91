use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use proptest::prelude::*;

use super::addresses::Addresses;
use super::*;
use crate::codes::Code as _;
use crate::diagnosis::Diagnosis;
use crate::fixture;

fn redaction() -> Redaction {
    Redaction::with_key(b"a key of this test")
}

/// What a diagnosis comes to, without names.
fn in_codes(diagnosis: &Diagnosis) -> Vec<String> {
    let causes = diagnosis.causes.iter().map(|cause| {
        let evidence: BTreeSet<_> = cause.evidence.iter().map(|evidence| evidence.code().to_string()).collect();
        let fixes: Vec<_> = cause.fixes.iter().map(|fix| fix.remedy.code().to_string()).collect();
        format!("{} {:?} {evidence:?} {fixes:?}", cause.kind().code(), cause.confidence)
    });
    let ruled_out = diagnosis.ruled_out.iter().map(|ruled_out| format!("{:?}", ruled_out.kind)).collect::<BTreeSet<_>>();
    [format!("{:?}", diagnosis.verdict)].into_iter().chain(causes).chain(ruled_out).collect()
}

#[test]
fn a_redacted_report_of_each_cause_gives_the_same_diagnosis() {
    for (kind, scene) in fixture::by_cause() {
        let report = scene.report();
        let redacted = redaction().of_report(&report).unwrap();
        assert_eq!(in_codes(&redacted.diagnosis), in_codes(&report.diagnosis), "{kind:?}");
        let text = serde_json::to_string(&redacted).unwrap();
        for node in &report.facts.nodes {
            assert!(!text.contains(&format!("{}\"", node.name)), "{kind:?}: {} is left in {text}", node.name);
        }
        let again = redaction().of_report(&report).unwrap();
        assert_eq!(again, redacted, "stand-ins are stable");
        assert_ne!(Redaction::with_key(b"another").of_report(&report).unwrap(), redacted, "and the key's");
    }
}

#[test]
fn names_and_addresses_in_texts_are_found() {
    let redaction = redaction();
    let words = |text: &str| {
        let mut value = serde_json::json!({
            "namespace": "payments", "node": "Worker-7", "host": "pay.example.com", "message": text,
        });
        redaction.replace(&mut value);
        let one = |key: &str| value[key].as_str().unwrap().to_owned();
        (one("message"), one("namespace"), one("node"), one("host"))
    };
    let (_, namespace, node, host) = words("");
    assert!(
        namespace.starts_with("ns-")
            && node.starts_with("NODE-")
            && host.split('.').next_back() == Some("com")
            && !host.contains("example"),
        "{host}"
    );
    let told = |text: &str| words(text).0;
    assert_eq!(
        told("no route to https://pay.example.com/v1 from Worker-7 in payments"),
        format!("no route to https://{host}/v1 from {node} in {namespace}")
    );
    assert_eq!(told("a.payments.svc.cluster.local"), format!("a.{namespace}.svc.cluster.local"));
    let address = |text: &str| told(text).parse::<IpAddr>().unwrap();
    let (one, other) = (address("10.1.2.3"), address("fd12:3456::9"));
    assert_ne!((one, other), ("10.1.2.3".parse().unwrap(), "fd12:3456::9".parse().unwrap()));
    assert_eq!(told("dial tcp 10.1.2.3:80: refused, [fd12:3456::9]:443."), format!("dial tcp {one}:80: refused, [{other}]:443."));
    assert_eq!(told("c=10.1.2.3/10.1.2.3 -10.1.2.3."), format!("c={one}/{one} -{one}."));
    assert!(told("in 10.1.2.0/24, lb-0a1b2c3d4e of ami").parse::<IpNet>().is_err());
    assert!(!told("in 10.1.2.0/24, lb-0a1b2c3d4e of ami").contains("0a1b2c3d4e"));
    assert_eq!(told("cn-beijing.10.1.2.3 node_10.1.2.3"), format!("cn-beijing.{one} node_{one}"));
    assert_eq!(told("WORKER-7, proxy_protocol_v2.enabled=true"), format!("{}, proxy_protocol_v2.enabled=true", node.to_ascii_uppercase()));
    assert_eq!(told("v1.33.10 10.0.0.300 at 12:30:15 abc def"), "v1.33.10 10.0.0.300 at 12:30:15 abc def");
}

/// Words of Kubernetes, of clouds and of this program's own form, which somebody may take for a name.
#[test]
fn names_that_are_words_of_something_else_change_nothing() {
    let before = serde_json::json!({
        "release": "v1.34.4", "managedBy": "endpointslice-controller.k8s.io", "loadBalancerClass": "service.k8s.aws/nlb", "protocol": "TCP",
        "annotations": { "service.beta.kubernetes.io/aws-load-balancer-type": "nlb" }, "kubeProxy": { "releases": { "node9": "1.34.4" } },
        "seen": "timedOut", "network": "pod",
    });
    for name in ["v1", "nlb", "k8s", "TCP", "timedOut", "pod", "io", "timed-out"] {
        let mut after = before.clone();
        after["namespace"] = name.into();
        after["host"] = format!("{name}.example.com").into();
        redaction().replace(&mut after);
        for key in ["release", "managedBy", "loadBalancerClass", "protocol", "annotations", "seen", "network"] {
            assert_eq!(after[key], before[key], "{name}");
        }
        assert_eq!(after["kubeProxy"]["releases"].as_object().unwrap().values().next().unwrap(), "1.34.4", "{name}");
    }
    let mut owned = serde_json::json!({ "host": "shop.acmecorp" });
    redaction().replace(&mut owned);
    assert!(!owned.to_string().contains("acmecorp"), "{owned}");
}

fn address() -> impl Strategy<Value = IpAddr> {
    // Close to each other and to ranges that are known, and anywhere.
    let v4 = prop_oneof![
        (0_u32..4096).prop_map(|low| 0x0a2a_0000 | low),
        (0_u32..=u32::MAX),
        (0_u32..=u32::MAX).prop_map(|bits| 0xc0a8_0000 | bits & 0xffff),
    ];
    prop_oneof![
        v4.prop_map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
        any::<u128>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits))),
        any::<u32>().prop_map(|bits| IpAddr::V6(Ipv6Addr::from_bits(0xfd00_u128 << 112 | u128::from(bits)))),
    ]
}

proptest! {
    #[test]
    fn addresses_stay_in_their_ranges(one in address(), other in address(), length in 0_u8..=128) {
        let key = [7; 32];
        let mut addresses = Addresses::with_key(&key);
        let range = IpNet::new(other, length.min(if other.is_ipv4() { 32 } else { 128 })).unwrap();
        let (new, new_range) = (addresses.of(one), addresses.of_range(range));
        prop_assert_eq!(range.contains(&one), new_range.contains(&new), "{} in {}, {} in {}", one, range, new, new_range);
        prop_assert_eq!(one == other, new == addresses.of(other));
        prop_assert!(range.trunc() != range || new_range.trunc() == new_range);
        prop_assert_eq!(new_range.prefix_len(), range.prefix_len());
        for known in ["10.0.0.0/8", "10.42.0.0/16", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "224.0.0.0/4", "fc00::/7", "fe80::/10"] {
            let known: IpNet = known.parse().unwrap();
            prop_assert_eq!(known.contains(&one), known.contains(&new), "{} became {}", one, new);
        }
        prop_assert_eq!(one.is_ipv4(), new.is_ipv4());
    }
}
