//! The name that a user most likely meant.

use strsim::osa_distance;

/// The shortest name of which a part counts as a sign.
const SHORTEST_PART: usize = 4;

/// The name among these that is most like a word: with few letters changed, else one that has the word in it or the
/// other way round. None where nothing is like it, or where it is one of the names.
pub(crate) fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let names: Vec<_> = names.into_iter().collect();
    if names.contains(&word) {
        return None;
    }
    let misspelt = names.iter().map(|name| (osa_distance(word, name), *name)).filter(|(distance, _)| *distance <= tolerated(word)).min();
    let part = || {
        let holds = |name: &&str| name.len().min(word.len()) >= SHORTEST_PART && (name.contains(word) || word.contains(*name));
        names.iter().copied().filter(holds).min_by_key(|name| (name.len().abs_diff(word.len()), *name))
    };
    misspelt.map(|(_, name)| name).or_else(part)
}

/// Letters that may be wrong: one in three.
fn tolerated(word: &str) -> usize {
    word.chars().count() / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_wrong_letters_or_a_missing_part_are_forgiven() {
        let names = ["istio-ingressgateway", "istiod", "nginx", "web"];
        for (word, meant) in [
            ("istio-ingress-gateway", Some("istio-ingressgateway")),
            ("istio-ingresgatewya", Some("istio-ingressgateway")),
            ("ingressgateway", Some("istio-ingressgateway")),
            ("ngnix", Some("nginx")),
            ("wbe", Some("web")),
            ("nginx", None),
            ("grafana", None),
            ("we", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), meant, "{word}");
        }
    }
}
