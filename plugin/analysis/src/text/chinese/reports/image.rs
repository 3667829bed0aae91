//! The probe's image: what this program pulls, and how to have it in a registry of one's own.

use std::fmt::Write as _;

/// `carried` are bytes that a node of each architecture is sent where it cannot pull the image.
pub(crate) fn image(reference: &str, carried: &[(&str, usize)]) -> String {
    let mut text = format!("{reference}\n");
    let (name, digest) = reference.split_once('@').map_or((reference, None), |(name, digest)| (name, Some(digest)));
    match digest {
        Some(digest) => {
            let _ = writeln!(text, "  digest：{digest}，适用于 amd64 和 arm64");
        }
        None => text.push_str("  没有用 digest 固定：本程序不是由正式发布构建的\n  make image 构建 amd64 和 arm64 的镜像\n"),
    }
    text.push_str("\n拉不到镜像的节点通过 ConfigMap 得到探针：\n");
    for (architecture, bytes) in carried {
        let _ = writeln!(text, "  {architecture}：{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000);
    }
    if carried.is_empty() {
        text.push_str("  本次构建没有附带探针，因此做不到\n");
    }
    let source = digest.map_or_else(|| "oci-archive:dist/lbprobe-probe.tar".to_owned(), |_| format!("docker://{reference}"));
    let last = name.rsplit('/').next().unwrap_or(name);
    let copy = format!("REGISTRY/{}", last.split(':').next().unwrap_or(last));
    let _ = write!(
        text,
        "\n从自己的镜像仓库拉取：\n  $ skopeo copy --all {source} docker://{copy}\n  $ kubectl lbprobe run SERVICE --image {copy}{}\n",
        digest.map(|digest| format!("@{digest}")).unwrap_or_default()
    );
    text
}
