//! Which load balancer has which addresses. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::addresses::{internal_load_balancer, load_balancer};
use crate::cloud::specs::{Balancer, LoadBalancerSpec, Reach};

/// Addresses that load balancers have, kept for as long as a Service wants them.
#[derive(Clone, Debug, Default)]
pub struct Assignments(BTreeMap<Balancer, Vec<Ipv4Addr>>);

impl Assignments {
    /// Brings the assignments up to date. `published` are the addresses of each Service's status,
    /// which stay with it.
    pub fn update<'a>(&mut self, services: impl Iterator<Item = (&'a LoadBalancerSpec, &'a [Ipv4Addr])> + Clone) {
        let wanted: BTreeSet<_> = services.clone().map(|(spec, _)| &spec.balancer).collect();
        self.0.retain(|balancer, _| wanted.contains(balancer));
        for (spec, published) in services.clone() {
            self.0.entry(spec.balancer.clone()).or_insert_with(|| published.to_vec());
        }
        let mut taken: BTreeSet<_> = self.0.values().flatten().copied().collect();
        for (spec, _) in services {
            let Some(addresses) = self.0.get_mut(&spec.balancer) else { continue };
            addresses.retain(|address| range(spec.reach).any(|of_range| of_range == *address));
            addresses.truncate(spec.addresses);
            let mut free = range(spec.reach);
            while addresses.len() < spec.addresses {
                let Some(address) = free.find(|address| taken.insert(*address)) else { break };
                addresses.push(address);
            }
        }
    }

    /// The addresses of a load balancer.
    #[must_use]
    pub fn of(&self, balancer: &Balancer) -> &[Ipv4Addr] {
        self.0.get(balancer).map_or(&[], Vec::as_slice)
    }
}

fn range(reach: Reach) -> impl Iterator<Item = Ipv4Addr> {
    (1..=u8::MAX).map(match reach {
        Reach::Internet => load_balancer,
        Reach::Intranet => internal_load_balancer,
    })
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Service;

    use super::*;

    fn spec(balancer: Balancer, reach: Reach) -> LoadBalancerSpec {
        LoadBalancerSpec { balancer, reach, ..LoadBalancerSpec::of(&Service::default()) }
    }

    fn own(name: &str) -> Balancer {
        Balancer::Own("default".into(), name.into())
    }

    #[test]
    fn services_of_one_load_balancer_share_its_address_and_others_have_their_own() {
        let shared = || spec(Balancer::Id("lb-1".into()), Reach::Internet);
        let services = [shared(), shared(), spec(own("a"), Reach::Internet), spec(own("b"), Reach::Intranet)];
        let mut assignments = Assignments::default();
        assignments.update(services.iter().map(|spec| (spec, &[][..])));
        let of = |place: usize| assignments.of(&services[place].balancer).to_vec();
        assert_eq!(of(0), [load_balancer(1)]);
        assert_eq!((of(2), of(3)), (vec![load_balancer(2)], vec![internal_load_balancer(1)]));
    }

    #[test]
    fn an_address_stays_while_it_is_wanted_and_is_free_afterwards() {
        let (first, second) = (spec(own("a"), Reach::Internet), spec(own("b"), Reach::Internet));
        let published = [load_balancer(7)];
        let mut assignments = Assignments::default();
        assignments.update([(&first, &published[..])].into_iter());
        assignments.update([(&first, &[][..]), (&second, &[][..])].into_iter());
        assert_eq!((assignments.of(&first.balancer), assignments.of(&second.balancer)), (&published[..], &[load_balancer(1)][..]));
        assignments.update([(&second, &[][..])].into_iter());
        assert!(assignments.of(&first.balancer).is_empty());
    }
}
