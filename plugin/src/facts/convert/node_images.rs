//! Which of a node's images a carried probe may start in. Any will do, as the probe brings all that it needs: those come
//! first that every node has, that stay, and that were pulled without a secret (KEP-2535 keeps the others from pods that
//! do not have it).

use std::collections::HashMap;

use k8s_openapi::api::core::v1::ContainerImage;
use lbprobe_analysis::facts::Node;

/// Images that are kept of a node.
const MOST: usize = 6;

/// Parts of names, the most suitable first: what holds each pod's namespaces, kube-proxy, pod networks, DNS.
const SUITABLE: [&str; 14] = [
    "pause",
    "kube-proxy",
    "terway",
    "flannel",
    "calico",
    "cilium",
    "kindnet",
    "aws-node",
    "amazon-k8s-cni",
    "azure-c",
    "antrea",
    "kube-router",
    "ovn",
    "coredns",
];

/// The probe's own image, by which a run knows that a node need not pull it.
const PROBE: &str = "lbprobe/probe";

/// The most suitable images, by one name each, and all names of the probe's own. kubelet reports the 50 largest images.
pub(crate) fn suitable_images(images: Vec<ContainerImage>) -> Vec<String> {
    let is_own = |image: &ContainerImage| image.names.iter().flatten().any(|name| name.contains(PROBE));
    let (own, others): (Vec<_>, Vec<_>) = images.into_iter().partition(is_own);
    let size = |image: &ContainerImage| image.size_bytes.unwrap_or(i64::MAX);
    let mut named: Vec<_> = others.into_iter().filter_map(|image| Some((size(&image), name(image.names.unwrap_or_default())?))).collect();
    named.sort_by_cached_key(|(size, name)| (rank(name), *size, name.clone()));
    let kept = named.into_iter().map(|(_, name)| name).take(MOST);
    kept.chain(own.into_iter().flat_map(|image| image.names.unwrap_or_default())).collect()
}

/// Adds to each node an image that a pod on it runs. kubelet leaves it out where 50 others are larger.
pub(crate) fn note_images<'a>(nodes: &mut [Node], seen: impl Iterator<Item = (&'a str, &'a str)>) {
    let seen: HashMap<_, _> = seen.collect();
    for node in nodes {
        if let Some(image) = seen.get(node.name.as_str()).filter(|image| node.images.iter().all(|known| known != *image)) {
            let place = node.images.iter().position(|known| rank(known) > rank(image)).unwrap_or(node.images.len());
            node.images.insert(place, (*image).to_owned());
        }
    }
}

/// That with a tag, as people write it, where an image has several names.
fn name(names: Vec<String>) -> Option<String> {
    let is_name = |name: &String| !name.contains("<none>") && !name.is_empty();
    let (digests, tags): (Vec<_>, Vec<_>) = names.into_iter().filter(is_name).partition(|name| name.contains('@'));
    tags.into_iter().chain(digests).next()
}

fn rank(name: &str) -> usize {
    let path = name.split_once('/').map_or(name, |(_, path)| path);
    SUITABLE.iter().position(|part| path.contains(part)).unwrap_or(SUITABLE.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(names: &[&str], size: i64) -> ContainerImage {
        ContainerImage { names: Some(names.iter().map(|name| (*name).to_owned()).collect()), size_bytes: Some(size) }
    }

    #[test]
    fn what_every_node_has_comes_first_and_what_has_no_name_is_left_out() {
        let images = vec![
            image(&["registry.example.com/shop/api@sha256:00", "registry.example.com/shop/api:7"], 9_000_000),
            image(&["docker.io/library/busybox:1"], 2_000_000),
            image(&["<none>@<none>", "<none>:<none>"], 1),
            image(&["registry.k8s.io/coredns/coredns:v1.12"], 20_000_000),
            image(&["registry.k8s.io/kube-proxy@sha256:11"], 50_000_000),
            image(&["registry.k8s.io/pause:3.10"], 300_000),
            image(&["docker.io/kubectl-lbprobe/probe:v0.1.0"], 3_000_000),
            image(&["pause.example.com/shop/web:1"], 8_000_000),
        ];
        let expected = [
            "registry.k8s.io/pause:3.10",
            "registry.k8s.io/kube-proxy@sha256:11",
            "registry.k8s.io/coredns/coredns:v1.12",
            "docker.io/library/busybox:1",
            "pause.example.com/shop/web:1",
            "registry.example.com/shop/api:7",
            "docker.io/kubectl-lbprobe/probe:v0.1.0",
        ];
        assert_eq!(suitable_images(images), expected);
        assert!(suitable_images(Vec::new()).is_empty());
    }

    #[test]
    fn an_image_that_a_pod_runs_is_there_though_kubelet_does_not_list_it() {
        let listing =
            |name: &str, images: &[&str]| Node { images: images.iter().map(|image| (*image).to_owned()).collect(), ..Node::named(name) };
        let (pause, proxy, app) = ("registry.k8s.io/pause:3.10", "registry.k8s.io/kube-proxy:v1.34.1", "registry.example.com/shop/api:7");
        let mut nodes = [listing("a", &[pause, app]), listing("b", &[app]), listing("c", &[proxy, app]), listing("d", &[])];
        note_images(&mut nodes, ["a", "b", "c"].map(|node| (node, proxy)).into_iter());
        let images = nodes.map(|node| node.images);
        assert_eq!(images[0], [pause, proxy, app]);
        assert_eq!(images[1], [proxy, app]);
        assert_eq!(images[2], [proxy, app]);
        assert!(images[3].is_empty(), "no pod was seen there");
    }
}
