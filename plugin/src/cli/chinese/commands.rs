//! What each command does.

/// What help says of a command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words {
    /// What stands in the list of all commands too.
    pub(super) short: &'static str,
    /// What stands below it in the command's own help.
    pub(super) long: Option<&'static str>,
}

/// Those of a command by its name, which is empty for the program itself.
pub(super) fn command(path: &str) -> Option<Words> {
    Some(Words { short: short(path)?, long: long(path) })
}

/// On one line beside the name: where a shell offers commands, no more than that is shown.
fn short(path: &str) -> Option<&'static str> {
    Some(match path {
        "" => "为什么 Pod 或节点访问不了自己集群的负载均衡？",
        "run" => "从每个节点探测 Service 的负载均衡，并说明哪里有问题",
        "bundle" => "执行 run，并把所有发现打包成一个文件，供同事或厂商支持使用",
        "explain" => "预测 Service 的负载均衡在集群内的表现及其原因",
        "rehearse" => "变更前预测 kube-proxy 换模式、版本或 clusterCIDR 对 Service 的影响",
        "fix" => "显示故障的修复方案，应用其中一个，验证是否有效，或回滚",
        "verify" => "重新探测报告涵盖的内容，逐个节点说明有何变化",
        "accept" => "核对一份预期文件，用于发布前或流水线中",
        "watch" => "在发布、升级或修复期间持续拨测：谁丢了什么、何时、多久",
        "cleanup" => "删除所有运行留下的探测 Pod 和 Job，并列出从未验证过的变更",
        "diagnose" => "对 `run -o json` 或 `-o yaml` 写出的报告重新诊断",
        "policy" => "打印准入策略，对有风险的 Service 给出警告或予以拒绝",
        "mcp" => "通过标准输入输出，把命令作为 MCP 工具提供给智能体",
        "docs" => "显示某个原因或风险的已知内容：看到什么、什么能证明、怎么办",
        "check" => "在创建任何东西之前，检查 run 在这里会遇到什么",
        "completion" => "让 kubectl 在 shell 中补全命令、选项和名称",
        "image" => "显示探针的镜像，以及如何复制到自己的镜像仓库",
        "man" => "把手册页写到一个目录",
        "help" => "显示本帮助，或指定命令的帮助",
        _ => return None,
    })
}

fn long(path: &str) -> Option<&'static str> {
    Some(match path {
        "" => {
            "不带命令时：列出集群外客户端有地址可访问的 Service，以及每个 Service 会从哪些节点失败，受影响最大的在前。\
             在命令的位置写 SERVICE，等于 run SERVICE。"
        }
        "run" => {
            "在每个节点上放一个小 Pod，在 Pod 网络和主机网络中各一次，从那里拨测负载均衡地址、\
             Service 的 DNS 名称和 ClusterIP，再作比较。结束时删除这些 Pod。\n\n\
             退出码：0 健康，1 无法测量，2 用法错误，3 发现故障，4 无法下结论。"
        }
        "bundle" => {
            "参数与 run 相同。归档中有文本、Markdown、浏览器页面和 JSON 形式的报告，以及各组件的版本和未能读取的内容。\
             diagnose -f 和 explain -f 可以打开它。--redact 用替代值替换名称和地址。\
             已有的报告用 `kubectl lbprobe diagnose -f report.json -o bundle=FILE` 打包。\n\n\
             退出码与 run 相同。"
        }
        "explain" => {
            "读取集群或文件，说明负载均衡会从哪些节点失败、由什么决定，以及每种修复会改变什么。不创建任何东西。\
             文件可以是 `-o facts` 或 `run -o json` 写出的文件，\
             `kubectl get svc,endpointslices,no,netpol,cm,ds,po,ing,ev -A -o yaml` 的输出，\
             或不描述集群的清单，例如 Helm 和 Kustomize 渲染出的清单。\n\n\
             退出码：0 不会有失败，1 无法判断，2 用法错误，3 会有失败，4 取决于未知的信息。"
        }
        "rehearse" => {
            "比较每个 Service 目前的预期与变更后的预期，涵盖每一类节点的 Pod 和主机：什么会坏，什么会恢复，\
             什么会以别的方式失败，谁的源地址会变。说明应先做什么，以及滚动变更时按什么节点顺序影响最小。不创建任何东西。\n\n\
             加 --prove 时，变更前探测一个 Service，变更后在每个节点上再次探测，并把所见与预演比较。变更由你在此期间进行。\n\n\
             退出码：0 没有变差，1 无法判断，2 用法错误，3 有东西会坏，4 取决于未知的信息。\
             加 --prove 时：0 每个节点都与预演一致，3 有节点不一致，4 没有看到所有节点都完成变更。"
        }
        "fix" => {
            "像 run 那样探测，并针对所发现的问题列出修复方案，最好的在前：各自改变什么、代价是什么、需要什么，以及之后的预期。\
             --apply 应用其中一个，在被改的对象上留下记录，持续探测到变更生效，再与之前比较。\
             变更如果没有帮助，或弄坏了原本正常的部分，就会被回滚。\n\n\
             退出码：0 一切正常，1 无法测量或变更，2 用法错误，3 仍有故障，4 无法下结论。"
        }
        "verify" => {
            "从写出该报告的那次运行所用的探测点，拨测相同的目标。如果负载均衡的 status 之前有地址、现在是主机名，\
             则该地址也会拨测。此后加入的节点也会探测。\n\n\
             退出码：0 没有失败，之前测过的也没有缺失，1 无法测量，2 用法错误，3 有失败，4 无法下结论。"
        }
        "accept" => {
            "文件按 Service 写明：哪些目标必须或不得从哪些探测点到达，以及必须如何应答。所有 Service 共用一次运行的探测 Pod。\
             --init 按当前状态写出这样一份文件。\n\n\
             退出码：0 所有预期都成立，1 无法测量，2 用法错误，3 有预期不成立，4 有预期无法测量，其余成立。"
        }
        "watch" => {
            "探测 Pod 一直保留，每个探测点按间隔拨测负载均衡、DNS 名称和 ClusterIP，直到时间结束或按下 Ctrl-C。\
             丢失一发生就打印；报告还说明每次持续多久，以及当时 Service 及其 Endpoint 有何变化。时间以节点的时钟为准。\n\n\
             退出码：0 没有丢失，1 无法观察，2 用法错误，3 有丢失，4 没有丢失，但并非所有消息都收到了。"
        }
        "cleanup" => {
            "在 -n 指定的命名空间中查找，默认为 kubeconfig 上下文的命名空间。探测 Pod 到期后集群会自行删除；\
             不想等的人用这个命令。它不会询问，也会停掉别人正在运行的探测：--dry-run 显示会删除什么。\n\n\
             退出码：0 完成，1 无法查找或删除，2 用法错误，4 有变更等待验证或撤回。"
        }
        "diagnose" => "不需要集群：事实、计划和观测都在报告里。退出码与 run 相同。",
        "policy" => {
            "供 kube-apiserver 自身或 Kyverno 使用的 CEL 规则：用管道交给 `kubectl apply -f -`。\
             它们在创建 Service、Deployment 或 StatefulSet，或其 spec 变化时生效。\
             注解 `lbprobe/ignore: CODE=REASON` 可豁免一个对象。不需要集群。\n\n\
             示例：kubectl lbprobe policy --action deny | kubectl apply -f -"
        }
        "mcp" => {
            "MCP 即 Model Context Protocol。工具：list、explain、run、diagnose、verify，加 --allow-fix 时还有 fix。\
             它们只按名称接受集群中的 Service，不接受其他任何东西。run 和 verify 与同名命令一样会启动探测 Pod。\
             在智能体的配置中，命令写 kubectl，参数写 lbprobe 和 mcp。"
        }
        "docs" => "页面与文档中的相同，就在本程序里。不需要集群。",
        "check" => {
            "缺少哪些权限，API server 是否接受 run 的 Job、Pod 和 ConfigMap（dry run），哪些节点会被略过，\
             以及探针如何到达其他节点。不创建任何东西。\n\n\
             退出码：0 run 可以测量全部内容，1 无法询问，2 用法错误，3 run 无法测量，4 有内容会被略过或无从得知。"
        }
        "completion" => {
            "打印一个小程序，kubectl 通过它询问后面可以写什么；加 --install 时把它写到插件旁边。\
             凡是装有 kubectl 自身补全的 shell 都可用（kubectl completion --help），需要 kubectl 1.26 或更高版本。"
        }
        "image" => "镜像的名称、摘要，以及发送给拉取不了它的节点的内容有多大。不需要集群。",
        _ => return None,
    })
}
