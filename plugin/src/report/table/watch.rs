//! What a watch saw, for a terminal: the outages with what changed just then, and what was not heard; and how
//! things stand while it goes on.

use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::documents::WatchReport;
use lbprobe_analysis::facts::Facts;
use lbprobe_analysis::plan::Plan;
use lbprobe_analysis::text::reports::Title;
use lbprobe_protocol::{CheckId, Outcome};

use super::room::{self, Room};
use super::{Colour, Style, grid, prose};
use crate::report::outline::WatchOutline;

/// How each check ended last, for standard error.
pub(crate) fn render_now(facts: &Facts, plan: &Plan, last: &dyn Fn(usize, CheckId) -> Option<Outcome>) -> String {
    grid::of_outcomes(facts, plan, last, Style::of_live())
}

/// The whole of it.
pub(crate) fn render(report: &WatchReport, style: Style) -> String {
    let outline = WatchOutline::of(report, style.language);
    let colour = match outline.verdict {
        Verdict::Healthy => Colour::Good,
        Verdict::Fault => Colour::Bad,
        Verdict::Inconclusive => Colour::Unknown,
    };
    let above = prose::headline(&outline.headline, colour, style) + "\n" + &prose::wrap(&outline.heading, "", "  ", style);
    let style = style.explained();
    let most = |title: Title<'_>, room: Room| match title {
        Title::Outages | Title::NotHeard => room.groups,
        Title::Changes => room.evidence,
        _ => room.others,
    };
    room::fitted(
        &above,
        |room| outline.lists.iter().map(|list| room::list(list, most(list.title, room), style)).collect(),
        |_| String::new(),
        style,
    )
}
