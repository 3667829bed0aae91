//! Clients that know nothing of the plugin: curl in the network of a pod and of the host, on every node.

use super::service::Snapshot;
use super::setting::Setting;

/// Asks for each URL from each network, all at a time. A line for each network that asked, and one for each URL that was
/// not answered there.
const ASK: &str = r#"
ask() {
  for url in $urls; do
    nsenter --net="$2" curl --silent --insecure --output /dev/null --max-time 3 "$url" || echo "$1 $url"
  done
  echo "$1 asked"
}
kubectl get pods -n default -l app=clients-pod -o jsonpath='{range .items[*]}{.spec.nodeName} {.status.podIP}{"\n"}{end}' | {
  while read -r node ip; do
    test -e "/run/netns/$node" && test -n "$ip" || continue
    ask "$node host" "/run/netns/$node" &
    for net in /run/netns/cni-*; do
      nsenter --net="$net" ip -4 -o addr show | grep -qF " $ip/" && ask "$node pod" "$net" &
    done
  done
  wait
}
"#;

/// What is not answered from these nodes, or from all; an error where not everybody has asked.
pub(super) fn unanswered(setting: &Setting<'_>, service: &Snapshot, nodes: Option<&[&str]>) -> Result<Vec<String>, String> {
    let urls = service.urls();
    if urls.is_empty() {
        return Ok(vec!["there is no address to ask at".into()]);
    }
    let printed = setting.sh(&format!("urls='{}'\n{ASK}", urls.join(" ")))?;
    let all = setting.lab.nodes();
    let is_meant = |node: &str| nodes.is_none_or(|nodes| nodes.contains(&node));
    let expected = 2 * all.iter().filter(|node| is_meant(node)).count();
    let of_meant: Vec<_> = printed.lines().filter(|line| line.split_whitespace().next().is_some_and(is_meant)).collect();
    let asked = of_meant.iter().filter(|line| line.ends_with(" asked")).count();
    if asked != expected {
        return Err(format!("{asked} of {expected} independent clients have asked: {printed}"));
    }
    Ok(of_meant.into_iter().filter(|line| !line.ends_with(" asked")).map(str::to_owned).collect())
}
