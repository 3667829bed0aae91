use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::{
    AddressRange, AnswerPart, Call, Check, CheckId, Exchange, FollowUp, Header, Host, HttpProtocol, HttpRequest, KernelPart, KernelRole,
    Question, SourceFrom, StatusRange, Watch, When,
};

/// Checks of many Services: what differs from one to the next is what compression cannot take away.
fn plan(checks: CheckId) -> Plan {
    let check = |id: CheckId| {
        // Spread over all addresses and ports (Knuth's multiplicative hash).
        let spread = (u32::from(id) + 1).wrapping_mul(2_654_435_761);
        let [a, b, c, d] = spread.to_be_bytes();
        let name = format!("shop{}.example.com", id / 40);
        let request = HttpRequest::get("/healthz", Some(name.clone()));
        Check {
            id,
            host: Host::Address([10, a, b, c].into()),
            port: u16::from_be_bytes([c, d]),
            exchange: Exchange::Https { sni: Some(name), request },
            samples: 3,
            timeout_ms: 3500,
            when: When::AtOnce,
            follow_ups: FollowUp::ALL.to_vec(),
        }
    };
    let checks = (0..checks).map(check).collect();
    Plan { version: VERSION, wait_ms: 1500, linger_ms: 3000, checks, questions: vec![Question::KubeProxy], watch: None, kernel: None }
}

fn refusal(text: &str) -> String {
    Plan::from_variable(text).unwrap_err().to_string()
}

#[test]
fn a_plan_of_five_thousand_checks_fits_the_variable() {
    let plan = plan(5000);
    let text = plan.to_variable();
    assert!(text.len() <= MOST_VARIABLE_BYTES, "{} bytes", text.len());
    assert_eq!(Plan::from_variable(&text).unwrap(), plan);
}

#[test]
fn a_small_plan_stays_readable_by_eye() {
    let text = plan(6).to_variable();
    assert!(text.starts_with(r#"{"version":10,"#), "{text}");
    assert_eq!(Plan::from_variable(&text).unwrap(), plan(6));
}

#[test]
fn a_compressed_plan_needs_no_quoting() {
    let text = plan(200).to_variable();
    let rest = text.strip_prefix("z:").unwrap();
    assert!(rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
}

#[test]
fn a_plan_of_another_version_is_refused_whatever_it_has() {
    let expected = "the plan is of version 6, this probe speaks version 10";
    assert_eq!(refusal(r#"{"version":6,"checks":"as they were"}"#), expected);
    let old = Plan { version: 6, ..plan(200) };
    assert_eq!(refusal(&old.to_variable()), expected);
    assert!(refusal(r#"{"version":10}"#).starts_with("the plan is unreadable: missing field"));
}

#[test]
fn what_is_no_plan_says_why() {
    for text in ["", "{", "[]", "null", "hello", "\u{1b}[2J", r#"{"checks":[]}"#, r#"{"version":-1}"#] {
        assert!(matches!(Plan::from_variable(text), Err(PlanError::Json(_))), "{text:?}");
    }
    let whole = plan(200).to_variable();
    let (half, _) = whole.split_at(whole.len() / 2);
    for text in ["z:", "z:AAAA", "z:not base64", "z:eJ==", half] {
        assert_eq!(refusal(text), "the plan is unreadable: what is compressed is broken or not whole", "{text:?}");
    }
    assert!(refusal(&compress(b"no JSON")).starts_with("the plan is unreadable: expected"));
}

#[test]
fn what_unpacks_to_more_than_any_plan_has_is_refused() {
    // A bomb: 16 MiB of blanks, of which JSON takes any number, in some 16 KiB.
    let bomb = compress_to_vec_zlib(&vec![b' '; MOST_PLAN_BYTES + 1], 1);
    let text = format!("z:{}", URL_SAFE_NO_PAD.encode(bomb));
    assert!(text.len() < MOST_VARIABLE_BYTES, "{} bytes", text.len());
    assert_eq!(refusal(&text), "the plan is unreadable: it has more than 16 MiB");
    assert_eq!(refusal(&" ".repeat(MOST_PLAN_BYTES + 1)), "the plan is unreadable: it has more than 16 MiB");
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        any::<IpAddr>().prop_map(Host::Address),
        Just(Host::Node),
        "\\PC{0,40}".prop_map(Host::Name),
        ("[a-z]{1,20}", "\\PC{0,20}").prop_map(|(namespace, name)| Host::Service { namespace, name }),
    ]
}

fn request() -> impl Strategy<Value = HttpRequest> {
    let call = prop_oneof![
        ("[A-Z]{3,6}", "/\\PC{0,30}").prop_map(|(method, path)| Call::Page { method, path }),
        "\\PC{0,30}".prop_map(|grpc_service| Call::Health { grpc_service }),
    ];
    let headers = prop::collection::vec(("[A-Za-z-]{1,20}", "\\PC{0,20}").prop_map(|(name, value)| Header { name, value }), 0..3);
    let protocol = prop_oneof![Just(HttpProtocol::Http1), Just(HttpProtocol::Http2)];
    let expected = prop::collection::vec((any::<u16>(), any::<u16>()).prop_map(|(first, last)| StatusRange { first, last }), 0..3);
    let part = prop_oneof![Just(AnswerPart::Body), "[A-Za-z-]{1,20}".prop_map(AnswerPart::Header)];
    let source_from = prop::option::of((part, prop::option::of("\\PC{0,20}")).prop_map(|(part, pattern)| SourceFrom { part, pattern }));
    (call, prop::option::of("[a-z.]{1,20}"), headers, protocol, expected, source_from).prop_map(
        |(call, host, headers, protocol, expected, source_from)| HttpRequest { call, host, headers, protocol, expected, source_from },
    )
}

fn exchange() -> impl Strategy<Value = Exchange> {
    prop_oneof![
        Just(Exchange::Connect),
        request().prop_map(Exchange::Http),
        prop::option::of("[a-z.]{1,20}").prop_map(|sni| Exchange::Tls { sni }),
        (prop::option::of("[a-z.]{1,20}"), request()).prop_map(|(sni, request)| Exchange::Https { sni, request }),
    ]
}

fn check() -> impl Strategy<Value = Check> {
    let target = (any::<CheckId>(), host(), any::<u16>(), exchange());
    let when = prop_oneof![Just(When::AtOnce), Just(When::Unasked), Just(When::OnSymptom)];
    let follow_ups = prop::collection::vec(prop::sample::select(FollowUp::ALL.to_vec()), 0..4);
    (target, any::<u8>(), any::<u32>(), when, follow_ups).prop_map(|((id, host, port, exchange), samples, timeout_ms, when, follow_ups)| {
        Check { id, host, port, exchange, samples, timeout_ms, when, follow_ups }
    })
}

fn any_plan() -> impl Strategy<Value = Plan> {
    let numbers = (any::<u32>(), any::<u64>(), any::<Option<u32>>());
    let watch = numbers.prop_map(|(interval_ms, for_ms, kubelet_silence_ms)| Watch { interval_ms, for_ms, kubelet_silence_ms });
    let watch = prop::option::of(watch);
    let role = prop_oneof![Just(KernelRole::Lend), Just(KernelRole::Look)];
    let endpoints = prop::option::of(prop::collection::vec(any::<IpAddr>(), 0..3));
    let kernel = prop::option::of((".{0,8}", role, endpoints).prop_map(|(run, role, endpoints)| KernelPart {
        run,
        role,
        endpoints,
        start_ms: 1,
        settle_ms: 2,
        peers: vec![AddressRange { address: [10, 244, 2, 0].into(), length: 24 }],
    }));
    (any::<u32>(), any::<u32>(), prop::collection::vec(check(), 0..200), watch, kernel).prop_map(
        |(wait_ms, linger_ms, checks, watch, kernel)| Plan {
            kernel,
            version: VERSION,
            wait_ms,
            linger_ms,
            checks,
            questions: vec![Question::KubeProxy],
            watch,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_plan_reads_back(plan in any_plan()) {
        let text = plan.to_variable();
        prop_assert_eq!(text.starts_with("z:"), serde_json::to_string(&plan).unwrap().len() > PLAIN_BYTES);
        prop_assert_eq!(Plan::from_variable(&text).unwrap(), plan);
    }

    #[test]
    fn every_plan_has_a_longest_time(plan in any_plan()) {
        prop_assert!(plan.watch.is_some() || plan.longest() >= std::time::Duration::from_millis(plan.wait_ms.into()));
    }
}

proptest! {
    #[test]
    fn hostile_text_never_panics(text in "(z:|\\{\"version\":10)?\\PC{0,200}") {
        let _ = Plan::from_variable(&text);
    }

    #[test]
    fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Plan::from_variable(&format!("z:{}", URL_SAFE_NO_PAD.encode(&bytes)));
        prop_assert!(Plan::from_variable(&compress(&bytes)).is_err());
    }

    #[test]
    fn a_changed_character_gives_a_plan_or_an_error(at in 0usize..4000, character in any::<char>()) {
        let mut text: Vec<char> = plan(100).to_variable().chars().collect();
        let at = at % text.len();
        text[at] = character;
        let _ = Plan::from_variable(&text.into_iter().collect::<String>());
    }
}
