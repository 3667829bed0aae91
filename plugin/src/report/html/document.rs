//! What every page has around its content: its style, its script, and the policy that lets it have nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lbprobe_analysis::diagnosis::Verdict;
use lbprobe_analysis::text::reports::Headline;
use lbprobe_analysis::text::{self, Language};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::{shown, verdict_class};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What a page's own script reads, as JSON that no text in it ends.
pub(super) struct ScriptData(pub(super) String);

/// A page. Without data it has no script either.
pub(super) fn document(title: &str, content: &Markup, data: Option<&ScriptData>, language: Language) -> String {
    let policy = policy(data.map(|_| SCRIPT));
    html! {
        (DOCTYPE)
        html lang=(text::page(language).language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (shown(title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (content)
                @if let Some(ScriptData(data)) = data {
                    div #said role="status" {}
                    script type="application/json" id="data" { (PreEscaped(data)) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }
    .into_string()
}

/// Nothing but the page's own style and its own script.
fn policy(script: Option<&str>) -> String {
    let nothing = ["default-src", "base-uri", "form-action"].map(|what| format!("{what} 'none'"));
    let own = [("style-src", Some(STYLE)), ("script-src", script)];
    let own = own.into_iter().filter_map(|(what, text)| Some(format!("{what} '{}'", digest(text?))));
    nothing.into_iter().chain(own).collect::<Vec<_>>().join("; ")
}

fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// What it comes to. The first line is what the page is called.
pub(super) fn headlines(verdict: Verdict, headlines: &[Headline]) -> Markup {
    let said = |Headline { word, said }: &Headline| {
        html! { span class=(format!("verdict {}", verdict_class(verdict))) { (word) } " " (shown(said)) }
    };
    html! {
        @for (index, headline) in headlines.iter().enumerate() {
            @if index == 0 { h1 { (said(headline)) } } @else { p { strong { (said(headline)) } } }
        }
    }
}
