//! A client certificate and its key on their way to a probe: in a variable, on one line.

/// The environment variable that carries them; empty or missing where there are none.
pub const IDENTITY_VARIABLE: &str = "LBPROBE_CLIENT_IDENTITY";

/// What stands for the end of a line. PEM does not have it (RFC 7468, section 3).
const LINE_END: &str = "|";

/// PEM text as the value of a variable.
#[must_use]
pub fn identity_to_variable(pem: &str) -> String {
    pem.lines().collect::<Vec<_>>().join(LINE_END)
}

/// The PEM text of such a value.
#[must_use]
pub fn identity_from_variable(value: &str) -> String {
    value.replace(LINE_END, "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_comes_back_whatever_ends_its_lines() {
        let pem = "-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----";
        for text in [pem.to_owned(), pem.replace('\n', "\r\n"), format!("{pem}\n")] {
            let value = identity_to_variable(&text);
            assert!(!value.contains(['\n', '\r']));
            assert_eq!(identity_from_variable(&value), pem);
        }
    }
}
