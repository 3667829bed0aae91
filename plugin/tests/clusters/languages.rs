//! What the program itself says in Chinese, and what stays as it is.

use super::cluster::Cluster;

fn has_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn an_outlook_and_an_overview_are_chinese_and_documents_are_the_same() {
    let cluster = || Cluster::with_policy("Local");
    let (english, chinese) = (cluster().explained(), cluster().told(&["web", "-n", "shop", "--lang", "zh"]));
    assert_eq!(english.0, chinese.0, "the exit code");
    assert!(!has_chinese(&english.1), "{}", english.1);
    assert!(chinese.1.starts_with("预计正常: 集群内预计没有失败"), "{}", chinese.1);
    let (_, overview) = cluster().told(&["-A", "--lang=zh"]);
    assert!(overview.starts_with("命名空间"), "{overview}");
    for form in ["json", "yaml", "junit"] {
        let of = |more: &[&str]| cluster().told(&[&["web", "-n", "shop", "-o", form], more].concat());
        assert_eq!(of(&["--lang", "zh"]), of(&[]), "{form}");
    }
    for form in ["table", "wide", "github"] {
        let (_, told) = cluster().told(&["web", "-n", "shop", "-o", form, "--lang", "zh"]);
        assert!(has_chinese(&told), "{form}: {told}");
    }
}

#[test]
fn errors_and_their_hints_are_chinese() {
    let (code, told) = Cluster::with_policy("Local").told(&["nobody", "-n", "shop", "--lang", "zh"]);
    assert_eq!(code, 1);
    assert!(told.contains("错误：") && told.contains("提示："), "{told}");
}
