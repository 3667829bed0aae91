//! The Service that was most likely meant by a name that no Service has.

use lbprobe_analysis::shell::quoted;

use crate::nearest::nearest;

/// A Service that is there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MeantService {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl MeantService {
    /// Of a name that no Service of a namespace has, among those that are there: the namespace is what is most often
    /// wrong, then a letter, then both.
    pub(crate) fn find(namespace: &str, name: &str, services: &[Self]) -> Option<Self> {
        let of_name =
            |name: &str, is_in: &dyn Fn(&Self) -> bool| services.iter().filter(|one| one.name == name && is_in(one)).min().cloned();
        let like = |is_in: &dyn Fn(&Self) -> bool| {
            let names = services.iter().filter(|service| is_in(service)).map(|service| service.name.as_str());
            nearest(name, names).and_then(|name| of_name(name, is_in))
        };
        of_name(name, &|_| true).or_else(|| like(&|service| service.namespace == namespace)).or_else(|| like(&|_| true))
    }

    /// As a question behind "hint:", and how to see all.
    pub(crate) fn hint(&self, asked: &str) -> String {
        let (name, namespace) = (quoted(&self.name), quoted(&self.namespace));
        if self.name == asked {
            format!("-n {namespace}, where a Service of that name is")
        } else {
            format!("did you mean {name} -n {namespace}? kubectl get services -A shows all")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_namespace_counts_before_another_name() {
        let service = |namespace: &str, name: &str| MeantService { namespace: namespace.into(), name: name.into() };
        let there = [
            service("istio-system", "istio-ingressgateway"),
            service("istio-system", "istiod"),
            service("shop", "web"),
            service("test", "web"),
            service("shop", "webs"),
        ];
        let meant = |namespace: &str, name: &str| MeantService::find(namespace, name, &there);
        assert_eq!(meant("default", "istio-ingressgateway"), Some(service("istio-system", "istio-ingressgateway")));
        assert_eq!(meant("istio-system", "web"), Some(service("shop", "web")), "the first of several");
        assert_eq!(meant("shop", "wbes"), Some(service("shop", "webs")));
        assert_eq!(meant("default", "istio-ingress-gateway"), Some(service("istio-system", "istio-ingressgateway")));
        assert_eq!(meant("default", "grafana"), None);
    }
}
