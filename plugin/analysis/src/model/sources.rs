//! Source addresses at the ClusterIP, which all modes treat alike.

use super::expectation::Source;
use super::situation::{Detection, Origin};

/// A stranger is masqueraded, so that the answer finds its way back; where nothing is detected,
/// nobody is. A connection that an endpoint makes to itself always is.
pub(super) fn source_at_cluster_ip(origin: Origin) -> Source {
    match origin {
        Origin::Pod(Detection::Local | Detection::Off) | Origin::Elsewhere => Source::Client,
        Origin::Pod(Detection::Stranger) | Origin::Host => Source::Node,
    }
}
