//! One rule each for words that become a part of requests, whether they stand on the command line or in a file.

mod url;

use std::net::{Ipv4Addr, SocketAddr};

use lbprobe_analysis::plan::RouteKind;
use lbprobe_protocol::{AnswerPart, Datagram, Header, MOST_PATTERN_SIZE, MOST_PAYLOAD_BYTES, SourceFrom, StatusRange, payload_bytes};

use super::fix::CONTEXT_PREFIX;
use super::{Outside, PodName, PodNameKind, Pointer, ServiceName, ServiceReference, SshHost};
use crate::error::WrongWord;

/// The longest path that is asked for: servers take no longer request lines, and it stands in each check.
const MOST_PATH_BYTES: usize = 2000;

/// A Service's name, what clients dial, or kubectl's TYPE/NAME of an object that leads requests to a Service.
pub(crate) fn service_reference(word: &str) -> Result<ServiceReference, WrongWord> {
    if let Some((kind, name)) = word.split_once('/').and_then(|(kind, name)| Some((route_kind(kind)?, name))) {
        return Ok(ServiceReference::Pointer(Pointer::Route { kind, name: object_name(name)?.to_owned() }));
    }
    match service(word) {
        // No Service's name has dots, and a path may look like a type and a name.
        Err(WrongWord::Kind(_) | WrongWord::Name) | Ok(ServiceName::Service(_)) if url::is_url(word) => {
            url::url(word).map(|url| ServiceReference::Pointer(Pointer::Url(url)))
        }
        name => name.map(ServiceReference::Name),
    }
}

/// The type of a route as kubectl takes it.
fn route_kind(kind: &str) -> Option<RouteKind> {
    Some(match kind.to_ascii_lowercase().as_str() {
        "ing" | "ingress" | "ingresses" | "ingresses.networking.k8s.io" => RouteKind::Ingress,
        "gtw" | "gateway" | "gateways" | "gateways.gateway.networking.k8s.io" => RouteKind::Gateway,
        "httproute" | "httproutes" | "httproutes.gateway.networking.k8s.io" => RouteKind::HttpRoute,
        "gw" | "gateways.networking.istio.io" => RouteKind::IstioGateway,
        "vs" | "virtualservice" | "virtualservices" | "virtualservices.networking.istio.io" => RouteKind::VirtualService,
        _ => return None,
    })
}

/// It becomes a part of the server's paths.
fn object_name(name: &str) -> Result<&str, WrongWord> {
    if name.len() <= 253 && name.split('.').all(is_label) { Ok(name) } else { Err(WrongWord::Name) }
}

/// `NAME`, or kubectl's TYPE/NAME with a Service's type or an Istio gateway's.
pub(crate) fn service(word: &str) -> Result<ServiceName, WrongWord> {
    let (kind, name) = word.split_once('/').unwrap_or(("service", word));
    object_name(name)?;
    match kind {
        "svc" | "service" | "services" => Ok(ServiceName::Service(name.to_owned())),
        "istiogateway" | "istiogateways" | "istiogateways.istio.alibabacloud.com" => Ok(ServiceName::IstioGateway(name.to_owned())),
        _ => Err(WrongWord::Kind(kind.to_owned())),
    }
}

/// `pod/NAME` or `deploy/NAME`, each with `.NAMESPACE` behind it where it is another than the Service's.
pub(crate) fn pod(word: &str) -> Result<PodName, WrongWord> {
    let (kind, name) = word.split_once('/').unwrap_or(("pod", word));
    let kind = match kind {
        "po" | "pod" | "pods" => PodNameKind::Pod,
        "deploy" | "deployment" | "deployments" => PodNameKind::Deployment,
        _ => return Err(WrongWord::PodKind(kind.to_owned())),
    };
    let (name, namespace) = match name.rsplit_once('.') {
        Some((name, of)) => (name, Some(namespace(of)?)),
        None => (name, None),
    };
    Ok(PodName { kind, name: object_name(name)?.to_owned(), namespace })
}

/// A label as RFC 1123 has it, in the way of Kubernetes.
fn is_label(word: &str) -> bool {
    let simple = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let (first, last) = (word.bytes().next(), word.bytes().last());
    first.is_some_and(simple) && last.is_some_and(simple) && word.bytes().all(|byte| simple(byte) || byte == b'-')
}

/// A namespace: it becomes a part of the server's paths, and `..` in it would be another object's.
pub(crate) fn namespace(word: &str) -> Result<String, WrongWord> {
    if word.len() <= 63 && is_label(word) { Ok(word.to_owned()) } else { Err(WrongWord::Namespace) }
}

/// A path and query of HTTP.
pub(crate) fn path(word: &str) -> Result<String, WrongWord> {
    if word.len() > MOST_PATH_BYTES {
        Err(WrongWord::LongPath { most: MOST_PATH_BYTES })
    } else if word.starts_with('/') && word.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(word.to_owned())
    } else {
        Err(WrongWord::Path)
    }
}

/// The name of a host, for a Host header or a TLS server name.
pub(crate) fn host(word: &str) -> Result<String, WrongWord> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*');
    if !word.is_empty() && word.len() <= 253 && word.bytes().all(fits) { Ok(word.to_owned()) } else { Err(WrongWord::Host) }
}

/// `ssh://HOST`, or `context/NAME` with any name: a kubeconfig's contexts may be called anything.
pub(crate) fn outside(word: &str) -> Result<Outside, WrongWord> {
    match word.strip_prefix(CONTEXT_PREFIX) {
        Some("") => Err(WrongWord::OutsidePlace),
        Some(context) => Ok(Outside::Context(context.to_owned())),
        None => ssh_host(word).map(Outside::Ssh),
    }
}

/// `ssh://[USER@]HOST[:PORT]`, without what a shell or `ssh` itself would read as more than a name.
fn ssh_host(word: &str) -> Result<SshHost, WrongWord> {
    let name = word.strip_prefix("ssh://").ok_or(WrongWord::OutsidePlace)?;
    let (user, host) = name.split_once('@').map_or((None, name), |(user, host)| (Some(user), host));
    let (host, port) = match host.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    };
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_word = |word: &str, more: &str| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || more.bytes().any(|other| other == byte);
        !word.is_empty() && word.len() <= 253 && !word.starts_with('-') && word.bytes().all(fits)
    };
    let is_host = inside.map_or_else(|| is_word(host, "-._"), |address| is_word(address, ":."));
    let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
    let is_user = user.is_none_or(|user| is_word(user, "-._"));
    if is_host && is_port && is_user { Ok(SshHost::new(word)) } else { Err(WrongWord::OutsidePlace) }
}

/// Headers that the probe writes itself, or that say how a body is sent: there is none.
const RESERVED_HEADERS: [&str; 9] =
    ["host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect", "content-type"];

/// The most bytes of a header: it stands in each check.
const MOST_HEADER_BYTES: usize = 4000;

/// Whether a header's name may have it (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `Name: value`, as RFC 9110 has it (section 5).
pub(crate) fn header(word: &str) -> Result<Header, WrongWord> {
    let (name, value) = word.split_once(':').ok_or(WrongWord::Header)?;
    let value = value.trim_matches([' ', '\t']);
    if word.len() > MOST_HEADER_BYTES {
        Err(WrongWord::LongHeader { most: MOST_HEADER_BYTES })
    } else if name.is_empty() || !name.bytes().all(is_token) || !value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        Err(WrongWord::Header)
    } else if name.eq_ignore_ascii_case("host") {
        Err(WrongWord::HostHeader)
    } else if RESERVED_HEADERS.iter().any(|reserved| name.eq_ignore_ascii_case(reserved)) {
        Err(WrongWord::ReservedHeader(name.to_owned()))
    } else {
        Ok(Header { name: name.to_owned(), value: value.to_owned() })
    }
}

/// `200`, `2xx` or `200-399`.
pub(crate) fn status(word: &str) -> Result<StatusRange, WrongWord> {
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    let number = |word: &str| Some(word).filter(is_number)?.parse::<u16>().ok().filter(|status| is_status(*status));
    let (first, last) = match (word.strip_suffix("xx"), word.split_once('-')) {
        (Some(class), _) => {
            let first = number(&format!("{class}00")).ok_or(WrongWord::Status)?;
            (first, first + 99)
        }
        (None, Some((first, last))) => (number(first).ok_or(WrongWord::Status)?, number(last).ok_or(WrongWord::Status)?),
        (None, None) => number(word).map(|status| (status, status)).ok_or(WrongWord::Status)?,
    };
    if first <= last { Ok(StatusRange { first, last }) } else { Err(WrongWord::Status) }
}

/// The longest pattern: it stands in each check.
const MOST_PATTERN_BYTES: usize = 500;

/// `body`, `body:PATTERN`, `header:NAME` or `header:NAME:PATTERN`.
pub(crate) fn source_from(word: &str) -> Result<SourceFrom, WrongWord> {
    let (part, rest) = word.split_once(':').map_or((word, None), |(part, rest)| (part, Some(rest)));
    let (part, pattern) = match (part, rest) {
        ("body", pattern) => (AnswerPart::Body, pattern),
        ("header", Some(rest)) => {
            let (name, pattern) = rest.split_once(':').map_or((rest, None), |(name, pattern)| (name, Some(pattern)));
            (AnswerPart::Header(name.to_owned()), pattern)
        }
        _ => return Err(WrongWord::SourceFrom),
    };
    let from = SourceFrom { part, pattern: pattern.filter(|pattern| !pattern.is_empty()).map(str::to_owned) };
    check_source_from(&from).map(|()| from)
}

/// The same where it stands in a file.
pub(crate) fn check_source_from(from: &SourceFrom) -> Result<(), WrongWord> {
    if let AnswerPart::Header(name) = &from.part
        && (name.is_empty() || !name.bytes().all(is_token))
    {
        return Err(WrongWord::SourceFrom);
    }
    match &from.pattern {
        Some(pattern) if pattern.len() > MOST_PATTERN_BYTES => Err(WrongWord::LongPattern { most: MOST_PATTERN_BYTES }),
        Some(pattern) => match regex_lite::RegexBuilder::new(pattern).size_limit(MOST_PATTERN_SIZE).build() {
            Ok(_) => Ok(()),
            Err(cause) => Err(WrongWord::Pattern(cause.to_string())),
        },
        None => Ok(()),
    }
}

/// Whether HTTP has such a status, beside those that come before an answer.
pub(crate) fn is_status(status: u16) -> bool {
    (200..=599).contains(&status)
}

/// Bytes in hexadecimal digits.
pub(crate) fn payload(word: &str) -> Result<Datagram, WrongWord> {
    match payload_bytes(word) {
        Some(_) => Ok(Datagram::Payload { hex: word.to_ascii_lowercase() }),
        None => Err(WrongWord::Payload { most: MOST_PAYLOAD_BYTES }),
    }
}

/// A name that a DNS server is asked for: no label of it is empty, or longer than a query can have (RFC 1035, section 2.3.4).
pub(crate) fn dns_query(word: &str) -> Result<Datagram, WrongWord> {
    let name = host(word)?;
    let fits = name.strip_suffix('.').unwrap_or(&name).split('.').all(|label| (1..=63).contains(&label.len()));
    if fits { Ok(Datagram::Dns { name: Some(name) }) } else { Err(WrongWord::Host) }
}

/// A fully qualified service name of protobuf: `shop.v1.Pay`.
/// Where to listen: "127.0.0.1:9464", or ":9464" for every address of the machine.
pub(crate) fn listen_address(word: &str) -> Result<SocketAddr, WrongWord> {
    let every_address = |port: &str| Some(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.parse().ok()?)));
    word.strip_prefix(':').map_or_else(|| word.parse().ok(), every_address).ok_or(WrongWord::ListenAddress)
}

pub(crate) fn grpc_service(word: &str) -> Result<String, WrongWord> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'/');
    if word.len() <= 253 && word.bytes().all(fits) { Ok(word.to_owned()) } else { Err(WrongWord::GrpcService) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_and_names_are_what_ssh_and_dns_take() {
        for word in ["ssh://jump", "ssh://ops@jump.example.com", "ssh://jump:2222", "ssh://ops@[2001:db8::1]:22", "ssh://a_b-c"] {
            assert!(ssh_host(word).is_ok_and(|host| host.as_str() == word), "{word}");
        }
        for word in
            ["jump", "ssh://", "ssh://-oProxyCommand=x", "ssh://-l@jump", "ssh://jump:0", "ssh://jump:65536", "ssh://a b", "ssh://a;b"]
        {
            assert_eq!(outside(word).unwrap_err(), WrongWord::OutsidePlace, "{word}");
        }
        assert_eq!(outside("context/arn:aws:eks:eu-1:1:cluster/b"), Ok(Outside::Context("arn:aws:eks:eu-1:1:cluster/b".into())));
        assert_eq!(outside("context/").unwrap_err(), WrongWord::OutsidePlace);
        for name in ["shop.example.com", "shop.example.com."] {
            assert_eq!(dns_query(name).unwrap(), Datagram::Dns { name: Some(name.into()) });
        }
        for name in ["a..b", ".", "", &"x".repeat(64)] {
            assert_eq!(dns_query(name).unwrap_err(), WrongWord::Host, "{name}");
        }
    }

    #[test]
    fn headers_are_written_as_for_curl() {
        let read = |word: &str| header(word).map(|Header { name, value }| (name, value));
        assert_eq!(read("X-Tenant: blue "), Ok(("X-Tenant".into(), "blue".into())));
        assert_eq!(read("x-empty:"), Ok(("x-empty".into(), String::new())));
        assert_eq!(read("Authorization: Bearer a.b:c"), Ok(("Authorization".into(), "Bearer a.b:c".into())));
        for word in ["", "X-Tenant", ": blue", "X Tenant: blue", "X-Tenant: a\r\nHost: b", "X-Tenant: \u{1b}[2J", "é: 1"] {
            assert_eq!(read(word), Err(WrongWord::Header), "{word:?}");
        }
        assert_eq!(read("host: shop"), Err(WrongWord::HostHeader));
        assert_eq!(read("Content-Length: 5"), Err(WrongWord::ReservedHeader("Content-Length".into())));
        assert_eq!(read(&format!("x: {}", "a".repeat(4000))), Err(WrongWord::LongHeader { most: 4000 }));
    }

    #[test]
    fn a_source_is_told_by_a_header_or_the_body_and_a_pattern_may_say_where() {
        let read = |word: &str| source_from(word).map(|from| (from.part, from.pattern));
        let named = |name: &str| AnswerPart::Header(name.into());
        assert_eq!(read("body"), Ok((AnswerPart::Body, None)));
        assert_eq!(read("body:client=([^: ]+):"), Ok((AnswerPart::Body, Some("client=([^: ]+):".into()))));
        assert_eq!(read("header:X-Real-IP"), Ok((named("X-Real-IP"), None)));
        assert_eq!(read("header:forwarded:for=([^;]+)"), Ok((named("forwarded"), Some("for=([^;]+)".into()))));
        assert_eq!(read("body:"), Ok((AnswerPart::Body, None)));
        for word in ["", "header", "header:", "header:a b", "cookie:a", "body "] {
            assert_eq!(read(word), Err(WrongWord::SourceFrom), "{word}");
        }
        assert!(matches!(read("body:("), Err(WrongWord::Pattern(_))));
        assert_eq!(read(&format!("body:{}", "a".repeat(501))), Err(WrongWord::LongPattern { most: 500 }));
    }

    #[test]
    fn statuses_are_one_a_class_or_a_range() {
        let read = |word: &str| status(word).map(|StatusRange { first, last }| (first, last));
        assert_eq!(read("200"), Ok((200, 200)));
        assert_eq!(read("2xx"), Ok((200, 299)));
        assert_eq!(read("200-399"), Ok((200, 399)));
        for word in ["", "xx", "20", "100", "600", "6xx", "399-200", "200-", "-200", "200-299-300", "abc", "+200"] {
            assert_eq!(read(word), Err(WrongWord::Status), "{word}");
        }
    }

    #[test]
    fn services_are_named_as_kubectl_names_them() {
        assert_eq!(service("2048"), Ok(ServiceName::Service("2048".into())), "from 1.36 on they may begin with a digit (KEP-5311)");
        for word in ["gateway", "svc/gateway", "service/gateway", "services/gateway"] {
            assert_eq!(service(word), Ok(ServiceName::Service("gateway".into())));
        }
        for word in ["pod/gateway", "", "svc/", "Gateway", "a b", "../x", "..", ".", "a..b", "-a", "a-", "a%2fb", "a?b"] {
            assert!(service(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_service_is_also_meant_by_what_leads_to_it() {
        let route = |kind, name: &str| Ok(ServiceReference::Pointer(Pointer::Route { kind, name: name.into() }));
        assert_eq!(service_reference("ing/shop"), route(RouteKind::Ingress, "shop"));
        assert_eq!(service_reference("gateway/public"), route(RouteKind::Gateway, "public"));
        assert_eq!(service_reference("httproute/pay.v2"), route(RouteKind::HttpRoute, "pay.v2"));
        assert_eq!(service_reference("gateways.networking.istio.io/public"), route(RouteKind::IstioGateway, "public"));
        assert_eq!(service_reference("virtualservice/pay"), route(RouteKind::VirtualService, "pay"));
        assert_eq!(service_reference("ingress/../x"), Err(WrongWord::Name));
        for (word, name) in [
            ("gateway", ServiceName::Service("gateway".into())),
            ("svc/gateway", ServiceName::Service("gateway".into())),
            ("istiogateways.istio.alibabacloud.com/gateway", ServiceName::IstioGateway("gateway".into())),
        ] {
            assert_eq!(service_reference(word), Ok(ServiceReference::Name(name)), "{word}");
        }
        for word in
            ["https://shop.example.com/pay", "shop.example.com/pay", "198.51.100.1:443", "gateway:80", "gateway.shop", "[2001:db8::1]:80"]
        {
            assert!(matches!(service_reference(word), Ok(ServiceReference::Pointer(Pointer::Url(_)))), "{word}");
        }
        for word in ["pod/gateway", "", "svc/", "Gateway", "a b", "../x", "..", ".", "-a", "a%2fb", "a?b", "deploy/a.b"] {
            assert!(service_reference(word).is_err(), "{word}");
        }
    }

    #[test]
    fn pods_are_named_with_their_kind_and_namespace() {
        let named = |kind, name: &str, namespace: Option<&str>| {
            Ok(PodName { kind, name: name.to_owned(), namespace: namespace.map(str::to_owned) })
        };
        for word in ["cart-7d9f", "pod/cart-7d9f", "po/cart-7d9f", "pods/cart-7d9f"] {
            assert_eq!(pod(word), named(PodNameKind::Pod, "cart-7d9f", None));
        }
        assert_eq!(pod("pod/cart-7d9f.shop"), named(PodNameKind::Pod, "cart-7d9f", Some("shop")));
        assert_eq!(pod("deploy/cart.shop"), named(PodNameKind::Deployment, "cart", Some("shop")));
        for word in ["svc/cart", "", "pod/", "pod/a/b", "pod/../x", "pod/cart.", "pod/.shop", "pod/cart.Shop", "pod/a b"] {
            assert!(pod(word).is_err(), "{word}");
        }
    }

    #[test]
    fn a_namespace_is_no_path() {
        for word in ["shop", "kube-system", "a", "2048"] {
            assert_eq!(namespace(word), Ok(word.to_owned()));
        }
        let long = "a".repeat(64);
        for word in ["", "..", "../../api/v1/secrets?x=", "kube-system/secrets?", "Shop", "a.b", "-a", "a-", "a%2e", "a\n", &long] {
            assert!(namespace(word).is_err(), "{word}");
        }
    }
}
