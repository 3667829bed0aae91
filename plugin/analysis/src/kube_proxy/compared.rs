//! The releases of kube-proxy that the model was held against.

use crate::facts::{ProxyMode, Version};

/// The oldest real kube-proxy that the model agrees with in every cell. Of older ones it knows the source alone.
const OLDEST: Version = Version::new(23, 0);

/// The oldest one in nftables mode, which was new then.
const OLDEST_OF_NFTABLES: Version = Version::new(31, 0);

/// The newest one. Of newer ones it knows announcements alone.
pub(crate) const NEWEST: Version = Version::new(37, 0);

/// The oldest one in a mode.
pub(crate) const fn oldest(mode: Option<ProxyMode>) -> Version {
    match mode {
        Some(ProxyMode::Nftables) => OLDEST_OF_NFTABLES,
        Some(ProxyMode::Iptables | ProxyMode::Ipvs) | None => OLDEST,
    }
}

/// Whether a release is one of them, or lies between two: its patch release does not count.
pub(crate) const fn covers(mode: Option<ProxyMode>, release: Version) -> bool {
    oldest(mode).minor <= release.minor && release.minor <= NEWEST.minor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_builds_what_is_said_to_be_compared() {
        let makefile = include_str!("../../../../Makefile");
        let releases = makefile.lines().find_map(|line| line.strip_prefix("RELEASES := ")).unwrap();
        let releases: Vec<Version> = releases.split(',').map(|release| release.parse().unwrap()).collect();
        assert_eq!((releases.iter().min(), releases.iter().max()), (Some(&OLDEST), Some(&NEWEST)));
        assert!(releases.into_iter().all(|release| covers(None, release)));
        for (mode, minor) in [(None, 22), (None, 38), (Some(ProxyMode::Nftables), 30)] {
            assert!(!covers(mode, Version::new(minor, 17)), "{mode:?} {minor}");
        }
    }
}
