//! A second, internal load balancer for the same pods. Pure.

use serde_json::{Value, json};

/// A Service like this one with an address of its own inside the cloud, and policy Cluster. `internal` is the annotation with
/// its value that keeps the load balancer inside, where the provider's is known.
pub(crate) fn internal_service(service: &Value, internal: Option<(&str, &str)>) -> Value {
    let (metadata, spec) = (&service["metadata"], &service["spec"]);
    let ports = spec["ports"].as_array().into_iter().flatten().map(|port| {
        let mut port = port.clone();
        if let Some(port) = port.as_object_mut() {
            port.remove("nodePort");
        }
        port
    });
    let mut twin = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": format!("{}-internal", metadata["name"].as_str().unwrap_or_default()),
            "namespace": metadata["namespace"],
        },
        "spec": {
            "type": "LoadBalancer",
            "externalTrafficPolicy": "Cluster",
            "selector": spec["selector"],
            "ports": ports.collect::<Vec<_>>(),
        },
    });
    if let Some((key, value)) = internal {
        twin["metadata"]["annotations"] = json!({ key: value });
    }
    twin
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_twin_has_the_pods_and_ports_and_nothing_that_is_taken() {
        let service = json!({
            "metadata": { "name": "gateway", "namespace": "shop", "uid": "1", "annotations": { "example.com/id": "lb-1" } },
            "spec": { "clusterIP": "10.0.0.1", "externalTrafficPolicy": "Local", "selector": { "app": "gateway" },
                      "ports": [{ "port": 80, "nodePort": 30080 }] },
        });
        let twin = internal_service(&service, Some(("example.com/internal", "true")));
        assert_eq!(twin["metadata"]["name"], "gateway-internal");
        assert_eq!(twin["metadata"]["annotations"], json!({ "example.com/internal": "true" }));
        assert_eq!(internal_service(&service, None)["metadata"].get("annotations"), None);
        assert_eq!(twin["spec"]["ports"], json!([{ "port": 80 }]));
        assert_eq!((&twin["spec"]["externalTrafficPolicy"], twin["spec"].get("clusterIP")), (&json!("Cluster"), None));
    }
}
