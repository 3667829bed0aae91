//! From whom Traefik takes the PROXY header, by the arguments of its pod: pure.
//!
//! It reads the header of trusted addresses and misses it from nobody; from others it takes the header for a broken request
//! (Traefik, EntryPoints, ProxyProtocol).

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Container, Pod};

use super::containers::without_tag;

/// From whom it takes the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HeaderTrust {
    /// From anybody, or the arguments do not tell.
    Open,
    /// From these ranges; from nobody where there is none.
    Ranges(Vec<IpNet>),
}

/// What a pod's arguments say; nothing of another server.
pub(crate) fn header_trust(pod: &Pod) -> Option<HeaderTrust> {
    let mut containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let traefik = containers.find(|container| container.image.as_deref().is_some_and(|image| without_tag(image).ends_with("traefik")))?;
    Some(by_arguments(traefik))
}

fn by_arguments(container: &Container) -> HeaderTrust {
    let arguments: Vec<_> = container.command.iter().chain(&container.args).flatten().map(|word| word.to_ascii_lowercase()).collect();
    // A file or the environment may say the rest.
    let is_told_elsewhere = arguments.iter().any(|argument| argument.contains("configfile"))
        || container.env.iter().flatten().any(|variable| variable.name.starts_with("TRAEFIK_"));
    let trusts_all = arguments.iter().any(|argument| argument.contains("proxyprotocol.insecure") && !argument.ends_with("=false"));
    if arguments.is_empty() || is_told_elsewhere || trusts_all {
        return HeaderTrust::Open;
    }
    let lists = arguments.iter().filter_map(|argument| argument.split_once("proxyprotocol.trustedips=")).map(|(_, list)| list);
    // Each entry point has a list of its own, mostly the same.
    let ranges: Option<BTreeSet<_>> = lists.flat_map(|list| list.split(',')).map(|word| range(word.trim())).collect();
    ranges.map_or(HeaderTrust::Open, |ranges| HeaderTrust::Ranges(ranges.into_iter().collect()))
}

fn range(word: &str) -> Option<IpNet> {
    word.parse().ok().or_else(|| word.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(image: &str, args: &[&str]) -> Option<HeaderTrust> {
        let pod = json!({ "spec": { "containers": [{ "name": "server", "image": image, "args": args }] } });
        header_trust(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn arguments_say_whom_it_trusts() {
        let ranges = |words: &[&str]| Some(HeaderTrust::Ranges(words.iter().map(|word| word.parse().unwrap()).collect()));
        let web = "--entryPoints.web.address=:8000";
        assert_eq!(of("nginx:1.27", &[web]), None);
        assert_eq!(of("docker.io/traefik:v3.1", &[web]), ranges(&[]));
        let trusted = "--entryPoints.web.proxyProtocol.trustedIPs=127.0.0.1,10.120.0.0/16";
        assert_eq!(of("traefik:v2.11", &[web, trusted, &trusted.replace("web", "websecure")]), ranges(&["10.120.0.0/16", "127.0.0.1/32"]));
        for open in [
            "--entrypoints.web.proxyprotocol.insecure",
            "--configFile=/etc/traefik.yaml",
            "--entrypoints.web.proxyprotocol.trustedips=$(IPS)",
        ] {
            assert_eq!(of("traefik:v2.11", &[web, open]), Some(HeaderTrust::Open), "{open}");
        }
        assert_eq!(of("traefik:v2.11", &[]), Some(HeaderTrust::Open));
    }
}
