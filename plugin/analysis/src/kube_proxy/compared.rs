//! The releases of kube-proxy that the model was held against.

use crate::facts::Version;

/// The oldest real kube-proxy that the model agrees with in every cell. Of older ones it knows the source alone.
pub(crate) const OLDEST: Version = Version::new(23, 0);

/// The newest one. Of newer ones it knows announcements alone.
pub(crate) const NEWEST: Version = Version::new(37, 0);

/// Whether a release is one of them, or lies between two: its patch release does not count.
pub(crate) const fn covers(release: Version) -> bool {
    OLDEST.minor <= release.minor && release.minor <= NEWEST.minor
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
        assert!(releases.into_iter().all(covers) && !covers(Version::new(22, 17)) && !covers(Version::new(38, 0)));
    }
}
