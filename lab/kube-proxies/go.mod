// Only marks the root: the modules are those of the files named by release.
module github.com/kubectl-lbprobe/kubectl-lbprobe/tests/kube-proxies

go 1.24.0
