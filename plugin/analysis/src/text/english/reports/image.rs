//! The probe's image: what this program pulls, and how to have it in a registry of one's own.

use std::fmt::Write as _;

/// `carried` are bytes that a node of each architecture is sent where it cannot pull the image.
pub(crate) fn image(reference: &str, carried: &[(&str, usize)]) -> String {
    let mut text = format!("{reference}\n");
    let (name, digest) = reference.split_once('@').map_or((reference, None), |(name, digest)| (name, Some(digest)));
    match digest {
        Some(digest) => {
            let _ = writeln!(text, "  digest: {digest}, for amd64 and arm64");
        }
        None => {
            text.push_str("  not pinned by a digest: no release built this program\n  make image builds the image, for amd64 and arm64\n");
        }
    }
    text.push_str("\nNodes that cannot pull it get the probe in ConfigMaps:\n");
    for (architecture, bytes) in carried {
        let _ = writeln!(text, "  {architecture}: {}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000);
    }
    if carried.is_empty() {
        text.push_str("  not with this build, which carries no probe\n");
    }
    let source = digest.map_or_else(|| "oci-archive:dist/lbprobe-probe.tar".to_owned(), |_| format!("docker://{reference}"));
    let last = name.rsplit('/').next().unwrap_or(name);
    let copy = format!("REGISTRY/{}", last.split(':').next().unwrap_or(last));
    let _ = write!(
        text,
        "\nTo pull it from a registry of your own:\n  $ skopeo copy --all {source} docker://{copy}\n  \
         $ kubectl lbprobe run SERVICE --image {copy}{}\n",
        digest.map(|digest| format!("@{digest}")).unwrap_or_default()
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_image_is_copied_from_where_it_is_and_another_from_what_was_built() {
        let pinned = image("registry.example.com/lbprobe/probe@sha256:00", &[("amd64", 1_964_167), ("arm64", 1_861_339)]);
        for part in [
            "digest: sha256:00, for amd64 and arm64",
            "in ConfigMaps:\n  amd64: 1.9 MB\n  arm64: 1.8 MB\n",
            "$ skopeo copy --all docker://registry.example.com/lbprobe/probe@sha256:00 docker://REGISTRY/probe\n",
            "--image REGISTRY/probe@sha256:00\n",
        ] {
            assert!(pinned.contains(part), "{part} is missing in {pinned}");
        }
        let built = image("kubectl-lbprobe/probe:v0.1.0", &[]);
        for part in
            ["not pinned by a digest", "this build, which carries no probe", "oci-archive:dist/lbprobe-probe.tar docker://REGISTRY/probe\n"]
        {
            assert!(built.contains(part), "{part} is missing in {built}");
        }
    }
}
