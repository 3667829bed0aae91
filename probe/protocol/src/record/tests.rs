use proptest::prelude::*;

use super::*;
use crate::{
    Arrivals, Check, ConnectFailure, Exchange, Flow, FlowFrom, FlowProtocol, Host, KernelGap, KernelPart, KernelRole, KernelSource,
    MOST_STEPS, StaleEntries, Step, StepVerdict, TERMINATION_MESSAGE_BYTES, Tracked, Tracking, Tuple, VirtualConnection, VirtualServer,
    When,
};

fn plan(checks: u16) -> Plan {
    let check = |id| Check {
        id,
        host: Host::Address([10, 96, 0, 1].into()),
        port: 443,
        exchange: Exchange::Connect,
        samples: 3,
        timeout_ms: 3500,
        when: When::AtOnce,
        follow_ups: Vec::new(),
    };
    Plan {
        version: VERSION,
        wait_ms: 0,
        linger_ms: 0,
        checks: (0..checks).map(check).collect(),
        questions: Vec::new(),
        watch: None,
        kernel: None,
    }
}

fn answer(number: u16) -> Answer {
    Answer {
        certificate: Some(Certificate {
            fingerprint: format!("{number:016x}"),
            expires: Some(1_790_000_000),
            names: vec!["gateway.example.com".into(), "*.example.com".into()],
            trust: Trust::UnknownIssuer,
        }),
        http: Some(HttpAnswer {
            status: 200,
            version: None,
            server: Some("nginx/1.22.1".into()),
            body: Some("1a2b3c4d".into()),
            source: None,
            behind: None,
        }),
        redirects: Vec::new(),
    }
}

/// Every check fails slowly or succeeds: the longest words that occur in practice.
fn record(checks: u16, answers: u16) -> Record {
    let sample = |outcome, answer| Sample { outcome, connect_ms: Some(3012), total_ms: 3499, answer };
    let samples = vec![
        sample(Outcome::Answered, (answers > 0).then_some(0)),
        sample(Outcome::Connect(ConnectFailure::Errno(111)), None),
        sample(Outcome::Connect(ConnectFailure::TimedOut), None),
    ];
    let observation = |check| Observation { check, resolved: None, samples: samples.clone(), follow_ups: Vec::new() };
    Record {
        planned: usize::from(checks),
        interrupted: false,
        cut: false,
        retried: 12,
        observations: (0..checks).map(observation).collect(),
        answers: (0..answers).map(answer).collect(),
        refusals: Some(RefusalCounts { resets: 1, unreachables: 2, rate_limited: Some(3) }),
        kernel: None,
        kube_proxy: Some(KubeProxyEvidence {
            mode: Some("nftables".into()),
            release: Some("v1.34.1-vendor.12".into()),
            detect_local: Some("ClusterCIDR".into()),
            cluster_cidr: Some("10.244.0.0/16,fd00:10:244::/56".into()),
            healthz: Some(503),
            livez: Some(200),
            node_eligible: Some(false),
            synced_seconds: Some(3600),
            waiting_seconds: Some(12),
            write_failures: Some(3),
            without_local: Some(2),
        }),
        node: Some(NodeEvidence {
            own_addresses: vec![[198, 51, 100, 1].into(), "2001:db8::1".parse().unwrap()],
            listening: vec![443],
            ipvs_device: true,
            virtual_servers: vec![VirtualServer {
                address: [198, 51, 100, 1].into(),
                port: 80,
                servers: 0,
                drained: vec!["10.244.1.3:8080".parse().unwrap(), "[fd00::3]:8080".parse().unwrap()],
            }],
            local_endpoints: Some(0),
            local_endpoints_before: Some(2),
            local_endpoints_settled: true,
        }),
    }
}

#[test]
fn a_record_reads_back() {
    let record = record(5, 2);
    assert_eq!(Record::from_text(&record.to_text(), &plan(5)), Ok(record));
}

#[test]
fn a_chain_of_redirects_reads_back_up_to_its_bounds() {
    let to = |length| format!("https://shop.example.com/{}", "\u{e9}%=".repeat(length));
    let chain = |number, length| vec![Redirect { status: 301, to: to(length) }; number];
    let with = |redirects, version| {
        let http = HttpAnswer { status: 200, version, server: None, body: None, source: None, behind: None };
        Record { answers: vec![Answer { certificate: None, http: Some(http), redirects }], ..record(1, 1) }
    };
    for version in [None, Some(HttpVersion::Http10), Some(HttpVersion::Http11), Some(HttpVersion::Http2)] {
        let record = with(chain(3, 5), version);
        assert_eq!(Record::from_text(&record.to_text(), &plan(1)), Ok(record));
    }
    let long = Record::from_text(&with(chain(MOST_REDIRECTS + 5, 200), None).to_text(), &plan(1)).unwrap();
    assert_eq!(long.answers[0].redirects.len(), MOST_REDIRECTS);
    assert!(long.answers[0].redirects.iter().all(|redirect| redirect.to.chars().count() == URL_CHARS));
    let redirecting = Check { follow_ups: vec![FollowUp::Redirects], ..plan(1).checks[0].clone() };
    let following = Plan { checks: vec![redirecting], ..plan(1) };
    assert!(Record::most_bytes(&following) - Record::most_bytes(&plan(1)) >= MOST_REDIRECTS * URL_CHARS * 3);
}

#[test]
fn what_a_proxy_says_of_its_server_reads_back() {
    for behind in BehindProxy::ALL {
        let mut record = record(1, 1);
        record.answers[0].http.as_mut().unwrap().behind = Some(behind);
        assert_eq!(Record::from_text(&record.to_text(), &plan(1)), Ok(record));
    }
}

#[test]
fn the_source_that_a_server_saw_reads_back() {
    let seen = |by_server: &str| SourceSeen { by_server: by_server.parse().unwrap(), by_client: [10, 244, 1, 7].into() };
    for by_server in ["10.244.1.7", "192.0.2.1", "fd00::1"] {
        let mut record = record(1, 1);
        record.answers[0].http.as_mut().unwrap().source = Some(seen(by_server));
        assert_eq!(Record::from_text(&record.to_text(), &plan(1)), Ok(record));
    }
    for wrong in ["10.244.1.7", "10.244.1.7/", "here/10.244.1.7", "10.244.1.7/10.244.1.7/1"] {
        let text = format!("lbprobe/{VERSION} 1 done full\na 0 h=200 c={wrong}\nend 2\n");
        assert_eq!(Record::from_text(&text, &plan(1)), Err(RecordError::Malformed(2)), "{wrong}");
    }
}

fn flow(steps: usize) -> Flow {
    let step = Step {
        table: "ip filter".into(),
        chain: "KUBE-EXTERNAL-SERVICES".into(),
        comment: Some("shop/gateway:http has no local endpoints\n\"x\"".into()),
        by: Some("REJECT".into()),
        verdict: StepVerdict::To("KUBE-SVC-A".into()),
    };
    let tuple = Tuple { source: "10.244.1.2:80".parse().unwrap(), destination: "[fd00::3]:8080".parse().unwrap() };
    Flow {
        check: 1,
        from: FlowFrom::Host,
        protocol: FlowProtocol::Udp,
        source: tuple.source,
        destination: tuple.destination,
        outcome: Outcome::Connect(ConnectFailure::Errno(111)),
        tracking: Tracking::Entry(Tracked { original: tuple, reply: tuple, replied: false }),
        virtual_connection: Some(VirtualConnection { server: tuple.source, state: "SYN_RECV".into() }),
        steps: Some(vec![step; steps]),
    }
}

#[test]
fn what_the_kernel_told_reads_back_within_bounds() {
    let entries = vec![flow(0).tracking.entry().unwrap().clone()];
    let arrivals = Arrivals { destination: flow(0).destination, protocol: FlowProtocol::Tcp, entries };
    let stale = StaleEntries { check: 0, destination: flow(0).destination, to: flow(0).source, entries: 7 };
    let gap = KernelGap { of: KernelSource::Trace, why: "no\nway".into() };
    let with = |kernel| Record { kernel: Some(kernel), ..record(2, 1) };
    for kernel in
        [KernelRecord::default(), KernelRecord { flows: vec![flow(3); 2], arrivals: vec![arrivals], stale: vec![stale], gaps: vec![gap] }]
    {
        let record = with(kernel);
        assert_eq!(Record::from_text(&record.to_text(), &plan(2)), Ok(record));
    }
    let many = with(KernelRecord { flows: vec![flow(MOST_STEPS + 1); MOST_FLOWS + 1], ..KernelRecord::default() });
    let looking = Plan {
        kernel: Some(KernelPart { run: "a".into(), role: KernelRole::Look, endpoints: None, start_ms: 0, settle_ms: 0, peers: Vec::new() }),
        ..plan(2)
    };
    let kernel = Record::from_text(&many.to_text(), &looking).unwrap().kernel.unwrap();
    assert_eq!((kernel.flows.len(), kernel.flows[0].steps.as_ref().unwrap().len()), (MOST_FLOWS, MOST_STEPS));
    let wrong = format!("lbprobe/{VERSION} 1 done full\nk {{}}\nend 2\n");
    assert_eq!(Record::from_text(&wrong, &plan(1)), Err(RecordError::Malformed(2)));
}

#[test]
fn samples_that_were_tried_again_are_counted_and_none_is_no_line() {
    let again = record(2, 0);
    assert!(again.to_text().contains("\nr 12\n"));
    let never = Record { retried: 0, ..record(2, 0) };
    assert!(!never.to_text().contains("\nr "));
    assert_eq!(Record::from_text(&never.to_text(), &plan(2)), Ok(never));
    for wrong in ["r", "r ", "r -1", "r 4294967296", "r 1 2"] {
        let text = format!("lbprobe/10 1 done full\n{wrong}\nend 2\n");
        assert_eq!(Record::from_text(&text, &plan(1)), Err(RecordError::Malformed(2)), "{wrong}");
    }
}

#[test]
fn a_record_of_thousands_of_checks_is_read_whole() {
    let large = record(5000, 200);
    let text = large.to_text();
    assert!(text.len() > MOST_BYTES);
    assert_eq!(Record::from_text(&text, &plan(5000)), Ok(large));
}

#[test]
fn as_many_answers_as_an_index_can_name_are_kept() {
    let answers = (0..=u16::MAX).map(|index| format!("a {index} h=200\n")).collect::<Vec<_>>().concat();
    let text = format!("lbprobe/10 1 done full\nc 0 ok/1/1/65535\n{answers}end 65538\n");
    let read = Record::from_text(&text, &plan(5000)).unwrap();
    assert_eq!(read.observations[0].samples[0].answer, Some(u16::MAX));
}

#[test]
fn text_beyond_the_bound_of_the_plan_is_not_read() {
    let text = format!("{}lbprobe/10 1 done full\nend 1\n", "\u{e9}\n".repeat(Record::most_bytes(&plan(1))));
    assert!(matches!(Record::from_text(&text, &plan(1)), Err(RecordError::Missing(_))));
}

#[test]
fn evidence_without_an_answer_is_not_the_same_as_none() {
    for kube_proxy in [
        None,
        Some(KubeProxyEvidence::default()),
        Some(KubeProxyEvidence { mode: Some("a b=c\u{1b}".into()), ..KubeProxyEvidence::default() }),
    ] {
        let record = Record { kube_proxy: kube_proxy.clone(), ..record(1, 0) };
        let read = Record::from_text(&record.to_text(), &plan(1)).unwrap().kube_proxy;
        // A control character does not survive.
        assert_eq!(read, kube_proxy.map(|evidence| KubeProxyEvidence { mode: evidence.mode.map(|_| "a b=c".into()), ..evidence }));
    }
    let wrong = record(1, 0).to_text().replace("p - mode", "p mode");
    assert!(matches!(Record::from_text(&wrong, &plan(1)), Err(RecordError::Malformed(_))));
}

#[test]
fn follow_ups_read_back_and_come_once_each() {
    let sample = |outcome| Sample { outcome, connect_ms: None, total_ms: 7, answer: Some(1) };
    let mut record = record(2, 2);
    record.observations[1].follow_ups = FollowUp::ALL.map(|follow_up| FollowedUp { follow_up, sample: sample(Outcome::Answered) }).to_vec();
    assert_eq!(Record::from_text(&record.to_text(), &plan(2)), Ok(record));
    let twice = "lbprobe/10 1 done full\nc 0 ok/1/1/- b:ct/-/1/- b:ok/1/1/-\nend 2\n";
    let read = Record::from_text(twice, &plan(1)).unwrap();
    assert_eq!(read.observations[0].follow_ups.len(), 1);
    let unknown = "lbprobe/10 1 done full\nc 0 ok/1/1/- z:ok/1/1/-\nend 2\n";
    assert_eq!(Record::from_text(unknown, &plan(1)), Err(RecordError::Malformed(2)));
}

#[test]
fn evidence_of_a_node_is_bounded() {
    let many = " listen=443".repeat(200);
    let text = format!("lbprobe/10 1 done full\nn -{many}\nend 2\n");
    assert_eq!(Record::from_text(&text, &plan(1)).unwrap().node.unwrap().listening.len(), 64);
    for wrong in ["n - own=here", "n - vs=198.51.100.1/80", "n - vs=198.51.100.1/80/1/1", "n - ipvs0=2", "n x"] {
        let text = format!("lbprobe/10 1 done full\n{wrong}\nend 2\n");
        assert_eq!(Record::from_text(&text, &plan(1)), Err(RecordError::Malformed(2)), "{wrong}");
    }
}

#[test]
fn sixty_checks_of_three_samples_fit_the_termination_message() {
    let whole = record(60, 3);
    let text = whole.to_text_within(TERMINATION_MESSAGE_BYTES);
    assert!(text.len() <= TERMINATION_MESSAGE_BYTES);
    assert_eq!(Record::from_text(&text, &plan(60)), Ok(whole));
}

#[test]
fn what_does_not_fit_is_left_out_and_said() {
    let text = record(60, 200).to_text_within(TERMINATION_MESSAGE_BYTES);
    assert!(text.len() <= TERMINATION_MESSAGE_BYTES);
    let read = Record::from_text(&text, &plan(60)).unwrap();
    assert!(read.cut);
    assert_eq!(read.observations.len(), 60, "outcomes go before answers");
    assert!(read.answers.len() < 200);
}

#[test]
fn lines_of_others_before_the_record_are_passed_over() {
    let text = format!("failed to try resolving symlinks in path\n\u{1b}[2J\n{}", record(1, 0).to_text());
    assert!(Record::from_text(&text, &plan(1)).is_ok());
}

#[test]
fn a_text_cut_short_is_no_record() {
    let text = record(3, 1).to_text();
    let (short, _) = text.rsplit_once("end").unwrap();
    assert_eq!(Record::from_text(short, &plan(3)), Err(RecordError::Truncated));
    assert!(!Record::is_whole(short));
    assert!(Record::is_whole(&text));
}

#[test]
fn a_line_lost_in_the_middle_is_seen() {
    let text = record(3, 0).to_text().replacen("c 1 ", "c 9 ", 1).replacen("i rst=1 icmp=2 held=3\n", "", 1);
    assert_eq!(Record::from_text(&text, &plan(3)), Err(RecordError::Truncated));
}

#[test]
fn other_output_is_no_record() {
    assert_eq!(Record::from_text("", &plan(1)), Err(RecordError::Missing(0)));
    assert_eq!(Record::from_text("hello\n", &plan(1)), Err(RecordError::Missing(6)));
    assert_eq!(Record::from_text("lbprobe/11 1 done full\nend 1\n", &plan(1)), Err(RecordError::Version("11".into())));
    assert_eq!(Record::from_text("lbprobe/10 1 done full\nc 0 ok\nend 2\n", &plan(1)), Err(RecordError::Malformed(2)));
}

#[test]
fn checks_and_samples_beyond_the_plan_are_dropped() {
    let text = "lbprobe/10 1 done full\nc 0 ok/1/1/- ok/1/1/- ok/1/1/- ok/1/1/- ok/1/1/-\nc 0 ct/-/1/-\nc 77 ok/1/1/-\nend 4\n";
    let read = Record::from_text(text, &plan(1)).unwrap();
    assert_eq!(read.observations.len(), 1);
    assert_eq!(read.observations[0].samples.len(), 3);
}

#[test]
fn a_sample_never_refers_to_an_answer_that_is_missing() {
    let text = "lbprobe/10 1 done cut\nc 0 ok/1/1/7 ok/1/1/4\na 4 h=200\nend 3\n";
    let read = Record::from_text(text, &plan(1)).unwrap();
    assert_eq!(read.observations[0].samples[0].answer, None);
    assert_eq!(read.observations[0].samples[1].answer, Some(0));
}

proptest! {
    #[test]
    fn reading_never_panics(text in "(lbprobe/10 [0-9]{1,2} (done|part) (full|cut)\n)?([caipner][a-z0-9/@=.: -]{0,40}\n){0,8}.{0,80}") {
        let _ = Record::from_text(&text, &plan(3));
    }

    #[test]
    fn a_changed_byte_gives_a_record_or_an_error(at in 0usize..200, byte in any::<char>()) {
        let mut text: Vec<char> = record(3, 2).to_text().chars().collect();
        let at = at % text.len();
        text[at] = byte;
        let _ = Record::from_text(&text.into_iter().collect::<String>(), &plan(3));
    }
}
