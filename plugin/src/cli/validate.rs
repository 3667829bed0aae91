//! One rule each: a raw word to its typed value, or why it is none.

use std::time::Duration;

use jiff::SignedDuration;
use lbprobe_analysis::plan::{Network, Scheme};
use lbprobe_analysis::remedies::Strategy;
use lbprobe_analysis::words;

use super::ServiceName;

/// The longest path that is asked for: servers take no longer request lines, and it stands in each check.
const MOST_PATH_BYTES: usize = 2000;

/// `NAME`, or kubectl's TYPE/NAME with a Service's type or an Istio gateway's.
pub(super) fn service(word: &str) -> Result<ServiceName, String> {
    let (kind, name) = word.split_once('/').unwrap_or(("service", word));
    // It becomes a part of the server's paths.
    if name.len() > 253 || !name.split('.').all(is_label) {
        return Err("a name has a-z, 0-9, - and . between them, and not more than 253 of them".into());
    }
    match kind {
        "svc" | "service" | "services" => Ok(ServiceName::Service(name.to_owned())),
        "istiogateway" | "istiogateways" | "istiogateways.istio.alibabacloud.com" => Ok(ServiceName::IstioGateway(name.to_owned())),
        _ => Err(format!("{kind} is not a kind that can be probed: name a Service, svc/NAME or istiogateway/NAME")),
    }
}

/// A label as RFC 1123 has it, in the way of Kubernetes.
fn is_label(word: &str) -> bool {
    let simple = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let (first, last) = (word.bytes().next(), word.bytes().last());
    first.is_some_and(simple) && last.is_some_and(simple) && word.bytes().all(|byte| simple(byte) || byte == b'-')
}

/// A namespace: it becomes a part of the server's paths, and `..` in it would be another object's.
pub(crate) fn namespace(word: &str) -> Result<String, String> {
    if word.len() <= 63 && is_label(word) {
        Ok(word.to_owned())
    } else {
        Err("a namespace has a-z, 0-9 and - between them, and not more than 63 of them".into())
    }
}

/// kubectl's form: `5s`, `1m`, or a number of seconds.
pub(super) fn duration(word: &str) -> Result<Duration, String> {
    let duration = if let Ok(seconds) = word.parse::<u32>() {
        Duration::from_secs(seconds.into())
    } else {
        let parsed: SignedDuration = word.parse().map_err(|_| "say a duration such as 500ms, 5s or 1m".to_owned())?;
        Duration::try_from(parsed).map_err(|_| "a duration is not negative".to_owned())?
    };
    if duration.is_zero() { Err("a duration of zero leaves no time".into()) } else { Ok(duration) }
}

/// A Job's deadline is in seconds, and a run takes some.
pub(super) fn whole_seconds(word: &str) -> Result<Duration, String> {
    let duration = duration(word)?;
    if duration < Duration::from_secs(10) { Err("at least 10s".into()) } else { Ok(Duration::from_secs(duration.as_secs())) }
}

/// kubelet keeps 10 MiB of a log: some hours of samples.
pub(super) fn watch_duration(word: &str) -> Result<Duration, String> {
    let duration = duration(word)?;
    if duration > Duration::from_hours(12) { Err("at most 12h".into()) } else { Ok(duration) }
}

/// Shorter ones would be load.
pub(super) fn interval(word: &str) -> Result<Duration, String> {
    let duration = duration(word)?;
    let fits = Duration::from_millis(200)..=Duration::from_mins(1);
    if fits.contains(&duration) { Ok(duration) } else { Err("from 200ms to 1m".into()) }
}

/// Longer than a minute is no probe any more.
pub(super) fn check_timeout(word: &str) -> Result<Duration, String> {
    let duration = duration(word)?;
    if duration > Duration::from_mins(1) { Err("at most 60s".into()) } else { Ok(duration) }
}

pub(super) fn strategy(word: &str) -> Result<Strategy, String> {
    let names = || Strategy::ALL.map(|strategy| strategy.to_string());
    Strategy::ALL.into_iter().find(|strategy| strategy.to_string() == word).ok_or_else(|| format!("one of {}", words::list(&names())))
}

/// A JSON object; fields that the server keeps are not the user's to patch.
pub(super) fn patch(word: &str) -> Result<serde_json::Value, String> {
    match serde_json::from_str(word) {
        Ok(patch @ serde_json::Value::Object(_)) => Ok(patch),
        Ok(_) => Err("a merge patch is a JSON object, {\"spec\":{…}} for instance".into()),
        Err(cause) => Err(format!("no JSON: {cause}")),
    }
}

pub(super) fn scheme(word: &str) -> Result<Scheme, String> {
    match word {
        "tcp" => Ok(Scheme::Tcp),
        "http" => Ok(Scheme::Http),
        "tls" => Ok(Scheme::Tls),
        "https" => Ok(Scheme::Https),
        _ => Err("one of tcp, http, tls and https".into()),
    }
}

pub(super) fn network(word: &str) -> Result<Network, String> {
    match word {
        "pod" => Ok(Network::Pod),
        "host" => Ok(Network::Host),
        _ => Err("one of pod and host".into()),
    }
}

pub(crate) fn path(word: &str) -> Result<String, String> {
    if word.len() > MOST_PATH_BYTES {
        Err(format!("a path has not more than {MOST_PATH_BYTES} bytes"))
    } else if word.starts_with('/') && word.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(word.to_owned())
    } else {
        Err("a path begins with / and has no spaces or line breaks".into())
    }
}

pub(crate) fn host(word: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'*');
    if !word.is_empty() && word.len() <= 253 && word.bytes().all(fits) { Ok(word.to_owned()) } else { Err("not a host name".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_as_kubectl_names_them() {
        for word in ["gateway", "svc/gateway", "service/gateway", "services/gateway"] {
            assert_eq!(service(word), Ok(ServiceName::Service("gateway".into())));
        }
        for word in ["pod/gateway", "", "svc/", "Gateway", "a b", "../x", "..", ".", "a..b", "-a", "a-", "a%2fb", "a?b"] {
            assert!(service(word).is_err(), "{word}");
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

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        assert_eq!(duration("3500ms").unwrap(), Duration::from_millis(3500));
        assert_eq!(duration("5").unwrap(), Duration::from_secs(5));
        assert_eq!(duration("1m").unwrap(), Duration::from_mins(1));
        for word in ["0", "0s", "-1s", "soon", ""] {
            assert!(duration(word).is_err(), "{word}");
        }
    }
}
