//! What clients dial, with a scheme or without.

use std::net::IpAddr;

use lbprobe_analysis::plan::Scheme;
use url::Host;

use super::{host, path};
use crate::error::WrongWord;
use crate::settings::{Url, UrlHost};

/// Whether a word is meant as something that clients dial: it has a scheme, or a dot, a colon or a bracket before its path.
/// No Service's name has any of them.
pub(super) fn is_url(word: &str) -> bool {
    let before_path = word.split('/').next().unwrap_or_default();
    word.contains("://") || before_path.contains(['.', ':', '['])
}

/// A URL, or the same without its scheme.
pub(super) fn url(word: &str) -> Result<Url, WrongWord> {
    let (scheme, rest) = match word.split_once("://") {
        Some((scheme, rest)) => (Some(known_scheme(scheme)?), rest),
        None => (None, word),
    };
    // What stands behind # stays in the browser.
    let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
    let whole = word.split_once('#').map_or(word, |(whole, _)| whole);
    let (authority, path_and_query) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(WrongWord::Password);
    }
    let (host, port) = host_and_port(authority)?;
    let path = match path_and_query {
        "" => None,
        query if query.starts_with('?') => Some(path(&format!("/{query}"))?),
        whole => Some(path(whole)?),
    };
    let own_port = match scheme {
        Some(Scheme::Http) => Some(80),
        Some(Scheme::Https) => Some(443),
        Some(Scheme::Tcp | Scheme::Tls | Scheme::H2c | Scheme::H2 | Scheme::Grpc | Scheme::Grpcs) | None => None,
    };
    Ok(Url { word: whole.to_owned(), scheme, host, port: port.or(own_port), path })
}

fn known_scheme(scheme: &str) -> Result<Scheme, WrongWord> {
    match scheme.to_ascii_lowercase().as_str() {
        "http" => Ok(Scheme::Http),
        "https" => Ok(Scheme::Https),
        "tls" => Ok(Scheme::Tls),
        "tcp" => Ok(Scheme::Tcp),
        "h2c" => Ok(Scheme::H2c),
        "grpc" => Ok(Scheme::Grpc),
        "grpcs" => Ok(Scheme::Grpcs),
        other => Err(WrongWord::UrlScheme(other.to_owned())),
    }
}

fn host_and_port(authority: &str) -> Result<(UrlHost, Option<u16>), WrongWord> {
    // An IPv6 address without brackets has no port.
    if let Ok(address) = authority.parse::<IpAddr>() {
        return Ok((UrlHost::Address(address.to_canonical()), None));
    }
    let is_whole = !authority.starts_with('[') || authority.contains(']');
    let colon = authority.rfind(':').filter(|colon| is_whole && !authority[*colon..].contains(']'));
    let (name, port) = match colon {
        Some(colon) => (&authority[..colon], Some(port(&authority[colon + 1..])?)),
        None => (authority, None),
    };
    let refused = || WrongWord::UrlHost(name.to_owned());
    let parsed = match Host::parse(name).map_err(|_| refused())? {
        // Browsers read 2048 and 10.1 as addresses too, which nobody means here.
        Host::Ipv4(address) if name.parse() != Ok(address) => return Err(refused()),
        Host::Domain(name) if name.contains('*') => return Err(refused()),
        Host::Ipv4(address) => UrlHost::Address(address.into()),
        Host::Ipv6(address) => UrlHost::Address(IpAddr::from(address).to_canonical()),
        Host::Domain(name) => UrlHost::Name(host(name.trim_end_matches('.'))?),
    };
    Ok((parsed, port))
}

fn port(word: &str) -> Result<u16, WrongWord> {
    word.parse().ok().filter(|port| *port != 0).ok_or(WrongWord::Port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(word: &str) -> (Option<Scheme>, String, Option<u16>, Option<String>) {
        let Url { scheme, host, port, path, .. } = url(word).unwrap();
        (scheme, host.to_string(), port, path)
    }

    #[test]
    fn a_tickets_words_are_taken_as_they_stand() {
        let some = |path: &str| Some(path.to_owned());
        let shop = || "shop.example.com".to_owned();
        assert_eq!(read("https://shop.example.com/pay?order=7#top"), (Some(Scheme::Https), shop(), Some(443), some("/pay?order=7")));
        assert_eq!(read("HTTP://Shop.Example.com"), (Some(Scheme::Http), shop(), Some(80), None));
        assert_eq!(read("https://shop.example.com:8443?a=b"), (Some(Scheme::Https), shop(), Some(8443), some("/?a=b")));
        assert_eq!(read("shop.example.com"), (None, shop(), None, None));
        assert_eq!(read("shop.example.com./pay"), (None, shop(), None, some("/pay")));
        assert_eq!(read("tls://shop.example.com:993"), (Some(Scheme::Tls), shop(), Some(993), None));
        assert_eq!(read("198.51.100.1:443"), (None, "198.51.100.1".into(), Some(443), None));
        assert_eq!(read("198.51.100.1"), (None, "198.51.100.1".into(), None, None));
        assert_eq!(read("2001:db8::1"), (None, "2001:db8::1".into(), None, None));
        assert_eq!(read("[2001:db8::1]:80"), (None, "2001:db8::1".into(), Some(80), None));
        assert_eq!(read("[::ffff:198.51.100.1]:443"), (None, "198.51.100.1".into(), Some(443), None));
        assert_eq!(url("https://shop.example.com/#top").unwrap().word, "https://shop.example.com/");
        assert_eq!(read("https://[2001:db8::1]/"), (Some(Scheme::Https), "2001:db8::1".into(), Some(443), some("/")));
        assert_eq!(read("https://bücher.example/"), (Some(Scheme::Https), "xn--bcher-kva.example".into(), Some(443), some("/")));
    }

    #[test]
    fn what_cannot_be_dialled_is_refused() {
        for (word, cause) in [
            ("ftp://shop.example.com", WrongWord::UrlScheme("ftp".into())),
            ("https://me:secret@shop.example.com", WrongWord::Password),
            ("shop.example.com:0", WrongWord::Port),
            ("shop.example.com:http", WrongWord::Port),
            ("198.51.100.1:65536", WrongWord::Port),
            ("https://", WrongWord::UrlHost(String::new())),
            ("https:///pay", WrongWord::UrlHost(String::new())),
            ("https://shop example.com", WrongWord::UrlHost("shop example.com".into())),
            ("http://2048", WrongWord::UrlHost("2048".into())),
            ("https://*.example.net", WrongWord::UrlHost("*.example.net".into())),
            ("https://[2001:db8::1", WrongWord::UrlHost("[2001:db8::1".into())),
        ] {
            assert_eq!(url(word), Err(cause), "{word}");
        }
        assert!(url("https://shop.example.com/a b").is_err());
        assert!(url("https://shop.example.com/a\u{1b}[31m").is_err());
        assert!(url("https://shop.example.com\u{202e}/").is_err());
    }

    #[test]
    fn a_services_name_is_none() {
        for word in ["gateway", "svc/gateway", "2048", "istiogateway/ingress", "ingress/shop.web"] {
            assert!(!is_url(word), "{word}");
        }
        for word in ["https://gateway", "gateway:80", "shop.example.com", "gateway.shop", "198.51.100.1", "2001:db8::1", "[::1]:80"] {
            assert!(is_url(word), "{word}");
        }
    }
}
