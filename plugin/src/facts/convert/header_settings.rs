//! What ConfigMaps of ingress-nginx say of the PROXY header.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use lbprobe_analysis::facts::HeaderReading;

/// Its setting (ingress-nginx, NGINX Configuration, ConfigMaps); it is off by default.
const SETTING: &str = "use-proxy-protocol";

/// The label that its chart puts on everything that belongs together, and that its Service selects by.
const APP: &str = "app.kubernetes.io/name";
const APPS: [&str; 2] = ["ingress-nginx", "rke2-ingress-nginx"];

/// What one of them says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderSetting {
    namespace: String,
    name: String,
    /// The value of [`APP`], where the ConfigMap has it.
    app: Option<String>,
    is_on: bool,
}

/// What a ConfigMap says; nothing of one that is not ingress-nginx'.
pub(crate) fn setting(map: &ConfigMap) -> Option<HeaderSetting> {
    let value = map.data.as_ref().and_then(|data| data.get(SETTING));
    let app = map.metadata.labels.as_ref().and_then(|labels| labels.get(APP)).filter(|app| APPS.contains(&app.as_str()));
    let is_on = value.is_some_and(|value| value == "true");
    let (namespace, name) = (map.metadata.namespace.clone()?, map.metadata.name.clone()?);
    (is_on || app.is_some()).then(|| HeaderSetting { namespace, name, app: app.cloned(), is_on })
}

/// What the servers of a Service do, by the settings of its namespace. That they do not read the header is said only where
/// the ConfigMap and the Service belong to the same installation, and none of the namespace switches it on.
pub(crate) fn reading(settings: &[HeaderSetting], namespace: &str, selector: &BTreeMap<String, String>) -> HeaderReading {
    let here = || settings.iter().filter(|setting| setting.namespace == namespace);
    let source = |setting: &HeaderSetting| format!("ConfigMap {namespace}/{}", setting.name);
    if let Some(on) = here().find(|setting| setting.is_on) {
        return HeaderReading::Required(source(on));
    }
    // Others with its label configure services that it passes on, and have no settings of HTTP.
    let is_of_controller = |setting: &&HeaderSetting| setting.name.ends_with("controller");
    let is_own = |setting: &&HeaderSetting| setting.app.is_some() && setting.app.as_ref() == selector.get(APP);
    here().filter(is_of_controller).find(is_own).map_or(HeaderReading::Unknown, |off| HeaderReading::NotRead(source(off)))
}
