//! The proof of a name for a terminal.

use lbprobe_analysis::facts::Known;
use lbprobe_analysis::name_proof::{NameProof, Users};
use lbprobe_analysis::plan::Vantage;
use lbprobe_analysis::{text, words};

use super::{Colour, Style, prose};

/// Names in a list before it says "and 41 more".
const NAMED: usize = 6;

/// Places of a namespace that are listed.
const PLACES: usize = 30;

/// The whole proof.
pub(crate) fn render(proof: &NameProof, style: Style) -> String {
    let mut text = prose::wrap(
        &format!("Dial {} inside the cluster, in place of the load balancer's address.", words::list(&proof.dial)),
        "",
        "  ",
        style,
    );
    text.push_str(&prose::wrap(&format!("cost: {}", text::cost(&proof.fix.remedy, style.language)), "", "  ", style));
    text.push('\n');
    let (word, colour, said) = if proof.holds() {
        ("PROVEN", Colour::Good, format!("{} fail at the address and reach the name", names(&proof.proven)))
    } else if proof.unproven.is_empty() {
        ("NOT PROVEN", Colour::Unknown, "no vantage fails at the address, so that there is nothing to prove".to_owned())
    } else {
        ("NOT PROVEN", Colour::Bad, format!("{} do not reach the name either", names(&proof.unproven)))
    };
    text.push_str(&prose::wrap(&format!("{word}: {said}"), "", "  ", style).replacen(word, &style.coloured(word, colour), 1));
    for users in &proof.users {
        text.push_str(&of_namespace(users, style));
    }
    if proof.users.is_empty() {
        text.push_str("hint: --search-namespace NAMESPACE finds who uses the address still\n");
    }
    text
}

fn names(vantages: &[Vantage]) -> String {
    words::short_list(&vantages.iter().map(ToString::to_string).collect::<Vec<_>>(), NAMED)
}

fn of_namespace(users: &Known<Users>, style: Style) -> String {
    match users {
        Known::Value(users) => {
            let none = users.places.is_empty().then(|| "nothing that could be read names the address".to_owned());
            let others = users.places.len().saturating_sub(PLACES);
            let more = (others > 0).then(|| format!("and {others} more (all of them with -o json)"));
            let places = users.places.iter().take(PLACES).cloned().chain(more).chain(none).map(|place| prose::item("- ", &place, style));
            let unread = users.unread.iter().map(|cause| prose::item("- ", &format!("not read: {cause}"), style));
            prose::section(&format!("Who uses the address in namespace {}", prose::foreign(&users.namespace)), places.chain(unread))
        }
        Known::Unknown(reason) => prose::section("Who uses the address", [prose::item("- ", reason, style)].into_iter()),
    }
}
