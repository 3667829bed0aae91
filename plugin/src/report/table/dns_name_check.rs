//! The proof of a name for a terminal.

use lbprobe_analysis::documents::{AddressReferences, DnsNameCheck};
use lbprobe_analysis::facts::Known;
use lbprobe_analysis::text;
use lbprobe_analysis::text::reports::{Conclusion, Label, Rest, Title};

use super::{Colour, Style, prose};

/// Places of a namespace that are listed.
const PLACES: usize = 30;

/// The whole proof.
pub(crate) fn render(proof: &DnsNameCheck, style: Style) -> String {
    let language = style.language;
    let mut text = prose::wrap(&text::dns_name_check(&proof.dial, language), "", "  ", style);
    let cost = text::labelled(Label::Cost, &text::cost(&proof.fix.remedy, language), language);
    text.push_str(&prose::wrap(&cost, "", "  ", style));
    text.push('\n');
    let (conclusion, colour) = if proof.holds() {
        (Conclusion::Proven { vantages: &proof.proven }, Colour::Good)
    } else if proof.unproven.is_empty() {
        (Conclusion::NothingToProve, Colour::Unknown)
    } else {
        (Conclusion::NotProven { vantages: &proof.unproven }, Colour::Bad)
    };
    text.push_str(&prose::conclusion(&conclusion, colour, style));
    text.extend(proof.users.iter().map(|users| of_namespace(users, style)));
    if proof.users.is_empty() {
        text.push_str(text::fixed(language).search_hint);
        text.push('\n');
    }
    text
}

fn of_namespace(users: &Known<AddressReferences>, style: Style) -> String {
    let language = style.language;
    match users {
        Known::Value(users) => {
            let none = users.places.is_empty().then(|| text::fixed(language).no_user.to_owned());
            let others = users.places.len().saturating_sub(PLACES);
            let more = (others > 0).then(|| text::rest(Rest::Items(others), language));
            let places = users.places.iter().take(PLACES).cloned().chain(more).chain(none);
            let unread = users.unread.iter().map(|cause| text::labelled(Label::NotRead, cause, language));
            let title = text::title(Title::AddressReferences(Some(&prose::foreign(&users.namespace))), language);
            prose::section(&title, places.chain(unread).map(|line| prose::item("- ", &line, style)))
        }
        Known::Unknown(reason) => {
            prose::section(&text::title(Title::AddressReferences(None), language), [prose::item("- ", reason, style)].into_iter())
        }
    }
}
