//! The cases of the vendors' documents, one file each: the cluster, the fault, what the tool shows, the
//! cause that it names first, the fix that it recommends, and that what it predicted is seen after it.

mod asm_gateway;
mod beside_the_load_balancer;
mod dual_stack;
mod interrupted_draining;
mod ipvs_host_source;
mod kube_proxy_upgrade;
mod nginx_https;
mod node_ports;
mod other_causes;
mod outside;
mod rollout;
mod scenario;
mod service_types;
mod two_pod_ranges;
mod undeclared_https;
mod uneven_load;
mod vpc_pods;

pub(crate) use scenario::{curl, deploy_clients, source};
