//! Everything that is said to a person. Findings are data; what they are called stands here and nowhere else, so that a
//! text can be changed without reading what finds it.

pub mod conditions;
pub mod rules;
pub mod skips;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    /// Folders and files in which nothing is said to a person.
    const WITHOUT_WORDS: [&str; 3] = ["model", "plan/skip.rs", "verification/missing.rs"];

    fn sources(path: &Path) -> Vec<PathBuf> {
        if path.is_file() {
            return vec![path.to_owned()];
        }
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| !path.ends_with("tests") && !path.ends_with("tests.rs")).flat_map(|path| sources(&path)).collect()
    }

    /// String literals of three words and more, without comments, attributes and tests.
    fn sentences(source: &str) -> Vec<&str> {
        let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//") && !line.starts_with("#["));
        let literals = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
        literals.filter(|literal| literal.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count() >= 3).collect()
    }

    #[test]
    fn sentences_are_found_and_other_literals_are_not() {
        let source = "/// \"a b c d\"\nlet a = \"one two three\"; let b = \"camelCase\";\n#[serde(rename = \"x y z\")]\n";
        assert_eq!(sentences(source), ["one two three"]);
    }

    #[test]
    fn what_finds_says_nothing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        for path in
            WITHOUT_WORDS.iter().flat_map(|place| sources(&root.join(place))).filter(|path| path.extension().is_some_and(|it| it == "rs"))
        {
            let source = fs::read_to_string(&path).unwrap();
            assert_eq!(sentences(&source), Vec::<&str>::new(), "{}", path.display());
        }
    }
}
