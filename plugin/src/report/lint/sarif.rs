//! SARIF 2.1.0 (OASIS), as GitHub's code scanning reads it.

use std::collections::BTreeMap;

use lbprobe_analysis::lint::LintLevel;
use serde_json::{Value, json};

use super::{Lint, LintLine};
use crate::error::Error;
use crate::pages::Page;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

pub(super) fn render(lint: &Lint) -> Result<String, Error> {
    let codes: BTreeMap<_, _> = lint.results.iter().map(|line| (line.code, line.title)).collect();
    let driver = json!({
        "name": "kubectl-lbprobe",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": codes.into_iter().map(|(code, title)| rule(code, title)).collect::<Vec<_>>(),
    });
    let results: Vec<_> = lint.results.iter().map(|line| result(line, lint.file.as_deref())).collect();
    let log = json!({ "$schema": SCHEMA, "version": "2.1.0", "runs": [{ "tool": { "driver": driver }, "results": results }] });
    serde_json::to_string_pretty(&log).map(|text| text + "\n").map_err(|cause| Error::Output(cause.to_string()))
}

fn rule(code: &str, title: &str) -> Value {
    match Page::of(code) {
        Some(page) => json!({
            "id": code,
            "shortDescription": { "text": page.title() },
            "help": { "text": page.text, "markdown": page.text },
            "helpUri": page.address(),
        }),
        None => json!({ "id": code, "shortDescription": { "text": title } }),
    }
}

fn result(line: &LintLine, file: Option<&str>) -> Value {
    let level = match line.level {
        LintLevel::Error => "error",
        LintLevel::Warning => "warning",
        LintLevel::Note => "note",
    };
    let mut location = json!({ "logicalLocations": [{ "fullyQualifiedName": line.service, "kind": "resource" }] });
    if let Some(file) = file {
        location["physicalLocation"] = json!({ "artifactLocation": { "uri": uri(file) } });
        if let Some(place) = line.place {
            location["physicalLocation"]["region"] = json!({ "startLine": place.line, "startColumn": place.column });
        }
    }
    let mut result = json!({
        "ruleId": line.code,
        "level": level,
        "message": { "text": format!("{}: {}", line.service, line.message) },
        "locations": [location],
        // What stands elsewhere in the file after an edit is the same result.
        "partialFingerprints": { "serviceAndCode/v1": format!("{}/{}", line.service, line.code) },
    });
    if let Some(why) = &line.ignored {
        result["suppressions"] = json!([{ "kind": "external", "justification": why }]);
    }
    result
}

/// A path as a reference that is relative where the path is (RFC 3986).
fn uri(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::lint::tests::found;

    #[test]
    fn results_have_their_rules_and_places() {
        let log: Value = serde_json::from_str(&render(&found()).unwrap()).unwrap();
        let run = &log["runs"][0];
        let first = &run["results"][0];
        assert_eq!((first["ruleId"].as_str(), first["level"].as_str()), (Some("LBP002"), Some("error")));
        let place = &first["locations"][0]["physicalLocation"];
        assert_eq!((&place["artifactLocation"]["uri"], &place["region"]["startLine"]), (&json!("shop%2C%20all.yaml"), &json!(2)));
        let rules: Vec<_> = run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|rule| &rule["id"]).collect();
        for result in run["results"].as_array().unwrap() {
            assert!(rules.contains(&&result["ruleId"]), "{result}");
        }
        assert!(run["tool"]["driver"]["rules"][0]["help"]["text"].as_str().unwrap().starts_with("# LBP002"), "{run}");
    }
}
