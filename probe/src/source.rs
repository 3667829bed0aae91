//! The address that a server saw a request come from, where its answer tells it.

use std::net::{IpAddr, SocketAddr};

use hyper::HeaderMap;
use lbprobe_protocol::{AnswerPart, MOST_PATTERN_SIZE, SourceFrom};
use regex_lite::RegexBuilder;

/// The address in a header, where that is the part that tells it.
pub(crate) fn in_headers(headers: &HeaderMap, from: &SourceFrom) -> Option<IpAddr> {
    let AnswerPart::Header(name) = &from.part else { return None };
    let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.find_map(|value| found(value, from))
}

/// The address in the beginning of a body.
pub(crate) fn in_body(body: &[u8], from: &SourceFrom) -> Option<IpAddr> {
    found(&String::from_utf8_lossy(body), from)
}

/// The first address of a text, or of what the pattern finds in it.
fn found(text: &str, from: &SourceFrom) -> Option<IpAddr> {
    let Some(pattern) = &from.pattern else { return addresses(text).find(|address| !address.is_loopback()) };
    // The plugin has compiled it already.
    let captures = RegexBuilder::new(pattern).size_limit(MOST_PATTERN_SIZE).build().ok()?.captures(text)?;
    addresses(captures.get(1).or_else(|| captures.get(0))?.as_str()).next()
}

/// Addresses stand alone, in brackets, or with a port; what is glued to other letters is none.
fn addresses(text: &str) -> impl Iterator<Item = IpAddr> + '_ {
    let ends_word = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | ':' | '[' | ']' | '-' | '_' | '%'));
    text.split(ends_word).filter_map(address)
}

fn address(word: &str) -> Option<IpAddr> {
    let word = word.trim_end_matches(['.', ':']);
    let bare = word.strip_prefix('[').and_then(|word| word.strip_suffix(']')).unwrap_or(word);
    let address = bare.parse().ok().or_else(|| word.parse::<SocketAddr>().ok().map(|address| address.ip()))?;
    // A socket of both families shows IPv4 addresses as IPv6's.
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    fn body(pattern: Option<&str>) -> SourceFrom {
        SourceFrom { part: AnswerPart::Body, pattern: pattern.map(Into::into) }
    }

    #[test]
    fn the_first_address_of_an_echo_is_found() {
        for (text, address) in [
            ("10.244.1.7:43210", Some("10.244.1.7")),
            ("client_address=10.244.1.7\ncommand=GET\n", Some("10.244.1.7")),
            ("Hostname: whoami\nRemoteAddr: 10.42.0.1:51234\nGET / HTTP/1.1\n", Some("10.42.0.1")),
            (r#"{"remote":"::ffff:192.0.2.7","port":80}"#, Some("192.0.2.7")),
            ("from [fd00::7]:43210 to [fd00::1]:80", Some("fd00::7")),
            ("you are fd00::7.", Some("fd00::7")),
            ("192.0.2.7, 10.0.0.1", Some("192.0.2.7")),
            ("Hostname: web\nIP: 127.0.0.1\nIP: ::1\nRemoteAddr: 10.42.0.1:51234", Some("10.42.0.1")),
            ("nginx/1.22.1 std::string 300.1.2.3 v1.2.3.4", None),
            ("", None),
        ] {
            assert_eq!(in_body(text.as_bytes(), &body(None)), address.map(|address| address.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn a_pattern_says_which() {
        let text = b"server=10.0.0.1 client=10.244.1.7 port=1";
        let found = |pattern| in_body(text, &body(Some(pattern)));
        assert_eq!(found(r"client=(\S+)"), Some([10, 244, 1, 7].into()));
        assert_eq!(found(r"10\.0\S+"), Some([10, 0, 0, 1].into()));
        assert_eq!(found(r"port=(\S+)"), None, "no address");
        assert_eq!(found("("), None, "no pattern");
    }

    #[test]
    fn a_header_tells_it_whatever_its_letters() {
        let headers = HeaderMap::from_iter([("x-real-ip".parse().unwrap(), HeaderValue::from_static("10.244.1.7"))]);
        let named = |name: &str| SourceFrom { part: AnswerPart::Header(name.into()), pattern: None };
        assert_eq!(in_headers(&headers, &named("X-Real-IP")), Some([10, 244, 1, 7].into()));
        assert_eq!(in_headers(&headers, &named("X-Forwarded-For")), None);
        assert_eq!(in_headers(&headers, &body(None)), None);
    }
}
