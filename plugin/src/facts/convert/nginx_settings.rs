//! What ConfigMaps of ingress-nginx say: whether it reads the PROXY header, and what may turn a health check away.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use lbprobe_analysis::facts::{HeaderReading, ServerSetting};

/// What may answer a request in place of the servers, whatever it asks for: rules of the user's own, and lists of clients
/// (ingress-nginx, NGINX Configuration, ConfigMaps).
const REFUSING: [&str; 5] = ["server-snippet", "http-snippet", "block-cidrs", "block-user-agents", "block-referers"];

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
pub(crate) struct NginxSettings {
    namespace: String,
    name: String,
    /// The values of [`APP`] and [`INSTANCE`], where the ConfigMap is labelled as its chart does it.
    installation: Option<(String, Option<String>)>,
    is_on: bool,
    /// The first of [`REFUSING`] that it sets.
    refusing: Option<&'static str>,
}

/// What a ConfigMap says; nothing of one that is not ingress-nginx'.
pub(crate) fn setting(map: &ConfigMap) -> Option<NginxSettings> {
    let is_on = map.data.as_ref().and_then(|data| data.get(SETTING)).is_some_and(|value| TRUE.contains(&value.as_str()));
    let label = |name: &str| map.metadata.labels.as_ref()?.get(name).cloned();
    let installation = label(APP).filter(|app| APPS.contains(&app.as_str())).map(|app| (app, label(INSTANCE)));
    let (namespace, name) = (map.metadata.namespace.clone()?, map.metadata.name.clone()?);
    let is_set = |setting: &&str| map.data.as_ref().and_then(|data| data.get(*setting)).is_some_and(|value| !value.trim().is_empty());
    let refusing = REFUSING.into_iter().find(is_set);
    (is_on || installation.is_some()).then_some(NginxSettings { namespace, name, installation, is_on, refusing })
}

/// Whether a selector means ingress-nginx's pods.
pub(crate) fn selects(selector: &BTreeMap<String, String>) -> bool {
    selector.get(APP).is_some_and(|app| APPS.contains(&app.as_str()))
}

/// What may turn a health check of a Service away, and where it stands.
pub(crate) fn refusing(settings: &[NginxSettings], namespace: &str, selector: &BTreeMap<String, String>) -> Option<ServerSetting> {
    let own = settings.iter().filter(|setting| setting.namespace == namespace && setting.is_of(selector));
    let refusing = own.filter_map(|own| Some((own, own.refusing?)));
    let setting = |(own, name): (&NginxSettings, &str)| ServerSetting {
        name: name.to_owned(),
        source: format!("ConfigMap {namespace}/{}", own.name),
    };
    refusing.map(setting).next()
}

impl NginxSettings {
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
pub(crate) fn reading(settings: &[NginxSettings], namespace: &str, selector: &BTreeMap<String, String>) -> HeaderReading {
    let here = || settings.iter().filter(|setting| setting.namespace == namespace);
    let source = |setting: &NginxSettings| format!("ConfigMap {namespace}/{}", setting.name);
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
