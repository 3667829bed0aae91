//! One rule each: a raw word to its typed value, or why it is none.

use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::SignedDuration;
use lbprobe_analysis::ignoring::Ignored;
use lbprobe_analysis::plan::{Network, Scheme};
use lbprobe_analysis::remedies::Strategy;

use crate::error::WrongWord;

/// kubectl's form: `5s`, `1m`, or a number of seconds.
pub(super) fn duration(word: &str) -> Result<Duration, WrongWord> {
    let duration = if let Ok(seconds) = word.parse::<u32>() {
        Duration::from_secs(seconds.into())
    } else {
        let parsed: SignedDuration = word.parse().map_err(|_| WrongWord::Duration)?;
        Duration::try_from(parsed).map_err(|_| WrongWord::NegativeDuration)?
    };
    if duration.is_zero() { Err(WrongWord::NoDuration) } else { Ok(duration) }
}

/// A code of this program's, to be ignored.
pub(super) fn code(word: &str) -> Result<Ignored, WrongWord> {
    Ignored::asked_for(word).ok_or(WrongWord::Code)
}

/// A Job's deadline is in seconds, and a run takes some.
pub(super) fn whole_seconds(word: &str) -> Result<Duration, WrongWord> {
    let duration = duration(word)?;
    if duration < Duration::from_secs(10) { Err(WrongWord::AtLeast("10s")) } else { Ok(Duration::from_secs(duration.as_secs())) }
}

/// kubelet keeps 10 MiB of a log: some hours of samples.
pub(super) fn watch_duration(word: &str) -> Result<Duration, WrongWord> {
    let duration = duration(word)?;
    if duration > Duration::from_hours(12) { Err(WrongWord::AtMost("12h")) } else { Ok(duration) }
}

/// Shorter ones would be load.
pub(super) fn interval(word: &str) -> Result<Duration, WrongWord> {
    let duration = duration(word)?;
    let fits = Duration::from_millis(200)..=Duration::from_mins(1);
    if fits.contains(&duration) { Ok(duration) } else { Err(WrongWord::NotBetween("200ms", "1m")) }
}

/// Longer than a minute is no probe any more.
pub(super) fn check_timeout(word: &str) -> Result<Duration, WrongWord> {
    let duration = duration(word)?;
    if duration > Duration::from_mins(1) { Err(WrongWord::AtMost("60s")) } else { Ok(duration) }
}

/// A JSON object; fields that the server keeps are not the user's to patch.
pub(super) fn patch(word: &str) -> Result<serde_json::Value, WrongWord> {
    match serde_json::from_str(word) {
        Ok(patch @ serde_json::Value::Object(_)) => Ok(patch),
        Ok(_) => Err(WrongWord::Patch),
        Err(cause) => Err(WrongWord::Json(cause.to_string())),
    }
}

/// Of a few words, of which clap offers the nearest where one is wrong, and completion each.
fn one_of<T: Copy + Send + Sync + 'static, const N: usize>(named: [(&'static str, T); N]) -> impl TypedValueParser<Value = T> {
    let words = named.map(|(name, _)| name);
    let value = move |word: String| named.iter().find(|(name, _)| *name == word).map(|(_, value)| *value).ok_or(WrongWord::NoneOfThese);
    PossibleValuesParser::new(words).try_map(value)
}

pub(super) fn strategy() -> impl TypedValueParser<Value = Strategy> {
    one_of(Strategy::ALL.map(|strategy| (strategy.name(), strategy)))
}

pub(super) fn scheme() -> impl TypedValueParser<Value = Scheme> {
    one_of([
        ("tcp", Scheme::Tcp),
        ("http", Scheme::Http),
        ("h2c", Scheme::H2c),
        ("tls", Scheme::Tls),
        ("https", Scheme::Https),
        ("h2", Scheme::H2),
        ("grpc", Scheme::Grpc),
        ("grpcs", Scheme::Grpcs),
    ])
}

pub(super) fn network() -> impl TypedValueParser<Value = Network> {
    one_of([("pod", Network::Pod), ("host", Network::Host)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        assert_eq!(duration("3500ms").unwrap(), Duration::from_millis(3500));
        assert_eq!(duration("5").unwrap(), Duration::from_secs(5));
        assert_eq!(duration("1m").unwrap(), Duration::from_mins(1));
        for word in ["0", "0s", "-1s", "soon", ""] {
            assert!(duration(word).is_err(), "{word}");
        }
    }
}
