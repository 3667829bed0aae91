//! What each argument says: first those that say something of their own for a command, then those that commands share.

/// The help of an argument by its id, and what stands below it in the long help.
pub(super) fn argument(command: &str, id: &str) -> Option<(&'static str, Option<&'static str>)> {
    let short = of_command(command, id).or_else(|| of_all(id)).or_else(|| of_checks(id)).or_else(|| of_pods(id))?;
    Some((short, (id == "lang").then_some("JSON 和 YAML 在每种语言下都相同。")))
}

fn of_command(command: &str, id: &str) -> Option<&'static str> {
    match command {
        "accept" => of_accept(id),
        "bundle" => (id == "file").then_some("归档文件；默认为当前目录中的 lbprobe-TIME.tar.gz"),
        "check" => (id == "output").then_some("结果在标准输出上的形式"),
        "cleanup" => of_cleanup(id),
        "completion" => (id == "install").then_some("把该程序写到插件旁边，kubectl 会在那里找到它"),
        "diagnose" => (id == "filename").then_some("报告，JSON 或 YAML；- 为标准输入"),
        "docs" => (id == "pages").then_some("原因和风险的代码，与报告中的相同：LBP007，或 7。不给时列出全部"),
        "explain" => of_explain(id),
        "fix" => of_fix(id),
        "man" => (id == "folder").then_some("要写入的目录"),
        "mcp" => of_mcp(id),
        "policy" => of_policy(id),
        "rehearse" => of_rehearse(id),
        "verify" => of_verify(id),
        "watch" => of_watch(id),
        _ => None,
    }
}

fn of_accept(id: &str) -> Option<&'static str> {
    Some(match id {
        "filename" => "预期文件，YAML 或 JSON；- 为标准输入",
        "init" => "按当前状态为该 Service 写出一份文件，带注释",
        "timeout" => "每次采样的时限",
        "follow" => {
            "像 curl --location 那样跟随重定向：此时 `status` 指最后一次应答的状态码。\
             在文件中：在 `path` 旁写 `follow: true`，只对一个 Service 生效"
        }
        "events" => "也把结果写成每个 Service 上的 Event",
        "metrics_file" => "也把结果写到 NAME.prom，供 Prometheus node exporter 的 textfile collector 读取",
        "output" => "结果在标准输出上的形式",
        _ => return None,
    })
}

fn of_cleanup(id: &str) -> Option<&'static str> {
    Some(match id {
        "all_namespaces" => "在所有命名空间中",
        "dry_run" => "只显示会删除什么",
        _ => return None,
    })
}

fn of_explain(id: &str) -> Option<&'static str> {
    Some(match id {
        "all_namespaces" => "集群中集群外客户端有地址可访问的所有 Service，受影响最大的在前",
        "filename" => "代替集群来读取的文件；- 为标准输入",
        "changes" => {
            "要在实施前预测的变更；可多次指定：externalTrafficPolicy=Cluster、internalTrafficPolicy=Local、ipMode=Proxy、\
             replicas-on=node1,node2、kube-proxy=1.24、mode=nftables、clusterCIDR=10.244.0.0/16、cni=cilium@1.18、\
             hostname=lb.example.com、backend-type=eni、loadBalancerSourceRanges=10.244.0.0/16,198.18.0.0/24"
        }
        "port" => "要预测的端口，逗号分隔；默认为 Service 的全部端口",
        "node" => "要预测的节点，逗号分隔；默认为全部",
        "selector" => "要预测的节点的标签选择器；不能与文件同用",
        "ignore" => {
            "不计入的发现的代码，LBP002 或 LBP002=REASON；可多次指定。\
             Service 的注解 lbprobe/ignore 作用相同"
        }
        "fail_on" => "有确定会失败的内容时以 3 退出（fault），或有可能失败的内容时也以 3 退出（risk）；否则以 0 退出",
        "output" => "解释在标准输出上的形式",
        _ => return None,
    })
}

fn of_fix(id: &str) -> Option<&'static str> {
    Some(match id {
        "strategy" => "使用哪种修复；不给时显示全部，--apply 则采用会改变集群的修复中最好的一个",
        "patch" => "用你自己的 merge patch 代替修复方案，作用于 Service 或其 owner",
        "hostname" => "策略 hostname 写入 status 的名称；它必须解析到负载均衡地址",
        "apply" => "应用修复",
        "yes" => "不要求确认；需要 --strategy、--patch、--resume 或 --undo",
        "dry_run" => "是否询问 API server 变更会带来什么",
        "no_rollback" => "变更没有帮助时也保留",
        "wait" => "变更最多可以用多久生效",
        "save" => "存放前后报告和撤销变更所用文件的目录；--resume 和 --undo 在那里查找",
        "resume" => "验证一个从未完成验证的变更",
        "undo" => "回滚一个从未完成验证的变更",
        "search_namespace" => {
            "配合策略 dns-name：在该命名空间的 env、参数、ConfigMap 和 ServiceEntry 中\
             搜索仍在使用该地址的地方；可多次指定"
        }
        _ => return None,
    })
}

fn of_mcp(id: &str) -> Option<&'static str> {
    Some(match id {
        "allow_fix" => "提供会改变集群的工具 fix。不给时，没有工具会改变集群",
        "save" => "存放修复前后的报告和撤销修复所用文件的目录",
        "probe_namespace" => "探测 Pod 的命名空间；默认为 kubeconfig 上下文的命名空间",
        _ => return None,
    })
}

fn of_policy(id: &str) -> Option<&'static str> {
    Some(match id {
        "rule" => "规则，逗号分隔",
        "workloads" => "规则 spread 和 replicas 所针对的 Deployment 和 StatefulSet 的标签：app=gateway,tier=edge",
        "replicas" => "规则 replicas 接受的最少副本数",
        "name" => "策略名称的开头；其他工作负载请另用一个",
        "exempt_namespace" => "要排除的命名空间，逗号分隔",
        "action" => "如何处理违反规则的请求",
        "engine" => "由谁执行规则",
        _ => return None,
    })
}

fn of_rehearse(id: &str) -> Option<&'static str> {
    Some(match id {
        "changes" => "变更：mode=nftables、kube-proxy=1.40、clusterCIDR=10.244.0.0/16、cni=cilium@1.18；给出多个则一起变更",
        "filename" => "代替集群来读取的文件，与 explain 相同；- 为标准输入",
        "node" => "要预测的节点，逗号分隔；默认为全部",
        "selector" => "要预测的节点的标签选择器；不能与文件同用",
        "prove" => {
            "用来证实预演的 Service：现在探测它，在你变更节点期间持续观察，每个节点的 kube-proxy 恢复后再次探测该节点，\
             并作比较。NAME、svc/NAME，或客户端所访问的目标"
        }
        "for" => "配合 --prove：最多等多久，直到每个节点都已变更；Ctrl-C 提前结束",
        "output" => "预演在标准输出上的形式",
        _ => return None,
    })
}

fn of_verify(id: &str) -> Option<&'static str> {
    Some(match id {
        "baseline" => "用来比较的报告，由 `run -o json` 或 `-o yaml` 写出；- 为标准输入",
        "selector" => "从哪些节点探测的标签选择器，如果写出基线的运行用过",
        _ => return None,
    })
}

fn of_watch(id: &str) -> Option<&'static str> {
    Some(match id {
        "for" => "持续多久；Ctrl-C 提前结束",
        "interval" => "同一检查两次采样之间的时间，上下浮动十分之一；每次采样必须在其十分之九内得到应答",
        "metrics" => {
            "在 http://ADDR/metrics 向 Prometheus 提供每项检查的状态：127.0.0.1:9464，\
             或 :9464 表示本机的所有地址；端口 0 任取一个空闲端口，并说明是哪个"
        }
        "output" => "报告在标准输出上的形式",
        _ => return None,
    })
}

/// kubectl's own flags, and what says where a Service is and how results are shown.
fn of_all(id: &str) -> Option<&'static str> {
    Some(match id {
        "service" => {
            "Service，或客户端所访问的目标：NAME、svc/NAME、istiogateway/NAME；https://shop.example.com/pay、198.51.100.1:443；\
             ingress/NAME、gateway/NAME、httproute/NAME、virtualservice/NAME"
        }
        "any" => "即使本集群没有 Service 拥有该 URL 或地址，也探测它",
        "output" => {
            "报告的形式：table、wide（全部内容，包括 NodePort 和 Endpoint）、json、yaml、html（浏览器页面）、markdown（用于工单）、\
             junit、github（workflow 的注解），或 bundle（包含全部内容的归档，供技术支持使用）。\
             FORM=FILE 把它写到文件，可多次指定"
        }
        "explain" => "显示表格平时只给出数量的全部内容：证据、修复方案、已排除的原因、风险、未知",
        "quiet" => "只显示结论，代替表格",
        "redact" => {
            "在写出的所有内容中，用替代值替换名称和地址。相同的名称仍然相同，地址仍在原来的网段中。\
             给出别人猜不到的 KEY 时，多份报告的替代值相同"
        }
        "outside" => "本机在集群外：也从这里拨测集群外客户端所访问的目标",
        "outside_from" => {
            "同上，但从另一台机器拨测，使用你的 ssh；或从你 kubeconfig 中另一个集群的 Pod 拨测，按其上下文指定。\
             不会在那里留下任何东西"
        }
        "namespace" => "Service 的命名空间；默认为 kubeconfig 上下文的命名空间",
        "context" => "kubeconfig 的上下文",
        "kubeconfig" => "kubeconfig 的路径",
        "impersonate" => "要模拟的用户",
        "impersonate_groups" => "要模拟的组；可多次指定",
        "request_timeout" => "对 API server 的每个请求的时限，例如 5s 或 1m",
        "verbose" => "对 API server 的每个请求结束时，打印该请求及其耗时；-v=6 作用相同，与 kubectl 一样",
        "lang" => "给人看的内容所用的语言；默认取 LC_ALL、LC_MESSAGES 或 LANG 的语言",
        "help" => "显示帮助（-h 显示摘要，--help 显示全部）",
        "version" => "显示版本",
        _ => return None,
    })
}

/// What is dialled, from where, and how often.
fn of_checks(id: &str) -> Option<&'static str> {
    Some(match id {
        "samples" => "每项检查的采样次数，每次使用新的源端口",
        "timeout" => "每次采样的时限。Linux 在 1 s 和 3 s 后重发丢失的 SYN，因此低于 3.5s 时，只丢一个包也可能看起来像故障",
        "dial_all" => "从每个节点拨测 NodePort 和 Endpoint，而不只在有失败的地方",
        "follow" => {
            "检查得到应答后，像 curl --location 那样跟随重定向，服务器提供 HTTP/2 时使用 HTTP/2。\
             跳转到同一主机时，仍使用所拨测的地址"
        }
        "source_from" => {
            "应答在哪里给出服务器看到的地址：body，或 header:NAME。冒号后可以跟一个正则表达式：\
             其第一个分组就是该地址。可看出源地址是否保留"
        }
        "port" => {
            "要拨测的端口，逗号分隔；默认为 Service 的全部 TCP 端口，以及 DNS 和 QUIC 的 UDP 端口。\
             Service 未声明的端口只在负载均衡上拨测"
        }
        "scheme" => "使用的协议；默认根据端口和名称猜测",
        "path" => "HTTP 路径；默认为 URL 的路径，或 /",
        "host" => "HTTP Host 头和 TLS 服务器名称；默认为 URL 的主机",
        "header" => "每个 HTTP 请求的头，写法与 curl 相同：'Name: value'。它会出现在探测 Pod 的 spec 和保存的报告中",
        "expect_status" => {
            "算作应答的 HTTP 状态码，逗号分隔：200、2xx、200-399。其他状态码都算失败；\
             加 --follow 时，以最后一次应答的状态码为准"
        }
        "grpc_service" => "要查询健康状态的 gRPC 服务（grpc.health.v1），配合 --scheme grpc 或 grpcs；默认为整个服务器",
        "dns_name" => {
            "把 UDP 端口当作 DNS 服务器，向它们查询的名称。默认向 DNS 端口查询根的域名服务器，\
             向 QUIC 端口查询其版本；其他 UDP 端口略过"
        }
        "udp_payload" => {
            "发往 UDP 端口的内容，用十六进制数字表示：返回的任何数据报都算应答。\
             一秒后和三秒后各再发一次"
        }
        "node" => "从哪些节点探测，逗号分隔；默认为全部",
        "selector" => "从哪些节点探测的标签选择器",
        "sample" => {
            "每一类节点只取 K 个来探测：分类依据为有无 Endpoint、可用区、节点池、kube-proxy、污点和 Pod 网络。\
             同类节点之间有差异时，会探测更多个。报告说明探测了多少个"
        }
        "vantage" => "从哪些网络出发，逗号分隔",
        "from" => {
            "也从该 Pod 内部探测：pod/NAME[.NAMESPACE]，或 deploy/NAME[.NAMESPACE]，即在每个节点上取它的一个 Pod。\
             探针作为临时容器（ephemeral container）运行，它会留在 Pod 的 spec 中，直到 Pod 被替换；可多次指定"
        }
        "debug_image" => {
            "带 shell 的镜像（例如 busybox），--from 的探针在其中启动：程序会发送到那里。\
             默认情况下，探针的镜像不可用时用 Pod 自己的镜像"
        }
        "yes" => "不要求确认",
        "evidence" => {
            "查看一个有 Endpoint 的节点和一个没有 Endpoint 的节点的内核，用一个特权 Pod，只需几秒：连接跟踪、ipvs，\
             以及丢弃数据包的规则。会先询问你"
        }
        _ => return None,
    })
}

/// How the probe pods are made.
fn of_pods(id: &str) -> Option<&'static str> {
    Some(match id {
        "probe_namespace" => {
            "探测 Pod 的命名空间；默认为 kubeconfig 上下文的命名空间，那里的 NetworkPolicy、\
             配额和准入就是你的应用所受的限制"
        }
        "image" => "探针的镜像",
        "delivery" => "探针如何到达节点：用镜像；用 ConfigMap，这样不需要镜像仓库；或在拉取不了镜像的地方用 ConfigMap",
        "carry_up_to" => "配合 --delivery auto：节点数不超过该值时使用 ConfigMap；每个节点会经 API server 读取 2 MB",
        "verify_image" => {
            "先由 cosign 验证镜像的签名：是否由本项目的发布签名；对于复制后重新签名的镜像，则用 FILE 中的公钥验证。\
             镜像必须以摘要指定"
        }
        "image_pull_secret" => "拉取镜像所用的 Secret；可多次指定",
        "tolerations" => "Pod 容忍哪些污点：所在节点的、全部，或都不容忍",
        "cert" => "TLS 客户端证书，PEM 格式，带证书链。探针通过 Secret 得到它，该 Secret 随本次运行一起删除",
        "key" => "其私钥，PEM 格式，未加密",
        "start_timeout" => "Pod 最多可以用多久启动；默认 20s，每 100 个 Pod 再加 1s",
        "deadline" => "在本程序最后一次表明自己还在运行之后，过多久由集群自行删除这些 Pod；默认 90s，每 100 个 Pod 再加 1s",
        "answer_timeout" => "探针运行后最多可以用多久给出应答；默认为其检查可以用的时间",
        "read_logs_up_to" => "Pod 数不超过该值时从日志读取应答；超过则从 Pod 的状态读取：较慢，但不必为每个 Pod 发一个请求",
        _ => return None,
    })
}
