//! Services of type LoadBalancer under policy Local, with the slices that lead to fake nodes.

use std::net::Ipv4Addr;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Client;
use serde_json::{Value, json};

use crate::error::LabError;
use crate::scale::fake_node::FakeNode;
use crate::scale::{SHOP, unread};

/// The name of the Service that is probed.
pub const GATEWAY: &str = "gateway";

/// Its load balancer's address.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);

/// Its ClusterIP.
pub const CLUSTER_IP: Ipv4Addr = Ipv4Addr::new(10, 96, 0, 80);

/// Its ports, with those of its endpoints.
pub const PORTS: [(&str, u16, u16); 2] = [("http2", 80, 8080), ("https", 443, 8443)];

/// The address before that of the first of the other load balancers.
const OTHER_ADDRESSES: Ipv4Addr = Ipv4Addr::new(198, 18, 200, 0);

/// Endpoints in a slice, as the controller for slices has it.
const SLICE: usize = 100;

/// A Service, its load balancer and its endpoints.
#[derive(Clone, Debug)]
pub struct LoadBalanced {
    name: String,
    /// The API server chooses one where it is missing.
    cluster_ip: Option<Ipv4Addr>,
    address: Ipv4Addr,
    /// Nodes with an endpoint each.
    nodes: Vec<FakeNode>,
}

impl LoadBalanced {
    /// The one that is probed, with an endpoint on a tenth of the nodes.
    #[must_use]
    pub fn gateway(nodes: u16) -> Self {
        let nodes = FakeNode::first(nodes).filter(|node| node.has_endpoint()).collect();
        Self { name: GATEWAY.into(), cluster_ip: Some(CLUSTER_IP), address: ADDRESS, nodes }
    }

    /// One of many others, by its number, counted from 1: with one to ten endpoints, on other nodes than the one before.
    #[must_use]
    pub fn other(number: u16, nodes: u16) -> Self {
        let first = usize::from(number) * 7 % usize::from(nodes.max(1));
        let count = usize::from(number % 10) + 1;
        let address = Ipv4Addr::from(u32::from(OTHER_ADDRESSES) + u32::from(number));
        let nodes = FakeNode::first(nodes).cycle().skip(first).take(count).collect();
        Self { name: format!("application-{number}"), cluster_ip: None, address, nodes }
    }

    /// Creates the Service and its slices, and publishes the load balancer's address.
    pub async fn create(&self, client: &Client) -> Result<(), LabError> {
        unread::create::<Service>(client, Some(SHOP), &self.service()).await?;
        let status = json!({ "status": { "loadBalancer": { "ingress": [{ "ip": self.address }] } } });
        unread::patch_status::<Service>(client, SHOP, &self.name, &status).await?;
        for slice in self.slices() {
            unread::create::<EndpointSlice>(client, Some(SHOP), &slice).await?;
        }
        Ok(())
    }

    /// It has no selector, so that the slices stay as they are, and a class, so that no cloud takes it.
    fn service(&self) -> Value {
        let ports = PORTS.map(|(name, port, target)| json!({ "name": name, "port": port, "targetPort": target }));
        json!({
            "metadata": { "name": self.name },
            "spec": {
                "type": "LoadBalancer",
                "loadBalancerClass": "example.com/none",
                "externalTrafficPolicy": "Local",
                "clusterIP": self.cluster_ip,
                "ports": ports,
            },
        })
    }

    fn slices(&self) -> impl Iterator<Item = Value> {
        let ports = PORTS.map(|(name, _, port)| json!({ "name": name, "port": port, "protocol": "TCP" }));
        (0..).zip(self.nodes.chunks(SLICE)).map(move |(place, nodes): (u16, _)| {
            let endpoints: Vec<_> = nodes.iter().map(|node| self.endpoint(*node)).collect();
            json!({
                "metadata": { "name": format!("{}-{place}", self.name), "labels": { "kubernetes.io/service-name": self.name } },
                "addressType": "IPv4",
                "endpoints": endpoints,
                "ports": ports,
            })
        })
    }

    fn endpoint(&self, node: FakeNode) -> Value {
        json!({
            "addresses": [node.pod_address(7)],
            "nodeName": node.name(),
            "conditions": { "ready": true, "serving": true, "terminating": false },
            "targetRef": { "kind": "Pod", "namespace": SHOP, "name": format!("{}-{}", self.name, node.number()) },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_has_an_endpoint_on_a_tenth_of_the_nodes_in_slices_of_a_hundred() {
        let counts: Vec<_> = LoadBalanced::gateway(2500).slices().map(|slice| slice["endpoints"].as_array().map_or(0, Vec::len)).collect();
        assert_eq!(counts, [100, 100, 50]);
    }

    #[test]
    fn other_services_have_addresses_of_their_own_and_endpoints_on_nodes_that_exist() {
        let all: Vec<_> = (1..=500).map(|number| LoadBalanced::other(number, 1000)).collect();
        let addresses: std::collections::BTreeSet<_> = all.iter().map(|service| service.address).collect();
        assert_eq!(addresses.len(), 500);
        for service in &all {
            assert!((1..=10).contains(&service.nodes.len()), "{service:?}");
            assert!(service.nodes.iter().all(|node| node.number() < 1000), "{service:?}");
            assert!(FakeNode::at(service.address.into()).is_none(), "{service:?}");
        }
    }
}
