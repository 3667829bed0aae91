//! What the possible values of arguments mean.

/// The meaning of a value, by the command, the argument's id and the value's name; nothing where the name says it.
pub(super) fn meaning(command: &str, argument: &str, value: &str) -> Option<&'static str> {
    Some(match (argument, value) {
        ("output", _) => return form(command, value),
        ("dry_run", "none") => "否：显示的内容只由 patch 得出",
        ("dry_run", "server") => "是：检查准入和权限，并显示 API server 会填入什么",
        ("evidence", "kernel") => "节点的内核",
        ("delivery", "auto") => "用镜像，拉取不了的地方用 ConfigMap",
        ("delivery", "image") => "用镜像",
        ("delivery", "configmap") => "用本次运行的 ConfigMap，配合节点上已有的镜像",
        ("tolerations", "node") => "Pod 所在节点的污点",
        ("tolerations", "all") => "全部，无论是什么",
        ("tolerations", "none") => "都不容忍",
        ("rule", "local") => "不得有未经认可的 externalTrafficPolicy Local",
        ("rule", "internal-local") => "对 internalTrafficPolicy 也是如此",
        ("rule", "external-ips") => "不得有 externalIPs：kube-proxy 1.40 起默认不再为它们提供服务",
        ("rule", "spread") => "Pod 各在不同的节点上",
        ("rule", "replicas") => "副本数至少为 --replicas",
        ("action", "deny") => "拒绝",
        ("action", "warn") => "接受，并给出警告",
        ("action", "audit") => "接受，并记入审计日志",
        ("engine", "kubernetes") => "kube-apiserver，通过 ValidatingAdmissionPolicy（1.30 起）",
        ("engine", "kyverno") => "Kyverno，通过 ValidatingPolicy（1.17 起）",
        _ => return None,
    })
}

/// Those of --output.
fn form(command: &str, name: &str) -> Option<&'static str> {
    Some(match (command, name) {
        (_, "table") => "用于终端",
        (_, "wide") => "全部内容，包括 NodePort 和 Endpoint",
        (_, "json") => "全部内容，写成一个 JSON 文档",
        (_, "yaml") => "同上，写成 YAML",
        ("accept", "junit") => "JUnit XML：每条预期和每类节点一个用例",
        (_, "junit") => "JUnit XML：每项检查一个用例，或每个 Service 一个用例",
        (_, "sarif") => "SARIF，用于代码扫描：按代码列出结果，并给出在文件中的位置",
        (_, "github") => "同上，写成 GitHub workflow 的注解",
        (_, "facts") => "只有事实，写成 YAML，可用 -f 再次解释",
        ("watch", "html") => "一个浏览器页面，按时间显示中断",
        (_, "html") => "一个浏览器页面",
        (_, "markdown") => "用于工单或 pull request",
        _ => return None,
    })
}
