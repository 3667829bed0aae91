//! The probes that this program carries, for nodes that can pull no image: pure.
//!
//! They travel in ConfigMaps of the run, are mounted beside an image that the node has already, and start by a loader
//! that comes with them. `make probe` makes them, and the build takes them up.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, ConfigMapProjection, KeyToPath, ProjectedVolumeSource, VolumeProjection};
use lbprobe_analysis::facts::Node;
use lbprobe_protocol::{APPENDED_MARK, CARRIED_LOADER, CARRIED_PART};

use super::build::RunSpec;
use crate::error::NotCarried;

/// Bytes that a ConfigMap carries: a server takes 1 MiB of data (`MaxSecretSize` in Kubernetes' validation, where keys do
/// not count).
const MOST_BYTES: usize = 1_040_000;

/// Anybody may read and run the loader, and nobody change it.
const MODE: i32 = 0o555;

/// A probe for the nodes of an architecture.
#[derive(Debug)]
pub(crate) struct CarriedProbe {
    /// In Kubernetes' spelling.
    architecture: &'static str,
    loader: &'static [u8],
    /// Compressed.
    probe: &'static [u8],
}

static PROBES: &[CarriedProbe] = include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// Whether this program carries any. One that was built without `make` does not.
pub(crate) fn is_any_carried() -> bool {
    !PROBES.is_empty()
}

/// The bytes that a node of each architecture is sent, by its name in Kubernetes' spelling.
pub(crate) fn carried_sizes() -> Vec<(&'static str, usize)> {
    PROBES.iter().map(|probe| (probe.architecture, probe.bytes())).collect()
}

/// The probe for nodes of an architecture, where this program carries it.
pub(crate) fn carried_probe(architecture: &str) -> Option<&'static CarriedProbe> {
    PROBES.iter().find(|probe| probe.architecture == architecture)
}

/// The most bytes that a node of any architecture is sent.
pub(crate) fn most_carried_bytes() -> usize {
    PROBES.iter().map(CarriedProbe::bytes).max().unwrap_or_default()
}

/// The architecture of a node for which this program carries a probe; why it carries none.
pub(crate) fn sendable(node: Option<&Node>) -> Result<String, NotCarried> {
    if !is_any_carried() {
        return Err(NotCarried::Nothing);
    }
    probe_for(node.and_then(|node| node.architecture.as_deref())).map(|probe| probe.architecture.to_owned())
}

/// The probe for a node of this architecture, where that is known and one is carried.
pub(super) fn probe_for(architecture: Option<&str>) -> Result<&'static CarriedProbe, NotCarried> {
    let architecture = architecture.ok_or(NotCarried::UnknownArchitecture)?;
    carried_probe(architecture).ok_or_else(|| NotCarried::Architecture(architecture.to_owned()))
}

impl CarriedProbe {
    /// Loader and probe in one file, for a container that no ConfigMap can be mounted into.
    pub(super) fn as_one_file(&self) -> Vec<u8> {
        let length = u64::try_from(self.probe.len()).unwrap_or(u64::MAX).to_le_bytes();
        [self.loader, self.probe, &length, &APPENDED_MARK].concat()
    }

    /// Bytes that a node is sent.
    pub(super) fn bytes(&self) -> usize {
        self.loader.len() + self.probe.len()
    }

    /// The probe itself, compressed by zstd with a checksum.
    pub(crate) fn compressed(&self) -> &'static [u8] {
        self.probe
    }

    pub(super) fn architecture(&self) -> &'static str {
        self.architecture
    }

    /// What each ConfigMap holds, by keys: the loader with the first part of the probe, and the rest of it.
    fn contents(&self) -> Vec<Vec<(String, &'static [u8])>> {
        let first = self.probe.len().min(MOST_BYTES.saturating_sub(self.loader.len()));
        let (first, rest) = self.probe.split_at(first);
        let mut parts = std::iter::once(first).chain(rest.chunks(MOST_BYTES)).enumerate();
        let mut contents = vec![vec![(CARRIED_LOADER.to_owned(), self.loader)]];
        let key = |number: usize| format!("{CARRIED_PART}{number}");
        contents[0].extend(parts.next().map(|(number, part)| (key(number), part)));
        contents.extend(parts.map(|(number, part)| vec![(key(number), part)]));
        contents
    }

    /// The ConfigMaps of a run that carry it.
    pub(super) fn config_maps(&self, run_spec: &RunSpec) -> Vec<ConfigMap> {
        let data = |content: Vec<(String, &'static [u8])>| -> BTreeMap<_, _> {
            content.into_iter().map(|(key, bytes)| (key, ByteString(bytes.to_vec()))).collect()
        };
        let contents = self.contents().into_iter().enumerate();
        contents
            .map(|(number, content)| ConfigMap {
                metadata: run_spec.metadata(self.name(run_spec, number)),
                // So no kubelet has to watch it.
                immutable: Some(true),
                binary_data: Some(data(content)),
                data: None,
            })
            .collect()
    }

    /// All of them in one folder.
    pub(super) fn volume(&self, run_spec: &RunSpec) -> ProjectedVolumeSource {
        let item = |(key, _): &(String, &[u8])| KeyToPath { key: key.clone(), path: key.clone(), mode: None };
        let contents = self.contents();
        let source = |(number, content): (usize, &Vec<(String, &[u8])>)| VolumeProjection {
            config_map: Some(ConfigMapProjection {
                name: self.name(run_spec, number),
                items: Some(content.iter().map(item).collect()),
                optional: Some(false),
            }),
            ..VolumeProjection::default()
        };
        ProjectedVolumeSource { default_mode: Some(MODE), sources: Some(contents.iter().enumerate().map(source).collect()) }
    }

    fn name(&self, run_spec: &RunSpec, number: usize) -> String {
        let id = run_spec.delivery.as_carried().map(|carried| carried.id.as_str()).unwrap_or_default();
        format!("{}-{}-{id}-{number}", run_spec.job_name(), self.architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn config_maps_hold_the_whole_in_order_and_none_too_much() {
        let probe: &'static [u8] = vec![7; 2_345_678].leak();
        let loader: &'static [u8] = vec![1; 500_000].leak();
        let carried = CarriedProbe { architecture: "amd64", loader, probe };
        let contents = carried.contents();
        let size = |content: &Vec<(String, &[u8])>| content.iter().map(|(_, bytes)| bytes.len()).sum::<usize>();
        assert!(contents.iter().all(|content| size(content) <= MOST_BYTES));
        let keys: Vec<_> = contents.iter().flatten().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["loader", "probe-0", "probe-1", "probe-2"]);
        let whole: Vec<_> = contents.iter().flatten().skip(1).flat_map(|(_, bytes)| bytes.to_vec()).collect();
        assert!(whole == probe);
        assert_eq!(carried.bytes(), 2_845_678);
    }
}
