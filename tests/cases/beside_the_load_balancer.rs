//! What a load balancer does beside passing packets on, and kube-proxy's short cut leaves out: the PROXY
//! header, TLS that ends there. Outside is well in both; inside the servers get what they do not expect.

use lbprobe_analysis::causes::{CauseKind, Confidence};
use lbprobe_lab::Lab;
use lbprobe_lab::outside::lab::Vantage;

use super::scenario::{Subject, curl};
use crate::harness::{apply, fresh_faulty_lab, kubectl, settle};

const PROXY: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-proxy-protocol=on";
const TLS: &str = "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-protocol-port=https:443";

fn deploy_servers(lab: &Lab) {
    // The gateway's own certificate will do.
    let copy = "kubectl get secret istio-ingressgateway-certificate -n istio-system -o json | \
                sed 's/istio-ingressgateway-certificate/bypassed/; s/istio-system/default/; /resourceVersion/d; /uid/d' | kubectl apply -f -";
    let copied = lab.run(&["sh", "-c", copy]).unwrap();
    assert!(copied.status.success(), "{copied:?}");
    apply(lab, include_str!("../manifests/bypassed.yaml"));
    kubectl(lab, &["rollout", "status", "deployment/bypassed", "--timeout=30s"]);
    for (service, annotation) in [("proxied", PROXY), ("offloaded", TLS)] {
        kubectl(lab, &["annotate", "--overwrite", "service", service, annotation]);
        kubectl(lab, &["wait", &format!("service/{service}"), "--for=jsonpath={.status.loadBalancer.ingress}", "--timeout=20s"]);
    }
    settle(lab);
}

#[test]
fn the_header_and_the_certificate_are_missing_inside() {
    let lab = fresh_faulty_lab();
    deploy_servers(&lab);
    let subject = |service| Subject { lab: &lab, service, namespace: "default", words: &[] };
    let (proxied, offloaded) = (subject("proxied"), subject("offloaded"));
    let outside = |scheme: &str, subject: &Subject<'_>| curl(&lab, Vantage::Client, &[&format!("{scheme}://{}/", subject.address())]);
    assert_eq!(outside("http", &proxied).as_deref(), Some("after a PROXY header"));
    assert_eq!(outside("https", &offloaded).as_deref(), Some("plain"));
    let fault = proxied.diagnose();
    fault.first_cause(CauseKind::ProxyHeaderMissing, Confidence::Confirmed);
    fault.shows(&["HTTP: closed", "with a PROXY header the same request is answered", "hairpin proxy"]);
    let offloaded_fault = offloaded.diagnose();
    offloaded_fault.first_cause(CauseKind::TlsEndsAtLoadBalancer, Confidence::Confirmed);
    offloaded_fault.shows(&["TLS: not TLS", "plain HTTP on the same port is answered"]);
    // Both are cured where connections go out to the real load balancer.
    for subject in [proxied, offloaded] {
        kubectl(&lab, &["annotate", "service", subject.service, "lab.lbprobe/ip-mode=Proxy"]);
    }
    settle(&lab);
    proxied.diagnose().shows(&["no pod ok"]);
    kubectl(&lab, &["delete", "deployment/bypassed", "service/proxied", "service/offloaded", "configmap/bypassed", "secret/bypassed"]);
}
