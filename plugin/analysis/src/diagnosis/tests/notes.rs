use crate::diagnosis::notes::differences;
use crate::facts::{Facts, KubeProxyProcess, ProxyMode, Version};
use crate::text::{self, Language};

fn processes(all: &[(&str, Option<ProxyMode>, Option<Version>)]) -> Facts {
    let process = |(node, mode, release): &(&str, _, _)| {
        ((*node).to_owned(), KubeProxyProcess { mode: *mode, release: *release, ..KubeProxyProcess::default() })
    };
    let mut facts = crate::kube_proxy::sample_facts();
    facts.kube_proxy.processes = all.iter().map(process).collect();
    facts
}

#[test]
fn releases_that_differ_and_silence_are_told() {
    let mode = Some(ProxyMode::Ipvs);
    let facts = processes(&[("node1", mode, Some(Version::new(23, 1))), ("node2", mode, Some(Version::new(24, 0))), ("node3", None, None)]);
    let notes = differences(&facts);
    let lines = notes.iter().map(|note| text::note(note, Language::English)).collect::<Vec<_>>().join("\n");
    assert!(lines.contains("1.23 on node1 and 1.24 on node2"), "{lines}");
    assert!(lines.contains("no kube-proxy answers on the loopback of node3"), "{lines}");
    assert!(differences(&processes(&[("node1", mode, Some(Version::new(34, 1))), ("node2", mode, Some(Version::new(34, 2)))])).is_empty());
}
