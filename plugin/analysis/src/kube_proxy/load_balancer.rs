//! What becomes of a connection that the client's node leaves to the load balancer: that may send it back to the same node,
//! have nobody to send it to, or never see it because the node has the address itself.

use super::condition::Condition;
use super::expectation::{Answer, Case, Expectation, Expected};
use super::rule::Rule;

/// The load balancer as a node meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Beyond {
    /// How it may treat the node's connections.
    pub(super) loops: Loops,
    /// Whether the node is one of its backends, and these have its address themselves.
    pub(super) holds_address: bool,
    /// Whether it has a backend, as far as the facts tell.
    pub(super) has_backend: bool,
    /// Whether `loadBalancerSourceRanges`, which clouds have their load balancers apply, may leave the client out.
    pub(super) may_be_out_of_range: bool,
}

/// Whether the load balancer may send a node's connections back to it, and lose them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Loops {
    /// It does not.
    Never,
    /// Where it picks the client's own node.
    NowAndThen,
    /// The node is its only backend.
    Always,
}

/// What an expectation comes to at the load balancer's own address or hostname.
pub(super) fn at_load_balancer(beyond: Beyond, expected: Expectation) -> Expectation {
    let cases = match expected {
        Expectation::Certain(answer) if answer.expected != Expected::NotIntercepted => return Expectation::Certain(answer),
        Expectation::Certain(answer) => vec![Case { when: Vec::new(), answer }],
        Expectation::Depends(cases) => cases,
    };
    let mut cases: Vec<_> = cases.into_iter().flat_map(|case| passed_on(beyond, case)).collect();
    match cases.as_mut_slice() {
        [only] if only.when.is_empty() => Expectation::Certain(only.answer),
        _ => Expectation::Depends(cases),
    }
}

fn passed_on(beyond: Beyond, case: Case) -> Vec<Case> {
    if case.answer.expected != Expected::NotIntercepted {
        return vec![case];
    }
    let otherwise = |holds: Condition, fails: Condition, answer: Answer| {
        let with = |condition: Condition, answer| Case { when: case.when.iter().cloned().chain([condition]).collect(), answer };
        vec![with(holds, case.answer), with(fails, answer)]
    };
    let rule = case.answer.rule;
    if beyond.holds_address && may_be_held(rule) {
        let held = Answer::new(if_held(rule), Rule::BackendHoldsAddress);
        return otherwise(Condition::BackendHoldsAddress(false), Condition::BackendHoldsAddress(true), held);
    }
    if !beyond.has_backend {
        let lost = Answer::new(Expected::Lost, Rule::LoadBalancerWithoutBackend);
        return otherwise(Condition::LoadBalancerHasBackend(true), Condition::LoadBalancerHasBackend(false), lost);
    }
    if beyond.may_be_out_of_range {
        let dropped = Answer::new(Expected::Dropped, Rule::OutsideSourceRanges);
        return otherwise(Condition::InSourceRange(true), Condition::InSourceRange(false), dropped);
    }
    let loopback = Answer::new(Expected::Dropped, Rule::LoadBalancerLoopback);
    match beyond.loops {
        Loops::Always if keeps_way_back(rule) => vec![Case { answer: loopback, ..case }],
        Loops::NowAndThen if keeps_way_back(rule) => otherwise(Condition::OwnNodePicked(false), Condition::OwnNodePicked(true), loopback),
        _ => vec![case],
    }
}

/// What an expectation comes to at an external IP, behind which no load balancer stands: routes bring what a node leaves alone
/// to some node.
pub(super) fn at_external_ip(expected: Expectation) -> Expectation {
    match expected {
        Expectation::Certain(answer) if answer.expected == Expected::NotIntercepted => Expectation::Depends(vec![
            Case { when: vec![Condition::NetworkBringsToEndpoint(true)], answer },
            Case { when: vec![Condition::NetworkBringsToEndpoint(false)], answer: Answer::new(Expected::Lost, answer.rule) },
        ]),
        other => other,
    }
}

/// Whether the packet passes the node's own routes, at the address that the node may have.
const fn may_be_held(rule: Rule) -> bool {
    !matches!(rule, Rule::HostnameOnly | Rule::PastNodeNetwork | Rule::TerwayPassesOn)
}

/// What a node makes of a packet to an address of its own. iptables mode before 1.25 drops in INPUT what it marked.
const fn if_held(rule: Rule) -> Expected {
    match rule {
        Rule::ForwardedPastDropMark => Expected::Dropped,
        _ => Expected::LocalListener,
    }
}

/// Whether the load balancer gets the packet as the node, or a pod beside an endpoint, sent it.
const fn keeps_way_back(rule: Rule) -> bool {
    matches!(rule, Rule::HostnameOnly | Rule::IpModeProxy | Rule::TerwayPassesOn | Rule::TkeLeavesAddress)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Beyond = Beyond { loops: Loops::Never, holds_address: false, has_backend: true, may_be_out_of_range: false };

    fn outcomes(beyond: Beyond, expected: Expected, rule: Rule) -> Vec<(Expected, Rule)> {
        let expected = at_load_balancer(beyond, Expectation::Certain(Answer::new(expected, rule)));
        expected.answers().map(|answer| (answer.expected, answer.rule)).collect()
    }

    #[test]
    fn what_a_node_answers_itself_stays_as_it_is() {
        let all = Beyond { loops: Loops::Always, holds_address: true, has_backend: false, may_be_out_of_range: true };
        assert_eq!(outcomes(all, Expected::Refused, Rule::NoEndpoint), [(Expected::Refused, Rule::NoEndpoint)]);
        assert_eq!(outcomes(PLAIN, Expected::NotIntercepted, Rule::HostnameOnly), [(Expected::NotIntercepted, Rule::HostnameOnly)]);
    }

    #[test]
    fn what_is_passed_on_may_be_lost_there() {
        let passed_on = |beyond, rule| outcomes(beyond, Expected::NotIntercepted, rule)[1..].to_vec();
        let without_backend = Beyond { has_backend: false, ..PLAIN };
        let held = Beyond { holds_address: true, ..PLAIN };
        let now_and_then = Beyond { loops: Loops::NowAndThen, ..PLAIN };
        let lost = (Expected::Lost, Rule::LoadBalancerWithoutBackend);
        assert_eq!(passed_on(without_backend, Rule::HostnameOnly), [lost]);
        assert_eq!(passed_on(now_and_then, Rule::TerwayPassesOn), [(Expected::Dropped, Rule::LoadBalancerLoopback)]);
        assert_eq!(passed_on(now_and_then, Rule::IptablesUndeclaredPort), []);
        assert_eq!(passed_on(held, Rule::ForwardedPastDropMark), [(Expected::Dropped, Rule::BackendHoldsAddress)]);
        assert_eq!(passed_on(held, Rule::NftablesUndeclaredPort), [(Expected::LocalListener, Rule::BackendHoldsAddress)]);
        assert_eq!(passed_on(held, Rule::PastNodeNetwork), []);
        let ranges = Beyond { may_be_out_of_range: true, ..PLAIN };
        assert_eq!(passed_on(ranges, Rule::HostnameOnly), [(Expected::Dropped, Rule::OutsideSourceRanges)]);
        let always = Beyond { loops: Loops::Always, ..PLAIN };
        let looped = [(Expected::Dropped, Rule::LoadBalancerLoopback)];
        assert_eq!(outcomes(always, Expected::NotIntercepted, Rule::TkeLeavesAddress), looped);
    }
}
