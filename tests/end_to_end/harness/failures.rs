//! Failures are told as they happen: the runner keeps a test's words for its end, and of a long log little may be shown there.

use std::io::Write as _;
use std::panic::{PanicHookInfo, set_hook, take_hook};
use std::sync::Once;
use std::thread::current;

/// Enough for the code, and for the beginning of the report that was not as expected.
const CHARACTERS: usize = 1_500;

/// From the first test on.
pub(super) fn tell_at_once() {
    static SET: Once = Once::new();
    SET.call_once(|| {
        let default = take_hook();
        set_hook(Box::new(move |info| {
            tell(info);
            default(info);
        }));
    });
}

/// Threads that a test starts have no name, and what they fail with the test tells.
fn tell(info: &PanicHookInfo<'_>) {
    if let Some(test) = current().name().filter(|name| name.contains("::")) {
        let words = info.payload_as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
        let words: String = words.chars().take(CHARACTERS).collect();
        let _ = writeln!(std::io::stderr(), "{test} FAILED: {words}");
    }
}
