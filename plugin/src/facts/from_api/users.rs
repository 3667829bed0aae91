//! Finds who has an address written down: in containers' env and arguments, in ConfigMaps, in
//! ServiceEntries. Secrets are never read.

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod};
use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, ResourceExt as _};
use lbprobe_analysis::documents::AddressReferences;
use lbprobe_analysis::facts::Known;
use lbprobe_analysis::text::messages::Place;
use lbprobe_analysis::text::{self, Language};

use crate::error::{Access, Error, Request};
use crate::kubernetes::{Cluster, list, or_nothing};

/// The places in a namespace that name one of the addresses.
pub(crate) async fn users_of(cluster: &Cluster, namespace: &str, addresses: &[IpAddr]) -> Known<AddressReferences> {
    let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
    let maps: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), namespace);
    let entry = GroupVersionKind::gvk("networking.istio.io", "v1", "ServiceEntry");
    let entries: Api<DynamicObject> =
        Api::namespaced_with(cluster.client.clone(), namespace, &ApiResource::from_gvk_with_plural(&entry, "serviceentries"));
    let access = Access { verb: "list", resource: "serviceentries.networking.istio.io" };
    let entries = async { or_nothing(entries.list(&ListParams::default()).await.map(|found| found.items)) };
    let entries = cluster.request(Request::List("serviceentries"), access, entries);
    let (in_pods, in_maps, entries) = tokio::join!(
        list(cluster, pods, ListParams::default(), "pods", |pod| in_pod(&pod, addresses)),
        list(cluster, maps, ListParams::default(), "configmaps", |map| in_map(&map, addresses)),
        entries,
    );
    let in_entries = entries.map(|entries| entries.iter().filter_map(|entry| in_entry(entry, addresses)).collect::<Vec<_>>());
    let mut users = AddressReferences { namespace: namespace.into(), places: Vec::new(), unread: Vec::new() };
    let mut places = BTreeSet::new();
    for found in [in_pods, in_maps, in_entries] {
        match found {
            Ok(found) => places.extend(found),
            Err(cause @ (Error::Forbidden { .. } | Error::Api { .. } | Error::EndlessList { .. })) => users.unread.push(cause.to_string()),
            Err(cause) => return Known::Unknown(cause.to_string()),
        }
    }
    users.places = places.into_iter().collect();
    Known::Value(users)
}

/// Whether a text has an address in it, and not as a part of a longer one.
fn mentions(text: &str, addresses: &[IpAddr]) -> bool {
    let of_address = |character: char| character.is_ascii_hexdigit() || matches!(character, '.' | ':');
    addresses.iter().any(|address| {
        let address = address.to_string();
        text.match_indices(&address).any(|(start, _)| {
            let before = text[..start].chars().next_back();
            let mut after = text[start + address.len()..].chars();
            let (next, second) = (after.next(), after.next());
            // "1.2.3.4:80" and "at 1.2.3.4." name the address, "1.2.3.45" and "1.2.3.4.5" do not.
            let goes_on =
                next.is_some_and(|next| next.is_ascii_digit() || (next == '.' && second.is_some_and(|second| second.is_ascii_digit())));
            !before.is_some_and(of_address) && !goes_on
        })
    })
}

fn in_pod(pod: &Pod, addresses: &[IpAddr]) -> Vec<String> {
    let owner = owner_of(pod);
    let spec = pod.spec.iter();
    let containers = spec.flat_map(|spec| spec.containers.iter().chain(spec.init_containers.iter().flatten()));
    containers.flat_map(|container| in_container(container, addresses)).map(|place| format!("{owner}, {place}")).collect()
}

fn in_container(container: &Container, addresses: &[IpAddr]) -> Vec<String> {
    let variables = container.env.iter().flatten();
    let variables = variables.filter(|variable| variable.value.as_deref().is_some_and(|value| mentions(value, addresses)));
    let words = || container.command.iter().flatten().chain(container.args.iter().flatten());
    let in_words = words().any(|word| mentions(word, addresses));
    let arguments = in_words.then(|| text::place(Place::Arguments { container: &container.name }, Language::English));
    variables
        .map(|variable| text::place(Place::Variable { name: &variable.name, container: &container.name }, Language::English))
        .chain(arguments)
        .collect()
}

/// What a person would edit: the Deployment behind a ReplicaSet, by the name that it gives.
fn owner_of(pod: &Pod) -> String {
    let owner = pod.metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true));
    match owner {
        Some(owner) if owner.kind == "ReplicaSet" => {
            let name = owner.name.rsplit_once('-').map_or(owner.name.as_str(), |(name, _)| name);
            format!("deployment/{name}")
        }
        Some(owner) => format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        None => format!("pod/{}", pod.name_any()),
    }
}

fn in_map(map: &ConfigMap, addresses: &[IpAddr]) -> Vec<String> {
    let entries = map.data.iter().flatten().filter(|(_, value)| mentions(value, addresses));
    entries.map(|(key, _)| text::place(Place::ConfigMap { name: &map.name_any(), key }, Language::English)).collect()
}

fn in_entry(entry: &DynamicObject, addresses: &[IpAddr]) -> Option<String> {
    let spec = serde_json::to_string(&entry.data["spec"]).unwrap_or_default();
    mentions(&spec, addresses).then(|| format!("serviceentry/{}", entry.name_any()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_not_found_in_a_longer_one() {
        let addresses = ["198.51.100.1".parse().unwrap()];
        for text in ["198.51.100.1", "http://198.51.100.1:80/", "at 198.51.100.1.", "[\"198.51.100.1\"]"] {
            assert!(mentions(text, &addresses), "{text}");
        }
        for text in ["198.51.100.10", "1198.51.100.1", "198.51.100.1.5", "198.51.100.2"] {
            assert!(!mentions(text, &addresses), "{text}");
        }
    }
}
