//! The fixed words of a page for a browser.

use crate::text::reports::PageWords;

pub(crate) const WORDS: PageWords = PageWords {
    language: "zh-CN",
    grid: "各节点的结果",
    alike: "结果相同的节点合为一行。",
    every_row: "每一行",
    search: "搜索节点、Pod 或结果",
    show: "显示",
    all: "所有行",
    failing: "失败的行",
    unknown: "结果未知的行",
    good: "没有失败的行",
    more_rows: "显示全部这些行",
    clear: "显示所有行",
    lost_and_unheard: ["丢失", "没有收到数据"],
    shown: "显示 {matching} 行中的 {shown} 行，共 {all} 行",
    rows_of_evidence: "显示这些行",
    copy: "复制",
    copied: "已复制",
    packet_paths: "数据包的路径",
    timeline: "中断时间线（UTC）",
    expected: "完成之后的预期",
    background: "背景（无需处理）",
    without_script: "脚本已关闭：只显示结果相同的节点分组。",
    sort: "排序",
};
