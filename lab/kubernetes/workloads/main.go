// Command workloads holds what runs in the lab's pods, CoreDNS, netexec and a gRPC server: `workloads COMMAND [flags]`.
//
// It is apart from the components because it goes into an image that every node unpacks.
// Of CoreDNS only the plugins that the lab's Corefile names are linked: all of them would
// bring hundreds of modules.
package main

import (
	"fmt"
	"os"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"

	"github.com/coredns/coredns/coremain"
	grpchealthchecking "k8s.io/kubernetes/test/images/agnhost/grpc-health-checking"
	"k8s.io/kubernetes/test/images/agnhost/netexec"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: workloads coredns|grpc-health-checking|netexec [flags]")
		os.Exit(2)
	}
	name := os.Args[1]
	os.Args = os.Args[1:]
	switch name {
	case "coredns":
		coremain.Run()
	case "grpc-health-checking":
		if err := grpchealthchecking.CmdGrpcHealthChecking.Execute(); err != nil {
			os.Exit(1)
		}
	case "netexec":
		if err := netexec.CmdNetexec.Execute(); err != nil {
			os.Exit(1)
		}
	default:
		fmt.Fprintln(os.Stderr, "unknown workload", name)
		os.Exit(2)
	}
}
