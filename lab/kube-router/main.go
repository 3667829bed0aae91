// Command kube-router is kube-router with all its parts. Flags say which of them run on the lab's nodes: its policy
// controller beside kube-proxy, for NetworkPolicies that hold, or its service proxy in kube-proxy's place.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/cloudnativelabs/kube-router/v2/pkg/cmd"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/spf13/pflag"
	"k8s.io/klog/v2"
)

func main() {
	config := options.NewKubeRouterConfig()
	config.AddFlags(pflag.CommandLine)
	pflag.Parse()
	if err := run(config); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run takes -v to klog, as kube-router's own main does: the package alone leaves it unread.
func run(config *options.KubeRouterConfig) error {
	klog.InitFlags(nil)
	if err := flag.Set("v", config.VLevel); err != nil {
		return err
	}
	router, err := cmd.NewKubeRouterDefault(config)
	if err != nil {
		return err
	}
	return router.Run()
}
