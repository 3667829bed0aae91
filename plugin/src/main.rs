//! `kubectl lbprobe`: why pods cannot reach their own cluster's load balancer.

fn main() -> std::process::ExitCode {
    kubectl_lbprobe::main()
}
