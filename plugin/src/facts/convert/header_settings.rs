//! What ConfigMaps of ingress-nginx say of the PROXY header.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use lbprobe_analysis::facts::HeaderReading;

/// Its setting (ingress-nginx, NGINX Configuration, ConfigMaps); it is off by default.
const SETTING: &str = "use-proxy-protocol";

/// What nginx takes for true (Go's `ParseBool`).
const TRUE: [&str; 6] = ["1", "t", "T", "true", "True", "TRUE"];

/// The labels that its chart puts on everything that belongs together, and that its Service selects by.
const APP: &str = "app.kubernetes.io/name";
const INSTANCE: &str = "app.kubernetes.io/instance";
const APPS: [&str; 2] = ["ingress-nginx", "rke2-ingress-nginx"];

/// What one of them says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HeaderSetting {
    namespace: String,
    name: String,
    /// The values of [`APP`] and [`INSTANCE`], where the ConfigMap is labelled as its chart does it.
    installation: Option<(String, Option<String>)>,
    is_on: bool,
}

/// What a ConfigMap says; nothing of one that is not ingress-nginx'.
pub(crate) fn setting(map: &ConfigMap) -> Option<HeaderSetting> {
    let is_on = map.data.as_ref().and_then(|data| data.get(SETTING)).is_some_and(|value| TRUE.contains(&value.as_str()));
    let label = |name: &str| map.metadata.labels.as_ref()?.get(name).cloned();
    let installation = label(APP).filter(|app| APPS.contains(&app.as_str())).map(|app| (app, label(INSTANCE)));
    let (namespace, name) = (map.metadata.namespace.clone()?, map.metadata.name.clone()?);
    (is_on || installation.is_some()).then_some(HeaderSetting { namespace, name, installation, is_on })
}

impl HeaderSetting {
    /// Whether it configures the servers that a Service with this selector has. Old installations label no instance.
    fn is_of(&self, selector: &BTreeMap<String, String>) -> bool {
        self.installation.as_ref().is_some_and(|(app, instance)| {
            let same_instance = instance.is_none() || selector.get(INSTANCE).is_none_or(|own| Some(own) == instance.as_ref());
            selector.get(APP) == Some(app) && same_instance
        })
    }

    /// Whether it is labelled as another installation's.
    fn is_elsewhere(&self, selector: &BTreeMap<String, String>) -> bool {
        self.installation.is_some() && !self.is_of(selector)
    }
}

/// What the servers of a Service do, by the settings of its namespace. Of other ConfigMaps than its own installation's one
/// that requires the header may be meant for them, and one that does not says nothing.
pub(crate) fn reading(settings: &[HeaderSetting], namespace: &str, selector: &BTreeMap<String, String>) -> HeaderReading {
    let here = || settings.iter().filter(|setting| setting.namespace == namespace);
    let source = |setting: &HeaderSetting| format!("ConfigMap {namespace}/{}", setting.name);
    // Others with these labels list what is passed on by TCP or UDP, and have no settings.
    let own = here().filter(|setting| setting.is_of(selector) && (setting.is_on || setting.name.ends_with("controller")));
    match own.max_by_key(|setting| setting.is_on) {
        Some(own) if own.is_on => HeaderReading::Required(source(own)),
        Some(own) => HeaderReading::NotRead(source(own)),
        None => here()
            .find(|setting| setting.is_on && !setting.is_elsewhere(selector))
            .map_or(HeaderReading::Unknown, |on| HeaderReading::SeemsRequired(source(on))),
    }
}
