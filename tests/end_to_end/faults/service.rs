//! The gateway's Service and its endpoints, as the API server has them.

use serde_json::{Value, json};

use super::setting::Setting;

/// The Service, then its EndpointSlices. A server that does not answer is an error, not a wait.
const READ: &str = "kubectl get service SERVICE -o json --ignore-not-found --request-timeout=30s && echo && \
    kubectl get endpointslices -n istio-system -l kubernetes.io/service-name=istio-ingressgateway -o json --request-timeout=30s";

/// Ports at which an independent client asks: the first ones are as good as a hundred.
const ASKED_PORTS: usize = 2;

/// How things stand at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Snapshot {
    /// What people and programs say of the Service; none where there is no Service.
    pub(super) said: Option<Value>,
    /// The load balancer's addresses in the status.
    ingress: Value,
    /// Address, node and conditions of each endpoint.
    endpoints: Vec<String>,
}

impl Snapshot {
    /// Now.
    pub(super) fn take(setting: &Setting<'_>) -> Result<Self, String> {
        let printed = setting.sh(READ)?;
        let mut documents = serde_json::Deserializer::from_str(&printed).into_iter::<Value>().map_while(Result::ok);
        let first = documents.next().ok_or_else(|| format!("no JSON: {printed}"))?;
        Ok(match documents.next() {
            Some(slices) => Self::of(Some(&first), &slices),
            None => Self::of(None, &first),
        })
    }

    fn of(service: Option<&Value>, slices: &Value) -> Self {
        let said = service.map(|service| {
            let metadata = &service["metadata"];
            let mut spec = service["spec"].clone();
            // The API server takes another one whenever policy Local comes back.
            if let Some(fields) = spec.as_object_mut() {
                fields.remove("healthCheckNodePort");
            }
            json!({
                "spec": spec,
                "annotations": metadata["annotations"],
                "labels": metadata["labels"],
                "ownerReferences": metadata["ownerReferences"],
            })
        });
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let endpoints = list(&slices["items"]).into_iter().flat_map(|slice| list(&slice["endpoints"]));
        let text = |endpoint: Value| format!("{} on {}: {}", endpoint["addresses"], endpoint["nodeName"], endpoint["conditions"]);
        let mut endpoints: Vec<_> = endpoints.map(text).collect();
        endpoints.sort();
        let ingress = service.map(|service| service["status"]["loadBalancer"]["ingress"].clone()).unwrap_or_default();
        Self { said, ingress, endpoints }
    }

    /// Whether the Service bears a record of a change.
    pub(super) fn has_record(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said["annotations"]["lbprobe/fix"].is_string())
    }

    /// Whether the gateway runs where a scene has it, in whichever pod.
    pub(super) fn serves_on_node1(&self) -> bool {
        matches!(&self.endpoints[..], [only] if only.contains("on \"node1\"") && only.contains("\"ready\":true"))
    }

    /// Whether the Service is the same, whatever became of its pods.
    pub(super) fn is_same_service(&self, other: &Self) -> bool {
        (&self.said, &self.ingress) == (&other.said, &other.ingress)
    }

    /// What a client asks for: the load balancer's addresses and the ClusterIP, at the first ports.
    pub(super) fn urls(&self) -> Vec<String> {
        let Some(said) = &self.said else { return Vec::new() };
        let ports = said["spec"]["ports"].as_array().into_iter().flatten().filter(|port| port["protocol"] == "TCP").take(ASKED_PORTS);
        let addresses = self.ingress.as_array().into_iter().flatten().map(|ingress| &ingress["ip"]).chain([&said["spec"]["clusterIP"]]);
        let addresses: Vec<_> = addresses.filter_map(Value::as_str).collect();
        let of_port = |port: &Value| {
            let scheme = if port["name"].as_str().is_some_and(|name| name.starts_with("https")) { "https" } else { "http" };
            let number = port["port"].clone();
            addresses.iter().map(move |address| format!("{scheme}://{address}:{number}/")).collect::<Vec<_>>()
        };
        ports.flat_map(of_port).collect()
    }
}
