//! Releases of Kubernetes' components.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::NotAVersion;

/// A release. Vendors' suffixes (`v1.30.1-aliyun.1`, `1.24+`) are dropped: behaviour goes by the
/// upstream release that they build from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// 1, so far.
    pub major: u16,
    /// 34 of 1.34.2.
    pub minor: u16,
    /// 2 of 1.34.2; 0 where it is not said.
    pub patch: u16,
}

impl Version {
    /// Release 1.`minor`.`patch`.
    #[must_use]
    pub const fn new(minor: u16, patch: u16) -> Self {
        Self { major: 1, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(word: &str) -> Result<Self, NotAVersion> {
        let error = || NotAVersion(word.chars().take(40).collect());
        let bare = word.strip_prefix('v').unwrap_or(word);
        let end = bare.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(bare.len());
        let mut numbers = bare[..end].split('.').map(str::parse::<u16>);
        let mut next = || numbers.next().map(|number| number.map_err(|_| error())).transpose();
        let (major, minor, patch) = (next()?, next()?, next()?);
        Ok(Self { major: major.ok_or_else(error)?, minor: minor.ok_or_else(error)?, patch: patch.unwrap_or_default() })
    }
}

impl TryFrom<String> for Version {
    type Error = NotAVersion;

    fn try_from(word: String) -> Result<Self, NotAVersion> {
        word.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_read_as_vendors_write_them() {
        let rows = [
            ("v1.34.2", Version::new(34, 2)),
            ("1.24", Version::new(24, 0)),
            ("v1.22.15-aliyun.1", Version::new(22, 15)),
            ("1.28+", Version::new(28, 0)),
            ("v1.30.4-eks-a737599", Version::new(30, 4)),
            ("v1.33.0-rc.1+abc", Version::new(33, 0)),
        ];
        for (word, version) in rows {
            assert_eq!(word.parse(), Ok(version), "{word}");
        }
        assert!(Version::new(9, 3) < Version::new(24, 0));
    }

    #[test]
    fn other_words_are_none() {
        for word in ["", "v", "latest", "1", "v1.", "sha256:12", "1..2", "1.99999999", "１.2"] {
            assert!(word.parse::<Version>().is_err(), "{word}");
        }
    }
}
