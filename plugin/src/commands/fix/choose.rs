//! Which fix is meant. Pure.

use lbprobe_analysis::documents::Report;
use lbprobe_analysis::patch::ObjectReference;
use lbprobe_analysis::remedies::{Fix, Remedy};

use crate::error::Error;
use crate::settings::{self, FixAction, FixChoice};

/// What the user asks for.
pub(super) enum Choice {
    /// All fixes, to be read.
    All(Vec<Fix>),
    /// One of them.
    One(Box<Fix>),
}

/// The fix that the arguments name; to be applied without a name, the best one that is a change in the
/// cluster.
pub(super) fn choose(before: &Report, settings: &settings::Fix) -> Result<Choice, Error> {
    let fixes = fixes(before, settings.hostname.as_deref());
    let is_applied = settings.action == FixAction::Apply;
    let (asked, chosen) = match &settings.choice {
        FixChoice::Patch(merge) => return Ok(Choice::One(Box::new(own(before, merge)))),
        FixChoice::Strategy(strategy) => (Some(*strategy), fixes.iter().find(|fix| fix.remedy.strategy() == Some(*strategy))),
        FixChoice::Any if is_applied => {
            let is_a_change = |fix: &&Fix| fix.remedy.patch().is_some() && !fix.is_out_of_reach() && !fix.wants_hostname();
            (None, fixes.iter().find(is_a_change))
        }
        FixChoice::Any => return Ok(Choice::All(fixes)),
    };
    let Some(fix) = chosen else {
        return Err(Error::NoStrategy { asked, offered: fixes.iter().filter_map(|fix| fix.remedy.strategy()).collect() });
    };
    match fix {
        _ if !is_applied => {}
        fix if fix.wants_hostname() => return Err(Error::NoHostname),
        Fix { remedy: Remedy::DialDnsName { .. }, .. } => {}
        Fix { remedy, .. } if remedy.patch().is_none() => return Err(Error::NotByPatch { strategy: remedy.strategy() }),
        _ => {}
    }
    Ok(Choice::One(Box::new(fix.clone())))
}

/// The fixes of all causes, each once.
fn fixes(before: &Report, hostname: Option<&str>) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    for fix in before.diagnosis.causes.iter().flat_map(|cause| &cause.fixes) {
        if fixes.iter().all(|known| known.remedy != fix.remedy) {
            fixes.push(hostname.map_or_else(|| fix.clone(), |name| fix.with_hostname(name)));
        }
    }
    fixes
}

/// A change of the user's own. Nothing is predicted of it.
fn own(before: &Report, merge: &serde_json::Value) -> Fix {
    Remedy::OwnPatch { object: ObjectReference::governing(&before.facts.service), merge: merge.clone() }.into()
}
