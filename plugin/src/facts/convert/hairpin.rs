//! Whether a CNI plugin lets packets of a pod come back to it, by its configuration in a ConfigMap.

use k8s_openapi::api::core::v1::ConfigMap;
use lbprobe_analysis::facts::HairpinSetting;
use serde_json::Value;

/// The key under which Flannel and kube-router keep it.
const KEY: &str = "cni-conf.json";

/// What a ConfigMap says; nothing where it configures no bridge. Flannel hands its delegate's fields to the bridge plugin.
pub(crate) fn setting(map: &ConfigMap) -> Option<HairpinSetting> {
    let written: Value = serde_json::from_str(map.data.as_ref()?.get(KEY)?).ok()?;
    let alone = std::slice::from_ref(&written);
    let plugins = written["plugins"].as_array().map_or(alone, Vec::as_slice);
    let bridge = plugins.iter().find_map(|plugin| match plugin["type"].as_str()? {
        "bridge" => Some(plugin),
        "flannel" => Some(&plugin["delegate"]),
        _ => None,
    })?;
    let (namespace, name) = (map.metadata.namespace.as_deref()?, map.metadata.name.as_deref()?);
    Some(HairpinSetting { source: format!("ConfigMap {namespace}/{name}"), is_on: bridge["hairpinMode"] == Value::Bool(true) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_on(written: &Value) -> Option<bool> {
        let map = json!({ "metadata": { "namespace": "kube-flannel", "name": "cfg" }, "data": { KEY: written.to_string() } });
        setting(&serde_json::from_value(map).unwrap()).map(|setting| setting.is_on)
    }

    #[test]
    fn it_is_read_from_the_bridge_and_from_flannels_delegate() {
        let flannel = |delegate: Value| json!({ "plugins": [{ "type": "flannel", "delegate": delegate }, { "type": "portmap" }] });
        assert_eq!(is_on(&flannel(json!({ "hairpinMode": true, "isDefaultGateway": true }))), Some(true));
        assert_eq!(is_on(&flannel(json!({ "isDefaultGateway": true }))), Some(false));
        assert_eq!(is_on(&json!({ "type": "bridge", "hairpinMode": true })), Some(true));
        assert_eq!(is_on(&json!({ "plugins": [{ "type": "bridge" }] })), Some(false));
        assert_eq!(is_on(&json!({ "plugins": [{ "type": "calico" }] })), None);
    }
}
