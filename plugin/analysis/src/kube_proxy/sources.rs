//! Source addresses at the ClusterIP, which all modes treat alike.

use super::connection::{Detection, Origin};
use super::expectation::Source;

/// A stranger is masqueraded, so that the answer finds its way back; where nothing is detected,
/// nobody is. A connection that an endpoint makes to itself always is.
pub(super) fn source_at_cluster_ip(origin: Origin) -> Source {
    match origin {
        Origin::Pod(Detection::Local | Detection::Off) | Origin::Elsewhere => Source::Client,
        Origin::Pod(Detection::NonLocal) | Origin::Host => Source::Node,
    }
}
