//! Why checks fail, or may.

use std::net::IpAddr;

use crate::kube_proxy::{Answer, Condition};
use crate::plan::{Target, Vantage};

/// One reason, and the checks that fail for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// From where.
    pub vantages: Vec<Vantage>,
    /// At which targets of the plan.
    pub targets: Vec<Target>,
    /// The load balancer's addresses and external IPs among them, where it is not about all of those.
    pub addresses: Vec<IpAddr>,
    /// How it ends, and why.
    pub answer: Answer,
    /// What has to hold for it; nothing where it is certain.
    pub when: Vec<Condition>,
}
