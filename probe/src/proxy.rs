//! What Envoy says where it answers in the server's place: its error names what failed on its own connection to the server.

use lbprobe_protocol::BehindProxy;

/// Envoy's status for a server that it does not reach.
const UNAVAILABLE: u16 = 503;

/// Words of Envoy's local replies: a connection behind it failed; in TLS (`TLS_error` since release 1.27, `TLS error` before); as the
/// server speaks no TLS; before TLS. Release 1.40 has the first alone.
const BEHIND: &[u8] = b"connection failure";
const IN_TLS: [&[u8]; 2] = [b"TLS_error", b"TLS error"];
const PLAIN_SERVER: &[u8] = b"WRONG_VERSION_NUMBER";
const UNREACHED: [&[u8]; 2] = [b"delayed connect error", b"immediate connect error"];

/// Whether an answer may be a proxy's own.
pub(crate) fn may_answer(status: u16, server: Option<&str>) -> bool {
    status == UNAVAILABLE && server.is_some_and(|server| server.contains("envoy"))
}

/// How its connection to the server failed, by the text of its answer.
pub(crate) fn behind(body: &[u8]) -> Option<BehindProxy> {
    let has = |words: &[u8]| body.windows(words.len()).any(|window| window == words);
    if !has(BEHIND) {
        None
    } else if has(PLAIN_SERVER) {
        Some(BehindProxy::PlainServer)
    } else if IN_TLS.into_iter().any(has) {
        Some(BehindProxy::Tls)
    } else if UNREACHED.into_iter().any(has) {
        Some(BehindProxy::Unreached)
    } else {
        Some(BehindProxy::Connection)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envoys_words_tell_what_failed_behind_it() {
        let reply = |reason: &str| format!("upstream connect error or disconnect/reset before headers. reset reason: {reason}");
        let of = |reason: &str| behind(reply(&format!("connection failure, transport failure reason: {reason}")).as_bytes());
        let plain = "TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end";
        assert_eq!(of(plain), Some(BehindProxy::PlainServer));
        assert_eq!(of("TLS error: 268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED"), Some(BehindProxy::Tls));
        assert_eq!(of("delayed connect error: 111"), Some(BehindProxy::Unreached));
        assert_eq!(behind(reply("remote connection failure").as_bytes()), Some(BehindProxy::Connection));
        assert_eq!(behind(reply("connection timeout").as_bytes()), None);
        assert_eq!(behind(b"no healthy upstream"), None);
        assert!(may_answer(503, Some("envoy")) && !may_answer(503, Some("nginx")) && !may_answer(200, Some("envoy")));
    }
}
