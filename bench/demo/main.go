// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"weir/bench/peers"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, unix.SIGTERM)
	defer stop()
	if err := demo(ctx, "bin"); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// demo runs the programs of a folder.
func demo(ctx context.Context, bin string) error {
	weir, err := filepath.Abs(filepath.Join(bin, "weir"))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "weir-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server, err := peers.Weir(weir).Start(ctx, peers.Site{Dir: dir})
	if err != nil {
		return err
	}
	defer server.Stop()
	fmt.Printf("$ bin/weir serve -config weir.toml &\n\nweir.toml:\n%s\n", server.Config)
	for _, args := range [][]string{
		{"forward", "-pairs", "16", "-size", "180", "-duration", "3s"},
		{"forward", "-pattern", "all-to-all", "-pairs", "16", "-window", "8", "-duration", "2s"},
		{"latency", "-pairs", "16", "-rate", "20000", "-duration", "2s"},
	} {
		args = append(args, "-addr", server.Addr, "-secret", peers.Secret, "-pid", strconv.Itoa(server.PIDs[0]))
		fmt.Printf("$ bin/weirload %s\n", strings.Join(args, " "))
		cmd := exec.CommandContext(ctx, filepath.Join(bin, "weirload"), args...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("weirload %s: %w", args[0], err)
		}
		fmt.Println()
	}
	return nil
}
