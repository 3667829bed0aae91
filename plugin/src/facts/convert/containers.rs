//! What containers tell by their images and their flags.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Container;

/// What stands behind the last colon of an image that is not a registry's port.
pub(super) fn tag(image: &str) -> Option<&str> {
    let image = image.split('@').next()?;
    image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
}

/// An image without its tag and its digest.
pub(super) fn without_tag(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match tag(image) {
        Some(tag) => image.strip_suffix(tag).and_then(|path| path.strip_suffix(':')).unwrap_or(image),
        None => image,
    }
}

/// The flags with which containers start, by their names without dashes: `--name=value`, `--name value`, or `--name` alone,
/// which is true. A shell's command line is one word of them.
pub(super) fn flags(containers: &[Container]) -> BTreeMap<String, String> {
    containers.iter().flat_map(flags_of).collect()
}

/// Whether a shell reads the command line of one of them.
pub(super) fn runs_a_shell(containers: &[Container]) -> bool {
    let words = containers.iter().filter_map(|container| container.command.as_ref().or(container.args.as_ref())?.first());
    words.into_iter().any(|word| word.rsplit('/').next().is_some_and(|program| ["sh", "bash", "ash"].contains(&program)))
}

fn flags_of(container: &Container) -> BTreeMap<String, String> {
    let words = container.command.iter().flatten().chain(container.args.iter().flatten());
    let words: Vec<_> = words.flat_map(|word| word.split_whitespace()).collect();
    let mut flags = BTreeMap::new();
    for (index, word) in words.iter().enumerate() {
        let Some(flag) = word.strip_prefix("--") else { continue };
        let next = words.get(index + 1).filter(|next| !next.starts_with('-') && !next.contains(['>', '|', '&']));
        let (name, value) = flag.split_once('=').unwrap_or((flag, next.copied().unwrap_or("true")));
        flags.insert(name.to_owned(), value.trim_matches(['"', '\'']).to_owned());
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_from_words_and_from_a_shells_line() {
        let container = |command: &[&str], args: &[&str]| Container {
            command: Some(command.iter().map(|word| (*word).to_owned()).collect()),
            args: Some(args.iter().map(|word| (*word).to_owned()).collect()),
            ..Container::default()
        };
        let all = flags(&[
            container(&["kube-proxy", "--cluster-cidr=10.224.0.0/16"], &["--proxy-mode", "ipvs", "--masquerade-all"]),
            container(&["sh", "-c", "exec kube-proxy --detect-local-mode=NodeCIDR 1>>/var/log/kube-proxy.log"], &[]),
        ]);
        let get = |name: &str| all.get(name).map(String::as_str);
        assert_eq!((get("cluster-cidr"), get("proxy-mode")), (Some("10.224.0.0/16"), Some("ipvs")));
        assert_eq!((get("masquerade-all"), get("detect-local-mode")), (Some("true"), Some("NodeCIDR")));
    }
}
