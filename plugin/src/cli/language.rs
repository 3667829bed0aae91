//! The language of what people read: as the command line says, else as the locale does.

use std::ffi::OsString;

use clap::ValueEnum;
use lbprobe_analysis::text::Language;

/// `--lang`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LanguageName {
    /// English
    En,
    /// Chinese
    Zh,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::En => Self::English,
            LanguageName::Zh => Self::Chinese,
        }
    }
}

const FLAG: &str = "--lang";

/// The locale's variables, of which the first that is set counts (POSIX, "Internationalization Variables").
const LOCALE: [&str; 3] = ["LC_ALL", "LC_MESSAGES", "LANG"];

/// The language for a command line, which may still be wrong: what is wrong with it is said in that language.
pub(super) fn wanted(words: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Language {
    asked_for(words).unwrap_or_else(|| {
        let locale = LOCALE.into_iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
        locale.map_or(Language::English, |locale| of_locale(&locale))
    })
}

fn asked_for(words: &[OsString]) -> Option<Language> {
    let mut words = words.iter().map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    let named = |name: &str| LanguageName::from_str(name, true).ok().map(Language::from);
    while let Some(word) = words.next() {
        match word.strip_prefix(FLAG) {
            Some("") => return named(&words.next()?),
            Some(rest) if rest.starts_with('=') => return named(&rest[1..]),
            _ => {}
        }
    }
    None
}

/// `zh_CN.UTF-8`, `zh`, `C.UTF-8`. All that is said is in UTF-8: a locale of another encoding gets English.
fn of_locale(locale: &str) -> Language {
    let (name, encoding) = locale.split_once('.').unwrap_or((locale, "UTF-8"));
    let is_utf8 = encoding.to_ascii_lowercase().replace('-', "").starts_with("utf8");
    let is_chinese = name.to_ascii_lowercase().split(['_', '-', '@']).next() == Some("zh");
    if is_chinese && is_utf8 { Language::Chinese } else { Language::English }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(line: &str, locale: &[(&str, &str)]) -> Language {
        let words: Vec<_> = line.split_whitespace().map(OsString::from).collect();
        wanted(&words, |name| locale.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_command_line_counts_before_the_locale() {
        let chinese = [("LANG", "zh_CN.UTF-8")];
        assert_eq!(language("run web --lang zh", &[]), Language::Chinese);
        assert_eq!(language("--lang=zh", &[("LC_ALL", "C.UTF-8")]), Language::Chinese);
        assert_eq!(language("run web --lang en", &chinese), Language::English);
        assert_eq!(language("run web --lang", &chinese), Language::Chinese, "the error is told in the reader's language");
        assert_eq!(language("run -- --lang en", &chinese), Language::Chinese);
    }

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let locale = |all: &'static str, lang: &'static str| language("run", &[("LC_ALL", all), ("LANG", lang)]);
        assert_eq!(locale("", "zh_TW.utf8"), Language::Chinese);
        assert_eq!(locale("en_US.UTF-8", "zh_CN.UTF-8"), Language::English);
        assert_eq!(locale("zh_CN.GB18030", "C"), Language::English, "bytes of UTF-8 are no characters there");
        assert_eq!(locale("C", "zh_CN.UTF-8"), Language::English);
        assert_eq!(locale("zha_CN.UTF-8", ""), Language::English, "Zhuang is not Chinese");
    }
}
